"""Proxmox VE: the hypervisor whose virtual machines are the nodes, made by OpenTofu in `tofu/talos`.

Tokens never stand here: OpenTofu reads `PROXMOX_VE_API_TOKEN` from the environment.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from homelab.capabilities import Capability
from homelab.catalog import component
from homelab.catalog.component import Area, Component


class Settings(component.Settings):
    """How OpenTofu reaches Proxmox, and what differs from one installation to another."""

    endpoint: Annotated[str, Field(pattern=r"^https://\S+$")] | None = None
    """URL of its API, as `https://pve.example.org:8006/`; may wait until the build, which asks for it."""
    insecure: bool = False
    """Accept a certificate that no known authority signed. Better: give Proxmox a certificate."""
    node_names: dict[str, str] = Field(default_factory=dict)
    """Host to its name in Proxmox, where the two differ."""
    image_datastore: str = "local"
    """Proxmox storage that takes the downloaded Talos image, on every host; it must allow the content type `import`."""
    ceph_datastore: str | None = None
    """Proxmox storage for the raw disks of Ceph on hosts that name no `ceph_datastores`; off: the host's own `datastore`."""
    tags: tuple[str, ...] = ("kubernetes", "talos")
    """Tags of the virtual machines."""


PROXMOX = Component(
    name="proxmox",
    area=Area.INFRASTRUCTURE,
    summary="Virtual machines on Proxmox VE hosts, made and kept by OpenTofu.",
    settings=Settings,
    provides=frozenset({Capability.MACHINE}),
    homepage="https://www.proxmox.com/proxmox-virtual-environment",
)
