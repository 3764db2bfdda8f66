"""ApplicationSets: the Applications that generators and a template make, as far as that can be known offline.

List, git directories and clusters are read; every other generator is said as unknown.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from homelab.errors import Place
from homelab.gitops.built import Built
from homelab.gitops.charts import merged
from homelab.gitops.repository import Repository
from homelab.kube.inventory import Unknown
from homelab.kube.resource import dig
from homelab.kube.selector import matches

_GO = re.compile(r"\{\{-?\s*(?:index\s+)?\.([\w.]+)(?:\s+(\d+))?\s*-?\}\}")
_FAST = re.compile(r"\{\{\s*([\w.\-]+)(?:\[(\d+)\])?\s*\}\}")
_ANY = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def applications(repository: Repository, item: Built, unknown: list[Unknown]) -> Iterator[Built]:
    """The Applications an object stands for: itself, or what an ApplicationSet makes; gaps are added to `unknown`."""
    if item.body.get("kind") == "Application":
        yield item
        return
    go = bool(dig(item.body, ["spec", "goTemplate"], default=False))
    if dig(item.body, ["spec", "templatePatch"]):
        why = "templatePatch is not read: its Applications may differ from what is said here"
        unknown.append(Unknown(item.file, why, _place(repository, item, "templatePatch")))
    made: set[str] = set()
    for template, parameters in _generated(repository, item, unknown):
        body = _filled(template, parameters, go=go)
        if left := _unresolved(body, _ANY if go else _FAST):
            why = f"the template uses {left}, which the generator does not give"
            unknown.append(Unknown(item.file, why, _place(repository, item, "generators")))
            continue
        metadata = {"namespace": dig(item.body, ["metadata", "namespace"], "argocd"), **(body.get("metadata") or {})}
        name = str(metadata.get("name", ""))
        if name in made:
            why = f"the generators make {name} twice, and then Argo CD makes none"
            unknown.append(Unknown(item.file, why, _place(repository, item, "generators")))
            continue
        made.add(name)
        head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}
        yield Built({**head, **body, "metadata": metadata}, item.file, item.index)


def _place(repository: Repository, item: Built, key: str) -> Place | None:
    return repository.locate(item.file, item.index, ("spec", key))


def _generated(
    repository: Repository, item: Built, unknown: list[Unknown]
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Template and parameters of every Application to be."""
    template = dig(item.body, ["spec", "template"], {})
    for generator in dig(item.body, ["spec", "generators"], []):
        own = next((value for key, value in generator.items() if key not in {"selector", "template"}), None) or {}
        special = merged(template, own.get("template") or {})
        for parameters in _parameters(repository, item, generator, unknown):
            if "selector" not in generator or matches(generator["selector"], _texts(parameters)):
                yield special, parameters


def _texts(parameters: Mapping[str, Any]) -> Mapping[str, str]:
    return {key: str(value) for key, value in parameters.items()}


def _parameters(
    repository: Repository, item: Built, generator: Mapping[str, Any], unknown: list[Unknown]
) -> Iterator[dict[str, Any]]:
    if "list" in generator:
        yield from (dict(entry) for entry in generator["list"].get("elements") or ())
    elif "directories" in (generator.get("git") or {}):
        yield from _directories(repository, generator["git"]["directories"])
    elif "clusters" in generator:
        yield {"name": "in-cluster", "server": "https://kubernetes.default.svc"}
    else:
        why = f"the generator {', '.join(generator)} is not read offline"
        unknown.append(Unknown(item.file, why, _place(repository, item, "generators")))


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


def _filled(value: Any, parameters: Mapping[str, Any], *, go: bool) -> Any:
    if isinstance(value, Mapping):
        return {_filled(k, parameters, go=go): _filled(v, parameters, go=go) for k, v in value.items()}
    if isinstance(value, list):
        return [_filled(item, parameters, go=go) for item in value]
    if not isinstance(value, str) or "{{" not in value:
        return value

    def put(match: re.Match[str]) -> str:
        found = parameters.get(match[1], dig(parameters, match[1].split(".")))
        if not go and match[1] == "path":
            found = dig(parameters, ["path", "segments"] if match[2] else ["path", "path"])
        if match[2] is not None:
            found = dig(found, [match[2]])
        if isinstance(found, bool):
            return str(found).lower()
        return match[0] if found is None or isinstance(found, Mapping | list) else str(found)

    return (_GO if go else _FAST).sub(put, value)


def _unresolved(value: Any, pattern: re.Pattern[str]) -> str | None:
    """What is left of a template; without Go templates, only names in braces are meant, all else is text."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        return next((left for item in value if (left := _unresolved(item, pattern))), None)
    match = pattern.search(value) if isinstance(value, str) else None
    return match[0] if match else None
