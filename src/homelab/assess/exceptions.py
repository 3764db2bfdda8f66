"""Exceptions: findings that the owner accepts, and what is told of those exceptions that accept nothing (any more).

They stand on the object (`homelab.dev/allow.<check>`, or another linter's own annotation), under `accept` in the file
of the lab, and under `accept` in `.homelab/assess.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase

from homelab.assess import peers
from homelab.assess.names import meant, nearest
from homelab.assess.notices import EXPIRED, UNUSED, Notice
from homelab.findings import Finding, Subject
from homelab.ground import Acceptance
from homelab.kube.inventory import Inventory
from homelab.kube.resource import ACCEPT, Resource

_UNTIL = re.compile(r"\s*\(until (\d{4}-\d{2}-\d{2})\)\s*$")


@dataclass
class Exceptions:
    """What is accepted in one lab on one day, and which of it was used."""

    inventory: Inventory
    entries: tuple[Acceptance, ...]
    today: date
    _used: set[int] = field(default_factory=set)
    _noted: set[tuple[Subject, str]] = field(default_factory=set)

    def reason(self, finding: Finding) -> tuple[str, str] | None:
        """(reason, until) where a finding is accepted and the exception has not expired."""
        resource = self.inventory.subject(finding.subject)
        if resource and (found := self._annotated(resource, finding.check)):
            return found
        application = resource.origin.application if resource else ""
        accepted = None
        for number, entry in enumerate(self.entries):
            if _fits(entry, finding, application):
                self._used.add(number)
                if accepted is None and entry.reason.strip() and not self._over(entry.until):
                    accepted = entry.reason, entry.until
        return accepted

    def _annotated(self, resource: Resource, check: str) -> tuple[str, str] | None:
        accepted = None
        for word in _words(resource):
            if check in meant(word):
                self._noted.add((resource.subject, word))
                why, until = _note(resource, word)
                if accepted is None and why and not self._over(until):
                    accepted = why, until
        return accepted or next(((why, "") for name, why in peers.ignored(resource) if name == check), None)

    def _over(self, until: str) -> bool:
        """Whether a day is over; what is no day never comes, so that nothing is accepted until then."""
        return bool(until) and (not is_day(until) or self.today.isoformat() > until)

    def stale(self, judged: Collection[str]) -> Iterator[Finding]:
        """Exceptions that accept nothing: without a reason, over, or fitting nothing that `judged` checks found."""
        for number, entry in enumerate(self.entries):
            what = f"the exception for {entry.check} on {entry.subject}"
            told = self._told(what, entry.check, entry.reason, entry.until)
            if told is None and number not in self._used and meant(entry.check) <= set(judged):
                told = UNUSED, f"{what} matches no finding any more"
            if told:
                option = None if entry.place else "accept"
                name = self.inventory.ground.name if self.inventory.ground else ""
                notice, message = told
                yield Finding(
                    notice.id, notice.severity, Subject("Homelab", name), message, place=entry.place, option=option,
                    hint="take it out, or give it what it lacks",
                )  # fmt: skip
        for resource in self.inventory.resources:
            if resource.origin.maker == "file":
                yield from self._stale_notes(resource, judged)

    def _told(self, what: str, check: str, reason: str, until: str) -> tuple[Notice, str] | None:
        if not meant(check):
            return UNUSED, f"{what} names no check: {nearest(check)}"
        if not reason.strip():
            return UNUSED, f"{what} gives no reason, and so accepts nothing"
        if until and not is_day(until):
            return EXPIRED, f"{what} lasts until {until}, which is no day"
        return (EXPIRED, f"{what} ended on {until}") if self._over(until) else None

    def _stale_notes(self, resource: Resource, judged: Collection[str]) -> Iterator[Finding]:
        for word in _words(resource):
            what = f"the annotation {ACCEPT}{word} of {resource.subject}"
            told = self._told(what, word, *_note(resource, word))
            if told is None and (resource.subject, word) not in self._noted and meant(word) <= set(judged):
                told = UNUSED, f"{what} matches no finding any more"
            if told:
                notice, message = told
                keys = ("metadata", "annotations", f"{ACCEPT}{word}")
                place = self.inventory.locate(resource.origin.file, resource.origin.index, keys)
                hint = "take it out, or give it what it lacks"
                yield Finding(notice.id, notice.severity, resource.subject, message, place=place, hint=hint)


def is_day(text: str) -> bool:
    """Whether a text is a day as `2027-01-31`."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _fits(entry: Acceptance, finding: Finding, application: str) -> bool:
    file = finding.place.file if finding.place else ""
    return (
        finding.check in meant(entry.check)
        and fnmatchcase(str(finding.subject), entry.subject)
        and (entry.file == "*" or fnmatchcase(file, entry.file) or fnmatchcase(file, f"*/{entry.file}"))
        and fnmatchcase(application, entry.application)
    )


def _words(resource: Resource) -> list[str]:
    """The checks that an object's own annotations name."""
    return [key.removeprefix(ACCEPT) for key in resource.annotations if key.startswith(ACCEPT)]


def _note(resource: Resource, word: str) -> tuple[str, str]:
    """(reason, until) of an annotation."""
    written = str(resource.annotations[f"{ACCEPT}{word}"])
    match = _UNTIL.search(written)
    return _UNTIL.sub("", written).strip(), match[1] if match else ""
