"""How long things take to notice and to take over: the seconds after a failure, each with its source.

These are the D of state splitting: how old an outage is when its work runs elsewhere. Seconds here, as the programs
document them; `hours` converts, because the model counts in hours.
"""

from __future__ import annotations

import math
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
        "kubernetes.statefulset": Delay(math.inf, "at most one: no new pod until the node is back, gone or tainted"),
        "kubernetes.leader": Delay(15, "lease of controller-manager and scheduler: 15 / 10 / 2 s"),
        "etcd.election": Delay(3, "writes stop 1 to 3 s after the loss of a leader: election timeout 1 s, randomised"),
        "talos.vip": Delay(60, "virtual address after a crash: etcd session lease of 60 s: Talos 1.10, vip.md"),
        "kube-vip.arp": Delay(3, "about 3 s on average: kube-vip"),
        "cilium.l2-lease": Delay(15, "lease of an L2 announcement: 15 s by default"),
        "metallb.l2": Delay(10, "assumption: memberlist notices a dead speaker within seconds"),
        "cnpg.failover": Delay(
            75, "node loss noticed in 40 to 55 s, lease up to 17 s, promotion: CloudNativePG failover"
        ),
        "cnpg.switchover": Delay(10, "planned: the primary lease is released in 1 s: CloudNativePG"),
        "redis.sentinel": Delay(30, "down-after 30 s: Sentinel's default"),
        "redis.operator": Delay(5, "down-after 5 s: redis-operator of OT"),
        "kafka.broker-session": Delay(9, "KRaft broker session timeout 9 s"),
        "kafka.quorum": Delay(4, "KRaft: fetch timeout 2 s, election 1 s, back-off up to 1 s"),
        "kafka.replica-lag": Delay(30, "replica.lag.time.max.ms: 30 s until a replica leaves the in-sync set"),
        "ceph.osd-grace": Delay(20, "osd_heartbeat_grace 20 s with two reporters"),
        "ceph.osd-out": Delay(600, "mon_osd_down_out_interval: down becomes out after 10 min"),
        "ceph.mon-election": Delay(10, "monitor lease 5 s and election timeout 5 s"),
        "rook.mon-out": Delay(600, "a new monitor is made after 10 min"),
        "ceph.heal": Delay(7200, "assumption: down becomes out after 10 min, then data is copied within two hours"),
        "probe.restart": Delay(120, "assumption: three failed liveness probes and a start"),
        "person.notices": Delay(7200, "assumption: two hours until somebody awake looks at an alert"),
        "person.frees": Delay(14400, "assumption: four hours until somebody frees a stateful pod from a dead node"),
        "proxmox.ha": Delay(120, "watchdog 60 s, then restart: about 2 min: Proxmox ha-manager"),
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


def node_grace(minor: int) -> Delay:
    """How long Kubernetes 1.`minor` waits before it calls a silent node not ready."""
    return delay("kubernetes.node-grace" if minor >= 32 else "kubernetes.node-grace.before-1.32")


def rescheduling(
    minor: int, *, detach: bool = False, toleration: float | None = None, start: float | None = None
) -> Delay:
    """From the loss of a node to the same pod running elsewhere: grace, toleration, schedule, start, and detach.

    `detach` for a read-write-once volume that the dead node still holds; `toleration` and `start` in seconds where
    the pod says better than the defaults.
    """
    parts = [
        node_grace(minor),
        delay("kubernetes.eviction") if toleration is None else Delay(toleration, "the pod's own"),
    ]
    parts.append(delay("kubernetes.schedule"))
    parts.append(delay("kubernetes.start") if start is None else Delay(start, "the pod's own"))
    if detach:
        parts.append(delay("kubernetes.detach"))
    return Delay(sum(part.seconds for part in parts), "; ".join(part.source for part in parts))
