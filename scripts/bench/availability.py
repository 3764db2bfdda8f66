"""How fast uptime is computed: a made-up lab of 60 services on about 1,000 parts, built, asked again, and changed."""

from __future__ import annotations

import random
from dataclasses import replace

from measure import Measure, median_of

from homelab.availability.bands import bands
from homelab.availability.causes import shares
from homelab.availability.cuts import pairs
from homelab.availability.importance import importances
from homelab.availability.quantify import Evaluator
from homelab.availability.system import All, Any_, AtLeast, Gate, Part, Rate, Settled, System

HOSTS, NODES, SERVICES, PODS = 4, 10, 60, 16
MOVED = 385.0 / 3600.0


def infrastructure() -> tuple[dict[str, Part], dict[str, Gate]]:
    """Power, switch, hosts, nodes, disks; what runs on a node, and what has moved away from it."""
    parts = {
        name: Part(name, Rate.per_year(failures, hours, 3.0), name, rank=rank)
        for name, failures, hours, rank in [
            ("power", 1.3, 2.0, 0),
            ("switch", 0.05, 24.0, 0),
            *((f"host{number}", 0.5, 24.0, 1) for number in range(HOSTS)),
            *((f"node{number}", 2.0, 0.1, 2) for number in range(NODES)),
            *((f"disk{number}", 0.02, 48.0, 2) for number in range(6)),
        ]
    }
    gates: dict[str, Gate] = {}
    for node in range(NODES):
        host = f"host{node % HOSTS}"
        gates[f"on{node}"] = All(("power", "switch", host, f"node{node}"))
        gates[f"off{node}"] = All((Settled(host, MOVED), Settled(f"node{node}", MOVED)))
    hosts = tuple(f"host{number}" for number in range(HOSTS))
    gates["room"] = All(("power", "switch", AtLeast(HOSTS - 1, hosts)))
    gates["etcd"] = AtLeast(2, ("on0", "on1", "on2"))
    gates["ceph"] = AtLeast(4, tuple(All((f"on{number}", f"disk{number}")) for number in range(6)))
    return parts, gates


def lab(seed: int = 1) -> System:
    """Services of pods in ones, twos and threes that need each other, storage, and room to run."""
    source = random.Random(seed)  # noqa: S311  # a made-up lab, not a secret
    parts, gates = infrastructure()
    services = ["etcd", "ceph"]
    for service in range(SERVICES - 3):
        below = source.sample(range(service), min(service, source.randint(0, 2)))
        needs: list[Gate | str] = ["room", *(f"service{number}" for number in below)]
        needs += ["ceph"] if source.random() < 0.4 else []
        left = PODS
        while left > 0:
            replicas = source.choice((1, 1, 2, 3))
            pods: list[Gate | str] = []
            for _ in range(replicas):
                name = f"pod/{service}/{left}"
                parts[name] = Part(name, Rate.per_year(24, 0.02, 5.0), f"service {service}", rank=3)
                pods.append(All((f"off{source.randrange(NODES)}", name)))
                left -= 1
            needs.append(AtLeast(2, tuple(pods)) if replicas == 3 else Any_(tuple(pods)))
        gates[f"service{service}"] = All(tuple(needs))
        services.append(f"service{service}")
    gates["lab"] = All(tuple(services))
    return System(parts, gates, {name: name for name in [*services, "lab"]})


def measures() -> list[Measure]:
    """The figures of the room; there is no peer among the project's dependencies."""
    system = lab()
    evaluator = Evaluator(system)
    third = {**system.parts, "third": Part("third", Rate(8760.0, 24.0), "third", rank=1)}
    moved = {**system.gates, "on1": All(("power", "switch", "third", "node1"))}
    changed = replace(system, parts=third, gates=moved)
    faster = {"host0": Rate(4000.0, 4.0)}
    size = f"{len(system.services)} services, {len(system.parts):,} parts"
    return [
        Measure(f"uptime: build and compute {size}", 0.4, median_of(lambda: Evaluator(system).result(), 3)),
        Measure("uptime: compute again with other rates", 0.05, median_of(lambda: evaluator.result(faster))),
        Measure("uptime: compute a changed lab", 0.4, median_of(lambda: evaluator.changed(changed).result(), 3)),
        Measure("uptime: importance of every part", 0.1, median_of(lambda: importances(evaluator, "lab"))),
        Measure("uptime: downtime by cause", 0.1, median_of(lambda: shares(evaluator, "lab"))),
        Measure("uptime: what fails in pairs", 1.0, median_of(lambda: pairs(evaluator, "lab"), 3)),
        Measure("uptime: bands of all services", 2.0, median_of(lambda: bands(evaluator), 3)),
    ]
