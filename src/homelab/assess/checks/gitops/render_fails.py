"""What never syncs: see the page beside this file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity, Subject
from homelab.kube.inventory import Effect, Inventory, Unknown


@check(severity=Severity.HIGH)
def render_fails(inventory: Inventory) -> Iterator[Accusation]:
    """An Application that cannot be rendered: nothing of it is deployed, and what was deployed stays as it was."""
    causes: dict[tuple[str, str, object], list[Unknown]] = defaultdict(list)
    for gap in inventory.unknown:
        if gap.effect is Effect.FAILS:
            causes[gap.what, gap.why, gap.place].append(gap)
    for (what, why, _), gaps in causes.items():
        first = gaps[0]
        yield Accusation(
            first.subject or Subject("Kustomization", what),
            f"{_who(gaps)} cannot be rendered: {why}",
            place=first.place,
            hint="mend what the sentence names, and render the folder once before the push",
        )


def _who(gaps: list[Unknown]) -> str:
    names = list(dict.fromkeys(gap.subject.name for gap in gaps if gap.subject)) or [gaps[0].what]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
