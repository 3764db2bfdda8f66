"""References: what pod templates need by name before their pods can start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from homelab.kube.existence.ask import MISSING, Answer, thing
from homelab.kube.inventory import Inventory
from homelab.kube.workload import Container, Workload

SUPPLIED = frozenset({"istio-ca-root-cert", "openshift-service-ca.crt"})
"""ConfigMaps that a mesh or a distribution puts into every namespace."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A workload names an object of its namespace; `path` is the place of the name in the workload."""

    workload: Workload
    kind: str
    name: str
    path: str
    key: str = ""
    """The key of the object that is needed; empty where the whole object is."""

    @property
    def pulls(self) -> bool:
        """Whether images are pulled with it: without it the pod is made, and a private image is not to be had."""
        return "imagePullSecrets" in self.path


@dataclass(frozen=True, slots=True)
class Missing(Reference):
    """A reference to what nothing declares; `answer` says whether it may be there all the same."""

    answer: Answer = MISSING


def references(inventory: Inventory, kind: str) -> tuple[Reference, ...]:
    """Every reference of pod templates to ConfigMaps, Secrets or PersistentVolumeClaims that is not optional."""

    def find() -> tuple[Reference, ...]:
        return tuple(found for workload in inventory.workloads for found in _of(workload))

    return tuple(r for r in inventory.once("references", find) if r.kind == kind)


def missing(inventory: Inventory, kind: str) -> Iterator[Missing]:
    """References to objects that nobody here is sure of, the first of each workload and name."""
    seen: set[tuple[Any, str]] = set()
    for found in references(inventory, kind):
        key = (found.workload.resource.identity, found.name)
        if key in seen or not found.name or found.name in SUPPLIED:
            continue
        seen.add(key)
        answer = thing(inventory, kind, found.workload.namespace, found.name, asker=found.workload.resource)
        if not answer.there:
            yield Missing(found.workload, kind, found.name, found.path, found.key, answer)


def _of(workload: Workload) -> Iterator[Reference]:
    for container in (*workload.containers, *(c for c in workload.init_containers if not c.sidecar)):
        yield from _environment(workload, container)
    for index, pull in enumerate(workload.pod.get("imagePullSecrets") or ()):
        yield from _named(workload, "Secret", pull, "name", f"{workload.pod_path}.imagePullSecrets.{index}")
    for index, volume in enumerate(workload.pod.get("volumes") or ()):
        if isinstance(volume, Mapping):
            yield from _volume(workload, volume, f"{workload.pod_path}.volumes.{index}")


def _environment(workload: Workload, container: Container) -> Iterator[Reference]:
    for index, entry in enumerate(container.environment):
        source = entry.get("valueFrom") or {}
        for key, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
            yield from _named(workload, kind, source.get(key), "name", f"{container.path}.env.{index}.valueFrom.{key}")
    for index, entry in enumerate(container.body.get("envFrom") or ()):
        for key, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            yield from _named(workload, kind, entry.get(key), "name", f"{container.path}.envFrom.{index}.{key}")


def _volume(workload: Workload, volume: Mapping[str, Any], path: str) -> Iterator[Reference]:
    yield from _named(workload, "ConfigMap", volume.get("configMap"), "name", f"{path}.configMap")
    yield from _named(workload, "Secret", volume.get("secret"), "secretName", f"{path}.secret")
    claim = volume.get("persistentVolumeClaim")
    yield from _named(workload, "PersistentVolumeClaim", claim, "claimName", f"{path}.persistentVolumeClaim")
    for index, source in enumerate((volume.get("projected") or {}).get("sources") or ()):
        at = f"{path}.projected.sources.{index}"
        yield from _named(workload, "ConfigMap", source.get("configMap"), "name", f"{at}.configMap")
        yield from _named(workload, "Secret", source.get("secret"), "name", f"{at}.secret")


def _named(workload: Workload, kind: str, entry: Any, key: str, path: str) -> Iterator[Reference]:
    if isinstance(entry, Mapping) and not entry.get("optional"):
        yield Reference(workload, kind, str(entry.get(key) or ""), f"{path}.{key}")
        wanted = [(entry.get("key"), "key")] if ".env." in path and "key" in entry else []
        wanted += [(item.get("key"), f"items.{n}.key") for n, item in enumerate(entry.get("items") or ())]
        for each, at in wanted:
            if each:
                yield Reference(workload, kind, str(entry.get(key) or ""), f"{path}.{at}", str(each))
