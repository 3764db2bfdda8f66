"""docs/network.md: addresses, hostnames, and who may talk to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from homelab.capabilities import Capability
from homelab.catalog.offers.gateway import front_address
from homelab.catalog.offers.lab import api_address, host_of, hostname
from homelab.catalog.offers.monitoring import ETCD_METRICS, scrapes_control_plane
from homelab.catalog.plan import Plan, hostnames, is_open, routes
from homelab.kube.tree import File
from homelab.render.guide import markdown as md
from homelab.render.guide.talk import talk


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
        md.section("Who may talk to whom", *talk(made)),
    )


def serves(plan: Plan) -> bool:
    """Whether something in the lab answers for hostnames."""
    return plan.has(Capability.GATEWAY_HTTP)


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
    yield md.code(
        "\n".join(f"kubectl --namespace {r.namespace} port-forward service/{r.services[0]} {r.port}" for _, r in closed)
    )


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
