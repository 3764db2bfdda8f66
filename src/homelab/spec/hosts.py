"""Hosts and nodes: physical machines, and the machines on them that run Kubernetes."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from homelab.spec.forms import Address, Bridge, Device, Sentence, Storage
from homelab.spec.section import Section
from homelab.spec.units import Bytes, Label, Threads

GIB = 1 << 30
Mac = Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$")]
"""A hardware address."""


class Host(Section):
    """A physical machine: what fails as one."""

    cpu: Threads
    """Processor threads that its virtual machines share."""
    memory: Annotated[Bytes, Field(ge=GIB)]
    """Physical memory; a share stays with the hypervisor."""
    disks: dict[Sentence, Annotated[Bytes, Field(ge=GIB)]] = Field(default_factory=dict)
    """Disks by name with their size; virtual machines' disks are carved out of their sum."""
    datastore: Storage = "local-zfs"
    """Proxmox storage that holds the system disks of its virtual machines; Proxmox' installer makes `local-lvm` or `local-zfs`."""
    ceph_datastores: tuple[Storage, ...] = ()
    """Proxmox storages for raw disks of Ceph, taken in turn: one for each physical disk, better LVM than ZFS, as Ceph copies on write itself; derived: `components.proxmox.ceph_datastore`, else `datastore`."""
    bridge: Bridge = "vmbr0"
    """Proxmox network bridge of its virtual machines."""


class Role(StrEnum):
    """What a node does."""

    CONTROL_PLANE = "control-plane"
    WORKER = "worker"


class Node(Section):
    """A machine that runs Kubernetes: a virtual machine on a host, or a machine of its own."""

    role: Annotated[Role, Field(strict=False)]
    """`control-plane` (etcd and the API server) or `worker`."""
    address: Address
    """Its fixed address inside `network.nodes`."""
    cpu: Threads
    """Processor threads."""
    memory: Annotated[Bytes, Field(ge=GIB)]
    """Memory."""
    disk: Annotated[Bytes, Field(ge=5 * GIB)]
    """System disk."""
    host: Label | None = None
    """The host that carries it; not given, the node is a machine of its own."""
    ceph: tuple[Annotated[Bytes, Field(ge=5 * GIB)], ...] = ()
    """Raw disks for Ceph, one OSD each."""
    install_disk: Device | None = None
    """Where Talos installs itself on a machine of its own, as `/dev/nvme0n1`; derived: the disk of at least nine tenths of `disk`. Needed beside raw disks for Ceph."""
    mac: Mac | None = None
    """Hardware address of the port with the cable; derived from the name when the node is a virtual machine. Needed for a machine of its own before Talos 1.12."""
    vm_id: Annotated[int, Field(ge=100, le=999_999_999)] | None = None
    """Proxmox id; derived from the address when not given."""
    schedulable: bool | None = None
    """Whether ordinary pods may run here; derived: workers yes, control planes only where there is no worker."""
