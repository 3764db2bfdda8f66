"""Kustomize as Argo CD runs it: a folder becomes objects, each knowing the file it was declared in.

What is read: resources (files, folders, components), generators, patches (strategic merge on known keys, JSON 6902),
namespace, name prefix and suffix, labels, annotations, replicas, images. What is not read is said as unknown.
The order inside one kustomization is kustomize's own: resources, generators, components, patches, namespace, names,
labels, annotations, old JSON patches, replicas, images; references follow the names at the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from homelab.gitops import edits, generators, patches, references, transform
from homelab.gitops.built import ODD, Build, Built, Inflated, join
from homelab.gitops.fields import copied
from homelab.gitops.rejected import SKIPPED
from homelab.gitops.repository import YAML, Repository
from homelab.kube.inventory import Effect, Unknown
from homelab.kube.resource import Manifest
from homelab.kube.shape import misshapen

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
KNOWN = frozenset(
    {
        "apiVersion", "kind", "metadata", "resources", "bases", "components", "namespace", "namePrefix", "nameSuffix",
        "labels", "commonLabels", "commonAnnotations", "patches", "patchesStrategicMerge", "patchesJson6902",
        "replicas", "images", "configMapGenerator", "secretGenerator", "generatorOptions", "helmCharts", "helmGlobals",
        "sortOptions", "buildMetadata",
    }
)  # fmt: skip
Options = tuple[Mapping[str, Any], Mapping[str, str]]
"""An Application's own `kustomize` fields, and the variables that stand for something in them."""
SHAPING = KNOWN - {
    "resources",
    "bases",
    "kind",
    "apiVersion",
    "helmCharts",
    "helmGlobals",
    "components",
    "metadata",
    "sortOptions",
}
"""Fields that change objects."""


REMOTE = re.compile(r"[?:]|//|\.git\b|^[\w-]+(\.[\w-]+)+/")
"""Signs of an entry that kustomize may take for an address: a query, a scheme, a user, the name of a host."""


def kustomization(repository: Repository, folder: str) -> str | None:
    """The kustomization file of a folder."""
    return next((path for name in NAMES if (path := join(folder, name)) in repository), None)


def build(
    repository: Repository, folder: str, seen: frozenset[str] = frozenset(), options: Options | None = None
) -> Build:
    """The objects of a folder: its kustomization if it has one, else every manifest in it (not below).

    `options` are written into the kustomization first.
    """
    path = kustomization(repository, folder)
    if path is None:
        return plain(repository, folder, recurse=False)
    result = Build(used={path})
    if path in seen:
        result.unknown.append(Unknown(path, "the kustomization includes itself", repository.locate(path, 0, ())))
        return result
    spec = _spec(repository, path, result)
    if options is not None:
        spec = _edited(repository, folder, spec, options, result)
    _made(repository, folder, spec, result, seen | {path})
    if space := spec.get("namespace"):
        # whatever a gap hides would land in the namespace of the outermost kustomization that says one
        result.unknown = [replace(gap, space=str(space)) for gap in result.unknown]
    return result


def _edited(
    repository: Repository, folder: str, spec: Mapping[str, Any], options: Options, result: Build
) -> Mapping[str, Any]:
    fields, variables = options
    if fields.get("ignoreMissingComponents"):
        there = [each for each in fields.get("components") or () if repository.is_folder(join(folder, each))]
        fields = {**fields, "components": there}
    result.unknown += [Unknown(folder, why) for why in edits.refusals(spec, fields)]
    return edits.edited(spec, fields, variables)


def _made(repository: Repository, folder: str, spec: Mapping[str, Any], result: Build, seen: frozenset[str]) -> None:
    """Gather and shape; fields of other types than kustomize reads are said and end this kustomization only."""
    try:
        _gather(repository, folder, spec, result, seen)
        shape(repository, folder, spec, result)
    except ODD as error:
        path = kustomization(repository, folder) or folder
        why = f"a field of the kustomization is not of the type that kustomize reads: {error}"
        result.unknown.append(Unknown(path, why, repository.locate(path, 0, ())))


def _spec(repository: Repository, path: str, result: Build) -> Mapping[str, Any]:
    """A kustomization's fields; what is not read, or is no kustomization, is said as unknown."""
    documents = repository.documents(path)
    if not documents or not isinstance(documents[0], Mapping):
        if path not in repository.skipped:
            result.unknown.append(Unknown(path, "there is no kustomization in it", repository.locate(path, 0, ())))
        return {}
    spec: Mapping[str, Any] = documents[0]
    # files may leave out apiVersion and kind, and then nobody has looked at their fields yet
    if wrong := misshapen({**spec, "kind": "Kustomization", "apiVersion": ""}):
        result.unknown.append(Unknown(path, wrong[1], repository.locate(path, 0, tuple(wrong[0].split(".")))))
        return {}
    for key in spec:
        if key not in KNOWN:
            place = repository.locate(path, 0, (str(key),))
            result.unknown.append(Unknown(path, f"the kustomization field {key} is not read", place))
    return spec


def _gather(repository: Repository, folder: str, spec: Mapping[str, Any], result: Build, seen: frozenset[str]) -> None:
    file = kustomization(repository, folder) or folder
    for key in ("resources", "bases"):
        for number, entry in enumerate(spec.get(key) or ()):
            _include(repository, (folder, file, (key, str(number))), entry, result, seen)
    generators.generate(repository, folder, file, spec, result)
    result.charts += [Inflated(file, chart) for chart in spec.get("helmCharts") or ()]
    components(repository, folder, spec, result, seen)


def components(
    repository: Repository, folder: str, spec: Mapping[str, Any], result: Build, seen: frozenset[str] = frozenset()
) -> None:
    """Include the components a specification names: each adds its own objects and shapes all that are there."""
    for number, entry in enumerate(spec.get("components") or ()):
        inner = join(folder, entry)
        path = kustomization(repository, inner)
        if path is None or path in seen:
            file = kustomization(repository, folder) or folder
            place = repository.locate(file, 0, ("components", str(number)))
            if path is None and not REMOTE.search(entry) and (repository.lacks(inner) or repository.is_folder(inner)):
                result.fails(inner, f"accumulating components from {entry!r}: there is no kustomization in it", place)
            else:
                why = "the component has no kustomization" if path is None else "the component includes itself"
                result.unknown.append(Unknown(inner, why, place))
            continue
        result.used.add(path)
        own = _spec(repository, path, result)
        _made(repository, inner, own, result, seen | {path})


def _include(
    repository: Repository, at: tuple[str, str, tuple[str, ...]], entry: str, result: Build, seen: frozenset[str]
) -> None:
    folder, file, keys = at
    path = join(folder, entry)
    if "://" in entry or entry.startswith(("github.com/", "git@")):
        why = "a remote resource needs the network"
        result.unknown.append(Unknown(entry, why, repository.locate(file, 0, keys)))
    elif path in repository:
        result.used.add(path)
        result.objects.extend(_declared(repository, path))
        if path in repository.skipped and not repository.foreign(path):
            why, place = repository.skipped[path]
            result.fails(path, f"accumulating resources from {entry!r}: {why}", place)
    elif repository.is_folder(path) and kustomization(repository, path) is None:
        # no kustomization, no base: FileLoader and loadKustFile of kustomize 5
        why = f"accumulating resources from {entry!r}: unable to find one of {', '.join(NAMES)} in it"
        result.fails(path, why, repository.locate(file, 0, keys))
    elif repository.is_folder(path):
        inner = build(repository, path, seen)
        result.objects.extend(inner.objects)
        result.used |= inner.used
        result.unknown.extend(inner.unknown)
        result.charts.extend(inner.charts)
        result.unmatched.extend(inner.unmatched)
    elif repository.lacks(path) and not REMOTE.search(entry):
        why = f"accumulating resources from {entry!r}: no such file or directory"
        result.fails(path, why, repository.locate(file, 0, keys))
    else:
        why = "named by a kustomization, but not there"
        result.unknown.append(Unknown(path, why, repository.locate(file, 0, keys)))


def _declared(repository: Repository, path: str) -> Iterator[Built]:
    for index, body in enumerate(repository.documents(path)):
        if not isinstance(body, Mapping) or not body.get("kind"):
            continue
        kind = str(body["kind"])
        listed = kind.endswith("List") and "items" in body and not body.keys() & {"spec", "status"}
        items = body.get("items") if listed else None
        for item in items if isinstance(items, list) else [] if kind == "List" or listed else [body]:
            if isinstance(item, Mapping):
                yield Built(dict(item), path, index)


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
        if SKIPPED not in repository.texts.get(path, ""):
            result.objects.extend(_declared(repository, path))
    return result


def shaped(
    repository: Repository, bodies: Sequence[Manifest], shapes: Sequence[tuple[str, Mapping[str, Any]]]
) -> Build:
    """What kustomizations make of a chart's objects; each object is numbered by its place among the bodies."""
    result = Build([Built(dict(body), "", number) for number, body in enumerate(bodies)])
    result.charts = [Inflated("", {})]  # other objects may be what a patch means
    for folder, spec in shapes:
        try:
            shape(repository, folder, spec, result)
        except ODD as error:
            result.unknown.append(Unknown(folder, f"it cannot shape what the chart makes: {error}"))
    return result


def shape(repository: Repository, folder: str, spec: Mapping[str, Any], result: Build) -> None:
    """Patch, rename, label and retag the objects of a build, as a kustomization's fields say; charts wait for it."""
    for chart in result.charts:
        chart.shapes.append((folder, spec))
    if not SHAPING & spec.keys():
        return
    file = kustomization(repository, folder) or folder
    for item in result.objects:
        item.body = copied(item.body)
    patches.apply_all(repository, (folder, file), spec, result)
    transform.namespace(result.objects, spec.get("namespace") or "")
    references.names(result.objects, spec.get("namePrefix") or "", spec.get("nameSuffix") or "")
    transform.labels((item.body for item in result.objects), spec)
    transform.annotate((item.body for item in result.objects), spec.get("commonAnnotations") or {})
    for number, entry in enumerate(spec.get("patchesJson6902") or ()):
        patches.apply_one(repository, patches.Entry(folder, file, ("patchesJson6902", str(number)), entry), result)
    missed = sorted(transform.replicas(result.objects, spec.get("replicas") or ()))
    for name in missed:
        # ReplicaCountTransformer of kustomize 5: a name that nothing has ends the build
        effect = Effect.FAILS if result.whole else Effect.OPEN
        why = f"the replicas of {name} are set, and nothing of that name has replicas"
        gaps = result.unmatched if result.charts else result.unknown
        gaps.append(Unknown(folder, why, repository.locate(file, 0, ("replicas",)), effect=effect))
    transform.images((item.body for item in result.objects), spec.get("images") or ())
    references.follow(result.objects)
