"""Who may talk to whom as components declare it: a reader of flows pod by pod, which never joins them and knows nothing of policies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from ipaddress import ip_address, ip_network

from homelab.capabilities import Capability
from homelab.catalog.flows import Pods, Serves, Uses
from homelab.catalog.plan import Plan, flows_of, namespaces_of

API, NODE, HERE, WORLD = "reserved:kube-apiserver", "reserved:remote-node", "reserved:host", "reserved:world"
NODES = (API, NODE, HERE)
"""Nodes as Cilium tells them apart: one that runs the API, another one, and the pod's own."""
CLOSED = ("reserved:health", "reserved:ingress", "reserved:unmanaged", "reserved:init")
"""Identities of Cilium that no component ever speaks of."""
DNS = ("kube-system", {"k8s-app": "kube-dns"})
OPEN = frozenset({"default", "kube-node-lease", "kube-public", "kube-system", "cilium-secrets"})
"""Namespaces that no component declares: those of Kubernetes, and one of Cilium's chart for Secrets, which has no pods."""
AUDIENCES = {
    "api-server": NODES,
    "host": NODES,
    "lan": (*NODES, WORLD),
    "world": (*NODES, WORLD),
}
"""Who calls from outside of the pods, by the word of a flow; the API server's calls leave whichever node it runs on."""


@dataclass(frozen=True, eq=False)
class Pod:
    """Pods that are alike: where they are, their labels, the account they run as, the ports that they open.

    Pods that no workload makes have no account.
    """

    namespace: str
    labels: Mapping[str, str]
    account: str = ""
    ports: frozenset[tuple[int, str]] = frozenset()

    def matches(self, pods: Pods) -> bool:
        """Whether an end of a flow means these pods."""
        return pods.namespace == self.namespace and pods.labels.items() <= self.labels.items()


@dataclass(frozen=True, eq=False)
class Declared:
    """What a plan declares."""

    plan: Plan

    @cached_property
    def serves(self) -> tuple[tuple[str, Serves], ...]:
        """What is served, each with its component."""
        return tuple((name, flow) for name, flow in self._flows() if isinstance(flow, Serves))

    @cached_property
    def uses(self) -> tuple[tuple[str, Uses], ...]:
        """What is used, each with its component."""
        return tuple((name, flow) for name, flow in self._flows() if isinstance(flow, Uses))

    def _flows(self) -> Iterator[tuple[str, Serves | Uses]]:
        for choice in self.plan.choices:
            for flow in flows_of(self.plan, choice):
                yield choice.name, flow

    @cached_property
    def environments(self) -> tuple[frozenset[str], ...]:
        """The namespaces of each application, one an environment."""
        chosen = [choice for choice in self.plan.choices if choice.component.application]
        return tuple(frozenset(each.name for each in namespaces_of(self.plan, choice)) for choice in chosen)

    def ends(self) -> Iterator[Pods]:
        """Every end of every flow."""
        yield from (flow.pods for _name, flow in (*self.serves, *self.uses))

    @cache  # noqa: B019 - as many as there are labs and pods in a test
    def _serving(self, pod: Pod) -> tuple[tuple[str, Serves], ...]:
        return tuple((name, flow) for name, flow in self.serves if pod.matches(flow.pods))

    @cache  # noqa: B019 - as above
    def _using(self, pod: Pod) -> tuple[tuple[str, Uses], ...]:
        return tuple((name, flow) for name, flow in self.uses if pod.matches(flow.pods))

    def served(self, pod: Pod) -> frozenset[tuple[int, str]]:
        """The ports that somebody says pods listen on."""
        return pod.ports | {(flow.port, flow.protocol) for _name, flow in self._serving(pod) if flow.port}

    def between(self, source: Pod, target: Pod, port: tuple[int, str]) -> bool:
        """Whether one pod may call another on a port."""
        if target.matches(Pods(*DNS)) and port in {(53, "UDP"), (53, "TCP")}:
            return True
        into = [flow for _name, flow in self._using(source) if flow.outside == f"namespace:{target.namespace}"]
        if any(_holds(0, flow.protocol, port) for flow in into):
            return True
        return any(
            _holds(flow.port, flow.protocol, port) and self._calls(source, name, flow)
            for name, flow in self._serving(target)
        )

    def _calls(self, source: Pod, name: str, served: Serves) -> bool:
        if served.audience == "namespace" and source.namespace == served.pods.namespace:
            return True
        if served.audience == "gateway" and self._offers(source, Capability.GATEWAY_HTTP):
            return True
        if served.audience == "metrics" and self._offers(source, Capability.METRICS_STORE):
            return True
        return self._needs(source, name, served)

    def needed(self, source: Pod, target: Pod, port: tuple[int, str]) -> bool:
        """Whether one pod uses what another serves, rather than being open to it as its neighbour or as a scraper."""
        return any(
            _holds(flow.port, flow.protocol, port) and self._needs(source, name, flow)
            for name, flow in self._serving(target)
        )

    def _needs(self, source: Pod, name: str, served: Serves) -> bool:
        return served.capability is not None and any(
            flow.capability is served.capability
            # an application's environments are one component, and never talk to each other
            and (user != name or flow.pods.namespace == served.pods.namespace)
            for user, flow in self._using(source)
        )

    def _offers(self, pod: Pod, capability: Capability) -> bool:
        return any(flow.capability is capability for _name, flow in self._serving(pod))

    def out(self, source: Pod, peer: str, port: tuple[int, str]) -> bool:
        """Whether pods may call something that is no pod: an identity of Cilium, or an address."""
        if peer in NODES and port[1] == "TCP" and self._offers(source, Capability.METRICS_STORE):
            return True  # it scrapes what runs on the nodes' own network
        return any(_reaches(flow, peer, port) for _name, flow in self._using(source))

    def into(self, peer: str, target: Pod, port: tuple[int, str]) -> bool:
        """Whether something that is no pod may call pods; their own node always may, for it asks how they are."""
        caller = peer if peer.startswith("reserved:") else WORLD
        return caller == HERE or any(
            _holds(flow.port, flow.protocol, port) and caller in AUDIENCES.get(flow.audience, ())
            for _name, flow in self._serving(target)
        )


def _holds(number: int, protocol: str, port: tuple[int, str]) -> bool:
    """Whether a declared port is this one; 0 is every port of its protocol."""
    return number in {0, port[0]} and protocol in {"ANY", port[1]}


def _reaches(flow: Uses, peer: str, port: tuple[int, str]) -> bool:
    kind, _, network = flow.outside.partition(":")
    meant: dict[str, Callable[[], bool]] = {
        "api-server": lambda: peer == API,
        "host": lambda: peer in NODES,
        "world": lambda: peer == WORLD or not peer.startswith("reserved:"),
        "lan": lambda: not peer.startswith("reserved:") and ip_address(peer) in ip_network(network),
    }
    numbers = flow.ports or ((6443,) if kind == "api-server" else (0,))
    return kind in meant and meant[kind]() and any(_holds(number, flow.protocol, port) for number in numbers)
