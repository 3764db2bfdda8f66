"""Deletion: what Argo CD deletes in a cluster that follows one state of a repository when it is given the next one.

Argo CD's own rule, from its source:

- A sync prunes what an Application tracks and no longer deploys, unless "HasAnnotationOption(liveObj, …, SyncOptionDisablePrune)"
  (argo-cd gitops-engine/pkg/sync/sync_context.go, pruneObject): the *live* object is asked, so that a guard which comes with the
  same commit as the removal comes too late. `Prune=confirm` waits for a person.
- What moves to another Application is pruned by the old one wherever that syncs before the new one took the object over: there is
  no order between them, so a move counts as a removal. The same holds for the policy of an Application that changes meanwhile.
- An Application that is deleted takes its objects along where it has the finalizer, save definitions of kinds and those whose live
  object says `Delete=false` or helm's `keep` (controller/appcontroller.go, shouldBeDeleted).
- Kubernetes deletes what is in a namespace with it, and the objects of a kind with its definition, whatever annotations say.

That an Application which would lose everything is not synced at all ("auto-sync will wipe out all resources") is not counted on:
a person who then presses Sync prunes all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from homelab.kube.durable import sync_options
from homelab.kube.inventory import Application, Inventory
from homelab.kube.resource import Resource, dig

FINALIZER = "resources-finalizer.argocd.argoproj.io"
"""Also with `/background` or `/foreground` behind it."""
DEFINITION = "CustomResourceDefinition"


@dataclass(frozen=True, slots=True)
class Deleted:
    """An object that goes, why (a part of a sentence that begins with the object), and whose guard would have held it."""

    resource: Resource
    because: str
    by: Resource


def deleted(before: Inventory, after: Inventory) -> tuple[Deleted, ...]:
    """Every object of the earlier state that Argo CD and Kubernetes delete on the way to the later one.

    One that goes for two reasons is told twice. What operators make goes with the object that they make it of, and is not
    listed.
    """
    way = _Way(before, after)
    removed = list(way.removed())
    own = [each.resource for each in removed]
    spaces = {each.name: each for each in own if each.kind == "Namespace"}
    kinds = {_defines(each): each for each in own if each.kind == DEFINITION}
    for resource in before.resources:
        kind = resource.group, resource.kind
        if resource.origin.maker == "operator":
            continue
        if space := spaces.get(resource.namespace):
            removed.append(Deleted(resource, f"goes with its namespace {space.name}", space))
        if definition := kinds.get(kind):
            because = f"goes with the definition of its kind {resource.kind}"
            removed.append(Deleted(resource, because, definition))
    return tuple(removed)


@dataclass
class _Way:
    """The two states, and what was found out about their Applications."""

    before: Inventory
    after: Inventory
    gone: dict[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.old = {each.name: each for each in self.before.applications}
        self.new = {each.name: each for each in self.after.applications}
        self.deployed = {each.identity: each.origin.application for each in self.after.resources}
        clashes = (resource for clash in self.after.clashes for resource in (clash.first, clash.second))
        self.shared = {(each.identity, each.origin.application) for each in clashes}

    def removed(self) -> Iterator[Deleted]:
        """What Argo CD itself deletes."""
        for resource in self.before.resources:
            if resource.origin.maker != "operator" and (because := self.because(resource)):
                yield Deleted(resource, because, resource)

    def because(self, resource: Resource) -> str:
        """Why Argo CD deletes an object; empty where it does not."""
        owner = resource.origin.application
        if not owner:
            return ""  # applied by hand: nobody tracks it
        if owner in self.new:
            there = self.deployed.get(resource.identity)
            if there == owner or (resource.identity, owner) in self.shared:
                return ""
            if not (self.prunes(owner) and not {"Prune=false", "Prune=confirm"} & sync_options(resource.body).keys()):
                return ""
            moved = f"moves from the Application {owner} to {there}" if there else f"leaves the Application {owner}"
            return f"{moved}, which prunes"
        if self.cascades(owner) and resource.kind != DEFINITION and not _outlives_its_application(resource):
            return f"goes with its Application {owner}"
        return ""

    def prunes(self, name: str) -> bool:
        """Whether one state of an Application or the other prunes; one that a set makes is taken to."""
        states = (self.old[name].resource if name in self.old else None, self.new[name].resource)
        return any(
            state is None or dig(state.body, ["spec", "syncPolicy", "automated", "prune"], default=False) is True
            for state in states
        )

    def cascades(self, name: str) -> bool:
        """Whether an Application that is no longer there is deleted, with everything that it deployed."""
        if name not in self.gone:
            self.gone[name] = False  # a circle of Applications holds itself
            known = self.old.get(name)
            self.gone[name] = known is not None and self._goes(known)
        return self.gone[name]

    def _goes(self, application: Application) -> bool:
        if application.resource is None:  # made by a set, whose deletion policy decides
            sets = self.before.of("ApplicationSet")
            return not all(each.get("spec.syncPolicy.preserveResourcesOnDeletion") is True for each in sets)
        finalizers = dig(application.resource.body, ["metadata", "finalizers"], [])
        return any(str(each).startswith(FINALIZER) for each in finalizers) and bool(self.because(application.resource))


def _outlives_its_application(resource: Resource) -> bool:
    kept = resource.annotations.get("helm.sh/resource-policy") == "keep"
    return kept or bool({"Delete=false", "Delete=confirm"} & sync_options(resource.body).keys())


def _defines(definition: Resource) -> tuple[str, str]:
    return str(definition.get("spec.group", "")), str(definition.get("spec.names.kind", ""))
