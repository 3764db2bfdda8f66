"""Chart sources of Applications: their values merged as Argo CD merges them, ready to be expanded or rendered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from homelab.documents.read import load
from homelab.errors import Place, UnreadableDocument
from homelab.gitops.built import Built, Inflated, join
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
    `folder` is set for charts that lie in the repository itself, `home` names the folder of a kustomization's own charts.
    `path` is the name behind its path in a registry; `inside` are values files of the chart, with what lies below each.
    `gaps` are what only helm with the chart could read.
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
    path: str = ""
    home: str = ""
    inside: list[tuple[Mapping[str, Any], str]] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    kubernetes: str = ""
    apis: tuple[str, ...] = ()
    skip_schema: bool = False
    shapes: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    """The kustomizations that shape what the chart makes."""
    unmatched: list[Unknown] = field(default_factory=list)
    """Their patches that match nothing in it."""
    above: dict[str, Any] = field(default_factory=dict)
    """The values above the last of `inside`; all values where there is none."""

    def lay(self, values: Mapping[str, Any]) -> None:
        """Lay values over those there are."""
        self.values = merged(self.values, values)
        self.above = merged(self.above, values)

    def lay_inside(self, name: str) -> None:
        """Lay a values file of the chart itself over the values there are."""
        self.inside.append((self.above, name))
        self.above = {}
        self.gaps.append(f"{name} is a values file inside the chart, which is not at hand")


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
        path=str(entry.get("chart")),
    )
    _options(result, helm)
    if not result.version:
        place = repository.locate(built.file, built.index, tuple(key.split(".")))
        result.unknown.append(Unknown(user.name, "a chart without targetRevision, which Argo CD refuses", place))
    for name in map(str, helm.get("valueFiles") or ()):
        if name.partition("/")[0] not in references and "://" not in name:
            result.lay_inside(name)
            continue
        _value_file(repository, result, name, references, ignore=bool(helm.get("ignoreMissingValueFiles")))
    _inline(result, helm, user, key)
    return result


def local(
    repository: Repository, user: User, entry: Mapping[str, Any], at: tuple[str, str, Mapping[str, str]]
) -> Source:
    """A chart that lies in the repository: its Chart.yaml names it. `at` is its folder, the source's key, references."""
    folder, key, references = at
    helm = entry.get("helm") or {}
    documents = repository.documents(join(folder, "Chart.yaml"))
    facts = documents[0] if documents and isinstance(documents[0], Mapping) else {}
    values = join(folder, "values.yaml")
    result = Source(
        chart=str(facts.get("name", "")),
        repository="",
        version=str(facts.get("version", "")),
        release=str(helm.get("releaseName") or user.name),
        namespace=str(helm.get("namespace") or user.namespace),
        file=values if values in repository else join(folder, "Chart.yaml"),
        folder=folder,
    )
    _options(result, helm)
    for name in helm.get("valueFiles") or ():
        named = str(name)
        beside = named if named.partition("/")[0] in references else join("." if named[:1] == "/" else folder, named)
        _value_file(repository, result, beside, references, ignore=bool(helm.get("ignoreMissingValueFiles")))
    _inline(result, helm, user, key)
    return result


def of_kustomize(repository: Repository, user: User, chart: Inflated) -> Source:
    """A `helmCharts` entry; inline values win over the file unless `valuesMerge` says otherwise."""
    entry, file = chart.entry, chart.file
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
        path=str(entry.get("name", "")),
        shapes=chart.shapes,
        home=join(folder or ".", _home(repository, file)),
        kubernetes=str(entry.get("kubeVersion") or ""),
        apis=tuple(map(str, entry.get("apiVersions") or ())),
    )
    inline, how = dict(entry.get("valuesInline") or {}), str(entry.get("valuesMerge") or "override")
    names = [str(n) for n in (entry.get("valuesFile"), *(entry.get("additionalValuesFiles") or ())) if n]
    if how != "replace":
        if how == "merge":
            result.lay(inline)
        for name in names:
            _value_file(repository, result, f"{folder}/{name}" if folder else name, {}, ignore=False)
    if how != "merge":
        result.lay(inline)
    return result


def _options(result: Source, helm: Mapping[str, Any]) -> None:
    """What an Application tells helm beside values."""
    result.crds = not helm.get("skipCrds")
    result.skip_schema = bool(helm.get("skipSchemaValidation"))
    result.kubernetes = str(helm.get("kubeVersion") or "")
    result.apis = tuple(map(str, helm.get("apiVersions") or ()))


def _home(repository: Repository, file: str) -> str:
    """The folder, as seen from a kustomization, in which it keeps its charts."""
    documents = repository.documents(file)
    return str(dig(documents[0], ["helmGlobals", "chartHome"], "") or "charts") if documents else "charts"


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
    path = join(references[head], rest) if head in references else join(".", name.lstrip("/"))
    why = None
    if "://" in name:
        why = "a values file that needs the network"
    elif path not in repository:
        why = "" if ignore else "a values file that is not there"
    if why is not None:
        place = repository.locate(result.file, result.index, tuple(filter(None, result.key.split("."))))
        result.unknown += [Unknown(name if head in references else path, why, place)] if why else []
        return
    result.used.add(path)
    documents = repository.documents(path)
    if documents and isinstance(documents[0], Mapping):
        result.lay(documents[0])
    result.file, result.index, result.key = path, 0, ""


def _inline(result: Source, helm: Mapping[str, Any], user: User, key: str) -> None:
    if text := helm.get("values"):
        try:
            documents = load(str(text), user.built.file)
        except UnreadableDocument as error:
            result.unknown.append(Unknown(user.name, f"its inline values are not YAML: {error.message}"))
            documents = []
        if documents and isinstance(documents[0], Mapping):
            result.lay(documents[0])
    if isinstance(helm.get("valuesObject"), Mapping):
        result.lay(helm["valuesObject"])
        if not result.used:
            result.key = f"{key}.helm.valuesObject"
    for parameter in helm.get("parameters") or ():
        text = bool(parameter.get("forceString"))
        _parameter(result, str(parameter.get("name", "")), parameter.get("value"), text=text)


def _parameter(result: Source, name: str, value: Any, *, text: bool) -> None:
    """A parameter as `helm --set` reads it: dots part keys unless a backslash stands before; lists are not followed."""
    parts = [part.replace("\\.", ".") for part in re.split(r"(?<!\\)\.", name)]
    if "[" in name:
        result.unknown.append(Unknown(name, "a parameter into a list is not read"))
        return
    laid: Any = value if text else _typed(str(value))
    for part in reversed(parts):
        laid = {part: laid}
    result.lay(laid)


def _typed(text: str) -> Any:
    if re.fullmatch(r"0|-?[1-9][0-9]{0,17}", text):
        return int(text)
    return {"true": True, "false": False, "null": None}.get(text, text)


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Values as Helm merges them: maps merge, all else is replaced, null removes."""
    result = dict(below)
    for key, value in above.items():
        if isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result
