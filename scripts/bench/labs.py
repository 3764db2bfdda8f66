"""Made-up labs of any size, in the gates that a real lab's model is written in: what the engine is measured on.

Hosts carry a hypervisor and four workers each, three of them a control plane, half of them a disk of the pool. Pods
move when their machine is gone long enough and somebody could decide it; some are pinned, some wait for a person, some
have a leader. Services call each other, storage and DNS. One node or host at a time is drained and rebooted.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from homelab.availability.rates import lookup
from homelab.availability.system import (
    All,
    Any_,
    AtLeast,
    Exclusive,
    Gate,
    LongDown,
    Outside,
    Part,
    Rate,
    Settled,
    Stay,
    System,
    Up,
)

SITE, HOST, NODE, POD = range(4)
MOVED, DETACHED, FREED, PROMOTED, VIP, HEALED = 385 / 3600, 745 / 3600, 4.0, 75 / 3600, 60 / 3600, 2.0
WORKERS = 4


@dataclass
class Made:
    """A lab being made: parts, gates and stays by name, and which parts a node stands on."""

    source: random.Random
    hosts: int
    parts: dict[str, Part] = field(default_factory=dict)
    gates: dict[str, Gate] = field(default_factory=dict)
    stays: dict[str, Stay] = field(default_factory=dict)
    under: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def part(self, name: str, rate: Rate, rank: int) -> str:
        """Add a part."""
        self.parts[name] = Part(name, rate, name, rank=rank)
        return name

    def outside(self, node: str, kinds: tuple[str, ...]) -> tuple[Gate, ...]:
        """That neither the node nor its host is worked on."""
        places = (node, self.under[node][0].removeprefix("host/"))
        return tuple(Outside("maintenance", f"{kind} {place}") for kind in kinds for place in places)

    def planned(self, place: str, visits: float) -> None:
        """A node or host that is drained and rebooted so often a year."""
        self.stays[f"drain {place}"] = Stay.per_year(visits, 1.5 / 60, "planned")
        self.stays[f"reboot {place}"] = Stay.per_year(visits, 10 / 60, "planned")

    @property
    def workers(self) -> list[str]:
        """The nodes that carry pods."""
        return [node for node in self.under if node.startswith("worker")]


def lab(services: int, *, hosts: int = 12, calls: int = 2, seed: int = 1) -> System:
    """A lab of so many services; each calls up to `calls` of those before it, and `lab` needs them all."""
    made = Made(random.Random(seed), hosts)  # noqa: S311  # a made-up lab, not a secret
    _machines(made)
    _platform(made)
    names = ["api", "pool"]
    for number in range(services - len(names) - 1):
        below = made.source.randint(0, calls)
        called = [f"service-{other}" for other in made.source.sample(range(number), min(number, below))]
        names.append(_service(made, f"service-{number}", called))
    made.gates["lab"] = All(tuple(f"lan/{name}" for name in names))
    made.gates |= {f"lan/{name}": All(("site", name)) for name in names}
    found = {name: f"lan/{name}" for name in names} | {"lab": "lab"}
    work = {"maintenance": Exclusive("maintenance", made.stays, rank=HOST)}
    return System(made.parts, made.gates, found, work)


def _machines(made: Made) -> None:
    """Power, switch, hosts, hypervisors, nodes, the API and what decides where pods move."""
    made.part("power", lookup("power.grid.germany"), SITE)
    made.part("switch", lookup("switch"), SITE)
    made.gates["site"] = All((Up("power"), Up("switch")))
    for number in range(made.hosts):
        host = f"host-{number}"
        below = (
            made.part(f"host/{host}", lookup("host"), HOST),
            made.part(f"hypervisor/{host}", lookup("host.software"), HOST),
        )
        made.planned(host, 12)
        nodes = [f"worker-{number}-{each}" for each in range(WORKERS)] + [f"control-{number}"] * (number < 3)
        for node in nodes:
            made.under[node] = (*below, made.part(f"node/{node}", lookup("vm"), NODE))
            made.planned(node, 6)
    for node, parts in made.under.items():
        made.gates[f"{node} runs"] = All((*map(Up, parts), *made.outside(node, ("reboot",))))
    planes = [node for node in made.under if node.startswith("control")]
    vip = tuple(Settled(part, VIP) for part in made.under[planes[0]])
    made.gates["api"] = All((AtLeast(len(planes) // 2 + 1, tuple(f"{node} runs" for node in planes)), *vip))
    stands = tuple(Up(f"host/host-{number}") for number in range(made.hosts))
    rooms = tuple(made.source.choice((4, 6, 8, 12)) for _ in stands)
    votes = tuple(int(number < 3) for number in range(made.hosts))
    made.gates["elsewhere"] = All(
        (AtLeast(sum(rooms) * 7 // 10, stands, rooms), AtLeast(len(planes) // 2 + 1, stands, votes))
    )


def _platform(made: Made) -> None:
    """A pool over half of the hosts, DNS, and the gateway that all hostnames go through."""
    domains: list[Gate] = []
    for number in range(0, made.hosts, 2):
        node = f"worker-{number}-0"
        healed = tuple(Any_((Up(part), LongDown(part, HEALED))) for part in made.under[node])
        disk = made.part(f"disk/{number}", lookup("disk.ssd"), NODE)
        domains.append(All((*healed, Up(disk), *made.outside(node, ("reboot",)))))
    made.gates["pool"] = AtLeast(max(len(domains) - 1, 1), tuple(domains))
    for name in ("dns", "gateway"):
        _workload(made, name, 2, "free")


def _service(made: Made, name: str, called: list[str]) -> str:
    """Pods, sometimes with a database of their own, behind a Service that others call."""
    gates: list[Gate | str] = [_workload(made, f"{name}/app", made.source.choice((1, 1, 2, 2, 3)), "free")]
    kind = made.source.random()
    if kind < 0.25:
        gates += [_workload(made, f"{name}/database", 2, "led"), "pool"]
    elif kind < 0.4:
        gates += [_workload(made, f"{name}/store", 1, "stuck"), "pool"]
    elif kind < 0.45:
        gates.append(_workload(made, f"{name}/local", 1, "pinned"))
    gates += [each for other in called for each in ("dns", other)]
    if made.source.random() < 0.5:
        gates.append("gateway")
    made.gates[name] = All(tuple(dict.fromkeys(gates)))
    return name


def _workload(made: Made, name: str, replicas: int, kind: str) -> str:
    """Any of the pods, reached only at those that live; a leader that is replaced in its time."""
    homes = made.source.sample(made.workers, replicas)
    pods = tuple(_pod(made, f"{name}/{number}", home, kind, alone=replicas == 1) for number, home in enumerate(homes))
    gates: list[Gate | str] = [Any_(pods)]
    if kind == "led":
        gates += [Any_((Up(part), All((LongDown(part, PROMOTED), "api")))) for part in made.under[homes[0]]]
    elif replicas > 1:
        below = dict.fromkeys(part for home in homes for part in made.under[home])
        gates += [Any_((Up(part), "api")) for part in below]
    made.gates[name] = All(tuple(gates))
    return name


def _pod(made: Made, name: str, home: str, kind: str, *, alone: bool) -> str:
    """One pod: its own crashes, and what becomes of it when the machine under it is gone or drained."""
    terms: list[Gate | str] = [Up(made.part(f"pod/{name}", Rate.per_year(25.5, 0.0134, 5.0), POD))]
    for part in made.under[home]:
        if kind == "pinned":
            terms.append(Up(part))
        else:
            delay = {"stuck": FREED, "led": DETACHED}.get(kind, MOVED)
            terms.append(Any_((Up(part), All((LongDown(part, delay), "elsewhere")))))
    if kind == "pinned":
        terms += made.outside(home, ("drain", "reboot"))
    elif alone:
        terms += made.outside(home, ("drain",))
    made.gates[f"pod {name}"] = All(tuple(terms))
    return f"pod {name}"
