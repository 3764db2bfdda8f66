"""The Redis operator of OT-CONTAINER-KIT : one Deployment that also moves the master's label.

It is in the way of a failover: Sentinel promotes a replica, but the Service that follows the master does so by a label
that only the operator moves, every ten seconds.
"""

from __future__ import annotations

from homelab.software.redis_operator.others import CLUSTER, STANDALONE
from homelab.software.redis_operator.programs import PROGRAMS
from homelab.software.redis_operator.replication import REPLICATION, SENTINEL
from homelab.software.software import ChartSource, Software

REDIS_OPERATOR = Software(
    name="redis-operator",
    programs=PROGRAMS,
    charts=(ChartSource("redis-operator", ("ot-container-kit.github.io/helm-charts",)),),
    kinds=(STANDALONE, REPLICATION, SENTINEL, CLUSTER),
    images={"opstree/redis": "redis"},
)
