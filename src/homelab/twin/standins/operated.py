"""The workloads of an operator as real objects: what `software` says it makes of a custom resource, owned by that resource.

`software` leaves out what judgement does not need; what the API server insists on is added here.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from homelab.cluster.api import Object
from homelab.findings import Subject
from homelab.kube.facts import Expansion, Produces
from homelab.kube.resource import dig
from homelab.kube.scope import cluster_kinds
from homelab.software.lookup import kind_truths
from homelab.twin.standins.acts import Act, Keep, Make
from homelab.twin.standins.world import World, b64, key_of

RBAC = "rbac.authorization.k8s.io"
APPS = "apps"
CLUSTERED = cluster_kinds(())
CASTS = (("", "ServiceAccount"), ("", "Service"), ("", "PersistentVolumeClaim"), (APPS, "Deployment"))
SEES = ((APPS, "Deployment"), (APPS, "StatefulSet"), (APPS, "DaemonSet"), ("", "Service"), ("", "Secret"), ("", "Pod"))
"""Kinds that decide how far a workload is."""


def expansion(body: Object, world: World) -> Expansion:
    """What `software` says that its operator makes of an object."""
    truth = kind_truths()[key_of(body)]
    return truth.expand(body, world.lookup)


def objects(made: Expansion) -> list[Object]:
    """The objects of an expansion."""
    return [dict(each) for each in made.objects]


def owned(made: Object, owner: Object) -> Object:
    """An object with its owner: it goes where its owner goes. Owners have no children in other namespaces."""
    found: Object = copy.deepcopy(made)
    space = owner["metadata"].get("namespace", "")
    if found["kind"] not in CLUSTERED:
        found["metadata"].setdefault("namespace", space)
    if not space or found["metadata"].get("namespace") == space:
        reference = {key: owner[key] for key in ("apiVersion", "kind")}
        reference |= {key: owner["metadata"][key] for key in ("name", "uid")}
        found["metadata"]["ownerReferences"] = [{**reference, "controller": True, "blockOwnerDeletion": True}]
    return found


def acts(body: Object, made: Expansion, *, without: tuple[str, ...] = ()) -> Iterator[Act]:
    """The objects of an expansion, except those of the kinds in `without`; accounts before what runs as them."""
    chosen = [each for each in objects(made) if each["kind"] not in without]
    accounts = {(each["kind"], each["metadata"]["name"]) for each in chosen}
    for each in sorted(chosen, key=lambda each: each["kind"] not in {"ServiceAccount", "PersistentVolumeClaim"}):
        account = str(dig(each, ["spec", "template", "spec", "serviceAccountName"], ""))
        if account and account != "default" and ("ServiceAccount", account) not in accounts:
            accounts.add(("ServiceAccount", account))
            space = each["metadata"].get("namespace") or body["metadata"].get("namespace", "")
            bare = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account, "namespace": space}}
            yield Make(owned(bare, body))
        yield Keep(owned(whole(each), body))


def whole(made: Any) -> Object:
    """An object with what the API server insists on and `software` leaves out."""
    found: Object = copy.deepcopy(dict(made))
    name = found["metadata"]["name"]
    if found["kind"] == "RoleBinding" and "roleRef" not in found:
        found["roleRef"] = {"apiGroup": RBAC, "kind": "Role", "name": name}
        found["subjects"] = [{"kind": "ServiceAccount", "name": name}]
    if found["kind"] == "Role":
        found.setdefault("rules", [])
    return found


def produced(body: Object, made: Expansion, world: World) -> Iterator[Act]:
    """The Secrets and ConfigMaps that appear at run time, made once, with a value that nobody guesses."""
    for fact in made.facts:
        if isinstance(fact, Produces):
            for subject in fact.objects:
                if subject.kind in {"Secret", "ConfigMap"}:
                    yield Make(owned(_bare(subject, world), body))


def _bare(subject: Subject, world: World) -> Object:
    meta = {"name": subject.name, "namespace": subject.namespace}
    if subject.kind == "ConfigMap":
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"made-by": "a stand-in"}}
    value = b64(world.random("Secret", subject.namespace, subject.name))
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": {"value": value}}


def ready(made: Object, world: World) -> bool:
    """Whether a workload of an expansion runs whole, as its own controller says; what is no workload always does."""
    kind, name = made["kind"], made["metadata"]["name"]
    if kind not in {"Deployment", "StatefulSet", "DaemonSet"}:
        return True
    found = world.get(APPS, kind, made["metadata"].get("namespace", ""), name)
    if found is None:
        return False
    wanted, have = copies(found)
    return have >= wanted


def copies(workload: Object) -> tuple[int, int]:
    """How many pods a workload shall have, and how many are ready."""
    status = workload.get("status") or {}
    if workload["kind"] == "DaemonSet":
        if "desiredNumberScheduled" not in status:
            return 1, 0
        return int(status["desiredNumberScheduled"]), int(status.get("numberReady", 0))
    wanted = dig(workload, ["spec", "replicas"], 1)
    return int(wanted), int(status.get("readyReplicas", 0))


def running(body: Object, made: Expansion, world: World) -> bool:
    """Whether all workloads of an expansion run whole."""
    space = body["metadata"].get("namespace", "")
    homed = ({**each, "metadata": {"namespace": space, **each["metadata"]}} for each in objects(made))
    return all(ready(each, world) for each in homed)
