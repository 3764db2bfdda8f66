"""Argo CD: from root Applications and ApplicationSets to every Application, and to what each one deploys."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from homelab.errors import Place
from homelab.gitops import charts, kustomize
from homelab.gitops.built import ODD, Built, join
from homelab.gitops.repository import Repository
from homelab.kube.inventory import Unknown
from homelab.kube.resource import Manifest, dig

GROUP = "argoproj.io/"
WAVE = "argocd.argoproj.io/sync-wave"


@dataclass
class Walked:
    """An Application with what it deploys."""

    built: Built
    namespace: str
    objects: list[Built] = field(default_factory=list)
    releases: list[charts.Source] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    @property
    def body(self) -> Manifest:
        """The Application's manifest."""
        return self.built.body

    @property
    def name(self) -> str:
        """The Application's name."""
        return str(dig(self.body, ["metadata", "name"], ""))

    @property
    def user(self) -> charts.User:
        """The Application as its charts see it."""
        return charts.User(self.built, self.name, self.namespace)


@dataclass
class Walk:
    """Every Application that is reached, from the roots on."""

    applications: list[Walked] = field(default_factory=list)
    roots: list[Built] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    unknown: list[Unknown] = field(default_factory=list)


def is_argo(body: Mapping[str, Any], *kinds: str) -> bool:
    """Whether a manifest is one of Argo CD's own kinds."""
    return str(body.get("apiVersion", "")).startswith(GROUP) and body.get("kind") in kinds


def walk(repository: Repository) -> Walk:
    """Follow Applications to a fixed point, starting where nothing else leads."""
    declared = list(_declared(repository))
    reached: dict[tuple[str, int], set[int]] = {}
    for number, candidate in enumerate(declared):
        trial = Walk()
        _follow(repository, [candidate], trial)
        for walked in trial.applications:
            for item in walked.objects:
                if is_argo(item.body, "Application", "ApplicationSet"):
                    reached.setdefault((item.file, item.index), set()).add(number)
    roots = [c for n, c in enumerate(declared) if not reached.get((c.file, c.index), set()) - {n}]
    if declared and not roots:
        roots = [min(declared, key=lambda c: (c.file.count("/"), c.file))]
    result = Walk(roots=roots)
    _follow(repository, roots, result)
    result.used |= {root.file for root in roots}
    return result


def _declared(repository: Repository) -> Iterator[Built]:
    for path in repository.paths:
        if path.endswith((".yaml", ".yml")) and _mentions(repository, path):
            for index, body in enumerate(repository.documents(path)):
                if isinstance(body, Mapping) and is_argo(body, "Application", "ApplicationSet"):
                    yield Built(dict(body), path, index)


def _mentions(repository: Repository, path: str) -> bool:
    return path in repository.parsed or "argoproj.io" in repository.texts[path]


def _follow(repository: Repository, roots: list[Built], result: Walk) -> None:
    queue, seen = list(roots), set[tuple[str, str]]()
    while queue:
        item = queue.pop(0)
        for application in _tolerant(repository, item, result):
            identity = (
                str(dig(application.body, ["metadata", "namespace"], "")),
                str(dig(application.body, ["metadata", "name"], "")),
            )
            if identity in seen:
                continue
            seen.add(identity)
            walked = _open(repository, application, result)
            result.applications.append(walked)
            queue += [found for found in walked.objects if is_argo(found.body, "Application", "ApplicationSet")]


def _tolerant(repository: Repository, item: Built, result: Walk) -> list[Built]:
    """The Applications of an item; one with fields of other types than Argo CD reads is said, and gives what it gave so far."""
    found: list[Built] = []
    try:
        found.extend(_applications(repository, item, result))
    except ODD as error:
        result.unknown.append(_odd(repository, item, error))
    return found


def _odd(repository: Repository, item: Built, error: Exception) -> Unknown:
    why = f"a field of this {item.body.get('kind')} is not of the type that Argo CD reads: {error}"
    return Unknown(item.file, why, repository.locate(item.file, item.index, ("spec",)))


def _applications(repository: Repository, item: Built, result: Walk) -> Iterator[Built]:
    if item.body.get("kind") == "Application":
        yield item
        return
    template = dig(item.body, ["spec", "template"], {})
    go = bool(dig(item.body, ["spec", "goTemplate"], default=False))
    for parameters in _generated(repository, item, result):
        body = _filled(template, parameters, go=go)
        metadata = {"namespace": dig(item.body, ["metadata", "namespace"], "argocd"), **(body.get("metadata") or {})}
        if left := _unresolved(body):
            why = f"the template uses {left}, which the generator does not give"
            result.unknown.append(Unknown(item.file, why, _generators_place(repository, item)))
            continue
        yield Built(
            {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", **body, "metadata": metadata},
            item.file,
            item.index,
        )


def _generators_place(repository: Repository, item: Built) -> Place | None:
    return repository.locate(item.file, item.index, ("spec", "generators"))


def _generated(repository: Repository, item: Built, result: Walk) -> Iterator[dict[str, Any]]:
    for generator in dig(item.body, ["spec", "generators"], []):
        if "list" in generator:
            yield from (dict(entry) for entry in generator["list"].get("elements") or ())
        elif "directories" in (generator.get("git") or {}):
            yield from _directories(repository, generator["git"]["directories"])
        elif "clusters" in generator:
            yield {"name": "in-cluster", "server": "https://kubernetes.default.svc"}
        else:
            kinds = ", ".join(generator)
            why = f"the generator {kinds} is not read offline"
            result.unknown.append(Unknown(item.file, why, _generators_place(repository, item)))


def _directories(repository: Repository, entries: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for folder in sorted(repository.folders):
        hidden = any(part.startswith(".") for part in PurePosixPath(folder).parts)
        if hidden or any(entry.get("exclude") and _path_match(folder, str(entry.get("path"))) for entry in entries):
            continue
        if any(not entry.get("exclude") and _path_match(folder, str(entry.get("path"))) for entry in entries):
            path = PurePosixPath(folder)
            yield {
                "path": {
                    "path": folder,
                    "basename": path.name,
                    "basenameNormalized": path.name.replace("_", "-"),
                    "segments": list(path.parts),
                }
            }


def _path_match(path: str, pattern: str) -> bool:
    """`path.Match`: `*` does not cross `/`."""
    ours, theirs = path.split("/"), pattern.split("/")
    return len(ours) == len(theirs) and all(fnmatch.fnmatchcase(a, b) for a, b in zip(ours, theirs, strict=True))


_GO = re.compile(r"\{\{-?\s*(?:index\s+)?\.([\w.]+)(?:\s+(\d+))?\s*-?\}\}")
_FAST = re.compile(r"\{\{\s*([\w.\-]+)(?:\[(\d+)\])?\s*\}\}")


def _filled(value: Any, parameters: Mapping[str, Any], *, go: bool) -> Any:
    if isinstance(value, Mapping):
        return {_filled(k, parameters, go=go): _filled(v, parameters, go=go) for k, v in value.items()}
    if isinstance(value, list):
        return [_filled(item, parameters, go=go) for item in value]
    if not isinstance(value, str) or "{{" not in value:
        return value

    def put(match: re.Match[str]) -> str:
        found = dig(parameters, match[1].split("."))
        if not go and match[1] == "path":
            found = dig(parameters, ["path", "segments"] if match[2] else ["path", "path"])
        if match[2] is not None:
            found = dig(found, [match[2]])
        return match[0] if found is None or isinstance(found, Mapping | list) else str(found)

    return (_GO if go else _FAST).sub(put, value)


def _unresolved(value: Any) -> str | None:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        return next((left for item in value if (left := _unresolved(item))), None)
    match = re.search(r"\{\{.*?\}\}", value) if isinstance(value, str) else None
    return match[0] if match else None


def _open(repository: Repository, item: Built, result: Walk) -> Walked:
    walked = Walked(item, str(dig(item.body, ["spec", "destination", "namespace"], "")))
    try:
        _sources(repository, walked, result)
    except ODD as error:
        result.unknown.append(_odd(repository, item, error))
    for release in walked.releases:
        walked.used |= release.used
        result.unknown += release.unknown
    result.used |= walked.used
    return walked


def _sources(repository: Repository, walked: Walked, result: Walk) -> None:
    spec = walked.built.body.get("spec") or {}
    sources = spec.get("sources") or ([spec["source"]] if isinstance(spec.get("source"), Mapping) else [])
    references = {f"${source['ref']}": str(source.get("path") or ".") for source in sources if source.get("ref")}
    for number, source in enumerate(sources):
        key = f"spec.sources.{number}" if spec.get("sources") else "spec.source"
        if source.get("chart"):
            walked.releases.append(charts.source(repository, walked.user, source, references, key))
        elif source.get("path") or not source.get("ref"):
            _git(repository, walked, source, result, key)


def _git(repository: Repository, walked: Walked, source: Mapping[str, Any], result: Walk, key: str) -> None:
    folder = join(str(source.get("path") or "."), ".")
    if not repository.is_folder(folder):
        place = repository.locate(walked.built.file, walked.built.index, tuple(key.split(".")))
        result.unknown.append(Unknown(f"{source.get('repoURL')} {folder}", "the path is not in this repository", place))
        return
    if f"{folder}/Chart.yaml" in repository or (folder == "." and "Chart.yaml" in repository):
        walked.used |= {path for path in repository.paths if path.startswith(f"{folder}/")}
        walked.releases.append(charts.local(repository, walked.user, source, folder, key))
        return
    directory = source.get("directory") or {}
    if kustomize.kustomization(repository, folder) is None:
        built = kustomize.plain(repository, folder, recurse=bool(directory.get("recurse")), accepts=_filter(directory))
    else:
        built = kustomize.build(repository, folder)
    walked.objects += built.objects
    walked.used |= built.used
    result.unknown += built.unknown
    for file, entry in built.charts:
        walked.releases.append(charts.of_kustomize(repository, walked.user, entry, file))


def _filter(directory: Mapping[str, Any]) -> Any:
    def patterns(name: str) -> list[str]:
        text = str(directory.get(name) or "")
        return [part for part in text.strip("{}").split(",") if part]

    include, exclude = patterns("include"), patterns("exclude")

    def accepts(path: str) -> bool:
        return (not include or any(fnmatch.fnmatchcase(path, p) for p in include)) and not any(
            fnmatch.fnmatchcase(path, p) for p in exclude
        )

    return accepts
