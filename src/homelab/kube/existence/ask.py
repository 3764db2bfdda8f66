"""Existence: whether something is there – yes, no, or not to be known, because …. The one way in which a check may ask.

What is not declared may still be there: in what was not read, made by an operator that nobody here knows, by a job, or
brought by the distribution. Only where none of that is so, something is missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from homelab.findings import Subject
from homelab.kube.existence.creators import creates
from homelab.kube.existence.definitions import defined, perhaps_defined
from homelab.kube.existence.keys import keys
from homelab.kube.existence.strangers import making, making_pods
from homelab.kube.existence.unread import unread, unread_anywhere, whys
from homelab.kube.facts import Perhaps, Runs
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource, dig
from homelab.kube.selector import matches

SAVERS = ("velero", "k8up", "longhorn", "kasten", "stash", "kubestash", "gemini", "backup")
"""Programs that copy what stands in other namespaces, as releases and folders are called."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether something is there: `there`, or not to be known and then `why`, else missing."""

    there: bool = False
    why: str = ""

    @property
    def missing(self) -> bool:
        """Whether it is sure that it is not there."""
        return not self.there and not self.why


THERE, MISSING = Answer(there=True), Answer()


def thing(inventory: Inventory, kind: str, namespace: str, name: str, *, asker: Resource | None = None) -> Answer:
    """Whether an object is there; `asker` is who names it, which is no sign that it makes it."""
    if inventory.exists(kind, namespace, name) or Subject(kind, name, namespace) in inventory.pending:
        return THERE
    if kind == "PersistentVolumeClaim" and _claimed(inventory, namespace, name):
        return THERE
    why = anything(inventory, namespace) or _perhaps(inventory, kind, namespace, name)
    why = why or making(inventory, namespace, name, asker) or creates(inventory, kind, namespace, name)
    return Answer(why=why)


def key(inventory: Inventory, asked: Subject, name: str, *, asker: Resource | None = None) -> Answer:
    """Whether a Secret or ConfigMap has a key; what `thing` answers where it is not there itself."""
    whole = thing(inventory, asked.kind, asked.namespace, asked.name, asker=asker)
    if not whole.there:
        return whole
    found = keys(inventory, asked)
    if found is None:
        return Answer(why="its keys are made at run time")
    if name in found:
        return THERE
    why = making(inventory, asked.namespace, asked.name, asker)
    return Answer(why=why or creates(inventory, asked.kind, asked.namespace, asked.name))


def anything(inventory: Inventory, namespace: str = "") -> str:
    """Why more may be there than was read, in a namespace or anywhere; empty where all was read."""
    return unread(inventory, namespace) if namespace else unread_anywhere(inventory)


def savers(inventory: Inventory) -> str:
    """Why schedules that copy other namespaces may be there: a program for backups was not read; empty where none is near."""
    return next((why for why in whys(inventory) if any(name in why.lower() for name in SAVERS)), "")


def pods(inventory: Inventory, namespace: str, chosen: Mapping[str, Any] | None) -> Answer:
    """Whether a LabelSelector selects pods of a namespace, whoever makes them."""
    if inventory.select(namespace, chosen):
        return THERE
    running = _running(inventory).get(namespace, ())
    found = [run for run in running if matches(chosen, dict(run.labels))]
    if any(not run.why for run in found):
        return THERE
    # the other labels of such pods differ between distributions
    equal = (chosen or {}).get("matchLabels") or {}
    near = ["the distribution runs such pods" for run in running if any(equal.get(key) == v for key, v in run.labels)]
    why = next(iter((*(run.why for run in found), *near)), "") or unread(inventory, namespace)
    return Answer(why=why or making_pods(inventory, namespace, chosen or {}))


def services(inventory: Inventory, namespace: str, chosen: Mapping[str, Any] | None) -> Answer:
    """Whether Services that a LabelSelector selects by their own labels may be made by somebody; those declared are known."""
    return Answer(why=unread(inventory, namespace) or making_pods(inventory, namespace, chosen or {}))


def volume_class(inventory: Inventory, name: str) -> Answer:
    """Whether volumes of a class can be had: it is declared, or brought, or volumes that are there already bear its name.

    A claim binds to a volume of the same class name, whether or not there is such a class
    (kubernetes.io/docs/concepts/storage/persistent-volumes, *Class*).
    """
    if any(volume.get("spec.storageClassName") == name for volume in inventory.of("PersistentVolume")):
        return THERE
    return thing(inventory, "StorageClass", "", name)


def definition(inventory: Inventory, group: str, kind: str) -> Answer:
    """Whether the definition of a custom resource's kind is installed."""
    if defined(inventory, group, kind):
        return THERE
    return Answer(why=unread_anywhere(inventory) or perhaps_defined(inventory, group, kind))


# --- why something may be there ------------------------------------------------------------------------------------


def _claimed(inventory: Inventory, namespace: str, name: str) -> bool:
    """Whether a claim is made for a pod of a StatefulSet, by a template of its own.

    Kubernetes v1.35 pkg/controller/statefulset/stateful_set_utils.go getPersistentVolumeClaimName: template, set, ordinal.
    """
    head, _, ordinal = name.rpartition("-")
    if not ordinal.isdigit():
        return False
    return any(
        head == f"{dig(template, ['metadata', 'name'])}-{workload.name}"
        for workload in inventory.workloads
        if workload.kind == "StatefulSet" and workload.namespace == namespace
        for template in workload.claim_templates
    )


def _perhaps(inventory: Inventory, kind: str, namespace: str, name: str) -> str:
    known = inventory.once(
        "perhaps", lambda: {s: fact.why for fact in inventory.facts_of(Perhaps) for s in fact.objects}
    )
    return known.get(Subject(kind, name, namespace)) or known.get(Subject(kind, name, "*")) or ""


def _running(inventory: Inventory) -> Mapping[str, list[Runs]]:
    def find() -> Mapping[str, list[Runs]]:
        found: dict[str, list[Runs]] = defaultdict(list)
        for fact in inventory.facts_of(Runs):
            found[fact.namespace].append(fact)
        return found

    return inventory.once("running", find)
