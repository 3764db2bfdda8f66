"""Roadmap: what to do next, with the exact gain of each action alone and after those above it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from homelab.assess.model.build import LAB
from homelab.assess.model.frame import Frame
from homelab.assess.model.machines import requested
from homelab.errors import InvalidHomelab
from homelab.findings import SpecEdit
from homelab.ground import Ground
from homelab.lab.actions import CANDIDATES, CLAIMED, Candidate, reference
from homelab.lab.pipeline import Lab
from homelab.lab.told import Tally, Told, silent
from homelab.report import Action, Cost, Phase, Roadmap

NOTHING = 0.5
"""Minutes a year below which an action is said to gain nothing."""
HOUR_VALUE = 25.0
"""Euros at which an hour of the owner's evening enters the order of actions; both costs are shown apart."""


@dataclass(frozen=True)
class Step:
    """An action that applies, with the lab it leads to from the start."""

    candidate: Candidate
    edits: tuple[SpecEdit, ...]
    alone: Lab


def roadmap(lab: Lab, told: Told = silent) -> Roadmap:
    """Every action that applies, the best gain for its cost first, and the reference README's phases.

    `told` hears which lab is being computed: each action alone, each after those above it, and the phases.
    """
    steps = list(_steps(lab))
    tally = Tally(told, 2 * len(steps) + len(CLAIMED))
    gains = dict[str, float]()
    for step in steps:
        tally.next(step.candidate.title)
        gains[step.candidate.name] = _down(lab) - _down(step.alone)
    ordered = sorted(
        steps, key=lambda s: (gains[s.candidate.name] <= NOTHING, -gains[s.candidate.name] / _price(s.candidate))
    )
    return Roadmap(tuple(_actions(lab, ordered, gains, tally)), tuple(_phases(lab, steps, tally)))


def _steps(lab: Lab) -> Iterator[Step]:
    for candidate in CANDIDATES:
        edits = candidate.edits(lab.plan)
        if edits and (after := _try(lab, edits)) is not None:
            yield Step(candidate, edits, after)


def _try(lab: Lab, edits: tuple[SpecEdit, ...]) -> Lab | None:
    """The edited lab, None where it could not be built."""
    try:
        after = lab.edited(edits)
        _ = after.plan
    except InvalidHomelab:
        return None
    return after


def _down(lab: Lab) -> float:
    """Minutes a year the lab is down, seen from the Internet: everything an action can touch counts."""
    return lab.whole.minutes("internet:" + LAB)


def _price(candidate: Candidate) -> float:
    return candidate.euro + candidate.hours * HOUR_VALUE


def _actions(lab: Lab, ordered: list[Step], gains: dict[str, float], tally: Tally) -> Iterator[Action]:
    current, done = lab, list[Step]()
    for step in ordered:
        tally.next(step.candidate.title)
        edits = step.candidate.edits(current.plan) or step.edits
        after = _try(current, edits) or current
        gained = _down(current) - _down(after)
        alone = gains[step.candidate.name]
        waits = _waits(step, done) if alone <= NOTHING < gained else ()
        yield Action(
            name=step.candidate.name,
            title=step.candidate.title,
            edits=step.edits,
            minutes_saved_alone=alone,
            minutes_saved_after=gained,
            cost=Cost(step.candidate.hours, step.candidate.euro, _memory(step.alone) - _memory(lab)),
            phase=step.candidate.phase,
            waits_for=waits,
            note=step.candidate.note,
        )
        current = after
        done.append(step)


def _waits(step: Step, done: list[Step]) -> tuple[str, ...]:
    """The one earlier action that makes this one worth something; none where it takes several."""
    for other in done:
        if all(edit.path.startswith("site.") for edit in other.edits):
            continue  # power, lines and spares make nothing in the cluster worth more
        both = _try(other.alone, step.candidate.edits(other.alone.plan))
        if both is not None and _down(other.alone) - _down(both) > NOTHING:
            return (other.candidate.name,)
    return ()


def _memory(lab: Lab) -> int:
    return requested(Frame(lab.inventory, lab.inventory.ground or Ground()))


def _phases(lab: Lab, steps: list[Step], tally: Tally) -> Iterator[Phase]:
    current, estimated = lab, reference(lab.plan)
    for number, (name, claimed) in CLAIMED.items():
        tally.next(name)
        for step in steps:
            if number and step.candidate.phase == number:
                edits = step.candidate.edits(current.plan)
                current = (_try(current, edits) or current) if edits else current
        yield Phase(
            name,
            claimed if estimated else "",
            current.summary.figure("lan:" + LAB),
            current.summary.figure("internet:" + LAB),
        )
