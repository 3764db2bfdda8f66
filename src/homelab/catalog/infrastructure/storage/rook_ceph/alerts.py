"""Alerts on the lab's Ceph, over the metrics of its manager and exporters."""

from __future__ import annotations

from dataclasses import replace

from homelab.catalog.flows import Pods
from homelab.catalog.infrastructure.storage.rook_ceph.cluster import mons
from homelab.catalog.infrastructure.storage.rook_ceph.settings import Settings
from homelab.catalog.offers.monitoring import absent, monitored
from homelab.catalog.plan import Plan
from homelab.catalog.upkeep import Alert

STATUS = "`kubectl -n rook-ceph get cephcluster` shows the state, its `status.ceph.details` the cause"


def alerts(plan: Plan, settings: Settings) -> tuple[Alert, ...]:
    """Health, quorum, OSDs, placement groups, space, and silence; none where nothing is scraped."""
    if not monitored(plan, settings):
        return ()
    majority = mons(plan, settings) // 2 + 1
    quorum = Alert(
        "CephMonQuorumAtRisk",
        f"sum(ceph_mon_quorum_status) <= {majority}",
        15,
        "critical",
        "One more lost monitor stops all storage",
        "Find the monitor that is away: `kubectl -n rook-ceph get pods -l app=rook-ceph-mon -o wide`. When its node is gone "
        "for good, Rook moves the monitor after ten minutes, provided another node may carry it.",
    )
    return (
        Alert(
            "CephClusterErrorState",
            "ceph_health_status == 2",
            5,
            "critical",
            "Ceph reports HEALTH_ERR",
            f"{STATUS}. Do not restart or drain anything before data is redundant again.",
        ),
        Alert(
            "CephClusterWarningState",
            "ceph_health_status == 1",
            60,
            "warning",
            "Ceph has reported HEALTH_WARN for an hour",
            f"{STATUS}. A warning during maintenance passes by itself; one that stays is the step before an error.",
        ),
        *((quorum,) if majority > 1 else ()),
        Alert(
            "CephOSDDown",
            "ceph_osd_up == 0",
            10,
            "warning",
            "OSD {{ $labels.ceph_daemon }} is down",
            "Look at its pod and at the disk of its node: `kubectl -n rook-ceph get pods -l app=rook-ceph-osd -o wide`. Ceph "
            "copies its data elsewhere after ten minutes, if another failure domain has room.",
        ),
        Alert(
            "CephPlacementGroupsInactive",
            "sum(ceph_pg_total) - sum(ceph_pg_active) > 0",
            5,
            "critical",
            "Some data can be neither read nor written",
            "Fewer copies than `min_size` are up. Bring back the OSDs that are down, those of one machine at a time; "
            "never mark one lost before its disk is proved dead.",
        ),
        Alert(
            "CephNearFull",
            "ceph_cluster_total_used_raw_bytes / ceph_cluster_total_bytes > 0.7",
            30,
            "warning",
            "Ceph is fuller than 70 %",
            "At 85 % Ceph warns, at 95 % it stops all writes, and one lost machine fills the others. Delete what is not "
            "needed, or add disks.",
        ),
        # A manager may answer and yet know nothing of Ceph: what all rules above stand on must be there, not the target alone.
        replace(
            absent("CephMetricsAbsent", "Ceph's manager", Pods("rook-ceph", {"app": "rook-ceph-mgr"}), "rook-ceph-mgr"),
            expression="absent(ceph_health_status)",
        ),
    )
