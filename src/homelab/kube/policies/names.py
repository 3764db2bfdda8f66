"""Names: whether pods that are held to a policy can still ask the cluster's DNS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from homelab.kube.inventory import Inventory
from homelab.kube.policies.rules import OF_SPACE, SPACE, Policy, plain, policies_on
from homelab.kube.workload import Workload

DNS, SYSTEM = 53, "kube-system"
PORTS = frozenset({"53", "5353", "0", "dns", "dns-tcp", "dns-udp", "domain"})
"""Ports of DNS by number and by the names that are usual; OpenShift's pods listen on 5353."""
NAME = "kubernetes.io/metadata.name"
ANYWHERE = frozenset({"all", "cluster", "host", "remote-node"})
"""Cilium's entities among which cluster DNS may be: its pods, or a cache in the network of nodes; the world has none."""
PEERS = (
    "toEndpoints",
    "toEntities",
    "toCIDR",
    "toCIDRSet",
    "toServices",
    "toFQDNs",
    "toNodes",
    "toGroups",
    "toRequires",
)


@dataclass(frozen=True)
class Deaf:
    """A workload whose pods may reach others but not DNS; `policy` lets them reach something, and is the first that does."""

    workload: Workload
    policy: Policy


def deaf(inventory: Inventory) -> Iterator[Deaf]:
    """Workloads that call by name, may not ask for names, and are held to it by policies that were read."""
    for workload in inventory.workloads:
        if workload.pod.get("dnsPolicy") in {"None", "Default"} or workload.namespace == SYSTEM:
            continue
        helping = policies_on(inventory, workload)
        held = [policy for policy in helping if policy.selects(workload)]
        if not any(policy.isolates for policy in held):
            continue
        if any(_asks(policy, rule) for policy in helping for rule in policy.egress):
            continue
        calling = [policy for policy in held if any(_calls_by_name(policy, rule) for rule in policy.egress)]
        if calling:
            yield Deaf(workload, calling[0])


def _asks(policy: Policy, rule: Mapping[str, Any]) -> bool:
    """Whether a rule lets its pods reach port 53 of where cluster DNS may be; in doubt it does."""
    return _cilium(policy, rule) if policy.cilium else _kubernetes(policy, rule)


def _kubernetes(policy: Policy, rule: Mapping[str, Any]) -> bool:
    ports, peers = rule.get("ports") or (), rule.get("to") or ()
    if ports and not any(_dns_port(port) for port in ports if isinstance(port, Mapping)):
        return False
    return not peers or any(_dns_peer(policy, peer) for peer in peers if isinstance(peer, Mapping))


def _dns_port(port: Mapping[str, Any]) -> bool:
    first, last = port.get("port"), port.get("endPort")
    if first is None or str(first) in PORTS:
        return True
    return isinstance(first, int) and isinstance(last, int) and first <= DNS <= last


def _dns_peer(policy: Policy, peer: Mapping[str, Any]) -> bool:
    if peer.get("ipBlock"):
        return True
    spaces = peer.get("namespaceSelector")
    if not isinstance(spaces, Mapping):
        return policy.resource.namespace == SYSTEM
    named = (spaces.get("matchLabels") or {}).get(NAME)
    return named is None or str(named) == SYSTEM


def _cilium(policy: Policy, rule: Mapping[str, Any]) -> bool:
    ports = [
        port
        for group in rule.get("toPorts") or ()
        if isinstance(group, Mapping)
        for port in group.get("ports") or ()
        if isinstance(port, Mapping)
    ]
    if ports and not any(_dns_port({**port, "port": _number(port.get("port"))}) for port in ports):
        return False
    if not any(key in rule for key in PEERS):
        return True
    if any(rule.get(key) for key in ("toCIDR", "toCIDRSet", "toServices", "toNodes", "toGroups")):
        return True
    if ANYWHERE & {str(entity) for entity in rule.get("toEntities") or ()}:
        return True
    return any(_dns_pods(policy, chosen) for chosen in rule.get("toEndpoints") or () if isinstance(chosen, Mapping))


def _dns_pods(policy: Policy, selector: Mapping[str, Any]) -> bool:
    """Whether an endpoint selector can mean the pods of cluster DNS: without a namespace it means that of its policy."""
    found = plain(selector)
    named = found["matchLabels"].get(SPACE)
    asked = {str(entry["key"]) for entry in found["matchExpressions"]} | set(found["matchLabels"])
    if named is not None:
        return str(named) == SYSTEM
    if any(key == SPACE or key.startswith(OF_SPACE) for key in asked):
        return True
    return policy.spaces is None or policy.spaces == SYSTEM


def _number(port: Any) -> Any:
    return int(port) if isinstance(port, str) and port.isascii() and port.isdigit() else port


def _calls_by_name(policy: Policy, rule: Mapping[str, Any]) -> bool:
    """Whether whom a rule lets reach is known by name: Services, hosts of the Internet; single addresses are not."""
    if policy.cilium:
        blocks = [*(rule.get("toCIDR") or ()), *(_block(each, "cidr") for each in rule.get("toCIDRSet") or ())]
        named = [key for key in PEERS if rule.get(key) and key not in {"toCIDR", "toCIDRSet"}]
        known = {str(entity) for entity in rule.get("toEntities") or ()} <= {"kube-apiserver", "host", "remote-node"}
        if named == ["toEntities"] and known:
            return False
        return bool(named) or any(map(_wide, blocks)) or not blocks
    peers = [peer for peer in rule.get("to") or () if isinstance(peer, Mapping)]
    return not peers or any(not p.get("ipBlock") or _wide(_block(p["ipBlock"], "cidr")) for p in peers)


def _block(entry: Any, key: str) -> str:
    return str(entry.get(key, "")) if isinstance(entry, Mapping) else ""


def _wide(block: str) -> bool:
    """Whether a block is the Internet or a large part of it, and not a network whose addresses one writes down."""
    try:
        return ip_network(block, strict=False).prefixlen < 8
    except ValueError:
        return False
