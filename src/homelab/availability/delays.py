"""How long things take to notice and to take over: the seconds after a failure, each with its source.

These are the D of state splitting: how old an outage is when its work runs elsewhere. Seconds here, as the programs
document them; `hours` converts, because the model counts in hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from homelab.errors import Undecidable


@dataclass(frozen=True, slots=True)
class Delay:
    """A named time in seconds; infinite where nothing happens until a person acts."""

    seconds: float
    source: str

    @property
    def hours(self) -> float:
        """The same in hours."""
        return self.seconds / 3600.0


DELAYS: Mapping[str, Delay] = MappingProxyType(
    {
        "kubernetes.node-grace": Delay(50, "node-monitor-grace-period since 1.32: kubernetes PR #126287"),
        "kubernetes.node-grace.before-1.32": Delay(40, "node-monitor-grace-period up to 1.31"),
        "kubernetes.eviction": Delay(300, "tolerations for not-ready and unreachable that admission injects"),
        "kubernetes.drain": Delay(90, "assumption: a drained pod ends, its volume moves, it starts elsewhere: 1.5 min"),
        "kubernetes.schedule": Delay(5, "assumption: 1 to 5 s to schedule"),
        "kubernetes.start": Delay(30, "assumption: pull from cache and start; probes of the pod say better"),
        "kubernetes.detach": Delay(360, "forced detach of a read-write-once volume from an unhealthy node: 6 min"),
        "talos.vip": Delay(60, "virtual address after a crash: etcd session lease of 60 s: Talos 1.10, vip.md"),
        "cnpg.failover": Delay(
            75, "node loss noticed in 40 to 55 s, lease up to 17 s, promotion: CloudNativePG failover"
        ),
        "cnpg.crash": Delay(
            20, "its container ends: seen at once, the lease waited for: CloudNativePG's end-to-end budgets"
        ),
        "cnpg.switchover": Delay(10, "planned: the primary lease is released in 1 s: CloudNativePG"),
        "redis.sentinel": Delay(
            25, "down-after 5 s, vote, and the operator's next look moves the label: redis-operator of OT"
        ),
        "redis.shard": Delay(15, "cluster-node-timeout 15 s: Redis Cluster's default"),
        "argocd.sentinel": Delay(12, "down-after 10 s, vote, and HAProxy's check: chart argo-cd, redis-ha"),
        "ceph.mds": Delay(20, "mds_beacon_grace 15 s; a standby then replays"),
        "ceph.heal": Delay(7200, "assumption: down becomes out after 10 min, then data is copied within two hours"),
        "person.notices": Delay(7200, "assumption: two hours until somebody awake looks at an alert"),
        "person.frees": Delay(14400, "assumption: four hours until somebody frees a stateful pod from a dead node"),
    }
)
"""The table, in seconds."""


def delay(name: str) -> Delay:
    """A delay by name.

    Raises:
        Undecidable: there is no such delay.
    """
    if name not in DELAYS:
        raise Undecidable(f"there is no delay {name}", hint=f"known are {', '.join(DELAYS)}")
    return DELAYS[name]
