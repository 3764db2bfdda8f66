"""Kustomize as Argo CD runs it: a folder becomes objects, each knowing the file it was declared in.

What is read: resources (files, folders, components), generators, patches (strategic merge on known keys, JSON 6902),
namespace, name prefix and suffix, labels, annotations, replicas, images. What is not read is said as unknown.
The order inside one kustomization is kustomize's own: resources, generators, components, patches, namespace, names,
labels, annotations, replicas, images.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from homelab.gitops import patches, transform
from homelab.gitops.built import ODD, Build, Built, join
from homelab.gitops.repository import YAML, Repository
from homelab.kube.inventory import Unknown

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
KNOWN = frozenset(
    {
        "apiVersion", "kind", "metadata", "resources", "bases", "components", "namespace", "namePrefix", "nameSuffix",
        "labels", "commonLabels", "commonAnnotations", "patches", "patchesStrategicMerge", "patchesJson6902",
        "replicas", "images", "configMapGenerator", "secretGenerator", "generatorOptions", "helmCharts",
        "sortOptions", "buildMetadata",
    }
)  # fmt: skip


def kustomization(repository: Repository, folder: str) -> str | None:
    """The kustomization file of a folder."""
    return next((path for name in NAMES if (path := join(folder, name)) in repository), None)


def build(repository: Repository, folder: str, seen: frozenset[str] = frozenset()) -> Build:
    """The objects of a folder: its kustomization if it has one, else every manifest in it (not below)."""
    path = kustomization(repository, folder)
    if path is None:
        return plain(repository, folder, recurse=False)
    result = Build(used={path})
    if path in seen:
        result.unknown.append(Unknown(path, "the kustomization includes itself", repository.locate(path, 0, ())))
        return result
    documents = repository.documents(path)
    spec = documents[0] if documents and isinstance(documents[0], Mapping) else {}
    for key in spec:
        if key not in KNOWN:
            place = repository.locate(path, 0, (str(key),))
            result.unknown.append(Unknown(path, f"the kustomization field {key} is not read", place))
    _made(repository, folder, spec, result, seen | {path})
    return result


def _made(repository: Repository, folder: str, spec: Mapping[str, Any], result: Build, seen: frozenset[str]) -> None:
    """Gather and shape; fields of other types than kustomize reads are said and end this kustomization only."""
    try:
        _gather(repository, folder, spec, result, seen)
        _shape(repository, folder, spec, result)
    except ODD as error:
        path = kustomization(repository, folder) or folder
        why = f"a field of the kustomization is not of the type that kustomize reads: {error}"
        result.unknown.append(Unknown(path, why, repository.locate(path, 0, ())))


def _gather(repository: Repository, folder: str, spec: Mapping[str, Any], result: Build, seen: frozenset[str]) -> None:
    for entry in [*(spec.get("resources") or ()), *(spec.get("bases") or ())]:
        _include(repository, folder, str(entry), result, seen)
    for kind, key in (("ConfigMap", "configMapGenerator"), ("Secret", "secretGenerator")):
        for index, generator in enumerate(spec.get(key) or ()):
            body = transform.generated(kind, generator, spec.get("generatorOptions") or {})
            result.objects.append(Built(body, kustomization(repository, folder) or folder, index))
            result.used.update(join(folder, str(name).rpartition("=")[2]) for name in generator.get("files") or ())
    for chart in spec.get("helmCharts") or ():
        result.charts.append((kustomization(repository, folder) or folder, chart))
    for entry in spec.get("components") or ():
        _component(repository, join(folder, str(entry)), result, seen)


def _component(repository: Repository, folder: str, result: Build, seen: frozenset[str]) -> None:
    path = kustomization(repository, folder)
    if path is None or path in seen:
        result.unknown.append(Unknown(folder, "the component has no kustomization"))
        return
    result.used.add(path)
    documents = repository.documents(path)
    spec = documents[0] if documents and isinstance(documents[0], Mapping) else {}
    _made(repository, folder, spec, result, seen | {path})


def _include(repository: Repository, folder: str, entry: str, result: Build, seen: frozenset[str]) -> None:
    path = join(folder, entry)
    if "://" in entry or entry.startswith(("github.com/", "git@")):
        result.unknown.append(
            Unknown(entry, "a remote resource needs the network", _entry_place(repository, folder, entry))
        )
    elif path in repository:
        result.used.add(path)
        result.objects.extend(_declared(repository, path))
    elif repository.is_folder(path):
        inner = build(repository, path, seen)
        result.objects.extend(inner.objects)
        result.used |= inner.used
        result.unknown.extend(inner.unknown)
        result.charts.extend(inner.charts)
    else:
        result.unknown.append(
            Unknown(path, "named by a kustomization, but not there", _entry_place(repository, folder, entry))
        )


def _entry_place(repository: Repository, folder: str, entry: str) -> Any:
    path = kustomization(repository, folder)
    if path is None:
        return None
    spec = (repository.documents(path) or [{}])[0]
    entries = [str(item) for item in spec.get("resources") or ()]
    keys = ("resources", str(entries.index(entry))) if entry in entries else ()
    return repository.locate(path, 0, keys)


def _declared(repository: Repository, path: str) -> Iterator[Built]:
    for index, body in enumerate(repository.documents(path)):
        if not isinstance(body, Mapping) or "kind" not in body:
            continue
        if body["kind"] == "List" or (str(body["kind"]).endswith("List") and isinstance(body.get("items"), list)):
            yield from (Built(dict(item), path, index) for item in body.get("items") or () if isinstance(item, Mapping))
        else:
            yield Built(dict(body), path, index)


def plain(repository: Repository, folder: str, *, recurse: bool, accepts: Callable[[str], bool] | None = None) -> Build:
    """Every manifest of a plain folder, as Argo CD's directory source reads it."""
    result = Build()
    start = "" if folder in {"", "."} else f"{folder}/"
    for path in repository.paths:
        rest = path.removeprefix(start)
        if not path.startswith(start) or not path.endswith(YAML) or ("/" in rest and not recurse):
            continue
        if accepts is not None and not accepts(rest):
            continue
        result.used.add(path)
        result.objects.extend(_declared(repository, path))
    return result


def _shape(repository: Repository, folder: str, spec: Mapping[str, Any], result: Build) -> None:
    if not any(
        key in spec for key in KNOWN - {"resources", "kind", "apiVersion", "helmCharts", "components", "metadata"}
    ):
        return
    for item in result.objects:
        item.body = copy.deepcopy(item.body)
    patches.apply_all(repository, folder, spec, result)
    bodies = [item.body for item in result.objects]
    transform.namespace(bodies, spec.get("namespace"))
    transform.names(bodies, str(spec.get("namePrefix") or ""), str(spec.get("nameSuffix") or ""))
    transform.labels(bodies, spec)
    transform.annotate(bodies, spec.get("commonAnnotations") or {})
    transform.replicas(bodies, spec.get("replicas") or ())
    transform.images(bodies, spec.get("images") or ())
