"""docs/network.md: addresses, hostnames, and who may talk to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from homelab.capabilities import Capability
from homelab.catalog.offers.gateway import gateway_address
from homelab.catalog.offers.lab import api_address, host_of, hostname
from homelab.catalog.offers.monitoring import ETCD_METRICS, scrapes_control_plane
from homelab.catalog.plan import Plan, hostnames, is_open, routes
from homelab.catalog.security.flows import Key, Peer, Rules, joined
from homelab.kube.tree import File
from homelab.render import layout
from homelab.render.guide import markdown as md

POLICIES = f"{layout.FOUNDATION}/network-policies"
ENTITIES = {
    "kube-apiserver": "the Kubernetes API",
    "host": "the node",
    "remote-node": "other nodes",
    "world": "the LAN and the Internet",
}
"""Cilium's names for what is no pod, in words."""


def network_page(plan: Plan, made: Mapping[str, File]) -> str:
    """The page."""
    return md.page(
        "Network",
        md.section("Addresses", md.table(("What", "Where", "Note"), _addresses(plan))),
        md.section("Nodes", md.table(("Node", "Address", "Role", "Physical machine"), _nodes(plan))),
        md.section(
            "Hostnames",
            _names(plan),
            md.table(("Address", "Component", "Namespace", "From where"), _hosts(plan)),
            *_without_login(plan),
        ),
        md.section("Open to the LAN without a login", *_open(plan)),
        md.section("Who may talk to whom", *_flows(plan, made)),
    )


def serves(plan: Plan) -> bool:
    """Whether something in the lab answers for hostnames."""
    return plan.has(Capability.GATEWAY_HTTP)


def front_address(plan: Plan) -> str:
    """The address on the LAN to which the lab's hostnames resolve."""
    settings = plan.providers[Capability.GATEWAY_HTTP].settings
    return str(getattr(settings, "address", None) or gateway_address(plan))


def _addresses(plan: Plan) -> Iterator[tuple[str, str, str]]:
    network = plan.homelab.network
    shared = network.api is not None and network.api not in {node.address for node in plan.homelab.nodes.values()}
    yield "Nodes", f"`{network.nodes}`", "the LAN of the machines"
    yield "Router", f"`{network.gateway}`", "their way out"
    note = "virtual: the control planes pass it on" if shared else "the address of the one control plane"
    yield "Kubernetes API", f"`https://{api_address(plan)}:6443`", note
    yield "Load balancers", f"`{network.load_balancers}`", "announced by ARP; keep them out of DHCP"
    if serves(plan):
        yield "Gateway", f"`{front_address(plan)}`", "every hostname resolves to it on the LAN"
    if network.dhcp:
        yield "DHCP", f"`{network.dhcp}`", "the router's; nothing fixed lies in it"
    yield "Pods", f"`{network.pods}`", "inside the cluster only"
    yield "Services", f"`{network.services}`", "inside the cluster only"
    yield "Name servers", md.listed(network.name_servers), "of the nodes"
    yield "Time servers", md.listed(network.time_servers), "of the nodes; etcd and certificates need the right time"


def _nodes(plan: Plan) -> Iterator[tuple[str, str, str, str]]:
    for name, node in plan.homelab.nodes.items():
        yield name, f"`{node.address}`", str(node.role), host_of(name, node)


def _names(plan: Plan) -> str:
    if not serves(plan):
        return ""
    return (
        f"Let the router's DNS answer `*.{plan.homelab.domain}` with `{front_address(plan)}`. What the tunnel publishes "
        "has its record at the DNS provider as well."
    )


def published(plan: Plan) -> frozenset[str]:
    """The hostnames that are reachable from the Internet."""
    public = plan.homelab.access.public
    return frozenset(
        hostname(plan, route.host)
        for choice, route in routes(plan)
        if choice.name in public and route.environment == "production"
    )


def _hosts(plan: Plan) -> Iterator[tuple[str, str, str, str]]:
    public = published(plan)
    for choice, route in routes(plan) if serves(plan) else ():
        name = hostname(plan, route.host)
        yield f"https://{name}", choice.name, f"`{route.namespace}`", "LAN and Internet" if name in public else "LAN"


def _without_login(plan: Plan) -> Iterator[str]:
    """What has no login and therefore no hostname, and how its owner looks at it all the same."""
    closed = [(choice, route) for choice, route in hostnames(plan) if not is_open(plan, route)]
    if not closed:
        return
    names = md.listed(route.host for _, route in closed)
    yield (
        f"Whoever opens {names} is not asked who they are, so none of them has a hostname. `access.without_login` lets everybody on "
        "the LAN in; without it, look at one through the Kubernetes API:"
    )
    yield md.code("\n".join(f"kubectl --namespace {r.namespace} port-forward {r.behind}" for _, r in closed))


def _open(plan: Plan) -> Iterator[str]:
    """What the machines and the gateway answer to everybody on the LAN."""
    said = (
        [f"https://{hostname(plan, route.host)}" for _, route in routes(plan) if not route.login]
        if serves(plan)
        else []
    )
    if scrapes_control_plane(plan):
        said.append(
            f"port {ETCD_METRICS} of each control plane: figures of etcd, without keys or values, as Talos offers no login "
            "for them; `components.kube-prometheus-stack.control_plane: off` closes it"
        )
    yield md.bullets(said)


def _flows(plan: Plan, made: Mapping[str, File]) -> Iterator[str]:
    if not any(path.startswith(f"{POLICIES}/") for path in made):
        yield "No network policies are in this lab: every pod may talk to every other."
        return
    yield (
        "Nothing may talk unless a line here says so: every namespace starts from deny, and each policy is made from what "
        f"both ends declare. They are in `{POLICIES}`, a file for each namespace; name lookups are allowed to all."
    )
    spaces: dict[str, list[tuple[Key, Rules]]] = {}
    for key, rules in joined(plan).items():
        spaces.setdefault(key.namespace, []).append((key, rules))
    for space in sorted(spaces):
        rows = [row for key, rules in sorted(spaces[space], key=lambda each: each[0]) for row in _rows(key, rules)]
        if rows:
            yield f"### {space}"
            yield md.table(("Pods", "Way", "Other end", "Ports"), rows)


def _rows(key: Key, rules: Rules) -> Iterator[tuple[str, str, str, str]]:
    for word, found in (("from", rules.ingress), ("to", rules.egress)):
        for peer in sorted(found, key=repr):
            yield _pods(key, ""), word, _peer(key, peer), _ports(found[peer])


def _peer(key: Key, peer: Peer) -> str:
    if peer.kind == "pods":
        return _pods(peer.what, "" if peer.what.namespace == key.namespace else peer.what.namespace)
    if peer.kind == "cidr":
        return f"`{peer.what}`"
    return ", ".join(ENTITIES.get(name, name) for name in peer.what)


def _pods(key: Key, namespace: str) -> str:
    labels = md.listed(f"{name.rpartition('/')[2]}={value}" for name, value in key.labels) or "all pods"
    return f"{labels} in `{namespace}`" if namespace else labels


def _ports(ports: set[tuple[int, str]]) -> str:
    if any(port == 0 for port, _ in ports):
        return "all"
    return ", ".join(f"{port}" if kind == "TCP" else f"{port} ({kind})" for port, kind in sorted(ports))
