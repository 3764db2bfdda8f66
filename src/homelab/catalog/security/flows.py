"""Flows joined: whoever serves a capability meets whoever uses it, and both sides get their rule.

A component declares its own end only. Swapping a provider therefore changes no other component, and a rule exists
exactly where two chosen components really talk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from homelab.capabilities import Capability
from homelab.catalog.flows import Flow, Pods, Serves, Uses
from homelab.catalog.plan import Choice, Plan, flows_of

if TYPE_CHECKING:
    from homelab.kube.resource import Manifest

NAMESPACE_LABEL = "k8s:io.kubernetes.pod.namespace"
API_PORT = 6443
AUDIENCES: dict[str, tuple[str, ...]] = {
    # A call of the API server arrives from the node it runs on, which for tunnelled traffic is only known as a node.
    "api-server": ("kube-apiserver", "remote-node", "host"),
    "host": ("host", "remote-node"),
    # A load balancer may pass a call on from another node, with that node's address.
    "lan": ("world", "host", "remote-node"),
    "world": ("world", "host", "remote-node"),
}
"""Callers that are no pods: audience to Cilium's entities."""
OUTSIDE: dict[str, tuple[str, ...]] = {
    "api-server": ("kube-apiserver",),
    "world": ("world",),
    "host": ("host", "remote-node"),
}
"""What is called outside the pods: to Cilium's entities."""


class Key(NamedTuple):
    """Pods as a key: namespace and sorted labels."""

    namespace: str
    labels: tuple[tuple[str, str], ...]


class Peer(NamedTuple):
    """The other end of a rule: `pods`, `entities` or `cidr`, with what they are."""

    kind: str
    what: Any


@dataclass
class Rules:
    """What pods may receive and send: peer to (port, protocol); port 0 is every port of its protocol."""

    ingress: dict[Peer, set[tuple[int, str]]] = field(default_factory=dict)
    egress: dict[Peer, set[tuple[int, str]]] = field(default_factory=dict)


def key_of(pods: Pods) -> Key:
    """Pods as a key."""
    return Key(pods.namespace, tuple(sorted(pods.labels.items())))


def joined(plan: Plan) -> dict[Key, Rules]:
    """Every end of every flow of the lab with its rules."""
    flows = [(choice, flow) for choice in plan.choices for flow in flows_of(plan, choice)]
    rules: dict[Key, Rules] = {}
    for choice, flow in flows:
        if isinstance(flow, Uses):
            _outside(rules, flow)
        else:
            _serve(rules, choice, flow, flows)
    _scrape_nodes(rules, flows)
    return rules


def _serve(rules: dict[Key, Rules], choice: Choice, flow: Serves, flows: list[tuple[Choice, Flow]]) -> None:
    port = (flow.port, flow.protocol)
    served = key_of(flow.pods)
    for caller in _callers(choice, flow, flows):
        _rules(rules, served).ingress.setdefault(Peer("pods", key_of(caller)), set()).add(port)
        _rules(rules, key_of(caller)).egress.setdefault(Peer("pods", served), set()).add(port)
    if entities := AUDIENCES.get(flow.audience):
        _rules(rules, served).ingress.setdefault(Peer("entities", entities), set()).add(port)


def _callers(choice: Choice, flow: Serves, flows: list[tuple[Choice, Flow]]) -> Iterator[Pods]:
    """The pods that call what is served."""
    if flow.capability is not None:
        for user, other in flows:
            if not isinstance(other, Uses) or other.capability != flow.capability:
                continue
            # An app's environments are one component: development never reaches production's database.
            if user is not choice or other.pods.namespace == flow.pods.namespace:
                yield other.pods
    if flow.audience == "namespace":
        yield Pods(flow.pods.namespace)
    elif flow.audience == "gateway":
        yield from _serving(Capability.GATEWAY_HTTP, flows)
    elif flow.audience == "metrics":
        yield from _serving(Capability.METRICS_STORE, flows)
    elif flow.audience and flow.audience not in AUDIENCES:
        raise ValueError(f"{choice.name} serves an audience that nobody knows: {flow.audience}")


def _serving(capability: Capability, flows: list[tuple[Choice, Flow]]) -> Iterator[Pods]:
    """The pods that serve a capability: the gateway's proxies, the metrics store's servers."""
    seen: set[Key] = set()
    for _choice, flow in flows:
        if isinstance(flow, Serves) and flow.capability == capability and key_of(flow.pods) not in seen:
            seen.add(key_of(flow.pods))
            yield flow.pods


def _outside(rules: dict[Key, Rules], flow: Uses) -> None:
    """A call of something that is no pod."""
    if not flow.outside:
        return
    kind, _, what = flow.outside.partition(":")
    caller = key_of(flow.pods)
    if kind == "lan":
        peer = Peer("cidr", what)
    elif kind == "namespace":
        peer = Peer("pods", Key(what, ()))
        _rules(rules, peer.what).ingress.setdefault(Peer("pods", caller), set()).add((0, flow.protocol))
    elif flow.outside in OUTSIDE:
        peer = Peer("entities", OUTSIDE[flow.outside])
    else:
        raise ValueError(f"pods in {flow.pods.namespace} use an outside that nobody knows: {flow.outside}")
    ports = flow.ports or ((API_PORT,) if kind == "api-server" else (0,))
    _rules(rules, caller).egress.setdefault(peer, set()).update((port, flow.protocol) for port in ports)


def _scrape_nodes(rules: dict[Key, Rules], flows: list[tuple[Choice, Flow]]) -> None:
    """The metrics store scrapes kubelets, agents and exporters on the nodes' own network."""
    for pods in _serving(Capability.METRICS_STORE, flows):
        _rules(rules, key_of(pods)).egress.setdefault(Peer("entities", OUTSIDE["host"]), set()).add((0, "TCP"))


def _rules(rules: dict[Key, Rules], key: Key) -> Rules:
    return rules.setdefault(key, Rules())


def policy(key: Key, rules: Rules, name: str) -> Manifest:
    """The CiliumNetworkPolicy of one end."""
    spec: dict[str, Any] = {"endpointSelector": {"matchLabels": dict(key.labels)} if key.labels else {}}
    for direction, word in (("ingress", "from"), ("egress", "to")):
        found: dict[Peer, set[tuple[int, str]]] = getattr(rules, direction)
        if found:
            spec[direction] = [_rule(key.namespace, word, peer, found[peer]) for peer in sorted(found, key=repr)]
    return {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": {"name": name, "namespace": key.namespace},
        "spec": spec,
    }


def _rule(namespace: str, word: str, peer: Peer, ports: set[tuple[int, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {f"{word}Entities": list(peer.what)}
    if peer.kind == "pods":
        labels = dict(peer.what.labels)
        if peer.what.namespace != namespace:
            labels = {NAMESPACE_LABEL: peer.what.namespace, **labels}
        found = {f"{word}Endpoints": [{"matchLabels": labels} if labels else {}]}
    elif peer.kind == "cidr":
        found = {f"{word}CIDR": [peer.what]}
    if (0, "ANY") not in ports:
        # "0" is every port of its protocol; a rule without `toPorts` would open every other protocol too.
        whole = {protocol for port, protocol in ports if port == 0}
        listed = sorted((port, protocol) for port, protocol in ports if port == 0 or protocol not in whole)
        found["toPorts"] = [{"ports": [{"port": str(port), "protocol": protocol} for port, protocol in listed]}]
    return found
