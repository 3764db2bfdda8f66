"""Scene: what a prediction is computed from: the lab, its clock, what is struck, and what was seen before; and what a drill leaves.

Nothing in here asks the API; a record can be stored and judged again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

from homelab.assess.domains import hosts
from homelab.assess.model.frame import Frame
from homelab.assess.model.mobile import failover_of
from homelab.assess.model.placement import Placement
from homelab.assess.model.placing import placed
from homelab.cluster.api import Api
from homelab.findings import Subject
from homelab.ground import Ground
from homelab.kube.inventory import Inventory
from homelab.kube.workload import Workload
from homelab.tools.services import Services
from homelab.twin.control_plane import TOLERATION, ControlPlane, Newer
from homelab.twin.drills.changes import Change
from homelab.twin.drills.looks import Look, NodeSeen, PodSeen
from homelab.twin.drills.watch import Happened

LAG = 1.5
"""Seconds of this machine by which a time may be off beside the scenario's tolerance: KWOK renews a lease once a second, and
what happens is seen a moment later. A fast clock stretches them."""
WHOLE = frozenset({"before", "back"})
"""Looks at which nothing is broken."""


class Rehearsed(Protocol):
    """What a drill needs of a running twin."""

    @property
    def api(self) -> Api:
        """Its API, as the cluster's owner."""

    @property
    def control_plane(self) -> ControlPlane:
        """Its programs and its clock."""

    @property
    def services(self) -> Services:
        """Who runs the programs."""

    @property
    def ground(self) -> Ground:
        """What the lab stands on."""

    @property
    def inventory(self) -> Inventory:
        """What the lab deploys."""

    @property
    def texts(self) -> Mapping[str, str]:
        """Its repository: paths to texts."""

    @property
    def above(self) -> Newer | None:
        """The next minor of Kubernetes, where it is there."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """What may be committed to it."""

    def publish(self, texts: Mapping[str, str], message: str) -> str:
        """Commit a state of the repository; the new commit."""

    def reachable(self, *, yes: bool) -> None:
        """Take the repository out of Argo CD's reach, or give it back."""

    def mend(self) -> None:
        """Start what ended without being told to anew."""


@dataclass(frozen=True, slots=True)
class Clock:
    """How much faster failure is noticed: seconds of this machine times `fast` are the lab's.

    `grace` in the lab's seconds; `toleration` in seconds of this machine, what the API server gives to pods; `lag` by how many
    seconds of this machine a time may be off.
    """

    fast: float = 1.0
    grace: float = 50.0
    toleration: int = TOLERATION
    lag: float = LAG

    def lab(self, seconds: float) -> float:
        """Seconds of the lab's clock."""
        return seconds * self.fast

    def given_up(self, seconds: float, borne: float) -> float:
        """The lab's seconds from a node's silence to a pod's eviction; a toleration of the pod's own is never scaled."""
        return (seconds - borne) * self.fast + (TOLERATION if borne == self.toleration else borne)

    def slack(self, tolerance: float) -> float:
        """A scenario's tolerance, and what this machine adds to it."""
        return tolerance + self.lag * self.fast


def clock_of(plane: ControlPlane) -> Clock:
    """The clock of a control plane."""
    return Clock(plane.fast, plane.grace, plane.toleration)


@dataclass(frozen=True, slots=True)
class Target:
    """What is struck.

    `nodes` that fall silent or are drained, `members` of etcd by number, one `pod` by namespace and name; a `change` of the
    repository by its name, or `unreachable`, the repository as a whole; a `version` of Kubernetes to which it goes up.
    """

    name: str
    nodes: tuple[str, ...] = ()
    members: tuple[int, ...] = ()
    pod: str = ""
    change: str = ""
    unreachable: bool = False
    version: str = ""


ALONE = {"the lab": Target("the lab"), "the repository": Target("the repository", unreachable=True)}
"""Targets that every lab has, and only one of."""


COMMITS = {"each change": False, "each mistake": True}
"""Targets that are commits, and whether these break something."""


def targets(
    which: str,
    inventory: Inventory,
    ground: Ground,
    before: Look | None = None,
    changes: Iterable[Change] = (),
    above: str = "",
) -> Iterator[Target]:
    """The targets of a scenario, in the order of the lab file; leaders only where their pods are there."""
    if which in ALONE:
        yield ALONE[which]
    elif which == "each host":
        for name, here in hosts(ground.nodes).items():
            yield struck(ground, name, tuple(node.name for node in here))
    elif which == "each node":
        for node in ground.nodes:
            yield struck(ground, node.name, (node.name,))
    elif which == "control-plane majority":
        yield struck(ground, which, majority(ground))
    elif which in COMMITS:
        yield from (Target(each.name, change=each.name) for each in changes if bool(each.breaks) is COMMITS[which])
    elif which == "the next Kubernetes":
        yield from (Target(f"Kubernetes {version}", version=version) for version in (above,) if version)
    elif which == "etcd":
        yield Target(which, members=tuple(range(max(1, sum(node.control_plane for node in ground.nodes)))))
    else:
        yield from _leaders(inventory, before)


def struck(ground: Ground, name: str, nodes: tuple[str, ...]) -> Target:
    """Nodes as a target, with the members of etcd that run on them: one for each control plane, in their order."""
    planes = [node.name for node in ground.nodes if node.control_plane]
    return Target(name, nodes, tuple(number for number, plane in enumerate(planes) if plane in nodes))


def majority(ground: Ground) -> tuple[str, ...]:
    """As many control planes as are a majority, those of the fewest machines first."""
    by_host = hosts(node for node in ground.nodes if node.control_plane)
    ordered = [node.name for host in sorted(by_host, key=lambda h: -len(by_host[h])) for node in by_host[host]]
    return tuple(ordered[: len(ordered) // 2 + 1])


def _leaders(inventory: Inventory, before: Look | None) -> Iterator[Target]:
    seen: set[object] = set()
    for workload in inventory.workloads:
        fact = failover_of(inventory, workload)
        pods = sorted(before.of(workload.subject), key=lambda pod: pod.name) if before else []
        if fact is None or not pods or fact.subject in seen:
            continue
        seen.add(fact.subject)
        yield Target(pods[0].name, pod=pods[0].name)


@dataclass(frozen=True)
class Scene:
    """A lab just before it is struck."""

    inventory: Inventory
    ground: Ground
    clock: Clock
    target: Target
    before: Look
    drains: bool = False
    """Its nodes are emptied in order, so that what leaves is confirmed to be gone."""
    change: Change | None = None
    """What is committed."""

    @cached_property
    def api_stands(self) -> bool:
        """Whether a majority of the control planes is left: etcd takes writes."""
        planes = [node.name for node in self.ground.nodes if node.control_plane]
        gone = 0 if self.drains else len(set(planes) & set(self.target.nodes))
        return len(planes) - gone >= len(planes) // 2 + 1

    def answers(self, at: str) -> bool:
        """Whether the API answers at a look."""
        return self.api_stands or at in WHOLE

    @cached_property
    def left(self) -> Ground:
        """The lab without the nodes that are struck."""
        return replace(self.ground, nodes=tuple(n for n in self.ground.nodes if n.name not in self.target.nodes))

    @cached_property
    def frame(self) -> Frame:
        """The model's view of the lab."""
        return Frame(self.inventory, self.ground)

    @cached_property
    def whole_placement(self) -> Placement:
        """Where the model puts every pod while nothing is struck."""
        return placed(self.inventory, self.ground)

    @cached_property
    def left_placement(self) -> Placement:
        """Where the model puts every pod on what is left."""
        return placed(self.inventory, self.left)

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """The workloads of the lab that have pods, by namespace, kind and name."""
        there = set(self.before.subjects)
        return tuple(sorted((w for w in self.inventory.workloads if w.subject in there), key=lambda w: str(w.subject)))

    def lost(self, subject: Subject) -> list[PodSeen]:
        """A workload's pods that are struck."""
        return [pod for pod in self.before.of(subject) if pod.node in self.target.nodes or pod.name == self.target.pod]


@dataclass
class Record:
    """What a drill leaves: enough to judge it again.

    Attributes:
        clock, target: as in the scene.
        looks: by name.
        happened: everything with its second.
        struck, back: seconds of this machine at which the target was struck and brought back.
        drained: whether the drain came to its end; None where nothing was drained.
        blocked: budgets that refused to the end, with what the API said.
        machines: the machine that carries each node.
    """

    clock: Clock
    target: Target
    looks: dict[str, Look] = field(default_factory=dict)
    happened: list[Happened] = field(default_factory=list)
    struck: float = 0.0
    back: float | None = None
    drained: bool | None = None
    blocked: dict[str, str] = field(default_factory=dict)
    machines: dict[str, str] = field(default_factory=dict)

    def events(self, *what: str) -> list[Happened]:
        """What happened of a kind from the strike until the target was brought back, and what it was."""
        end = self.back if self.back is not None else float("inf")
        return [each for each in self.happened if each.what in what and self.struck <= each.at < end]

    @property
    def late(self) -> float:
        """Seconds of the lab's clock by which silence may be noticed late, because this machine was busy with what was noticed.

        The controller looks at nodes in turns, and ends a turn only when it has marked every pod of each silent node as not
        ready, one after the other (pkg/controller/nodelifecycle, MarkPodsNotReady).
        """
        marks = [each.at for each in self.events("pod marked", "node silent")]
        return self.clock.lab(max(marks) - min(marks)) if marks else 0.0


def record_of(data: Mapping[str, Any]) -> Record:
    """A stored record."""
    looks = {name: _look(each) for name, each in data["looks"].items()}
    struck = data["target"]
    target = Target(
        struck["name"],
        tuple(struck["nodes"]),
        tuple(struck["members"]),
        struck["pod"],
        struck.get("change", ""),
        struck.get("unreachable", False),
        struck.get("version", ""),
    )
    rest = {key: data[key] for key in ("struck", "back", "drained", "blocked", "machines")}
    happened = [Happened(**each) for each in data["happened"]]
    return Record(Clock(**data["clock"]), target, looks, happened, **rest)


def _look(data: Mapping[str, Any]) -> Look:
    pods = tuple(PodSeen(**{**each, "of": Subject(**each["of"])}) for each in data["pods"])
    nodes = tuple(NodeSeen(**each) for each in data["nodes"])
    seen = {each: tuple(data.get(each, ())) for each in ("written", "objects", "claims", "unwell")}
    return Look(data["name"], data["at"], data["writes"], pods, nodes, version=data.get("version", ""), **seen)
