"""Running checks over an Inventory: findings, what is unknown, what the owner accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from homelab.assess.check import Check, Unjudged
from homelab.assess.exceptions import Exceptions
from homelab.assess.names import checks, chosen
from homelab.assess.notices import NOTICES
from homelab.assess.settings import Settings
from homelab.findings import Finding
from homelab.kube.inventory import Effect, Inventory
from homelab.report import Accepted, Assessment, Open

ODD = (AttributeError, TypeError, KeyError, ValueError, IndexError)
"""What judging raises on fields of other types than they should have: unknown, never a traceback."""
ALL = Settings()
"""Every check as it is."""


def assess(
    inventory: Inventory,
    *,
    today: date,
    only: Iterable[str] = (),
    settings: Settings = ALL,
    more: Iterable[Finding] = (),
) -> Assessment:
    """Judge a lab.

    Args:
        inventory: what is deployed, and what it stands on.
        today: decides which exceptions and versions have expired.
        only: words for checks (`chosen`), in place of those that the settings select.
        settings: how the owner wants it judged.
        more: findings from elsewhere, to which the settings apply as well.
    """
    only = tuple(only)
    running = chosen(only) if only else [each for each in checks() if settings.wants(each.id)]
    declared = inventory.ground.accepted if inventory.ground else ()
    exceptions = Exceptions(inventory, (*declared, *settings.accept), today)
    findings: list[Finding] = []
    accepted: list[Accepted] = []
    unknown = [Open(u.what, u.why, u.place) for u in inventory.unknown if u.effect is Effect.OPEN]
    told = (each for each in more if settings.wants(each.check))
    for each in (*_found(inventory, running, unknown, today), *told):
        reason = exceptions.reason(each)
        finding = replace(each, severity=settings.severity.get(each.check, each.severity))
        if reason:
            accepted.append(Accepted(finding, *reason))
        else:
            findings.append(finding)
    judged = {each.id for each in running} - {each.check for each in unknown}
    findings += exceptions.stale(judged) if not only else []
    findings.sort(key=lambda f: (-f.severity, f.check, str(f.subject), f.message))
    return Assessment(
        findings=tuple(findings),
        applications=tuple(sorted({a.name for a in inventory.applications})),
        unreachable=tuple(sorted({d.file for d in inventory.dead})),
        unknown=tuple(dict.fromkeys(unknown)),
        accepted=tuple(accepted),
        objects=len(inventory.resources),
        judged=tuple(sorted(judged if only else {*judged, *(each.id for each in NOTICES)})),
    )


def _found(inventory: Inventory, chosen: Iterable[Check], unknown: list[Open], today: date) -> Iterator[Finding]:
    for candidate in chosen:
        try:
            for found in candidate(inventory, today):
                if isinstance(found, Unjudged):
                    unknown.append(Open(found.what, found.why, found.place, candidate.id))
                else:
                    yield found
        except ODD as error:
            why = f"an object has fields of other types than its kind has: {error}"
            unknown.append(Open(f"the rest of {candidate.id}", why, check=candidate.id))
