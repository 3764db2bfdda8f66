"""Actions: what a lab could do next, as edits of its homelab.yaml with what they cost. Figures come from `roadmap`.

The first eleven are those of the reference README's roadmap, in its order and phases; the others are what the model
shows to matter. An action whose edits would change nothing does not apply and is not listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from homelab.capabilities import Capability
from homelab.catalog.offers.lab import control_planes, host_of, hosts
from homelab.catalog.plan import Plan
from homelab.findings import SpecEdit
from homelab.spec.hosts import Node, Role

GIB = 1 << 30


@dataclass(frozen=True)
class Candidate:
    """An action before its figures: edits as a function of the plan, empty where there is nothing to do."""

    name: str
    title: str
    phase: int
    hours: float
    edits: Callable[[Plan], tuple[SpecEdit, ...]]
    euro: float = 0.0
    note: str = ""


def _setting(component: str, **wanted: object) -> Callable[[Plan], tuple[SpecEdit, ...]]:
    """Edits that bring a component's settings to at least these values."""

    def edits(plan: Plan) -> tuple[SpecEdit, ...]:
        if component not in plan.by_name:
            return ()
        settings, found = plan.settings(component), list[SpecEdit]()
        for name, value in wanted.items():
            now = getattr(settings, name, None)
            if isinstance(now, int | float) and isinstance(value, int | float) and now < value:
                found.append(SpecEdit(f"components.{component}.{name}", value))
        return tuple(found)

    return edits


def _practice(name: str) -> Callable[[Plan], tuple[SpecEdit, ...]]:
    """Edits that switch a practice on, in the lab and wherever a component switched it off."""

    def edits(plan: Plan) -> tuple[SpecEdit, ...]:
        found = [] if getattr(plan.homelab.practices, name) else [SpecEdit(f"practices.{name}", value=True)]
        for choice in plan.choices:
            if getattr(choice.settings.practices, name) is False:
                section = "apps" if choice.component.application else "components"
                found.append(SpecEdit(f"{section}.{choice.name}.practices.{name}", value=True))
        return tuple(found)

    return edits


def _control_planes(plan: Plan) -> tuple[SpecEdit, ...]:
    """Two more control planes, on the hosts that carry the fewest, as large as the first."""
    planes = control_planes(plan)
    model = next(iter(planes.values()))
    if len(planes) >= 3 or (plan.homelab.hosts and not plan.homelab.network.api):
        return ()
    carried = [host_of(name, node) for name, node in planes.items()]
    addresses, found = _free(plan), list[SpecEdit]()
    for _ in range(3 - len(planes)):
        host = min(hosts(plan), key=lambda h: (carried.count(h), h)) if model.host else None
        carried.append(host or "")
        name = next(
            f"ctrl-{n}"
            for n in range(100)
            if f"ctrl-{n}" not in plan.homelab.nodes and f"ctrl-{n}" not in {e.path.partition(".")[2] for e in found}
        )
        found.append(SpecEdit(f"nodes.{name}", _node(model, next(addresses), host)))
    return tuple(found)


def _node(model: Node, address: str, host: str | None) -> dict[str, object]:
    data: dict[str, object] = {
        "role": str(model.role),
        "address": address,
        "cpu": model.cpu,
        "memory": model.memory,
        "disk": model.disk,
    }
    return {**({"host": host} if host else {}), **data}


def _free(plan: Plan) -> Iterator[str]:
    """Addresses of the node network that nothing in the file uses, above the highest node."""
    network = IPv4Network(plan.homelab.network.nodes)
    taken = {IPv4Address(node.address) for node in plan.homelab.nodes.values()}
    named = {plan.homelab.network.gateway, plan.homelab.network.api}
    taken |= {IPv4Address(address) for address in named if address}
    ranges = [r for r in (plan.homelab.network.load_balancers, plan.homelab.network.dhcp) if r]
    for start, _, end in (r.partition("-") for r in ranges):
        taken |= {IPv4Address(n) for n in range(int(IPv4Address(start)), int(IPv4Address(end or start)) + 1)}
    for number in range(
        int(max(IPv4Address(n.address) for n in plan.homelab.nodes.values())) + 1, int(network.broadcast_address)
    ):
        if IPv4Address(number) not in taken:
            yield str(IPv4Address(number))


def _third_host(plan: Plan) -> tuple[SpecEdit, ...]:
    """A third machine as large as the largest, and a fair share of the nodes moved to it."""
    machines = plan.homelab.hosts
    if not machines or len(machines) >= 3:
        return ()
    largest = max(machines.values(), key=lambda host: host.memory)
    name = next(f"pve-{n}" for n in range(1, 100) if f"pve-{n}" not in machines)
    found = [SpecEdit(f"hosts.{name}", {"cpu": largest.cpu, "memory": largest.memory, "disks": dict(largest.disks)})]
    for role in Role:
        found += [SpecEdit(f"nodes.{node}.host", name) for node in _moved(plan, role, len(machines) + 1)]
    return (*found, *_ceph_domain(plan))


def _moved(plan: Plan, role: Role, hosts: int) -> list[str]:
    """The nodes of a role that move to a new machine so that none carries more than its share."""
    nodes = [(name, node.host or "") for name, node in plan.homelab.nodes.items() if node.role is role]
    share, moved = len(nodes) // hosts, list[str]()
    while len(moved) < share:
        carried = Counter(host for name, host in nodes if name not in moved)
        fullest = max(sorted(carried), key=lambda host: carried[host])
        moved.append([name for name, host in nodes if host == fullest and name not in moved][-1])
    return moved


def _ceph_domain(plan: Plan) -> tuple[SpecEdit, ...]:
    """Copies of data on different machines, once there are as many machines as copies."""
    if "rook-ceph" not in plan.by_name or getattr(plan.settings("rook-ceph"), "failure_domain", "auto") == "auto":
        return ()
    return (SpecEdit("components.rook-ceph.failure_domain", None),)


def _ups(plan: Plan) -> tuple[SpecEdit, ...]:
    return () if plan.homelab.site.power.ups else (SpecEdit("site.power.ups", "20m"),)


def _uplinks(plan: Plan) -> tuple[SpecEdit, ...]:
    return () if plan.homelab.site.internet.uplinks > 1 else (SpecEdit("site.internet.uplinks", 2),)


def _switches(plan: Plan) -> tuple[SpecEdit, ...]:
    return () if plan.homelab.site.switches > 1 else (SpecEdit("site.switches", 2),)


def _spare(plan: Plan) -> tuple[SpecEdit, ...]:
    return () if plan.homelab.site.spare_host else (SpecEdit("site.spare_host", value=True),)


def _n8n(plan: Plan) -> tuple[SpecEdit, ...]:
    if "n8n" not in plan.by_name:
        return ()
    found = []
    for name, environment in plan.settings("n8n").environments.items():
        if name == "production":
            found += [
                SpecEdit(f"apps.n8n.environments.{name}.{what}", 2)
                for what in ("webhooks", "workers")
                if (count := getattr(environment, what)) is not None and count < 2  # derived counts fit the lab
            ]
    return tuple(found)


def _schedules(plan: Plan) -> tuple[SpecEdit, ...]:
    if Capability.BACKUP_CLUSTER not in plan.providers:
        return ()
    return _practice("backup_schedules")(plan)


def _database_backups(plan: Plan) -> tuple[SpecEdit, ...]:
    return _practice("database_backups")(plan) if Capability.DATABASE_POSTGRES in plan.providers else ()


DURABILITY = "saves data, not minutes: what it changes is how much is lost, and whether a restore works"
DETECTION = "serves no request: what it changes is whether anybody notices"

CANDIDATES: tuple[Candidate, ...] = (
    Candidate("control-planes", "Expand the control plane to 3 nodes", 1, 3.0, _control_planes),
    Candidate("gateway", "Run two gateway proxies, and two controllers", 1, 0.5, _setting("envoy-gateway", replicas=2, proxy_replicas=2)),
    Candidate(
        "argo-cd", "Run two of Argo CD's server and repo server", 2, 0.5,
        _setting("argo-cd", server_replicas=2, repo_server_replicas=2, application_set_replicas=2),
        note="missed when something changes, not while it runs",
    ),
    Candidate(
        "metrics", "Run two Prometheus (30 days) and three Alertmanagers", 2, 1.0,
        _setting("kube-prometheus-stack", prometheus_replicas=2, alertmanager_replicas=3), note=DETECTION,
    ),
    Candidate("schedules", "Back up the cluster daily, weekly and monthly", 2, 1.5, _schedules, note=DURABILITY),
    Candidate("database-backups", "Back up PostgreSQL with a continuous log archive", 3, 1.0, _database_backups, note=DURABILITY),
    Candidate("n8n", "Run two n8n workers and webhook processors", 3, 0.5, _n8n, note="a second n8n main needs an Enterprise licence, so the editor and timers stay single"),
    Candidate("budgets", "Add disruption budgets", 3, 1.0, _practice("budgets")),
    Candidate("spread", "Spread replicas over hosts and nodes", 4, 2.0, _practice("spread")),
    Candidate("probes", "Add health checks to all workloads", 4, 4.0, _practice("probes")),
    Candidate("requests", "Set requests and limits", 4, 4.0, _practice("requests")),
    Candidate("third-host", "Add a third machine, and keep copies of data on different ones", 0, 8.0, _third_host, euro=600.0),
    Candidate("ceph-domain", "Keep copies of data on different machines", 0, 2.0, _ceph_domain),
    Candidate("ups", "Put hosts, switch and router on a UPS", 0, 1.0, _ups, euro=180.0),
    Candidate("uplinks", "Add a second line to the Internet", 0, 3.0, _uplinks, euro=360.0),
    Candidate("switches", "Add a second switch, every host on both", 0, 3.0, _switches, euro=120.0),
    Candidate("spare", "Keep a spare machine on the shelf", 0, 1.0, _spare, euro=500.0),
)  # fmt: skip
"""Hours and euros are planning values of the reference README's timeline and of street prices; memory is computed."""


def reference(plan: Plan) -> bool:
    """Whether this is the lab that the reference README estimates: seven nodes on two machines, one control plane."""
    nodes = plan.homelab.nodes
    return len(plan.homelab.hosts) == 2 and len(nodes) == 7 and len(control_planes(plan)) == 1


CLAIMED = {
    0: ("today", "95–96 %"),
    1: ("phase 1  critical SPOFs", "99.5 %"),
    2: ("phase 2  core services", "99.9 %"),
    3: ("phase 3  applications", "99.95 %"),
    4: ("phase 4  advanced", "99.99 %"),
}
"""What the reference README estimates for its own lab after each phase, shown beside what is computed of that lab."""
