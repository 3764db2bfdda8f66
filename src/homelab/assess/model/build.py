"""Inventory → System: what the availability room computes, and where each part of it comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from homelab.assess.model import capabilities, gaps, machines, services, site
from homelab.assess.model.capabilities import APPLICATION, CHANGE, PLATFORM, Service
from homelab.assess.model.frame import POD, Frame, Source
from homelab.assess.model.homes import Homes
from homelab.assess.model.machines import host_of
from homelab.assess.model.storage import gate_of_pool
from homelab.assess.model.timing import moved
from homelab.availability.system import All, Any_, Gate, Rate, System, Up
from homelab.errors import Undecidable
from homelab.findings import Subject
from homelab.ground import Ground, Node
from homelab.kube.facts import Pool, Quorum
from homelab.kube.inventory import Inventory
from homelab.kube.routing.routes import Route, gateway_of, routes
from homelab.kube.workload import Workload

LAB, API = "lab", "kubernetes-api"


@dataclass(frozen=True)
class Model:
    """A System with what its services and parts mean. Services are named `lan:<name>` and `internet:<name>`."""

    system: System
    services: tuple[Service, ...]
    sources: Mapping[str, Source]
    assumptions: tuple[str, ...]
    changes: Rate
    """Changes that fail."""
    data: Mapping[str, tuple[tuple[str, float], ...]] = field(default_factory=dict)
    """Machine to workloads with volumes on one of its nodes, each with how likely that is."""


def model(inventory: Inventory, ground: Ground | None = None) -> Model:
    """The availability model of a lab. The map of nodes to hosts must be known: see `interval`.

    Raises:
        Undecidable: no nodes are declared.
    """
    ground = ground or inventory.ground
    if ground is None or not ground.nodes:
        raise Undecidable(
            "no nodes are declared, so there is nothing to compute with",
            hint="write the machines into .homelab/lab.yaml: docs/availability.md shows how",
        )
    frame = Frame(inventory, ground)
    site.build(frame)
    machines.build(frame)
    homes = Homes(frame)
    frame.assumptions += [f"no pod of {who} is ever placed: {why}" for who, why in homes.waiting.items()]
    _voters(frame, homes)
    _dns(frame)
    _stores(frame, homes)
    found = [Service(API, "api", "", public=False, group=CHANGE)]
    frame.every("lan/" + API, ("site/lan", "api"))
    for host, route in _hostnames(inventory):
        _hostname(frame, homes, host, route)
        unknown = gaps.of_route(frame, route)
        group = PLATFORM if route.resource.origin.option.startswith("components.") else APPLICATION
        found.append(Service(host, "hostname", environment(route), host in ground.public, unknown, group))
    found += capabilities.rows(frame, homes)
    _lab(frame, found)
    everything = {f"lan:{s.name}": f"lan/{s.name}" for s in found} | {
        "lan:" + LAB: "lan/" + LAB,
        "internet:" + LAB: "internet/" + LAB,
        "ceiling": "site/internet",
    }
    everything |= {f"internet:{s.name}": f"internet/{s.name}" for s in found if s.public}
    system = System(frame.parts, frame.gates, everything, frame.exclusives)
    assumed = dict.fromkeys(
        f"{r.origin.assumed}: its pods are taken to be the same" for r in inventory.resources if r.origin.assumed
    )
    return Model(
        system, tuple(found), frame.sources, (*frame.assumptions, *assumed), frame.rate("operator.change"), homes.data()
    )


def interval(ground: Ground) -> tuple[Ground, Ground]:
    """Where virtual machines stand on unknown hosts: the best case (a host each) and the worst (one for all)."""

    def on(pick: str | None) -> tuple[Node, ...]:
        return tuple(
            n if n.host or not n.virtual else replace(n, host=pick or f"unknown-{n.name}") for n in ground.nodes
        )

    return replace(ground, nodes=on(None)), replace(ground, nodes=on("unknown"))


def mapped(ground: Ground) -> bool:
    """Whether it is known on which host every node stands."""
    return all(node.host or not node.virtual for node in ground.nodes)


def environment(route: Route) -> str:
    """The environment a route belongs to, by its label or its namespace's ending; production where nothing says."""
    said = route.resource.labels.get("homelab.dev/environment")
    if said:
        return said
    tail = route.resource.namespace.rpartition("-")[2]
    return {"dev": "dev", "staging": "staging"}.get(tail, "production")


def _hostnames(inventory: Inventory) -> Iterator[tuple[str, Route]]:
    seen: set[str] = set()
    for route in routes(inventory):
        for host in route.hostnames:
            if not route.redirects and host not in seen:
                seen.add(host)
                yield host, route


def _voters(frame: Frame, homes: Homes) -> None:
    """Say of each host how many voters of a quorum stand on it: `2 of 3 monitors`, `up to 2` where that is not sure."""
    for quorum in frame.inventory.facts_of(Quorum):
        members = [w for w in frame.inventory.workloads if w.subject in quorum.members]
        if len(quorum.members) < 2 or not members:
            continue
        home = homes.of(members[0])
        counts = [Counter(host_of(frame.ground.nodes[n]) for n in p) for each in home.between.values() for p in each]
        for host in sorted({host for count in counts for host in count}):
            source = frame.sources[f"host/{host}"]
            found = {count[host] for count in counts}
            said = f"{'up to ' if len(found) > 1 else ''}{max(found)} of {quorum.size} {quorum.what}"
            frame.sources[f"host/{host}"] = replace(source, because=", ".join(filter(None, (source.because, said))))


def _dns(frame: Frame) -> None:
    """Cluster DNS as Talos deploys it: two replicas that may run anywhere, one of which answers."""
    nodes = frame.ground.nodes
    first = nodes[0]
    second = next((n for n in nodes if (n.host or n.name) != (first.host or first.name)), nodes[-1])
    found = frame.inventory.get("Deployment", "kube-system", "coredns")
    if found is not None:
        return
    subject = Subject("Deployment", "coredns", "kube-system")
    pods: list[str] = []
    for number, node in enumerate((first, second) if second is not first else (first,)):
        part = frame.part(
            f"pod/{subject}/{number}",
            frame.rate("container"),
            Source("cluster DNS", (subject,), "two replicas by Talos"),
            POD,
        )
        terms: list[Gate | str] = [Up(part)]
        terms += [failure.borne(moved(frame, attached=False)) for failure in machines.failures_of(frame, node)]
        pods.append(frame.every(f"pod {subject} {number}", terms))
    frame.gate("dns", Any_(tuple(pods)))


def _stores(frame: Frame, homes: Homes) -> None:
    """Pools need their monitors' quorum as well as their disks."""
    quorums = {
        q.subject: services.quorum_gate(frame, homes, q) for q in frame.inventory.facts_of(Quorum) if len(q.members) > 1
    }
    for pool in frame.inventory.facts_of(Pool):
        name = gate_of_pool(frame, pool)
        if pool.cluster in quorums:
            frame.gate(name, All((frame.gates[name], quorums[pool.cluster])))


def _hostname(frame: Frame, homes: Homes, host: str, route: Route) -> None:
    terms: list[Gate | str] = ["site/lan"]
    terms += _entrance(frame, homes, route)
    for backend in route.backends:
        service = frame.inventory.get(backend.kind, backend.namespace, backend.name)
        if service is not None:
            terms.append(services.service_gate(frame, homes, service))
    frame.every(f"lan/{host}", terms)
    if host in frame.ground.public:
        frame.every(f"internet/{host}", (f"lan/{host}", "site/internet", *_tunnel(frame, homes)))


def _entrance(frame: Frame, homes: Homes, route: Route) -> Iterator[str]:
    """The proxies of the Gateways a route hangs on, found by the labels their operator gives them."""
    for parent in route.parents:
        gateway = gateway_of(frame.inventory, parent)
        if gateway is None:
            continue
        for workload in proxies(frame.inventory, gateway.namespace, gateway.name):
            yield services.workload_gate(frame, homes, workload)


def proxies(inventory: Inventory, namespace: str, name: str) -> list[Workload]:
    """The workloads that are a Gateway's data plane."""
    wanted = {
        "gateway.envoyproxy.io/owning-gateway-name": name,
        "gateway.envoyproxy.io/owning-gateway-namespace": namespace,
    }
    return [w for w in inventory.workloads if all(w.labels.get(k) == v for k, v in wanted.items())]


def _tunnel(frame: Frame, homes: Homes) -> Iterator[str]:
    for workload in frame.inventory.workloads:
        if workload.long_running and any("cloudflared" in container.image for container in workload.containers):
            yield services.workload_gate(frame, homes, workload)


def counted_in_lab(found: Iterable[Service]) -> list[Service]:
    """The services that the lab's own figure asks for: every application of production.

    A lab that runs none yet is asked for the Kubernetes API and its other hostnames.
    """
    every = [s for s in found if s.kind == "api" or (s.kind == "hostname" and s.environment == "production")]
    return [s for s in every if s.group == APPLICATION] or every


def _lab(frame: Frame, found: list[Service]) -> None:
    counted = counted_in_lab(found)
    frame.every("lan/" + LAB, [f"lan/{s.name}" for s in counted])
    outside = [f"internet/{s.name}" for s in counted if s.public]
    frame.every("internet/" + LAB, outside or ["lan/" + LAB, "site/internet"])
