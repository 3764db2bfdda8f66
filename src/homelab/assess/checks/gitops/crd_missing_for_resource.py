"""A resource nobody knows: see the page beside this file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.facts import Produces
from homelab.kube.inventory import Inventory
from homelab.kube.unread import unread_anywhere

BUILT_IN = ("k8s.io", "apps", "batch", "autoscaling", "policy", "extensions", "")
SERVED = ("gateway.networking.k8s.io", "snapshot.storage.k8s.io", "metrics.k8s.io", "policy.networking.k8s.io")
"""Groups that end as the built-in ones do, and come as definitions."""
AT_RUN_TIME = {"cilium.io": "cilium-operator"}
"""Groups whose definitions a program makes when it starts."""
ENGINE_KINDS = frozenset({"Application", "ApplicationSet", "AppProject"})
"""Kinds of `argoproj.io` that Argo CD brings; others are of Rollouts, Workflows and Events."""


@check(severity=Severity.HIGH)
def crd_missing_for_resource(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A custom resource whose definition nothing installs: the sync fails at it."""
    known, seen = _known(inventory), set[tuple[str, str]]()
    for resource in inventory.resources:
        group, kind = resource.group, resource.kind
        if resource.origin.maker != "file" or (group, kind) in seen or _built_in(group) or _engine(group, kind):
            continue
        if any(_names(kind, plural) for plural in known.get(group, ())):
            continue
        seen.add((group, kind))
        if any(w.name == AT_RUN_TIME.get(group) for w in inventory.workloads):
            continue
        if why := unread_anywhere(inventory) or _elsewhere(inventory, known):
            yield Unjudged(f"the definition of {kind} ({group})", why, inventory.place(resource, "kind"))
            continue
        count = sum(1 for r in inventory.of(kind) if r.group == group)
        yield Accusation(
            resource,
            f"nothing installs the definition of {kind} ({group}); {count} object{'s'[: count > 1]} cannot be made",
            field="kind",
            hint="deploy the chart or the definitions that bring it",
        )


def _elsewhere(inventory: Inventory, known: Mapping[str, set[str]]) -> str | None:
    """Why a definition may be made elsewhere: a part of a repository brings none at all."""
    return None if known or inventory.applications else "no definition is in this repository; another may bring it"


def _built_in(group: str) -> bool:
    return group in BUILT_IN or (group.endswith(".k8s.io") and group not in SERVED)


def _engine(group: str, kind: str) -> bool:
    """Whether a kind is of the engine that deploys: who reads the object has its definition."""
    return group.endswith(".fluxcd.io") or (group == "argoproj.io" and kind in ENGINE_KINDS)


def _known(inventory: Inventory) -> Mapping[str, set[str]]:
    """API group to the plural names of its definitions."""
    found: dict[str, set[str]] = defaultdict(set)
    made = [
        s.name for fact in inventory.facts_of(Produces) for s in fact.objects if s.kind == "CustomResourceDefinition"
    ]
    for name in (*(crd.name for crd in inventory.of("CustomResourceDefinition")), *made):
        plural, _, group = name.partition(".")
        found[group].add(plural)
    return found


def _names(kind: str, plural: str) -> bool:
    """Whether a plural is that of a kind, by English rules: names of definitions are all that is always known."""
    word = kind.lower()
    return plural in {word, f"{word}s", f"{word}es", f"{word[:-1]}ies"}
