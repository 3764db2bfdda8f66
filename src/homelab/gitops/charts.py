"""Chart sources of Applications: their values merged as Argo CD merges them, ready to be expanded or rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from homelab.documents.read import load
from homelab.errors import Place, UnreadableDocument
from homelab.gitops.built import Built, join
from homelab.gitops.repository import Repository
from homelab.kube.inventory import Unknown
from homelab.kube.resource import dig


@dataclass(frozen=True)
class User:
    """The Application that installs a chart: where it stands, its name, its namespace."""

    built: Built
    name: str
    namespace: str


@dataclass
class Source:
    """A chart as an Application installs it.

    `file`, `index` and `key` say where its values stand: the last values file, else the place in the Application.
    `folder` is set for charts that lie in the repository itself.
    """

    chart: str
    repository: str
    version: str
    release: str
    namespace: str
    values: dict[str, Any] = field(default_factory=dict)
    file: str = ""
    index: int = 0
    key: str = ""
    folder: str = ""
    used: set[str] = field(default_factory=set)
    unknown: list[Unknown] = field(default_factory=list)
    crds: bool = True
    pinned: Place | None = None
    """Where the version is written, for a chart that a kustomization installs."""


def source(
    repository: Repository, user: User, entry: Mapping[str, Any], references: Mapping[str, str], key: str
) -> Source:
    """A source that names a published chart."""
    helm = entry.get("helm") or {}
    built = user.built
    result = Source(
        chart=str(entry.get("chart")).rpartition("/")[2],
        repository=f"{entry.get('repoURL', '')}",
        version=str(entry.get("targetRevision") or ""),
        release=str(helm.get("releaseName") or user.name),
        namespace=str(helm.get("namespace") or user.namespace),
        file=built.file,
        index=built.index,
        key=f"{key}.helm",
        crds=not helm.get("skipCrds"),
    )
    for name in helm.get("valueFiles") or ():
        _value_file(repository, result, str(name), references, ignore=bool(helm.get("ignoreMissingValueFiles")))
    _inline(result, helm, user, key)
    return result


def local(repository: Repository, user: User, entry: Mapping[str, Any], folder: str, key: str) -> Source:
    """A chart that lies in the repository: its Chart.yaml names it."""
    helm = entry.get("helm") or {}
    facts = (repository.documents(f"{folder}/Chart.yaml") or [{}])[0]
    result = Source(
        chart=str(facts.get("name", "")),
        repository="",
        version=str(facts.get("version", "")),
        release=str(helm.get("releaseName") or user.name),
        namespace=user.namespace,
        file=f"{folder}/values.yaml" if f"{folder}/values.yaml" in repository else f"{folder}/Chart.yaml",
        folder=folder,
    )
    for name in helm.get("valueFiles") or ():
        _value_file(repository, result, f"{folder}/{name}", {}, ignore=bool(helm.get("ignoreMissingValueFiles")))
    _inline(result, helm, user, key)
    return result


def of_kustomize(repository: Repository, user: User, entry: Mapping[str, Any], file: str) -> Source:
    """A `helmCharts` entry; inline values win over the file unless `valuesMerge` says otherwise."""
    folder = file.rpartition("/")[0]
    result = Source(
        chart=str(entry.get("name", "")),
        repository=str(entry.get("repo", "")),
        version=str(entry.get("version", "")),
        release=str(entry.get("releaseName") or entry.get("name", "")),
        namespace=str(entry.get("namespace") or user.namespace),
        file=file,
        key="helmCharts",
        crds=bool(entry.get("includeCRDs")),
        pinned=_pinned(repository, entry, file),
    )
    inline, how = dict(entry.get("valuesInline") or {}), str(entry.get("valuesMerge") or "override")
    names = [str(n) for n in (entry.get("valuesFile"), *(entry.get("additionalValuesFiles") or ())) if n]
    if how != "replace":
        if how == "merge":
            result.values = inline
        for name in names:
            _value_file(repository, result, f"{folder}/{name}" if folder else name, {}, ignore=False)
    if how != "merge":
        result.values = merged(result.values, inline)
    return result


def _pinned(repository: Repository, entry: Mapping[str, Any], file: str) -> Place | None:
    """Where a kustomization writes the version of one of its charts."""
    documents = repository.documents(file)
    charts = dig(documents[0], ["helmCharts"], []) if documents else []
    index = next((i for i, chart in enumerate(charts) if chart == entry), 0)
    return repository.locate(file, 0, ("helmCharts", str(index), "version"))


def _value_file(
    repository: Repository, result: Source, name: str, references: Mapping[str, str], *, ignore: bool
) -> None:
    head, _, rest = name.partition("/")
    path = join(references[head], rest) if head in references else join(".", name)
    if path not in repository:
        if not ignore:
            place = repository.locate(result.file, result.index, tuple(result.key.split(".")))
            result.unknown.append(Unknown(path, "a values file that is not there", place))
        return
    result.used.add(path)
    documents = repository.documents(path)
    if documents and isinstance(documents[0], Mapping):
        result.values = merged(result.values, documents[0])
    result.file, result.index, result.key = path, 0, ""


def _inline(result: Source, helm: Mapping[str, Any], user: User, key: str) -> None:
    if text := helm.get("values"):
        try:
            documents = load(str(text), user.built.file)
        except UnreadableDocument as error:
            result.unknown.append(Unknown(user.name, f"its inline values are not YAML: {error.message}"))
            documents = []
        if documents and isinstance(documents[0], Mapping):
            result.values = merged(result.values, documents[0])
    if isinstance(helm.get("valuesObject"), Mapping):
        result.values = merged(result.values, helm["valuesObject"])
        if not result.used:
            result.key = f"{key}.helm.valuesObject"
    for parameter in helm.get("parameters") or ():
        _parameter(result.values, str(parameter.get("name", "")), parameter.get("value"))


def _parameter(values: dict[str, Any], name: str, value: Any) -> None:
    parts = name.split(".")
    for part in parts[:-1]:
        inner = values.get(part)
        values[part] = values = dict(inner) if isinstance(inner, dict) else {}
    typed = {"true": True, "false": False, "null": None}.get(str(value), int(value) if str(value).isdigit() else value)
    values[parts[-1]] = typed


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Values as Helm merges them: maps merge, all else is replaced, null removes."""
    result = dict(below)
    for key, value in above.items():
        if isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result
