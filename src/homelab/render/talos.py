"""Talos: machine configuration patches by role and node, in the dialect of the chosen version.

Up to 1.11 the network of a machine stands in `machine.network`; from 1.12 it has documents of its own (HostnameConfig,
LinkConfig, Layer2VIPConfig, ...), and 1.13 refuses the old fields. OpenTofu lays the patches over what Talos generates.
Source: the machine configuration schemas of Talos 1.10.9 and 1.13.9.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from homelab.catalog.machines.talos import Settings, contract, line
from homelab.catalog.offers.lab import control_planes, node_labels, schedulable
from homelab.catalog.offers.monitoring import ETCD_METRICS, scrapes_control_plane
from homelab.catalog.plan import Plan
from homelab.kube.tree import File, YamlFile
from homelab.render import layout
from homelab.spec import derived
from homelab.spec.hosts import Node, Role

SYSCTLS = {
    "fs.inotify.max_user_instances": "8192",
    "fs.inotify.max_user_watches": "1048576",
    "net.core.rmem_max": "7500000",
    "net.core.wmem_max": "7500000",
    "vm.max_map_count": "262144",
}
"""Watches for log agents, buffers for QUIC (the tunnel), maps for search engines."""
VOLUMES = "/var/mnt"
"""Where local-path keeps its volumes; the rest of a Talos machine is read-only."""
LINK = "lan"
"""Alias of the one link of a machine that carries its address."""
NAMED_BY_DOCUMENT = (1, 12)
"""The first contract whose configurations have their name in a HostnameConfig."""
CABLE = "link.link_state"
"""Matches the physical port that is up: "When the alias name is a fixed string, the selector must match exactly one link"."""


def talos_files(plan: Plan) -> dict[str, File]:
    """Path to patch: `all`, one for each role, one for each node."""
    settings = plan.settings("talos") if "talos" in plan.by_name else Settings()
    patches = f"{layout.TALOS}/patches"
    files: dict[str, File] = {
        f"{patches}/all.yaml": YamlFile(
            tuple(_everywhere(plan, settings)), "components.talos: laid over every machine"
        ),
        f"{patches}/control-plane.yaml": YamlFile(
            (_control_plane(plan),), "components.talos: laid over control planes"
        ),
    }
    for name, node in plan.homelab.nodes.items():
        bodies = tuple(_node(plan, name, node))
        files[f"{patches}/nodes/{name}.yaml"] = YamlFile(bodies, f"nodes.{name}", _said_of(bodies))
    return files


def smallest_disk(node: Node) -> str | None:
    """The size from which on a disk is taken for the system's, as Talos reads it; None where the disk is known otherwise.

    A disk sold as 250 GB may have 240; a stick or a data disk that is as large must be told apart by `install_disk`.
    """
    return None if node.install_disk or node.host else f"{node.disk * 9 // 10 // 10**9}GB"


def mac_of(plan: Plan, name: str) -> str | None:
    """A machine's hardware address: its own, else the derived one where it is virtual; None where nobody knows it."""
    node = plan.homelab.nodes[name]
    return derived.mac(plan.homelab.name, name, node) if node.mac or node.host else None


def _everywhere(plan: Plan, settings: Settings) -> list[dict[str, Any]]:
    network = plan.homelab.network
    machine: dict[str, Any] = {
        "kubelet": {
            **_mounts(plan),
            "defaultRuntimeSeccompProfileEnabled": True,
            "nodeIP": {"validSubnets": [network.nodes]},
            "extraConfig": {
                "containerLogMaxFiles": 5,
                "containerLogMaxSize": "20Mi",
                "evictionHard": {"memory.available": "256Mi", "nodefs.available": "10%", "imagefs.available": "10%"},
                "systemReserved": {"cpu": "100m", "memory": "512Mi"},
            },
        },
        "sysctls": {**SYSCTLS, **settings.sysctls},
        "features": {
            "kubePrism": {"enabled": True, "port": 7445},
            "hostDNS": {"enabled": True, "forwardKubeDNSToHost": False},
            **_named_once(plan),
        },
    }
    found: list[dict[str, Any]] = []
    if not derived.network_documents(plan.homelab):
        machine["time"] = {"servers": list(network.time_servers)}
        machine["network"] = {"nameservers": list(network.name_servers)}
        if settings.registry_mirrors:
            mirrors = {host: {"endpoints": [url]} for host, url in settings.registry_mirrors.items()}
            machine["registries"] = {"mirrors": mirrors}
    else:
        found += [
            {"apiVersion": "v1alpha1", "kind": "TimeSyncConfig", "ntp": {"servers": list(network.time_servers)}},
            {
                "apiVersion": "v1alpha1",
                "kind": "ResolverConfig",
                "nameservers": [{"address": a} for a in network.name_servers],
            },
        ]
        found += [
            {"apiVersion": "v1alpha1", "kind": "RegistryMirrorConfig", "name": host, "endpoints": [{"url": url}]}
            for host, url in settings.registry_mirrors.items()
        ]
    cluster = {
        "network": {"cni": {"name": "none"}, "podSubnets": [network.pods], "serviceSubnets": [network.services]},
        "proxy": {"disabled": True},
    }
    return [{"machine": machine, "cluster": cluster}, *found]


def _named_once(plan: Plan) -> dict[str, Any]:
    """A contract before 1.12 gives machines a name in the old place, which Talos refuses beside a HostnameConfig.

    "stable hostname is already set in v1alpha1 config" (siderolabs/talos pkg/machinery/config/types/network/hostname.go, v1.13.9)
    """
    doubled = derived.network_documents(plan.homelab) and line(contract(plan)) < NAMED_BY_DOCUMENT
    return {"stableHostname": False} if doubled else {}


def _mounts(plan: Plan) -> dict[str, Any]:
    """Folders of the machine that the kubelet sees: without it, volumes of local-path would not mount."""
    if "local-path" not in plan.by_name:
        return {}
    mount = {"destination": VOLUMES, "type": "bind", "source": VOLUMES, "options": ["bind", "rshared", "rw"]}
    return {"extraMounts": [mount]}


def _control_plane(plan: Plan) -> dict[str, Any]:
    open_to_all = all(name in schedulable(plan) for name in control_planes(plan))
    cluster: dict[str, Any] = {
        "allowSchedulingOnControlPlanes": open_to_all,
        "apiServer": {"extraArgs": {"enable-aggregator-routing": "true"}},
    }
    etcd: dict[str, Any] = {"advertisedSubnets": [plan.homelab.network.nodes]}
    if scrapes_control_plane(plan):  # what nobody reads is not opened: etcd asks nobody who they are
        every = {"extraArgs": {"bind-address": "0.0.0.0"}}  # noqa: S104 - so that Prometheus can scrape it
        cluster |= {"controllerManager": every, "scheduler": every}
        etcd["extraArgs"] = {"listen-metrics-urls": f"http://0.0.0.0:{ETCD_METRICS}"}
    return {"cluster": {**cluster, "etcd": etcd}}


def _node(plan: Plan, name: str, node: Node) -> list[dict[str, Any]]:
    labels = node_labels(plan, name, node)
    machine: dict[str, Any] = {**_install(node), "nodeLabels": labels}
    if derived.network_documents(plan.homelab):
        return [{"machine": machine}, *_link_documents(plan, name, node)]
    machine["network"] = {"hostname": name, "interfaces": [_interface(plan, name, node)]}
    return [{"machine": machine}]


def _install(node: Node) -> dict[str, Any]:
    """Where Talos installs itself; nothing for a virtual machine, whose disk comes with Talos on it."""
    if node.install_disk:
        return {"install": {"disk": node.install_disk}}
    size = smallest_disk(node)
    return {"install": {"diskSelector": {"size": f">= {size}"}}} if size else {}


def _said_of(bodies: tuple[dict[str, Any], ...]) -> dict[tuple[int | str, ...], str]:
    """What to do where a disk or a port is chosen by what the file says, and the machine has two such."""
    found: dict[tuple[int | str, ...], str] = {}
    for index, body in enumerate(bodies):
        if "diskSelector" in body.get("machine", {}).get("install", {}):
            found[index, "machine", "install", "diskSelector"] = (
                "of two such disks the first is taken: name yours as install_disk"
            )
        if body.get("selector", {}).get("match") == CABLE:
            found[index, "selector"] = "the one port with a cable; with two, no port is taken: name yours as mac"
    return found


def _address(plan: Plan, node: Node) -> str:
    return f"{node.address}/{IPv4Network(plan.homelab.network.nodes).prefixlen}"


def _vip(plan: Plan, node: Node) -> str | None:
    """The shared address of the API, held by one of the control planes; none where one machine is the endpoint."""
    api = plan.homelab.network.api
    held = node.role is Role.CONTROL_PLANE and api is not None and api != node.address
    return api if held else None


def _interface(plan: Plan, name: str, node: Node) -> dict[str, Any]:
    mac = mac_of(plan, name)
    interface = {
        "deviceSelector": {"hardwareAddr": mac},
        "dhcp": False,
        "addresses": [_address(plan, node)],
        "routes": [{"network": "0.0.0.0/0", "gateway": plan.homelab.network.gateway}],
    }
    vip = _vip(plan, node)
    return {**interface, "vip": {"ip": vip}} if vip else interface


def _link_documents(plan: Plan, name: str, node: Node) -> list[dict[str, Any]]:
    mac = mac_of(plan, name)
    match = f'mac(link.permanent_addr) == "{mac}"' if mac else CABLE
    found: list[dict[str, Any]] = [
        {"apiVersion": "v1alpha1", "kind": "HostnameConfig", "hostname": name, "auto": "off"},
        {"apiVersion": "v1alpha1", "kind": "LinkAliasConfig", "name": LINK, "selector": {"match": match}},
        {
            "apiVersion": "v1alpha1",
            "kind": "LinkConfig",
            "name": LINK,
            "addresses": [{"address": _address(plan, node)}],
            "routes": [{"gateway": plan.homelab.network.gateway}],
        },
    ]
    if vip := _vip(plan, node):
        found.append({"apiVersion": "v1alpha1", "kind": "Layer2VIPConfig", "name": vip, "link": LINK})
    return found
