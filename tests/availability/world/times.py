"""What happens how often and how long it takes: the rates, delays and the calendar by which the world turns. Seconds."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

YEAR = 8760 * 3600.0
HOUR, MINUTE = 3600.0, 60.0


@dataclass(frozen=True)
class Rate:
    """So often a year, so many seconds each time."""

    yearly: float
    lasts: float


def rates(table: str) -> Mapping[str, Rate]:
    """The rates of `homelab uptime --rates`, as a reader of its first table takes them."""
    units = {"s": 1.0, "min": MINUTE, "h": HOUR, "d": 24 * HOUR}
    found = {}
    for line in table.partition("\n\n")[0].splitlines()[1:]:
        name, yearly, lasts, rest = line.split(None, 3)
        unit = rest.split(None, 1)[0]
        known = unit in units
        found[name] = Rate(float(yearly), float(lasts) * units[unit] if known else 0.0)
    return found


def of_ground(table: Mapping[str, Rate], overrides: Mapping[str, tuple[float | None, float | None]]) -> dict[str, Rate]:
    """The rates with those of the owner, in hours between failures and until repaired."""
    found = dict(table)
    for name, (between, repair) in overrides.items():
        old = found.get(name, Rate(0.0, 0.0))
        lasts = old.lasts if repair is None else repair * HOUR
        yearly = old.yearly if between is None else YEAR / (between * HOUR + lasts)
        found[name] = Rate(yearly, lasts)
    return found


@dataclass(frozen=True)
class Delays:
    """How long programs and people take; each with whose word it is."""

    # Kubernetes: kubelet's lease every 10 s, monitor every 5 s, grace 40 s, 50 s from v1.32 (kubernetes#126287)
    grace: float = 50.0
    lease_every: float = 10.0
    monitor_every: float = 5.0
    tolerated: float = 300.0
    """DefaultTolerationSeconds: not-ready and unreachable, where the pod says nothing."""
    taint_every: float = 10.0
    """--node-eviction-rate 0.1 a second in a zone."""
    schedule: float = 1.0
    endpoints: float = 1.0
    attach: float = 10.0
    force_detach: float = 360.0
    """Attach/detach controller, maxWaitForUnmountDuration."""
    controller_lease: float = 15.0
    """Leases of the controller-manager and of operators: 15/10/2 s."""
    # processes: the rate table's own words are 10 s of back-off and 30 s to start
    back_off: float = 10.0
    start: float = 30.0
    hang_seen: float = 30.0
    """Three readiness probes of ten seconds."""
    kubelet_start: float = 20.0
    resync: float = 5.0
    # etcd, Talos' address of the API (vip.md): session of 60 s, renewed every third of it
    election: float = 2.0
    vip_low: float = 40.0
    vip_high: float = 60.0
    vip_stale: float = 60.0
    """A key that a dead holder left delays whoever campaigns."""
    # Cilium l2-announcements.rst: fail over in 10 to 20 s
    l2_low: float = 10.0
    l2_high: float = 20.0
    l2_silent_low: float = 60.0
    l2_silent_high: float = 600.0
    """Without an API no lease is renewed and nobody announces: noticed after 1 to 10 min (cilium#40735)."""
    # CloudNativePG failover.md: failoverDelay 0; the lease of a crashed primary runs out first
    pg_lease_low: float = 5.0
    pg_lease_high: float = 17.0
    pg_promote: float = 5.0
    pg_switchover: float = 10.0
    # OT redis-operator: down-after 5 s, then an election; the label is looked at every 10 s
    sentinel_down: float = 5.0
    sentinel_promote: float = 2.0
    label_every: float = 10.0
    haproxy_down: float = 10.0
    """redis-ha of Argo CD's chart: down-after-milliseconds 10000."""
    # Ceph: heartbeats of at most 6 s, grace of 20 s, two reporters; out after 600 s
    osd_low: float = 20.0
    osd_high: float = 26.0
    osd_out: float = 600.0
    osd_recover: float = 3600.0
    mon_out: float = 600.0
    mds_takeover: float = 20.0
    patient: float = 10.0
    """A stall that ends sooner is a slow answer, not an outage."""
    drain_step: float = 5.0
    drain_gives_up: float = 300.0
    settle: float = 600.0
    """How long one waits for health before the next node."""
    host_boot: float = 600.0
    """As the table's `host.software`."""


@dataclass(frozen=True)
class Calendar:
    """What an operator does by plan, and when he is there: section 8 of the data, planned and repair."""

    node_upgrades: float = 12.0
    node_reboot: float = 300.0
    """5 to 10 min with the drain."""
    host_updates: float = 12.0
    host_reboot: float = 600.0
    awake: float = 2 * HOUR
    awake_sigma: float = math.log(2) / 1.645
    night: float = 8 * HOUR
    nightly: float = 1 / 3
    away: float = 24 * HOUR
    rarely: float = 0.05


def table_of(text: str) -> Mapping[str, Rate]:
    """The rates of the printed table, or of its JSON."""
    if text.lstrip().startswith("{"):
        return {r["name"]: Rate(r["per_year"], r["seconds"]) for r in json.loads(text)["rates"]}
    return rates(text)
