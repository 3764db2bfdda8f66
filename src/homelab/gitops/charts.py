"""Chart sources of Applications: their values merged as Argo CD merges them, ready to be expanded or rendered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from homelab.documents.read import load
from homelab.errors import Place, UnreadableDocument
from homelab.findings import Subject
from homelab.gitops.built import Built, Inflated, join
from homelab.gitops.environment import environment, substituted
from homelab.gitops.repository import Repository
from homelab.gitops.settings import Setting, Unsettled, settled
from homelab.kube.inventory import Effect, Unknown
from homelab.kube.resource import dig

NO_VALUES = "a values file that is not there"
"""What is said of a missing file of values, until it is known whose it would be."""
DEFAULT = "default"
"""The namespace of a release that nobody names one for (`helm template`)."""


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
    `path` is the name behind its path in a registry; `inside` are values files of the chart, with what lies below each, and
    whether it may be missing. `gaps` are what only helm with the chart could read.
    `namespace` is the release's, `space` the one of objects that name none.
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
    inside: list[tuple[Mapping[str, Any], str, bool]] = field(default_factory=list)
    space: str = ""
    settings: list[Setting] = field(default_factory=list)
    """Parameters, which lie above all values."""
    gaps: list[str] = field(default_factory=list)
    kubernetes: str = ""
    apis: tuple[str, ...] = ()
    skip_schema: bool = False
    skip_tests: bool = False
    skip_hooks: bool = False
    shapes: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    """The kustomizations that shape what the chart makes."""
    unmatched: list[Unknown] = field(default_factory=list)
    """Their patches that match nothing in it."""
    above: dict[str, Any] = field(default_factory=dict)
    """The values above the last of `inside`; all values where there is none."""

    @property
    def into(self) -> str:
        """The namespace that what the chart makes stands in: that of the outermost kustomization which says one, else its release's.

        Kustomize puts every object into its own; where no entry says one, helm's is `default`, and the Application's counts.
        """
        said = [str(spec["namespace"]) for _, spec in self.shapes if spec.get("namespace")]
        named = self.namespace != DEFAULT or not self.space
        return said[-1] if said else self.namespace if named else self.space

    def lay(self, values: Mapping[str, Any]) -> None:
        """Lay values over those there are."""
        self.values = merged(self.values, values)
        self.above = merged(self.above, values)

    def lay_inside(self, name: str, *, optional: bool) -> None:
        """Lay a values file of the chart itself over the values there are."""
        self.inside.append((self.above, name, optional))
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
        space=user.namespace,
        file=built.file,
        index=built.index,
        key=f"{key}.helm",
        path=str(entry.get("chart")),
    )
    _options(result, helm)
    if not result.version:
        place = repository.locate(built.file, built.index, tuple(key.split(".")))
        why = "spec.source.targetRevision is required if the manifest source is a helm chart"
        owner = Subject("Application", user.name, str(dig(built.body, ["metadata", "namespace"], "")))
        result.unknown.append(Unknown(user.name, why, place, owner, effect=Effect.FAILS))
    optional, variables = bool(helm.get("ignoreMissingValueFiles")), environment(built.body, entry)
    for name in _names(helm, references, variables):
        if name.partition("/")[0] not in references and "://" not in name:
            result.lay_inside(name, optional=optional)
            continue
        _value_file(repository, result, name, references, ignore=optional)
    _inline(result, helm, user, key)
    _parameters(repository, result, helm, (references, variables), lambda _path: None)
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
        space=user.namespace,
        file=values if values in repository else join(folder, "Chart.yaml"),
        folder=folder,
    )
    _options(result, helm)
    variables = environment(user.built.body, entry)

    def beside(name: str) -> str:
        return name if name.partition("/")[0] in references else join("." if name[:1] == "/" else folder, name)

    for name in _names(helm, references, variables):
        _value_file(repository, result, beside(name), references, ignore=bool(helm.get("ignoreMissingValueFiles")))
    _inline(result, helm, user, key)
    _parameters(repository, result, helm, (references, variables), beside)
    return result


def _names(helm: Mapping[str, Any], references: Mapping[str, str], variables: Mapping[str, str]) -> list[str]:
    """The values files of a source, variables put in; the head of a `$reference/…` is none."""
    return [_named(str(name), references, variables) for name in helm.get("valueFiles") or ()]


def _named(name: str, references: Mapping[str, str], variables: Mapping[str, str]) -> str:
    head, slash, rest = name.partition("/")
    return head + slash + substituted(rest, variables) if head in references else substituted(name, variables)


def of_kustomize(repository: Repository, user: User, chart: Inflated) -> Source:
    """A `helmCharts` entry; inline values win over the file unless `valuesMerge` says otherwise."""
    entry, file = chart.entry, chart.file
    folder = file.rpartition("/")[0]
    result = Source(
        chart=str(entry.get("name", "")),
        repository=str(entry.get("repo", "")),
        version=str(entry.get("version", "")),
        release=str(entry.get("releaseName") or entry.get("nameTemplate") or entry.get("name", "")),
        # helm's own default: neither the kustomization nor the Application says anything to it
        namespace=str(entry.get("namespace") or DEFAULT),
        space=user.namespace,
        file=file,
        key="helmCharts",
        crds=bool(entry.get("includeCRDs")),
        pinned=_pinned(repository, entry, file),
        path=str(entry.get("name", "")),
        shapes=chart.shapes,
        home=join(folder or ".", _home(repository, file)),
        kubernetes=str(entry.get("kubeVersion") or ""),
        apis=tuple(map(str, entry.get("apiVersions") or ())),
        skip_tests=bool(entry.get("skipTests")),
        skip_hooks=bool(entry.get("skipHooks")),
    )
    inline, how = dict(entry.get("valuesInline") or {}), str(entry.get("valuesMerge") or "override")
    files = [f"{folder}/{name}" if folder else str(name) for name in (entry.get("valuesFile"),) if name]
    if how == "merge":
        result.lay(inline)
    for name in files if how != "replace" else ():
        _value_file(repository, result, name, {}, ignore=False)
    if how != "merge":
        # null takes a key out of the file, and helm never hears of it
        result.values = result.above = patched(result.values, inline) if how == "override" else inline
    # what is merged is one file for helm, and these come behind it
    for name in entry.get("additionalValuesFiles") or ():
        _value_file(repository, result, f"{folder}/{name}" if folder else str(name), {}, ignore=False)
    return result


def _options(result: Source, helm: Mapping[str, Any]) -> None:
    """What an Application tells helm beside values."""
    result.crds = not helm.get("skipCrds")
    result.skip_schema = bool(helm.get("skipSchemaValidation"))
    result.skip_tests = bool(helm.get("skipTests"))
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
        why = "" if ignore else NO_VALUES
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
    # the object counts alone where there is one
    if (text := helm.get("values")) and helm.get("valuesObject") is None:
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


def _parameters(
    repository: Repository,
    result: Source,
    helm: Mapping[str, Any],
    how: tuple[Mapping[str, str], Mapping[str, str]],
    beside: Callable[[str], str | None],
) -> None:
    """Parameters and those that are files; `how` are references and variables, `beside` says where a file would lie."""
    references, variables = how
    for each in helm.get("parameters") or ():
        text = _escaped(substituted(str(each.get("value") or ""), variables))
        kind = "string" if each.get("forceString") else "set"
        result.settings.append(Setting(str(each.get("name", "")), text, kind))
    for each in helm.get("fileParameters") or ():
        name = _named(str(each.get("path", "")), references, variables)
        head, _, rest = name.partition("/")
        path = join(references[head], rest) if head in references else beside(name)
        # only what is read from disk as well, so that a repository in memory is read alike
        read = None if path is None else repository.text(path)
        lies = "chart" if path is None else "repository" if read is None else ""
        text = read if read is not None else path or name
        result.settings.append(Setting(str(each.get("name", "")), text, "file", lies))
        if lies:
            result.gaps.append(f"{name} is a file of a parameter, which only helm's road reads")
        elif path:
            result.used.add(path)
    try:
        result.values = settled(result.values, [each for each in result.settings if not each.lies])
    except Unsettled as error:
        result.unknown.append(Unknown(result.release, f"a parameter that helm refuses: {error}"))
        result.settings = []


def _escaped(text: str) -> str:
    """A value as Argo CD hands it to helm: its commas part nothing, unless it is a list in braces."""
    return text if text.startswith("{") and text.endswith("}") else re.sub(r"(?<!\\),", r"\\,", text)


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Values as Helm merges them: maps merge, all else is replaced, null removes."""
    result = dict(below)
    for key, value in above.items():
        if isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


def patched(value: Any, patch: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON merge patch: null removes, maps merge, all else is replaced."""
    result = dict(value) if isinstance(value, Mapping) else {}
    for key, new in patch.items():
        if new is None:
            result.pop(key, None)
        else:
            result[key] = patched(result.get(key), new) if isinstance(new, Mapping) else new
    return result
