"""Physical failure domains: which hosts stand under nodes, pods and pools, and what the loss of one takes along."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from homelab.assess.check import Unjudged
from homelab.assess.model.machines import allocatable
from homelab.assess.model.placement import ZONE, eligible, labels_of
from homelab.documents.quantity import parse_bytes
from homelab.errors import Place
from homelab.ground import FILE, Ground, Node
from homelab.kube.facts import Pool
from homelab.kube.inventory import Inventory
from homelab.kube.workload import Workload


def grounded(inventory: Inventory, what: str) -> Ground | Unjudged:
    """The Ground where it declares nodes and says on which host each of them runs; else why `what` cannot be judged."""
    ground = inventory.ground
    if ground is None or not ground.nodes:
        return Unjudged(what, f"no nodes are declared; {FILE} may say which there are")
    if any(node.host is None and node.virtual for node in ground.nodes):
        return Unjudged(what, f"nobody says which host carries which node; {FILE} may", place(inventory, "nodes"))
    return ground


def place(inventory: Inventory, *keys: str) -> Place | None:
    """Where the lab file declares something; its nearest declared ancestor where it is absent."""
    return inventory.locate(FILE, 0, keys)


def host_of(node: Node) -> str:
    """The host of a node; a machine by address is its own."""
    return node.host or node.name


def hosts(nodes: Iterable[Node]) -> Mapping[str, list[Node]]:
    """Host to the nodes on it."""
    found: dict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        found[host_of(node)].append(node)
    return found


def host_keys(ground: Ground) -> frozenset[str]:
    """Node labels each value of which lies on one host only: spreading over them is spreading over hosts."""
    values: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for node in ground.nodes:
        for key, value in supposed(ground, node).items():
            values[key][value].add(host_of(node))
    physical = {
        key
        for key, by in values.items()
        if all(len(on) == 1 for on in by.values()) and len(by) <= len(hosts(ground.nodes))
    }
    return frozenset(key for key in physical if all(key in supposed(ground, node) for node in ground.nodes))


def supposed(ground: Ground, node: Node) -> Mapping[str, str]:
    """The labels of a node; its machine as its zone where nobody declares any label, for somebody else may write them."""
    found = labels_of(node)
    return found if any(each.labels for each in ground.nodes) else {ZONE: host_of(node), **found}


def most_on_one_host(ground: Ground, workload: Workload, members: int, *, spread: bool) -> tuple[str, int]:
    """The host that may carry most of `members` pods that avoid each other's node, and how many it may carry.

    With `spread` they also avoid each other's host as far as there are hosts.
    """
    rooms = {host: len(nodes) for host, nodes in hosts(n for n in ground.nodes if eligible(workload, n)).items()}
    if not rooms:
        return "", 0
    if spread:
        name = max(rooms, key=lambda host: (rooms[host], host))
        return name, min(rooms[name], -(-members // len(rooms)))
    name = max(rooms, key=lambda host: (rooms[host], host))
    return name, min(rooms[name], members)


def pools(inventory: Inventory) -> tuple[Pool, ...]:
    """Every pool once, however many classes stand on it."""
    return tuple({(p.subject, p.size, p.domain): p for p in inventory.facts_of(Pool)}.values())


def domains(ground: Ground, pool: Pool) -> Mapping[str, list[Node]]:
    """Failure domains of a pool, as it counts them, to the nodes that carry its disks."""
    carriers = [n for n in ground.nodes if (n.name in pool.nodes if pool.nodes else n.ceph)]
    found: dict[str, list[Node]] = defaultdict(list)
    for node in carriers:
        if pool.domain == "osd":
            for number in range(max(1, len(node.ceph))):
                found[f"{node.name} disk {number}"].append(node)
        else:
            found[node.name if pool.domain == "host" else supposed(ground, node).get(pool.domain, "")].append(node)
    return found


def requests(workload: Workload) -> int:
    """Bytes of memory that one pod of a workload requests."""
    return sum(_bytes(c.request("memory")) for c in workload.containers)


def _bytes(text: str | None) -> int:
    try:
        return parse_bytes(text or 0)
    except ValueError:
        return 0


def demand(inventory: Inventory, nodes: Sequence[Node]) -> int:
    """Bytes of memory that all long-running pods request when only these nodes are there."""
    total = 0
    for workload in inventory.workloads:
        if workload.long_running:
            pods = (
                sum(eligible(workload, n) for n in nodes)
                if workload.daemon
                else inventory.least_replicas(workload) or 0
            )
            total += pods * requests(workload)
    return total


def supply(nodes: Iterable[Node]) -> int:
    """Bytes of memory that ordinary pods may request on these nodes."""
    return sum(allocatable(node) for node in nodes if node.schedulable)


def counted(nodes: Iterable[Node]) -> str:
    """Hosts with how many of the nodes each carries, as a sentence: `2 on pve-1, 1 on pve-2`."""
    count = Counter(host_of(node) for node in nodes)
    return ", ".join(f"{number} on {host}" for host, number in sorted(count.items()))
