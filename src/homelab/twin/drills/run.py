"""Run: play the scenarios on a running twin, one target after the other, and judge each.

The expectation of a drill is computed and given its hash before anything is broken; then the steps are done; then rows and
record are compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from homelab.assess.domains import host_of
from homelab.errors import UsageError
from homelab.kube.inventory import Inventory
from homelab.lab.told import Told, silent
from homelab.twin.drills import acts, commits, etcd
from homelab.twin.drills.aspects import ASPECTS, observed, predicted
from homelab.twin.drills.at_objects import unsynced
from homelab.twin.drills.changes import Change
from homelab.twin.drills.known import Known, expected_to_contradict, known
from homelab.twin.drills.looks import Look, look
from homelab.twin.drills.rows import Compared, Row, Verdict, compare, digest, plain
from homelab.twin.drills.scenario import STEPS, TARGET, Scenario, Step, scenarios
from homelab.twin.drills.scene import Record, Rehearsed, Scene, Target, clock_of, targets
from homelab.twin.drills.timeline import svg
from homelab.twin.drills.watch import Watch

QUIET = 2.0
"""Seconds of this machine without an event after which a twin is settled."""


@dataclass(frozen=True)
class Expected:
    """What is expected of a drill: its rows, their SHA-256 as JSON, and ids of rows that are known to be wrong, with the fault."""

    rows: tuple[Row, ...]
    sha256: str
    known: Mapping[str, str]


def expectation(scenario: Scenario, scene: Scene, faults: Iterable[Known]) -> Expected:
    """The expectation of a scenario in a scene, before anything is broken."""
    rows = predicted(scene, scenario)
    return Expected(
        rows, digest([plain(row) for row in rows]), expected_to_contradict(faults, scenario.name, scene, rows)
    )


@dataclass(frozen=True)
class Drilled:
    """A drill that was played.

    Attributes:
        scenario: the story.
        target: what was struck.
        rows: what was expected, computed before.
        sha256: of the rows as JSON, taken before anything was broken.
        compared: each row with what was seen.
        record: what was seen.
        seconds: of this machine, for all of it.
    """

    scenario: Scenario
    target: Target
    rows: tuple[Row, ...]
    sha256: str
    compared: tuple[Compared, ...]
    record: Record
    seconds: float

    @property
    def name(self) -> str:
        """`host-dies pve-1`."""
        return f"{self.scenario.name} {self.target.name}"

    @property
    def well(self) -> bool:
        """Whether every row is as it should be."""
        return all(each.well for each in self.compared)

    def count(self, verdict: Verdict) -> int:
        """How many rows have a verdict."""
        return sum(each.verdict is verdict for each in self.compared)

    def picture(self) -> str:
        """What happened and when, as SVG."""
        return svg(self.record, f"{self.scenario.title}: {self.target.name}")

    def report(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "scenario": self.scenario.name,
            "title": self.scenario.title,
            "target": self.target.name,
            "well": self.well,
            "seconds": round(self.seconds, 1),
            "clock": plain(self.record.clock),
            "expectation": {"sha256": self.sha256, "rows": [plain(row) for row in self.rows]},
            "rows": [
                {
                    "id": each.row.id,
                    "says": each.row.says,
                    "expected": each.row.expected,
                    "seen": None if each.seen is None else plain(each.seen),
                    "by": ((each.seen and each.seen.by) or each.row.by).value,
                    "verdict": each.verdict.value,
                    "known": each.known,
                    "because": each.row.because,
                }
                for each in self.compared
            ],
            "timeline": [plain(each) for each in self.record.happened],
        }


STRIKES = frozenset(do for do, word in STEPS.items() if word == TARGET)
"""Steps that change something."""


@dataclass
class _Play:
    """One drill while it is played."""

    twin: Rehearsed
    record: Record
    watch: Watch
    change: Change | None = None
    undo: list[Callable[[], None]] = field(default_factory=list)
    """What is owed to the twin while something is broken."""
    saved: Path | None = None
    """The snapshot of etcd."""
    head: tuple[str, Inventory] | None = None
    """The last commit, and what the repository deploys with it."""

    def step(self, step: Step) -> None:
        """Do one step, and write down when; a program that has fallen since the last one is started anew."""
        self.twin.mend()
        if step.do in STRIKES:
            self.watch.say("step", f"{step.do} {self.record.target.name}")
        DO[step.do](self, step)

    def look(self, step: Step) -> None:
        found = acts.seen(self.twin, self.watch, step.word)
        self.record.looks[step.word] = _whole(self.twin, self.record.target, self.change, found)

    def kill(self, _step: Step) -> None:
        self.record.struck = self.watch.now
        self.undo.append(lambda: acts.revive(self.twin, self.record.target))
        acts.kill(self.twin, self.record.target)

    def revive(self, _step: Step) -> None:
        self.back()

    def drain(self, _step: Step) -> None:
        self.record.struck = self.watch.now
        self.undo.append(lambda: acts.cordon(self.twin.api, self.record.target.nodes, closed=False))
        acts.drain(self.twin, self.record)

    def uncordon(self, _step: Step) -> None:
        self.back()

    def back(self) -> None:
        """Undo what was broken; the moment is the one from which the target counts as back."""
        self.record.back = self.watch.now
        while self.undo:
            self.undo.pop()()

    def delete(self, _step: Step) -> None:
        self.record.struck = self.watch.now
        acts.delete(self.twin, self.record.target)

    def commit(self, _step: Step) -> None:
        assert self.change is not None
        self.record.struck = self.watch.now
        self.undo.append(lambda: self._publish(self.twin.texts, self.twin.inventory, "Take it back"))
        self._publish(self.change.texts, self.change.inventory, self.change.title)

    def _publish(self, texts: Mapping[str, str], inventory: Inventory, message: str) -> None:
        self.head = commits.commit(self.twin, texts, message), inventory

    def unreachable(self, _step: Step) -> None:
        self.record.struck = self.watch.now
        self.undo.append(self._reachable)
        self.twin.reachable(yes=False)
        commits.ask(self.twin.api)

    def _reachable(self) -> None:
        self.twin.reachable(yes=True)
        commits.ask(self.twin.api)

    def write(self, step: Step) -> None:
        if not self.undo:
            self.undo.append(lambda: acts.forget(self.twin.api))
        acts.write(self.twin.api, step.word)

    def snapshot(self, _step: Step) -> None:
        self.saved = self.twin.control_plane.folder / "etcd.snapshot"
        etcd.snapshot(self.twin.control_plane.etcd[0], self.saved)

    def lose(self, _step: Step) -> None:
        self.record.struck = self.watch.now
        acts.lose(self.twin, self.record.target)

    def restore(self, _step: Step) -> None:
        assert self.saved is not None
        self.twin.control_plane.restore(self.saved)

    def looked_at(self, step: Step) -> None:
        commits.looked_at(self.twin, step.seconds)

    def synced(self, step: Step) -> None:
        made, inventory = self.head or (None, self.twin.inventory)
        names = [each.name for each in inventory.applications]
        unwell = unsynced(self.twin.inventory, inventory)
        commits.synced(self.twin, names, made, step.seconds, unwell)

    def upgrade(self, _step: Step) -> None:
        assert self.twin.above is not None
        self.record.struck = self.watch.now
        self.twin.control_plane.upgrade(self.twin.above)

    def wait(self, step: Step) -> None:
        time.sleep(step.seconds / self.record.clock.fast)

    def silent(self, step: Step) -> None:
        nodes = set(self.record.target.nodes)
        self.watch.until(lambda: nodes <= self.watch.names("node silent"), step.seconds / self.record.clock.fast)

    def quiet(self, step: Step) -> None:
        self.watch.quiet(QUIET, step.seconds)


DO: Mapping[str, Callable[[_Play, Step], None]] = MappingProxyType(
    {
        "look": _Play.look,
        "kill": _Play.kill,
        "bring back": _Play.revive,
        "drain": _Play.drain,
        "uncordon": _Play.uncordon,
        "delete": _Play.delete,
        "wait": _Play.wait,
        "wait until quiet": _Play.quiet,
        "wait until silent": _Play.silent,
        "commit": _Play.commit,
        "take back": _Play.revive,
        "take away": _Play.unreachable,
        "give back": _Play.revive,
        "write": _Play.write,
        "snapshot": _Play.snapshot,
        "lose": _Play.lose,
        "restore": _Play.restore,
        "upgrade": _Play.upgrade,
        "wait until looked at": _Play.looked_at,
        "wait until synced": _Play.synced,
    }
)


def run(twin: Rehearsed, only: Collection[str] = (), told: Told = silent) -> tuple[Drilled, ...]:
    """Play the scenarios on a twin that has converged; as `each`, all at once."""
    return tuple(each(twin, only, told))


def each(twin: Rehearsed, only: Collection[str] = (), told: Told = silent) -> Iterator[Drilled]:
    """Play the scenarios on a twin that has converged, and give each drill as soon as it is judged.

    Args:
        twin: the running twin.
        only: names of scenarios (`host-dies`), or of one drill (`host-dies pve-1`); all where empty.
        told: hears which drill is played.

    Raises:
        UsageError: `only` names something that is no drill of this lab.
        InvalidHomelab: a scenario that cannot be read.
        ApiRefused, ApiSilent, ToolError: the twin is gone.
    """
    asked = tuple(drills(twin, only))
    for number, (scenario, target) in enumerate(asked):
        told(f"{scenario.name} {target.name}", number, len(asked))
        yield play(twin, scenario, target)


def known_names(only: Collection[str]) -> None:
    """Refuse what is the name of no scenario, before a lab is built for it.

    Raises:
        UsageError: `only` names something that no lab has a drill of.
        InvalidHomelab: a scenario that cannot be read.
    """
    names = {each.name for each in scenarios(ASPECTS)}
    for word in only:
        if word.partition(" ")[0] not in names:
            raise _no_drill(word, names)


def _no_drill(word: str, names: Iterable[str]) -> UsageError:
    return UsageError(f"{word} is no drill of this lab", hint=f"there are {', '.join(sorted(names))}")


def drills(twin: Rehearsed, only: Collection[str] = ()) -> Iterator[tuple[Scenario, Target]]:
    """The scenarios that are asked for, each with each of its targets.

    Raises:
        UsageError: `only` names something that is no drill of this lab.
    """
    before = look(twin.api, "before", 0)
    every = [
        (s, t)
        for s in scenarios(ASPECTS)
        for t in targets(
            s.targets, twin.inventory, twin.ground, before, twin.changes, twin.above.version if twin.above else ""
        )
    ]
    names = {word for s, t in every for word in (s.name, f"{s.name} {t.name}")} | {s.name for s in scenarios(ASPECTS)}
    for word in only:
        if word not in names:
            raise _no_drill(word, names)
    yield from ((s, t) for s, t in every if not only or {s.name, f"{s.name} {t.name}"} & set(only))


def play(twin: Rehearsed, scenario: Scenario, target: Target) -> Drilled:
    """Play one drill; what it struck is brought back even where it breaks off."""
    machines = {node.name: host_of(node) for node in twin.ground.nodes}
    watch = Watch(twin.api)
    change = next((each for each in twin.changes if each.name == target.change), None)
    before = _whole(twin, target, change, acts.settled(twin, watch, "before"))
    clock = clock_of(twin.control_plane)
    drains = any(step.do == "drain" for step in scenario.steps)
    scene = Scene(twin.inventory, twin.ground, clock, target, before, drains, change)
    expected = expectation(scenario, scene, known())
    record = Record(clock, target, machines=machines)
    watch.knows(before)
    with watch:
        _played(_Play(twin, record, watch, change), scenario)
    record.happened = list(watch.happened)
    return judged(scenario, expected, record, watch.now)


def _whole(twin: Rehearsed, target: Target, change: Change | None, found: Look) -> Look:
    """A look, with what Argo CD tracks where the drill is about the repository."""
    if not (target.change or target.unreachable or target.version):
        return found
    states = [twin.inventory] if change is None or change.breaks else [twin.inventory, change.inventory]
    return commits.witnessed(twin.api, found, states)


def _played(play_: _Play, scenario: Scenario) -> None:
    try:
        for step in scenario.steps:
            play_.step(step)
    finally:
        if play_.undo:
            play_.back()


def judged(scenario: Scenario, expected: Expected, record: Record, seconds: float = 0.0) -> Drilled:
    """What comes of an expectation and a record, which may be a stored one."""
    compared = compare(expected.rows, observed(record, scenario, expected.rows), expected.known)
    return Drilled(scenario, record.target, expected.rows, expected.sha256, compared, record, seconds)
