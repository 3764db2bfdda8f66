"""Steps: from the versions that are rendered to those that are asked for, one minor at a time, on pairs that run together.

Sources: Talos "recommended upgrade path is to always upgrade to the latest patch release of all intermediate minor releases"
(docs.siderolabs.com, upgrading-talos); Kubernetes skips no minor and goes back none (kubernetes.io/releases/version-skew-policy).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import groupby

from homelab.assess.notices import STEP
from homelab.catalog.machines.talos import line
from homelab.documents.read import load
from homelab.errors import HomelabError
from homelab.findings import Finding, Subject
from homelab.ground import Ground
from homelab.ground_file import parse
from homelab.render import layout
from homelab.software.talos.system import TALOS
from homelab.spec.homelab import Homelab

State = tuple[int, int]
"""Minors of Talos and of Kubernetes."""


def version_steps(homelab: Homelab, existing: Mapping[str, str]) -> Iterator[Finding]:
    """A finding where what is asked for cannot follow at once on what the repository has; nothing for a new one."""
    old = _rendered(existing)
    if old is None or not (old.talos and old.kubernetes):
        return
    new = homelab.versions
    start = line(old.talos)[1], line(old.kubernetes)[1]
    end = line(new.talos)[1], line(new.kubernetes)[1]
    back = [*_back(homelab, old)]
    yield from back
    if back or sum(end) - sum(start) <= 1:
        return
    option = "talos" if end[0] > start[0] else "kubernetes"
    way = path(start, end)
    told = _told(start, way) if way else "one minor at a time, as the support matrix of Talos allows"
    message = (
        f"Talos {old.talos} with Kubernetes {old.kubernetes} cannot become Talos {new.talos} with Kubernetes {new.kubernetes} "
        "at once: each is taken one minor further at a time, on pairs that run together"
    )
    yield _finding(homelab, option, message, f"set one after the other, and follow docs/upgrade.md each time: {told}")


def _back(homelab: Homelab, old: Ground) -> Iterator[Finding]:
    """What would go back."""
    for name in ("talos", "kubernetes"):
        before, after = getattr(old, name), getattr(homelab.versions, name)
        if line(after) < line(before):
            message = (
                f"{name.capitalize()} {before} is in the repository, and is not taken back to {after}, an earlier minor"
            )
            yield _finding(homelab, name, message, f"keep {before}, or build the lab anew (docs/rebuild.md)")


def path(start: State, end: State) -> tuple[State, ...] | None:
    """The states from one pair to another, each a minor of one away from that before and able to run; Talos first; None where there is none."""
    queue, came = deque([start]), {start: start}
    while queue:
        here = queue.popleft()
        if here == end:
            found = []
            while here != start:
                found.append(here)
                here = came[here]
            return tuple(reversed(found))
        for state in ((here[0] + 1, here[1]), (here[0], here[1] + 1)):
            if state not in came and state[0] <= end[0] and state[1] <= end[1] and runs(state):
                came[state] = here
                queue.append(state)
    return None


def runs(state: State) -> bool:
    """Whether a Talos runs a Kubernetes, by their minors; a Talos that nobody listed runs none."""
    return any(row.line == f"1.{state[0]}" and f"1.{state[1]}" in row.runs for row in TALOS.support)


def _told(start: State, way: tuple[State, ...]) -> str:
    """`Talos 1.12, Talos 1.13, then Kubernetes 1.34`."""
    steps = []
    for before, after in zip((start, *way), way, strict=False):
        steps.append(("Talos", after[0]) if after[0] != before[0] else ("Kubernetes", after[1]))
    parts = [
        f"{name} {', '.join(f'1.{minor}' for _, minor in group)}"
        for name, group in groupby(steps, lambda step: step[0])
    ]
    return ", then ".join(parts)


def _rendered(existing: Mapping[str, str]) -> Ground | None:
    try:
        documents = load(existing.get(layout.LAB, ""), layout.LAB)
        return parse(documents[0], layout.LAB) if documents else None
    except HomelabError:
        return None


def _finding(homelab: Homelab, option: str, message: str, hint: str) -> Finding:
    return Finding(
        STEP.id, STEP.severity, Subject("Homelab", homelab.name), message, option=f"versions.{option}", hint=hint
    )
