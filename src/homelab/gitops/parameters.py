"""Parameters of an ApplicationSet's generators, and templates filled with them, with Go templates and without.

Read are lists, git directories and files of this repository, the cluster itself, and matrix and merge of these; what asks
a forge, a cluster or a plugin is said. Source: applicationset/generators of Argo CD 3.2.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from homelab.documents.read import load
from homelab.errors import UnreadableDocument
from homelab.gitops.repository import Repository
from homelab.kube.resource import dig
from homelab.kube.selector import matches

GO = re.compile(r"\{\{-?\s*(?:index\s+)?\.([\w.]+)(?:\s+(\d+))?\s*-?\}\}")
FAST = re.compile(r"\{\{\s*([\w.\-]+)(?:\[(\d+)\])?\s*\}\}")
LONGEST = 253
"""Characters of a name that Argo CD makes fit for DNS."""
Parameters = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What generators are asked about: the repository, whose addresses are its own, and where gaps are said."""

    repository: Repository
    own: Callable[[object], bool]
    gaps: list[str]
    go: bool


def generated(asked: Asked, generator: Mapping[str, Any]) -> list[Parameters]:
    """The parameters that a generator gives, and its selector leaves; [] with a gap where that cannot be known."""
    if "list" in generator:
        found = list(_listed(asked, generator["list"]))
    elif "git" in generator:
        found = list(_git(asked, generator["git"]))
    elif "clusters" in generator:
        found = _clusters(asked, generator["clusters"] or {})
    elif "matrix" in generator:
        found = _matrix(asked, generator["matrix"].get("generators") or [])
    elif "merge" in generator:
        found = _merge(asked, generator["merge"].get("generators") or [], generator["merge"].get("mergeKeys") or [])
    else:
        asked.gaps.append(f"the generator {', '.join(generator)} is not read offline")
        found = []
    if chosen := generator.get("selector"):
        found = [parameters for parameters in found if matches(chosen, dict(_flat(parameters)))]
    return found


def _listed(asked: Asked, fields: Mapping[str, Any]) -> Iterator[Parameters]:
    for element in fields.get("elements") or ():
        values = element.get("values")
        inner = {f"values.{key}": value for key, value in values.items()} if isinstance(values, Mapping) else {}
        yield dict(element) if asked.go else {**element, **inner}
    if text := fields.get("elementsYaml"):
        try:
            found = load(str(text), "elementsYaml") if "{{" not in str(text) else []
        except UnreadableDocument:
            found = []
        if not found or not isinstance(found[0], list):
            asked.gaps.append("the elementsYaml of the generator list is not read offline")
        else:
            yield from (dict(element) for element in found[0] if isinstance(element, Mapping))


def _git(asked: Asked, fields: Mapping[str, Any]) -> Iterator[Parameters]:
    if not asked.own(fields.get("repoURL")):
        asked.gaps.append(f"the generator git asks {fields.get('repoURL')}, which is not in this repository")
    elif fields.get("directories"):
        for folder in _chosen(sorted(_folders(asked.repository)), fields["directories"], _path_match):
            yield _valued(asked, fields, _paths(asked, PurePosixPath(folder), fields))
    elif fields.get("files"):
        # git ls-files takes the pattern, and its star crosses slashes
        for path in _chosen(asked.repository.paths, fields["files"], fnmatch.fnmatchcase):
            documents = asked.repository.documents(path)
            if path in asked.repository.skipped:
                asked.gaps.append(
                    f"{path}, a file of the generator git, is not read: {asked.repository.skipped[path][0]}"
                )
            first = documents[0] if documents else {}
            for found in first if isinstance(first, list) else [first]:
                if isinstance(found, Mapping):
                    own = dict(found) if asked.go else dict(_flat(found))
                    where = _paths(asked, PurePosixPath(path).parent, fields, PurePosixPath(path).name)
                    yield _valued(asked, fields, {**own, **where})
    else:
        asked.gaps.append("the generator git has neither directories nor files that are read")


def _folders(repository: Repository) -> Iterator[str]:
    for folder in repository.folders:
        if not any(part.startswith(".") for part in PurePosixPath(folder).parts):
            yield folder


def _chosen(names: Iterable[str], entries: list[Mapping[str, Any]], fits: Callable[[str, str], bool]) -> Iterator[str]:
    for name in names:
        said = [bool(entry.get("exclude")) for entry in entries if fits(name, str(entry.get("path")))]
        if said and not any(said):
            yield name


def _path_match(path: str, pattern: str) -> bool:
    """`path.Match`: `*` does not cross `/`."""
    ours, theirs = path.split("/"), pattern.split("/")
    return len(ours) == len(theirs) and all(fnmatch.fnmatchcase(a, b) for a, b in zip(ours, theirs, strict=True))


def _paths(asked: Asked, folder: PurePosixPath, fields: Mapping[str, Any], file: str = "") -> Parameters:
    """What a folder, or a file in it, is called in parameters."""
    names = {"basename": folder.name, "basenameNormalized": _sanitized(folder.name)}
    if file:
        names |= {"filename": file, "filenameNormalized": _sanitized(file)}
    prefix = str(fields.get("pathParamPrefix") or "")
    if asked.go:
        inner = {"path": {"path": str(folder), "segments": list(folder.parts), **names}}
        return {prefix: inner} if prefix else inner
    path = f"{prefix}.path" if prefix else "path"
    parts = {f"{path}[{number}]": part for number, part in enumerate(folder.parts)}
    return {path: str(folder), **{f"{path}.{key}": value for key, value in names.items()}, **parts}


def _sanitized(name: str) -> str:
    return re.sub(r"[^-a-z0-9.]", "-", name.lower())[:LONGEST].strip("-.")


def _clusters(asked: Asked, fields: Mapping[str, Any]) -> list[Parameters]:
    """The cluster itself, which has no Secret and therefore no labels to be selected by."""
    chosen = fields.get("selector") or {}
    if chosen.get("matchLabels") or chosen.get("matchExpressions") or fields.get("flatList"):
        asked.gaps.append("the generator clusters asks for Secrets of clusters, which is not read offline")
        return []
    name = "in-cluster"
    own = {"name": name, "nameNormalized": name, "server": "https://kubernetes.default.svc", "project": ""}
    return [_valued(asked, fields, own)]


def _valued(asked: Asked, fields: Mapping[str, Any], parameters: Parameters) -> Parameters:
    """The parameters with the generator's `values`, which may name the others."""
    values = filled(fields.get("values") or {}, parameters, go=asked.go)
    if not values:
        return parameters
    return {**parameters, **({"values": values} if asked.go else {f"values.{k}": v for k, v in values.items()})}


def _matrix(asked: Asked, generators: list[Mapping[str, Any]]) -> list[Parameters]:
    """Each of the first with each of the second, whose fields may name parameters of the first."""
    if len(generators) != 2:
        asked.gaps.append("the generator matrix needs two generators")
        return []
    found = []
    for first in generated(asked, generators[0]):
        for second in generated(asked, filled(generators[1], first, go=asked.go)):
            clash = sorted(key for key in first.keys() & second.keys() if first[key] != second[key])
            if clash and not asked.go:
                asked.gaps.append(f"the generators of a matrix give {clash[0]} two values")
            found.append(_over(second, first) if asked.go else {**first, **second})
    return found


def _merge(asked: Asked, generators: list[Mapping[str, Any]], keys: list[str]) -> list[Parameters]:
    """The first generator's parameters, with those of the others over them that are equal in some keys."""

    def key(parameters: Mapping[str, Any]) -> str:
        return json.dumps([parameters.get(name) for name in keys], sort_keys=True, default=str)

    sets = [generated(asked, generator) for generator in generators]
    if len(sets) < 2 or not keys or any(len({key(each) for each in found}) < len(found) for found in sets):
        asked.gaps.append("the generator merge needs two generators, and keys that tell their parameters apart")
        return []
    base = {key(each): each for each in sets[0]}
    for each in (each for found in sets[1:] for each in found):
        if key(each) in base:
            base[key(each)] = _over(base[key(each)], each) if asked.go else {**base[key(each)], **each}
    return list(base.values())


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> Parameters:
    """Two maps in one, as mergo merges them: maps inside merge, and what is empty above gives way."""
    result = dict(below)
    for key, value in above.items():
        if isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = _over(result[key], value)
        elif value not in (None, "", 0, False, [], {}) or key not in result:
            result[key] = value
    return result


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Parameters as texts under dotted names."""
    if isinstance(value, Mapping | list):
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, inner in pairs:
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    else:
        yield name, _text(value)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def filled(value: Any, parameters: Mapping[str, Any], *, go: bool) -> Any:
    """A template with the parameters in their places; what they do not give stays as it is."""
    if isinstance(value, Mapping):
        return {filled(k, parameters, go=go): filled(v, parameters, go=go) for k, v in value.items()}
    if isinstance(value, list):
        return [filled(item, parameters, go=go) for item in value]
    if not isinstance(value, str) or "{{" not in value:
        return value

    def put(match: re.Match[str]) -> str:
        if go:
            found = dig(parameters, match[1].split("."))
            found = found if match[2] is None else dig(found, [match[2]])
        else:
            name = match[1] + ("" if match[2] is None else f"[{match[2]}]")
            found = parameters.get(name, dig(parameters, match[1].split(".")))
        return match[0] if found is None or isinstance(found, Mapping | list) else _text(found)

    return (GO if go else FAST).sub(put, value)
