"""Report: what every surface shows, and its JSON. Names here are stable: terminals, pages and scripts read them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from typing import Any

from homelab.errors import Place
from homelab.findings import Command, Finding, Patch, SpecEdit, Subject

VERSION = 1


def number() -> str:
    """The version of homelab that is installed; `0+source` where it runs from sources that were never installed."""
    try:
        return installed("provenlab")
    except PackageNotFoundError:
        return "0+source"


@dataclass(frozen=True, slots=True)
class Open:
    """Something that could not be judged, and which input is missing."""

    what: str
    why: str
    place: Place | None = None
    check: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """A Secret that waits to be sealed: what it is for and the command that seals it."""

    name: str
    namespace: str
    purpose: str
    command: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """A finding that the owner accepted, and why."""

    finding: Finding
    reason: str
    until: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A finding of another time, as a baseline keeps it."""

    check: str
    subject: Subject
    fingerprint: str


@dataclass(frozen=True)
class Compared:
    """A judgement beside an earlier one: findings that are new since then, and those that are mended."""

    new: tuple[Finding, ...]
    mended: tuple[Known, ...]


@dataclass(frozen=True)
class Assessment:
    """What judging a lab gave. `unreachable` are files no Application reaches; `unknown` is never "pass".

    `judged` are the checks that ran and found nothing unknown; `compared` is there where an earlier judgement is at hand.
    """

    findings: tuple[Finding, ...]
    applications: tuple[str, ...] = ()
    unreachable: tuple[str, ...] = ()
    unknown: tuple[Open, ...] = ()
    pending: tuple[Pending, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    objects: int = 0
    judged: tuple[str, ...] = ()
    compared: Compared | None = None

    def json(self) -> dict[str, Any]:
        """The published shape."""
        new = self.compared.new if self.compared else None
        return {
            "version": VERSION,
            "findings": [{**finding_json(f), "new": None if new is None else f in new} for f in self.findings],
            "mended": [_known_json(known) for known in self.compared.mended] if self.compared else None,
            "applications": list(self.applications),
            "unreachable": list(self.unreachable),
            "unknown": [
                {"what": o.what, "why": o.why, "check": o.check or None, **_place(o.place)} for o in self.unknown
            ],
            "pending": [
                {"name": p.name, "namespace": p.namespace, "purpose": p.purpose, "command": p.command}
                for p in self.pending
            ],
            "accepted": [
                {**finding_json(a.finding), "reason": a.reason, "until": a.until or None} for a in self.accepted
            ],
            "objects": self.objects,
        }


def _place(place: Place | None) -> dict[str, Any]:
    return {
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
    }


def subject_json(subject: Subject) -> dict[str, str]:
    """What is accused, as published."""
    return {"kind": subject.kind, "namespace": subject.namespace, "name": subject.name}


def _known_json(known: Known) -> dict[str, Any]:
    return {"check": known.check, "subject": subject_json(known.subject), "fingerprint": known.fingerprint}


def fingerprint(finding: Finding) -> str:
    """What stays the same when lines move and words change: the check, the accused, the option that made it."""
    words = json.dumps([finding.check, str(finding.subject), finding.option or ""])
    return hashlib.sha256(words.encode()).hexdigest()[:32]


def finding_json(finding: Finding) -> dict[str, Any]:
    """One finding as published."""
    return {
        "check": finding.check,
        "severity": finding.severity.word,
        "subject": subject_json(finding.subject),
        **_place(finding.place),
        "option": finding.option,
        "option_place": _place(finding.option_place) if finding.option_place else None,
        "message": finding.message,
        "hint": finding.hint,
        "fix": fix_json(finding.fix),
        "assumed": finding.assumed or None,
        "fingerprint": fingerprint(finding),
    }


def fix_json(fix: object) -> dict[str, Any] | None:
    """A fix as published: edits of homelab.yaml, a patch of an object, or a command."""
    if isinstance(fix, SpecEdit):
        return {"edits": [{"path": fix.path, "value": fix.value}]}
    if isinstance(fix, tuple):
        return {"edits": [{"path": edit.path, "value": edit.value} for edit in fix]}
    if isinstance(fix, Patch):
        return {"patch": {"subject": subject_json(fix.subject), "field": fix.field, "value": fix.value}}
    if isinstance(fix, Command):
        return {"command": list(fix.argv), "purpose": fix.purpose}
    return None


@dataclass(frozen=True, slots=True)
class Within:
    """Where the figure of a model lies that is too large to be exact; `confidence` is 1 where that is certain."""

    minutes_low: float
    minutes_high: float
    outages_low: float
    outages_high: float
    confidence: float = 1.0

    def json(self) -> dict[str, float]:
        """The published shape."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Figure:
    """An availability with its band. Fractions; minutes; `low` and `high` are the 5 % and 95 % ends.

    Where it is not exact, it is the middle of what it lies `within`.
    """

    availability: float
    low: float
    high: float
    minutes_per_year: float
    outages_per_year: float
    mean_outage_minutes: float
    within: Within | None = None

    def json(self) -> dict[str, Any]:
        """The published shape."""
        figures = {name: getattr(self, name) for name in self.__slots__ if name != "within"}
        return {**figures, "within": self.within.json() if self.within else None}


@dataclass(frozen=True, slots=True)
class SinglePoint:
    """A component whose failure alone stops a service, and the objects it consists of."""

    component: str
    subjects: tuple[Subject, ...]
    minutes_per_year: float
    because: str = ""
    place: Place | None = None
    option_place: Place | None = None

    def json(self) -> dict[str, Any]:
        """The published shape; the line is that of homelab.yaml where known."""
        place = self.option_place or self.place
        return {
            "component": self.component,
            "subjects": [subject_json(subject) for subject in self.subjects],
            "minutes_per_year": self.minutes_per_year,
            "because": self.because,
            "file": place.file if place else None,
            "line": place.line if place else None,
        }


@dataclass(frozen=True)
class ServiceUptime:
    """One service: a routed hostname, the Kubernetes API, a capability, or the whole lab."""

    name: str
    kind: str
    """`hostname`, `api`, `capability`, `lab`."""
    environment: str
    lan: Figure
    internet: Figure | None
    single_points_of_failure: tuple[SinglePoint, ...] = ()
    pairs: int = 0
    """Pairs of parts that only together stop it (minimal cut sets of order 2)."""
    causes: tuple[tuple[str, float], ...] = ()
    """Minutes a year booked on each cause, LAN; they add up to the whole."""
    unknown: tuple[str, ...] = ()
    """What it needs and nobody has read; where there is any, the figures are what it is at most, and its minutes at least."""
    group: str = ""
    """`application`, `platform`, or `change and recovery`: what is missed when something is to be changed or mended."""
    planned: float = 0.0
    """Minutes a year of its downtime, LAN, that are planned work."""

    def json(self) -> dict[str, Any]:
        """The published shape."""
        return {
            "name": self.name,
            "kind": self.kind,
            "environment": self.environment or None,
            "lan": self.lan.json(),
            "internet": self.internet.json() if self.internet else None,
            "single_points_of_failure": [point.json() for point in self.single_points_of_failure],
            "pairs": self.pairs,
            "causes": [{"cause": cause, "minutes_per_year": minutes} for cause, minutes in self.causes],
            "unknown": list(self.unknown),
            "group": self.group or None,
            "planned_minutes_per_year": self.planned,
        }


@dataclass(frozen=True)
class Uptime:
    """The computed availability of a lab. `best` and `worst` differ only where the host map is unknown."""

    services: tuple[ServiceUptime, ...]
    lab: ServiceUptime
    ceiling: Figure
    """Seen from the Internet, with everything inside the cluster perfect."""
    events: int = 0
    goals: Mapping[str, float | None] = field(default_factory=dict)
    changes: Figure | None = None
    """The lab's figure with changes that fail, at the rate of the table or the owner's own."""
    worst: ServiceUptime | None = None
    """Without a host map: the lab in its worst placement; `lab` is then the best."""
    assumptions: tuple[str, ...] = ()
    unknown: tuple[Open, ...] = ()

    def json(self) -> dict[str, Any]:
        """The published shape."""
        return {
            "version": VERSION,
            "services": [service.json() for service in self.services],
            "lab": self.lab.json(),
            "worst": self.worst.json() if self.worst else None,
            "ceiling": self.ceiling.json(),
            "with_failed_changes": self.changes.json() if self.changes else None,
            "goals": dict(self.goals),
            "assumptions": list(self.assumptions),
            "unknown": [{"what": o.what, "why": o.why, **_place(o.place)} for o in self.unknown],
        }


@dataclass(frozen=True, slots=True)
class Struck:
    """A service while a machine is away: the chance that it is down at once, after 5 and 15 minutes and 5 hours, and for how long."""

    name: str
    group: str
    chances: tuple[float, ...]
    minutes: float


@dataclass(frozen=True)
class Unplug:
    """What the loss of a machine does. `data` are workloads with volumes on one node, with the chance that it is there."""

    machine: str
    repair_hours: float
    services: tuple[Struck, ...]
    data: tuple[tuple[str, float], ...] = ()

    def json(self) -> dict[str, Any]:
        """The published shape."""
        names = ("at_once", "after_5_minutes", "after_15_minutes", "after_5_hours")
        return {
            "version": VERSION,
            "machine": self.machine,
            "repair_hours": self.repair_hours,
            "services": [
                {"name": each.name, "group": each.group, "minutes": each.minutes}
                | dict(zip(names, each.chances, strict=True))
                for each in self.services
            ],
            "data": [{"workload": workload, "chance": chance} for workload, chance in self.data],
        }


@dataclass(frozen=True, slots=True)
class Cost:
    """What an action takes: hours of work, euros, bytes of memory."""

    hours: float = 0.0
    euro: float = 0.0
    memory: int = 0


@dataclass(frozen=True)
class Action:
    """Something to do next: edits of homelab.yaml with their exact gain, alone and after those above it."""

    name: str
    title: str
    edits: tuple[SpecEdit, ...]
    minutes_saved_alone: float
    minutes_saved_after: float
    cost: Cost
    phase: int = 0
    waits_for: tuple[str, ...] = ()
    """Actions without which this one is worth nothing."""
    note: str = ""
    """What the figures cannot say: durability, detection, a licence."""

    def json(self) -> dict[str, Any]:
        """The published shape."""
        return {
            "name": self.name,
            "title": self.title,
            "edits": [{"path": edit.path, "value": edit.value} for edit in self.edits],
            "minutes_saved_alone": self.minutes_saved_alone,
            "minutes_saved_after": self.minutes_saved_after,
            "cost": {"hours": self.cost.hours, "euro": self.cost.euro, "memory": self.cost.memory},
            "phase": self.phase,
            "waits_for": list(self.waits_for),
            "note": self.note or None,
        }


@dataclass(frozen=True)
class Phase:
    """A phase of the roadmap: what is computed once its actions are done, beside what was claimed for this very lab."""

    name: str
    claimed: str
    """Empty where nobody claimed anything."""
    lan: Figure
    internet: Figure

    def json(self) -> dict[str, Any]:
        """The published shape."""
        claimed = self.claimed or None
        return {"name": self.name, "claimed": claimed, "lan": self.lan.json(), "internet": self.internet.json()}


@dataclass(frozen=True)
class Roadmap:
    """Actions in the order of what they gain for what they cost, and the phases they add up to."""

    actions: tuple[Action, ...]
    phases: tuple[Phase, ...] = ()

    def json(self) -> dict[str, Any]:
        """The published shape."""
        return {
            "version": VERSION,
            "actions": [a.json() for a in self.actions],
            "phases": [p.json() for p in self.phases],
        }
