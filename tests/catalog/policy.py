"""What rendered policies let pods call, as Cilium reads them: a second reader, which knows nothing of flows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from homelab.catalog.plan import Plan
from homelab.catalog.security.foundation import policy_manifests

NAMESPACE = "k8s:io.kubernetes.pod.namespace"
Policies = list[dict[str, Any]]


def policies(plan: Plan) -> Policies:
    """Every policy of a plan as it is rendered."""
    return list(policy_manifests(plan, plan.settings("foundation")))


def _selected(policy: Mapping[str, Any], namespace: str, labels: Mapping[str, str]) -> bool:
    own = policy["metadata"].get("namespace", namespace)
    wanted = policy["spec"]["endpointSelector"].get("matchLabels") or {}
    return bool(own == namespace and wanted.items() <= labels.items())


def rules(
    found: Policies, direction: str, namespace: str, labels: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rules of a direction that hold for pods, each with the namespace it stands in."""
    for policy in found:
        if _selected(policy, namespace, labels):
            for rule in policy["spec"].get(direction, ()):
                yield policy["metadata"].get("namespace", ""), rule


def ports(rule: Mapping[str, Any]) -> set[tuple[int, str]]:
    """The ports of a rule; 0 is every port of its protocol, (0, ANY) every port."""
    listed = [port for group in rule.get("toPorts", ()) for port in group["ports"]]
    return {(int(port["port"]), port["protocol"]) for port in listed} or {(0, "ANY")}


def opened(
    found: Policies, namespace: str, labels: Mapping[str, str], host: str, nodes: Iterable[str] = ()
) -> set[tuple[int, str]]:
    """The ports on which pods may call a host outside of the cluster: a name, an address, or the address of a node."""
    result: set[tuple[int, str]] = set()
    for _space, rule in rules(found, "egress", namespace, labels):
        entities = set(rule.get("toEntities", ()))
        if host in set(nodes):
            reached = bool(entities & {"host", "remote-node"})
        else:
            reached = "world" in entities or any(_inside(host, each) for each in rule.get("toCIDR", ()))
        result |= ports(rule) if reached else set()
    return result


def _inside(host: str, cidr: str) -> bool:
    try:
        return ip_address(host) in ip_network(cidr)
    except ValueError:
        return False


def called(
    found: Policies,
    caller: tuple[str, Mapping[str, str]],
    target: tuple[str, Mapping[str, str]],
) -> set[tuple[int, str]]:
    """The ports on which one pod may call another: out of the first, and into the second."""

    def met(direction: str, word: str, own: tuple[str, Mapping[str, str]], other: tuple[str, Mapping[str, str]]) -> Any:
        result: set[tuple[int, str]] = set()
        for space, rule in rules(found, direction, *own):
            for selector in rule.get(word, ()):
                wanted = dict(selector.get("matchLabels") or {})
                there = wanted.pop(NAMESPACE, space)
                if there in {"", other[0]} and wanted.items() <= other[1].items():
                    result |= ports(rule)
        return result

    out, into = met("egress", "toEndpoints", caller, target), met("ingress", "fromEndpoints", target, caller)
    both = out & into
    return both | (out if (0, "ANY") in into else set()) | (into if (0, "ANY") in out else set())
