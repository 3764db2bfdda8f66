"""Changes: what two states of a repository deploy differently, object by object, and whose pods are made anew by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from homelab.findings import Subject
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource
from homelab.kube.workload import Workload

CLOSED = frozenset({"Secret", "ConfigMap", "SealedSecret"})
"""Kinds of which only the names of fields are told."""
SAID = frozenset(
    {
        "apiVersion", "chart", "cpu", "host", "hostname", "image", "imageName", "imagePullPolicy", "kind", "maxUnavailable",
        "memory", "minAvailable", "namespace", "nodeName", "path", "policy", "priorityClassName", "reclaimPolicy",
        "schedule", "serviceAccountName", "size", "storage", "storageClassName", "strategy", "tag", "targetRevision", "type",
        "version",
    }
)  # fmt: skip
"""Fields whose texts are told; of others only that they changed, as a text may be a secret."""
LONGEST = 100
"""Characters of a text that is told."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field that differs; `before` and `after` are empty where its values are not told, or it is not there."""

    path: str
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        """`spec.replicas: 1 → 2`, or the path alone."""
        if not (self.before or self.after):
            return self.path
        return f"{self.path}: {self.before or 'nothing'} → {self.after or 'nothing'}"


@dataclass(frozen=True, slots=True)
class Changed:
    """An object of both states that is not the same in them."""

    before: Resource
    after: Resource
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Restarted:
    """A workload whose pods are made anew: how many, by which strategy, and whether it is away meanwhile."""

    subject: Subject
    pods: int | None
    strategy: str
    away: bool


@dataclass(frozen=True)
class Changes:
    """Objects that are new, that are no longer declared, and that are declared otherwise."""

    added: tuple[Resource, ...]
    removed: tuple[Resource, ...]
    changed: tuple[Changed, ...]


def changes(before: Inventory, after: Inventory) -> Changes:
    """The difference of two states, as rendered; what operators make is not declared, and not told."""
    old, new = _declared(before), _declared(after)
    both = sorted(old.keys() & new.keys())
    return Changes(
        added=tuple(new[identity] for identity in sorted(new.keys() - old.keys())),
        removed=tuple(old[identity] for identity in sorted(old.keys() - new.keys())),
        changed=tuple(
            Changed(old[identity], new[identity], tuple(fields(old[identity], new[identity])))
            for identity in both
            if old[identity].body != new[identity].body
        ),
    )


def _declared(inventory: Inventory) -> dict[tuple[str, str, str, str], Resource]:
    return {each.identity: each for each in inventory.resources if each.origin.maker != "operator"}


def fields(before: Resource, after: Resource) -> Iterator[Field]:
    """The fields of an object that differ, in the order of their paths."""
    return _differing(before.body, after.body, "", closed=before.kind in CLOSED)


def _differing(old: Any, new: Any, path: str, *, closed: bool) -> Iterator[Field]:
    if old == new and type(old) is type(new):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(map(str, old.keys() | new.keys())):
            yield from _differing(old.get(key), new.get(key), f"{path}.{key}" if path else key, closed=closed)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _differing(one, other, f"{path}.{index}", closed=closed)
    else:
        told = not closed and _told(old, path) and _told(new, path)
        yield Field(path, _text(old), _text(new)) if told else Field(path)


def _told(value: Any, path: str) -> bool:
    if isinstance(value, str):
        return path.rpartition(".")[2] in SAID and ".env." not in path and len(value) <= LONGEST
    return value is None or isinstance(value, bool | int | float)


def _text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def restarted(before: Inventory, after: Inventory) -> Iterator[Restarted]:
    """Workloads of both states with another pod template, those that operators make among them."""
    old = {each.resource.identity: each for each in before.workloads}
    for workload in after.workloads:
        known = old.get(workload.resource.identity)
        if known is None or not workload.long_running or _template(known) == _template(workload):
            continue
        pods = after.least_replicas(workload)
        if pods == 0 or before.least_replicas(known) == 0:
            continue
        strategy = _strategy(workload)
        single = workload.kind == "StatefulSet" and pods == 1 and strategy != "OnDelete"
        yield Restarted(workload.subject, pods, strategy, single or strategy == "Recreate" or workload.kind == "Pod")


def _template(workload: Workload) -> Any:
    return workload.template if workload.template_path else workload.pod


def _strategy(workload: Workload) -> str:
    key = "spec.strategy" if workload.kind in {"Deployment", "Rollout"} else "spec.updateStrategy"
    return str(workload.resource.get(f"{key}.type", "RollingUpdate"))
