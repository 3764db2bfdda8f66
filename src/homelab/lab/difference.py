"""Difference: what it would mean to go from one state of a repository to another, as a reviewer asks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from homelab.assess.baseline import compared, of_assessment
from homelab.assess.model import build
from homelab.assess.model.build import LAB
from homelab.assess.uptime import Computed
from homelab.errors import Undecidable
from homelab.gitops.commits.deletion import deleted
from homelab.gitops.commits.immutable import Refused, refused
from homelab.kube.changes import Changes, Restarted, changes, restarted
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource, dig
from homelab.kube.volumes import Lost, lost
from homelab.lab.pipeline import Repository
from homelab.report import VERSION, Assessment, subject_json

FLUX = "kustomize.toolkit.fluxcd.io"
LEAST = 0.5
"""Minutes a year from which on a service's difference is told."""


@dataclass(frozen=True, slots=True)
class Gone:
    """An object that is no longer declared, and why the cluster loses it; empty where it stays until a person deletes it."""

    resource: Resource
    because: str


@dataclass(frozen=True, slots=True)
class Minutes:
    """Downtime of a service, in minutes a year, in one state and the other."""

    service: str
    before: float
    after: float


@dataclass(frozen=True)
class Difference:
    """Two states of a repository beside each other; `assessment` is that of the later one, compared with the earlier."""

    changes: Changes
    gone: tuple[Gone, ...]
    lost: tuple[Lost, ...]
    refused: tuple[Refused, ...]
    """What the API server does not let anybody change."""
    restarted: tuple[Restarted, ...]
    minutes: tuple[Minutes, ...]
    """The lab first; empty where there are no figures."""
    without_figures: str
    assessment: Assessment

    @property
    def empty(self) -> bool:
        """Whether the two deploy the same and are judged the same."""
        found, told = self.changes, self.assessment.compared
        assert told is not None
        return not (found.added or found.removed or found.changed or self.gone or told.new or told.mended)

    def json(self) -> dict[str, Any]:
        """The published shape."""
        return {
            "version": VERSION,
            "added": [subject_json(each.subject) for each in self.changes.added],
            "changed": [
                {"subject": subject_json(each.after.subject), "fields": [f.path for f in each.fields]}
                for each in self.changes.changed
            ],
            "gone": [{"subject": subject_json(g.resource.subject), "because": g.because or None} for g in self.gone],
            "lost": [
                {
                    "subject": subject_json(each.subject),
                    "because": each.because,
                    "storage_class": each.storage_class or None,
                    "reclaim_policy": each.policy or None,
                }
                for each in self.lost
            ],
            "refused": [{"subject": subject_json(r.resource.subject), "field": r.field} for r in self.refused],
            "restarted": [
                {"subject": subject_json(r.subject), "pods": r.pods, "strategy": r.strategy, "away": r.away}
                for r in self.restarted
            ],
            "minutes": [{"service": m.service, "before": m.before, "after": m.after} for m in self.minutes],
            "without_figures": self.without_figures or None,
            "assessment": self.assessment.json(),
        }


def difference(before: Repository, after: Repository, today: date) -> Difference:
    """What changes from one state to the other."""
    old, new = before.inventory, after.inventory
    gone = tuple(_gone(old, new))
    fixed = tuple(refused(old, new))
    minutes, why = _minutes(old, new)
    earlier, later = before.assessment(today), after.assessment(today)
    return Difference(
        changes(old, new),
        gone,
        tuple(lost(old, new, [(each.resource, each.because) for each in gone if each.because])),
        fixed,
        tuple(each for each in restarted(old, new) if each.subject not in {r.resource.subject for r in fixed}),
        minutes,
        why,
        compared(later, of_assessment(earlier)),
    )


def _gone(before: Inventory, after: Inventory) -> Iterator[Gone]:
    """What goes from the cluster, each object once, and what is only no longer declared."""
    told: dict[tuple[str, str, str, str], Gone] = {}
    for each in deleted(before, after):
        told.setdefault(each.resource.identity, Gone(each.resource, each.because))
    pruned = _flux_prunes(before)
    for resource in changes(before, after).removed:
        because = "leaves its Flux Kustomization, which prunes" if pruned and not resource.origin.application else ""
        told.setdefault(resource.identity, Gone(resource, because))
    yield from sorted(told.values(), key=lambda each: each.resource.identity)


def _flux_prunes(inventory: Inventory) -> bool:
    return any(
        each.group == FLUX and dig(each.body, ["spec", "prune"]) is True for each in inventory.of("Kustomization")
    )


def _minutes(before: Inventory, after: Inventory) -> tuple[tuple[Minutes, ...], str]:
    """The figures of the lab and of every service that differs, the largest difference first; or why there are none."""
    try:
        old, new = _figures(before), _figures(after)
    except Undecidable as error:
        return (), error.message
    found = [Minutes(name, old[name], new[name]) for name in old.keys() & new.keys() if name != LAB]
    differing = [each for each in found if abs(each.after - each.before) >= LEAST]
    differing.sort(key=lambda each: (-abs(each.after - each.before), each.service))
    return (Minutes(LAB, old[LAB], new[LAB]), *differing), ""


def _figures(inventory: Inventory) -> Mapping[str, float]:
    """Minutes a year by service; a service that was not read whole has none, and unknown machines stand apart."""
    ground = inventory.ground
    computed = Computed.of(inventory, build.interval(ground)[0] if ground and not build.mapped(ground) else None)
    known = [each.name for each in computed.model.services if not each.unknown]
    return {name: computed.minutes(f"lan:{name}") for name in (LAB, *known)}
