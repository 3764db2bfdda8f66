"""Losses: data that Argo CD would delete on the way from the repository as it is to the one that would be written."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from homelab.findings import Subject
from homelab.gitops import repository as repositories
from homelab.gitops.commits.deletion import deleted
from homelab.gitops.read import read
from homelab.kube.durable import KEPT, holds_data, sync_options, with_options
from homelab.kube.resource import Resource
from homelab.render import guards, layout, owned

if TYPE_CHECKING:
    from homelab.kube.inventory import Inventory
    from homelab.lab.pipeline import Lab
    from homelab.render.changes import Changes


@dataclass(frozen=True, slots=True)
class Loss:
    """An object with data that would go, why, and the object that has to be guarded so that it does not."""

    subject: Subject
    because: str
    by: Resource


@dataclass(frozen=True)
class Guarding:
    """The first of two steps: guards for what a change would delete, before the change itself.

    `texts` are the files that gain guards; `commands` guard what no file of ours says, to be typed by a person.
    """

    losses: tuple[Loss, ...]
    texts: Mapping[str, str]
    commands: tuple[str, ...]


def guarding(
    found: Lab, changes: Changes, *, synced: bool = False, gone: AbstractSet[str] = frozenset()
) -> Guarding | None:
    """What must be guarded before these changes are written; None where nothing would be lost.

    Args:
        found: the lab.
        changes: what writing it would change.
        synced: whether a person says that the cluster has the guards of the step before.
        gone: files that are removed, of those that the lab no longer has; all of them, unless they are named.
    """
    gone = gone or set(changes.orphans)
    touched = {*changes.added, *changes.changed, *gone}
    if not any(path.startswith("kubernetes/") for path in touched):
        return None
    before = changes.before
    old = read(repositories.of_texts(before), helm=found.helm)
    waiting = guards.waiting(before)
    old = replace(old, resources=tuple(_as_said(each, waiting, synced=synced) for each in old.resources), _memo={})
    lost = tuple(
        Loss(each.resource.subject, each.because, each.by)
        for each in deleted(old, _after(found, changes, gone))
        if holds_data(each.resource.body)
    )
    if not lost:
        return None
    there = {each.by.identity: each.by for each in lost}
    texts, left = guards.guarded(there.values(), before, owned.parse(found.existing.get(layout.OWNED)))
    return Guarding(
        lost, texts | {layout.GUARDS: guards.dump(waiting | there.keys())}, tuple(map(guards.command, left))
    )


def _as_said(resource: Resource, waiting: AbstractSet[guards.Identity], *, synced: bool) -> Resource:
    """An object as the cluster has it: guards that were written count once somebody says that they arrived."""
    if resource.identity not in waiting:
        return resource
    said = sync_options(resource.body)
    options = said | dict.fromkeys(KEPT) if synced else [option for option in said if option not in KEPT]
    return Resource(with_options(resource.body, options), resource.origin)


def _after(found: Lab, changes: Changes, gone: AbstractSet[str]) -> Inventory:
    """What the repository deploys once the changes are written: the lab's tree, with what a person edited or put there."""
    mine = {path for path in changes.before if path.startswith("kubernetes/")} - gone
    if not (changes.edited or changes.foreign or mine - changes.texts.keys()):
        return found.inventory
    kept = {*changes.edited, *changes.foreign}
    texts = {path: text for path, text in changes.before.items() if path not in gone}
    texts |= {path: text for path, text in changes.texts.items() if path not in kept}
    return read(repositories.of_texts(texts), helm=found.helm)
