"""The loop closes: break one thing in homelab.yaml, find it, trace its mend back to an option, edit: gone, and nothing new."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from conftest import REPOSITORY
from homelab.findings import Finding, SpecEdit
from homelab.lab.mend import edits_of
from homelab.lab.pipeline import Lab

pytestmark = pytest.mark.slow

TODAY = date(2026, 11, 1)
PRODUCTION = "apps.n8n.environments.production"
BROKEN = {
    "cpu-request-missing": ("practices.requests", False),
    "failure-domain-too-low": ("components.rook-ceph.failure_domain", "node"),
    "gateway-data-plane-single-replica": ("components.envoy-gateway.proxy_replicas", 1),
    "gitops-engine-not-redundant": ("components.argo-cd.repo_server_replicas", 1),
    "leader-election-without-standby": ("components.envoy-gateway.replicas", 1),
    "liveness-missing": ("practices.probes", False),
    "memory-limit-missing": ("practices.requests", False),
    "memory-request-missing": ("practices.requests", False),
    "metrics-stack-single-replica": ("components.kube-prometheus-stack.prometheus_replicas", 1),
    "mon-count-unsafe": ("components.rook-ceph.mons", 1),
    "mon-majority-on-one-host": ("practices.spread", False),
    "namespace-without-backup": ("components.velero.volumes", False),
    "pdb-missing": ("practices.budgets", False),
    "postgres-not-redundant": (f"{PRODUCTION}.postgres_instances", 1),
    "quorum-majority-on-one-host": ("practices.spread", False),
    "readiness-missing": ("practices.probes", False),
    "replicas-may-share-node": ("practices.spread", False),
    "replicas-share-host": ("practices.spread", False),
    "single-replica-deployment": ("components.cert-manager.replicas", 1),
    "startup-missing-for-slow-starter": ("practices.probes", False),
    "storage-gateway-single": ("components.rook-ceph.rgw_instances", 1),
}
"""Check to the edit of the enterprise example that brings its finding."""


@cache
def enterprise() -> Lab:
    return Lab.load(str(REPOSITORY / "examples" / "enterprise" / "homelab.yaml"))


def keys(findings) -> set[tuple[str, object]]:
    return {(finding.check, finding.subject) for finding in findings}


def mended(broken: Lab, before: tuple[Finding, ...], finding: Finding) -> bool:
    """Whether the finding's fix is traced to edits after which it is gone and nothing is new."""
    edits = edits_of(broken, finding)
    if not edits:
        return False
    after = keys(broken.edited(edits).assessment(TODAY).findings)
    return (finding.check, finding.subject) not in after and not after - keys(before)


@pytest.mark.parametrize(("check", "path", "value"), [(c, p, v) for c, (p, v) in BROKEN.items()], ids=BROKEN)
def test_a_finding_leads_to_its_option_and_away(check, path, value):
    """The finding appears when its option is set wrong, and the edit that its fix is traced to takes it away again."""
    broken = enterprise().edited([SpecEdit(path, value)])
    findings = broken.assessment(TODAY).findings
    new = [f for f in findings if f.check == check and (f.check, f.subject) not in known()]
    assert new, f"{path}: {value} brings no {check}"
    assert any(mended(broken, findings, finding) for finding in new)


@cache
def known() -> frozenset[tuple[str, object]]:
    """What is found in the unbroken example."""
    return frozenset(keys(enterprise().assessment(TODAY).findings))


def test_enough_loops_are_closed():
    """At least twenty checks are proved to close their loop."""
    assert len(BROKEN) >= 20
