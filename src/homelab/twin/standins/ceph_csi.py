"""The operator of the Ceph CSI drivers: the controller and the node plugins of each Driver; it says no status."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.cluster.api import Object
from homelab.twin.standins import operated
from homelab.twin.standins.acts import Act
from homelab.twin.standins.standin import Program, StandIn
from homelab.twin.standins.world import World

GROUP = "csi.ceph.io"


def driver(body: Object, world: World) -> Iterator[Act]:
    """A CSI Driver: its controller and its node plugins."""
    yield from operated.acts(body, operated.expansion(body, world))


CEPH_CSI = StandIn(
    "the operator of Ceph CSI",
    {(GROUP, "Driver"): driver},
    sees=(*operated.SEES, (GROUP, "OperatorConfig")),
    operator=Program("ceph-csi-operator"),
    unsaid={(GROUP, "OperatorConfig"): "the operator says nothing of it"},
)
