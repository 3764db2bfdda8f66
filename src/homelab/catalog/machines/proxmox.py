"""Proxmox VE: the hypervisor whose virtual machines are the nodes, made by OpenTofu in `tofu/talos`.

Tokens never stand here: OpenTofu reads `PROXMOX_VE_API_TOKEN` from the environment.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from homelab.capabilities import Capability
from homelab.catalog import component
from homelab.catalog.component import Area, Component
from homelab.catalog.plan import Plan
from homelab.spec.forms import HttpsUrl, Storage, Tag
from homelab.spec.names import unresolved
from homelab.spec.source import Problem
from homelab.spec.units import Label


class Settings(component.Settings):
    """How OpenTofu reaches Proxmox, and what differs from one installation to another."""

    endpoint: HttpsUrl | None = None
    """URL of its API, as `https://pve.example.org:8006/`; may wait until the build, which asks for it."""
    insecure: bool = False
    """Accept a certificate that no known authority signed. Better: give Proxmox a certificate."""
    node_names: dict[Label, Label] = Field(default_factory=dict)
    """Host to its name in Proxmox, where the two differ."""
    image_datastore: Storage = "local"
    """Proxmox storage that takes the downloaded Talos image, on every host; it must allow the content type `import`."""
    ceph_datastore: Storage | None = None
    """Proxmox storage for the raw disks of Ceph on hosts that name no `ceph_datastores`; off: the host's own `datastore`."""
    tags: tuple[Tag, ...] = ("kubernetes", "talos")
    """Tags of the virtual machines."""


def refuses(plan: Plan, settings: Settings) -> Iterator[Problem]:
    """Names of hosts that are not there, and one name for two."""
    taken: dict[str, str] = {}
    for host, name in settings.node_names.items():
        option = f"components.proxmox.node_names.{host}"
        if host not in plan.homelab.hosts:
            yield unresolved(option, host, plan.homelab.hosts, "one of hosts", at_key=True)
        if (first := taken.setdefault(name, option)) != option:
            yield Problem(option, f"{name} is also", "each host has a name of its own in Proxmox", also=first)


PROXMOX = Component(
    name="proxmox",
    area=Area.INFRASTRUCTURE,
    summary="Virtual machines on Proxmox VE hosts, made and kept by OpenTofu.",
    settings=Settings,
    provides=frozenset({Capability.MACHINE}),
    refuses=refuses,
    homepage="https://www.proxmox.com/proxmox-virtual-environment",
)
