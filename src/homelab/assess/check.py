"""Check: a decorated generator that looks at everything, accuses one thing and changes nothing.

    @check(severity=Severity.HIGH, needs="nodes")
    def single_control_plane_node(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
        \"\"\"One control plane: its loss stops every change, failover and reschedule.\"\"\"

Its id is its name in kebab case, its summary the docstring, its page the `.md` of the same name beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from homelab.assess.peers import aliases_of
from homelab.errors import Place
from homelab.findings import Finding, Fix, Severity, Subject
from homelab.kube.alone import one_node
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource


@dataclass(frozen=True, slots=True)
class Accusation:
    """What a check yields: the thing accused and the sentence; the runner adds id, severity and places.

    `field` is the offending path in the object (`spec.replicas`), whose place is shown. `severity` replaces the
    check's own where this case is better or worse. `group` folds equal cases in reports (`chart argo-cd 10.1.1`).
    `since` is the last day (ISO date) on which it was still all right. `absent` are the namespaces in which something was
    looked for in vain: what goes there by the shape of another version may well have it.
    """

    accused: Resource | Subject
    message: str
    field: str = ""
    hint: str | None = None
    fix: Fix | None = None
    severity: Severity | None = None
    group: str | None = None
    evidence: tuple[tuple[str, Place | None], ...] = ()
    place: Place | None = None
    option: str | None = None
    since: str = ""
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unjudged:
    """What a check yields where an input is missing: not a pass."""

    what: str
    why: str
    place: Place | None = None


NAMED = re.compile(r"\b([A-Z][A-Za-z]+) (?:[\w.-]+/)?([a-z0-9](?:[\w.-]*[a-z0-9])?)")
"""An object that a sentence names: `Service argocd/argocd-server`."""

Judge = Callable[[Inventory], Iterator[Accusation | Unjudged]]


@dataclass(frozen=True)
class Check:
    """A check with its id, default severity, and the ids other tools use for the same thing."""

    id: str
    severity: Severity
    judge: Judge
    summary: str
    page: Path
    aliases: tuple[str, ...] = ()
    nodes: int = 1
    """Nodes for pods below which it says nothing: what it asks for would stand beside what it is to replace."""

    def __call__(self, inventory: Inventory, today: date | None = None) -> Iterator[Finding | Unjudged]:
        """The findings of this check in a lab, and what it could not judge; without `today`, those of every day to come."""
        if self.nodes > 1 and one_node(inventory):
            return
        for yielded in self.judge(inventory):
            if isinstance(yielded, Unjudged):
                yield yielded
            elif today is None or today.isoformat() > yielded.since:
                yield self._finding(inventory, yielded)

    def _finding(self, inventory: Inventory, found: Accusation) -> Finding:
        resource = found.accused if isinstance(found.accused, Resource) else None
        place = found.place or (inventory.place(resource, found.field) if resource else None)
        assumed = _assumed(inventory, found)
        severity = self.severity if found.severity is None else found.severity
        group = found.group
        if group is None and resource is not None and resource.origin.maker != "file":
            group = resource.origin.via
        return Finding(
            check=self.id,
            severity=min(severity, Severity.MEDIUM) if assumed else severity,
            subject=resource.subject if resource else found.accused,  # type: ignore[arg-type]  # one or the other
            message=found.message,
            place=place,
            option=found.option or (resource.origin.option or None if resource else None),
            hint=found.hint,
            fix=None if assumed else found.fix,
            group=group,
            evidence=(*found.evidence, *([(f"assumed: {assumed}", None)] if assumed else [])),
            assumed=assumed,
        )


def _assumed(inventory: Inventory, found: Accusation) -> str:
    """Whose shape the accused has, or what the sentence names or misses, where their own chart was not read.

    No patch and no high finding comes from that.
    """
    resource = found.accused if isinstance(found.accused, Resource) else inventory.subject(found.accused)
    if resource and resource.origin.assumed:
        return resource.origin.assumed
    said = (inventory.assumed.get((kind, name), "") for kind, name in NAMED.findall(found.message))
    missed = (inventory.assumed_in.get(space, "") for space in found.absent)
    return next(filter(None, (*said, *missed)), "")


def check(*, severity: Severity, aliases: tuple[str, ...] = (), nodes: int = 1) -> Callable[[Judge], Check]:
    """Make a check of a generator; one that asks for a second of something says so by `nodes`.

    `aliases` are other names than those in the table of `peers`.
    """

    def decorate(judge: Judge) -> Check:
        name: Any = judge
        source = Path(name.__code__.co_filename)
        summary = (judge.__doc__ or "").strip().partition("\n")[0]
        page = source.with_suffix(".md")
        own = name.__name__.replace("_", "-")
        return Check(own, severity, judge, summary, page, (*aliases, *aliases_of(own)), nodes)

    return decorate
