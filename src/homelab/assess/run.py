"""Running checks over an Inventory: findings, what is unknown, what the owner accepted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from typing import TypeVar

from homelab.assess.check import Check, Unjudged
from homelab.assess.notices import EXPIRED, NOTICES, UNUSED, Notice
from homelab.assess.table import CHECKS
from homelab.errors import UsageError
from homelab.findings import Finding
from homelab.ground import Acceptance
from homelab.kube.inventory import Effect, Inventory
from homelab.kube.resource import ACCEPT
from homelab.report import Accepted, Assessment, Open

ODD = (AttributeError, TypeError, KeyError, ValueError, IndexError)
"""What judging raises on fields of other types than they should have: unknown, never a traceback."""
_UNTIL = re.compile(r"\s*\(until (\d{4}-\d{2}-\d{2})\)\s*$")


@cache
def checks() -> tuple[Check, ...]:
    """Every check of the table, imported on use."""
    found = []
    for entry in CHECKS:
        module, _, name = entry.partition(":")
        found.append(getattr(import_module(module), name))
    return tuple(found)


def by_id(name: str) -> Check:
    """The check of this id or alias.

    Raises:
        UsageError: there is none.
    """
    return _named(name, checks())


def page_of(name: str) -> Check | Notice:
    """What a finding of this id is, as `by_id`."""
    return _named(name, described())


Named = TypeVar("Named", bound=Check | Notice)


def _named(name: str, known: Sequence[Named]) -> Named:
    from difflib import get_close_matches

    for candidate in known:
        if name == candidate.id or name in candidate.aliases:
            return candidate
    near = get_close_matches(name, [c.id for c in known], 1)
    raise UsageError(
        f"there is no check {name}", hint=f"did you mean {near[0]}?" if near else "homelab explain lists them"
    )


def described() -> tuple[Check | Notice, ...]:
    """Everything that a finding can be called, with its page."""
    return (*checks(), *NOTICES)


def _day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


@dataclass
class _Exceptions:
    """What the owner accepted, and which of it was used."""

    entries: tuple[Acceptance, ...]
    today: date
    used: set[int]

    def reason(self, inventory: Inventory, finding: Finding) -> tuple[str, str] | None:
        """(reason, until) where a finding is accepted and the exception has not expired."""
        resource = inventory.subject(finding.subject)
        written = resource.annotations.get(f"{ACCEPT}{finding.check}") if resource else None
        if written:
            match = _UNTIL.search(written)
            until, why = match[1] if match else "", _UNTIL.sub("", written).strip()
            if why and not self.expired(until):
                return why, until
        for number, entry in enumerate(self.entries):
            if entry.check == finding.check and fnmatchcase(str(finding.subject), entry.subject):
                self.used.add(number)
                if entry.reason.strip() and not self.expired(entry.until):
                    return entry.reason, entry.until
        return None

    def expired(self, until: str) -> bool:
        """Whether a day is over; what is no day never comes, so that nothing is accepted until then."""
        return bool(until) and (not _day(until) or self.today.isoformat() > until)


def assess(inventory: Inventory, *, today: date, only: Iterable[str] = ()) -> Assessment:
    """Judge a lab. `only` names checks; `today` decides which exceptions and versions have expired."""
    chosen = [by_id(name) for name in only] or list(checks())
    exceptions = _Exceptions(inventory.ground.accepted if inventory.ground else (), today, set())
    findings: list[Finding] = []
    accepted: list[Accepted] = []
    unknown = [Open(u.what, u.why, u.place) for u in inventory.unknown if u.effect is Effect.OPEN]
    for finding in _found(inventory, chosen, unknown, today):
        reason = exceptions.reason(inventory, finding)
        if reason:
            accepted.append(Accepted(finding, *reason))
        else:
            findings.append(finding)
    findings += _stale(exceptions, inventory) if not only else []
    findings.sort(key=lambda f: (-f.severity, f.check, str(f.subject), f.message))
    return Assessment(
        findings=tuple(findings),
        applications=tuple(sorted({a.name for a in inventory.applications})),
        unreachable=tuple(sorted({d.file for d in inventory.dead})),
        unknown=tuple(dict.fromkeys(unknown)),
        accepted=tuple(accepted),
        objects=len(inventory.resources),
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


def _stale(exceptions: _Exceptions, inventory: Inventory) -> Iterator[Finding]:
    from homelab.findings import Subject

    name = inventory.ground.name if inventory.ground else ""
    for number, entry in enumerate(exceptions.entries):
        if not entry.reason.strip():
            message = f"the exception for {entry.check} on {entry.subject} gives no reason, and so accepts nothing"
            yield Finding(UNUSED.id, UNUSED.severity, Subject("Homelab", name), message, option="accept")
        elif entry.until and not _day(entry.until):
            message = f"the exception for {entry.check} on {entry.subject} lasts until {entry.until}, which is no day"
            yield Finding(EXPIRED.id, EXPIRED.severity, Subject("Homelab", name), message, option="accept")
        elif exceptions.expired(entry.until):
            message = f"the exception for {entry.check} on {entry.subject} ended on {entry.until}"
            yield Finding(EXPIRED.id, EXPIRED.severity, Subject("Homelab", name), message, option="accept")
        elif number not in exceptions.used:
            message = f"the exception for {entry.check} on {entry.subject} matches no finding any more"
            yield Finding(UNUSED.id, UNUSED.severity, Subject("Homelab", name), message, option="accept")
