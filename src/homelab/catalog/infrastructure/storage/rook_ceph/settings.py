"""Settings of rook-ceph: how much is kept, how often, and where."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from homelab.catalog import component
from homelab.spec.forms import Disk
from homelab.spec.units import Bytes, Label


class Settings(component.Settings):
    """How much is kept, how often, and where."""

    pool_size: int | None = Field(default=None, ge=1, le=5)
    """Copies of everything; derived: 3, or as many as there are nodes with Ceph disks. With 3, one may be away."""
    failure_domain: Literal["auto", "zone", "host", "node"] = "auto"
    """What no two copies share: `zone` a physical machine, `host` (Ceph's word) or `node` a Kubernetes node.

    `auto` takes the machine where enough machines carry disks for every copy to have its own, else the node."""
    mons: int | None = Field(default=None, ge=1, le=7)
    """Monitors, an odd number; derived: 3 where three nodes can carry them, else 1. A majority must be up."""
    mgrs: int | None = Field(default=None, ge=1, le=2)
    """Managers; derived: 2, on one node 1. The second waits."""
    rgw_instances: int | None = Field(default=None, ge=1, le=8)
    """S3 gateways; derived: 2, on one node 1. Each serves all buckets."""
    csi_replicas: int | None = Field(default=None, ge=1, le=3)
    """Pods that make and attach volumes, for block and for file; derived: 2, on one node 1. One leads, others wait."""
    csi_operator_replicas: int | None = Field(default=None, ge=1, le=3)
    """Pods of the operator of the CSI drivers; derived: 2, on one node 1. One leads, others wait."""
    osd_memory: Bytes = Field(default=3 << 30, ge=2 << 30, le=1 << 40)
    """Memory of each OSD, request and limit: its cache grows into it. Below 2Gi an OSD is killed while it recovers."""
    devices: dict[Label, tuple[Disk, ...]] = Field(default_factory=dict)
    """Node to its raw disks, as they stand below `/dev`, best by id: `{worker-1: [disk/by-id/wwn-0x5000]}`; derived on a virtual machine: those that OpenTofu plugs in, by their ports. A machine of its own must say them."""
    default_class: bool = True
    """Whether `ceph-block` is the class of claims that name none; off where another class is to be the default."""
    toolbox: bool = False
    """A pod with the `ceph` command, for emergencies; off, because it holds the keys of all data."""
