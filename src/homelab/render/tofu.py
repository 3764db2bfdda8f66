"""OpenTofu: modules a person would write, shipped as they are; only `homelab.auto.tfvars.json` is generated.

`tofu/talos` makes machines (on Proxmox, or taken by address), their configuration and the cluster; `tofu/bootstrap`
puts the sealing key into it and makes the user of the driver that makes volumes on Proxmox. State holds every secret of the cluster: the build guide says how to keep it.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files as package_files
from ipaddress import IPv4Network
from typing import Any

from homelab.capabilities import Capability
from homelab.catalog.infrastructure.storage import proxmox_csi
from homelab.catalog.machines import proxmox, talos
from homelab.catalog.offers.lab import api_address, schedulable
from homelab.catalog.plan import Plan
from homelab.catalog.security import sealed_secrets
from homelab.kube.tree import File, TextFile
from homelab.render import layout
from homelab.render.talos import mac_of
from homelab.spec import derived

GIB = 1 << 30
MIB = 1 << 20
VARIABLES = "homelab.auto.tfvars.json"
PROVIDERS = {"1.10": "~> 0.8.1", "1.11": "~> 0.9.0", "1.12": "~> 0.10.0", "1.13": "~> 0.11.0"}
"""Talos line to the provider built on it; a newer one writes documents that an older Talos refuses, and the reverse.

Source: https://github.com/siderolabs/terraform-provider-talos/releases (0.10.0: Talos 1.12, 0.11.0: Talos 1.13).
"""
PLACEHOLDER = "https://proxmox.invalid:8006/"
"""Stands where nobody named the Proxmox endpoint yet; the build guide asks for it."""


def tofu_files(plan: Plan) -> dict[str, File]:
    """Path to file below tofu/."""
    on_proxmox = _on_proxmox(plan)
    files: dict[str, File] = {}
    for name, text in {**_module("talos"), **_module("encryption")}.items():
        files[f"{layout.TALOS}/{name}"] = TextFile(text)
    if on_proxmox:
        files |= {f"{layout.TALOS}/{name}": TextFile(text) for name, text in _module("proxmox").items()}
    versions = f"{layout.TALOS}/{layout.PROVIDERS}"
    files[versions] = TextFile(_for_talos(plan, files[versions].text))
    files[f"{layout.TALOS}/{VARIABLES}"] = TextFile(_json(_talos(plan, on_proxmox=on_proxmox)))
    if Capability.SECRETS_GIT in plan.providers:
        files |= {
            f"{layout.BOOTSTRAP}/{name}": TextFile(text)
            for name, text in {**_module("bootstrap"), **_module("encryption")}.items()
        }
        volumes = on_proxmox and proxmox_csi.PROXMOX_CSI.name in plan.by_name
        if volumes:
            files |= {f"{layout.BOOTSTRAP}/{name}": TextFile(text) for name, text in _module("proxmox-csi").items()}
        files[f"{layout.BOOTSTRAP}/{VARIABLES}"] = TextFile(_json(_bootstrap(plan, volumes=volumes)))
    return files


def talos_provider(plan: Plan) -> str | None:
    """The versions of the Talos provider that fit the lab's Talos; None for a line that is not known here."""
    return PROVIDERS.get(".".join(plan.homelab.versions.talos.split(".")[:2]))


def _for_talos(plan: Plan, text: str) -> str:
    wanted = talos_provider(plan)
    return re.sub(r'(siderolabs/talos"\n +version = ")[^"]+', rf"\g<1>{wanted}", text) if wanted else text


def _on_proxmox(plan: Plan) -> bool:
    provider = plan.providers.get(Capability.MACHINE)
    return provider is not None and provider.name == proxmox.PROXMOX.name


@cache
def _module(name: str) -> dict[str, str]:
    """The files of a module, by name."""
    folder = package_files("homelab.render").joinpath("modules", name)
    found = {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".tf")}
    return dict(sorted(found.items()))


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _talos(plan: Plan, *, on_proxmox: bool) -> dict[str, Any]:
    lab = plan.homelab
    settings = plan.settings("talos") if "talos" in plan.by_name else talos.Settings()
    extensions = [*settings.extensions, *(["qemu-guest-agent"] if on_proxmox else [])]
    found: dict[str, Any] = {
        "cluster": {
            "name": lab.name,
            "endpoint": api_address(plan),
            "talos": lab.versions.talos,
            "contract": talos.contract(plan),
            "kubernetes": lab.versions.kubernetes,
        },
        "nodes": {name: _node(plan, name) for name in lab.nodes},
        "extensions": sorted(dict.fromkeys(extensions)),
        "kernel_arguments": list(settings.kernel_arguments),
    }
    return {**found, **_proxmox(plan)} if on_proxmox else found


def _node(plan: Plan, name: str) -> dict[str, Any]:
    node = plan.homelab.nodes[name]
    found: dict[str, Any] = {
        "role": str(node.role),
        "address": node.address,
        "host": node.host,
        "cpu": int(node.cpu),
        "memory": node.memory // MIB,
        "disk": node.disk // GIB,
        "ceph": [
            {"size": size // GIB} | ({"datastore": where} if where else {})
            for size, where in zip(node.ceph, ceph_datastores(plan, name), strict=True)
        ],
        "mac": mac_of(plan, name),
        "vm_id": derived.vm_id(node) if node.host else None,
        "schedule": name in schedulable(plan),
    }
    return {key: value for key, value in found.items() if value is not None and value != []}


def ceph_datastores(plan: Plan, name: str) -> list[str]:
    """The Proxmox storage of each raw disk of a node: those of its host in turn, over all nodes there; empty texts elsewhere."""
    node = plan.homelab.nodes[name]
    host = plan.homelab.hosts.get(node.host or "")
    if host is None or not _on_proxmox(plan):
        return [""] * len(node.ceph)
    default = plan.settings(proxmox.PROXMOX.name).ceph_datastore or host.datastore
    storages = host.ceph_datastores or (default,)
    before = 0
    for other, each in plan.homelab.nodes.items():
        if other == name:
            break
        before += len(each.ceph) if each.host == node.host else 0
    return [storages[(before + index) % len(storages)] for index in range(len(node.ceph))]


def _proxmox(plan: Plan) -> dict[str, Any]:
    settings = plan.settings(proxmox.PROXMOX.name)
    network = plan.homelab.network
    return {
        "network": {"prefix": IPv4Network(network.nodes).prefixlen, "gateway": network.gateway},
        "proxmox": {
            "endpoint": settings.endpoint or PLACEHOLDER,
            "insecure": settings.insecure,
            "image_datastore": settings.image_datastore,
            "tags": list(settings.tags),
        },
        "hosts": {
            name: {
                "node_name": settings.node_names.get(name, name),
                "datastore": host.datastore,
                "bridge": host.bridge,
            }
            for name, host in plan.homelab.hosts.items()
        },
    }


def _bootstrap(plan: Plan, *, volumes: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "sealing": {"namespace": sealed_secrets.NAMESPACE, "certificate": "sealing.crt", "key": "sealing.key"}
    }
    if volumes:
        settings = plan.settings(proxmox.PROXMOX.name)
        found["proxmox"] = {"endpoint": settings.endpoint or PLACEHOLDER, "insecure": settings.insecure}
    return found
