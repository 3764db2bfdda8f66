"""A resource nobody knows: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory
from homelab.kube.scope import built_in

AT_RUN_TIME = {"cilium.io": "cilium-operator"}
"""Groups whose definitions a program makes when it starts."""
ENGINE_KINDS = frozenset({"Application", "ApplicationSet", "AppProject"})
"""Kinds of `argoproj.io` that Argo CD brings; others are of Rollouts, Workflows and Events."""


@check(severity=Severity.HIGH)
def crd_missing_for_resource(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A custom resource whose definition nothing installs: the sync fails at it."""
    seen = set[tuple[str, str]]()
    for resource in inventory.resources:
        group, kind = resource.group, resource.kind
        if resource.origin.maker != "file" or (group, kind) in seen or built_in(group) or _engine(group, kind):
            continue
        seen.add((group, kind))
        if any(w.name == AT_RUN_TIME.get(group) for w in inventory.workloads):
            continue
        answer = ask.definition(inventory, group, kind)
        if answer.why:
            yield Unjudged(f"the definition of {kind} ({group})", answer.why, inventory.place(resource, "kind"))
        if not answer.missing:
            continue
        count = sum(1 for r in inventory.of(kind) if r.group == group)
        yield Accusation(
            resource,
            f"nothing installs the definition of {kind} ({group}); {count} object{'s'[: count > 1]} cannot be made",
            field="kind",
            hint="deploy the chart or the definitions that bring it",
        )


def _engine(group: str, kind: str) -> bool:
    """Whether a kind is of the engine that deploys: who reads the object has its definition."""
    return group.endswith(".fluxcd.io") or (group == "argoproj.io" and kind in ENGINE_KINDS)
