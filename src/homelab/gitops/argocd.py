"""Argo CD: from root Applications and ApplicationSets to every Application, and to what each one deploys."""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from homelab.findings import Subject
from homelab.gitops import charts, kustomize, rejected
from homelab.gitops.applicationset import applications, subject
from homelab.gitops.built import ODD, Build, Built, join
from homelab.gitops.environment import environment
from homelab.gitops.repository import NOT_DEPLOYED, Repository
from homelab.kube.inventory import Effect, Unknown
from homelab.kube.resource import Manifest, dig

GROUP = "argoproj.io/"
OCI = "oci://"


@dataclass
class Walked:
    """An Application with what it deploys."""

    built: Built
    namespace: str
    objects: list[Built] = field(default_factory=list)
    releases: list[charts.Source] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    unmatched: list[Unknown] = field(default_factory=list)
    """Patches that match nothing but, perhaps, what a chart makes."""

    @property
    def body(self) -> Manifest:
        """The Application's manifest."""
        return self.built.body

    @property
    def name(self) -> str:
        """The Application's name."""
        return str(dig(self.body, ["metadata", "name"], ""))

    @property
    def subject(self) -> Subject:
        """The Application, as others name it."""
        return subject(self.body)

    @property
    def sources(self) -> list[Mapping[str, Any]]:
        """Its sources, however many."""
        spec = self.body.get("spec") or {}
        return spec.get("sources") or ([spec["source"]] if isinstance(spec.get("source"), Mapping) else [])

    @property
    def several(self) -> bool:
        """Whether it names a list of sources."""
        return bool(dig(self.body, ["spec", "sources"]))

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
    home: str | None = None
    """The address of this repository, where it can be told."""
    projects: list[Built] = field(default_factory=list)
    """AppProjects that no Application deploys, and some Application needs: applied by hand, as the roots are."""
    absent: list[tuple[Mapping[str, Any], str, Unknown]] = field(default_factory=list)
    """Sources of which a folder, or a file of values, is not here: the source, its path, and what is said of it."""

    def owns(self, url: object) -> bool:
        """Whether an address may be that of this repository."""
        return not url or self.home is None or address(url) == self.home


def is_argo(body: Mapping[str, Any], *kinds: str) -> bool:
    """Whether a manifest is one of Argo CD's own kinds."""
    return str(body.get("apiVersion", "")).startswith(GROUP) and body.get("kind") in kinds


def walk(repository: Repository) -> Walk:
    """Follow Applications to a fixed point, starting where nothing else leads."""
    declared = list(_declared(repository, "Application", "ApplicationSet"))
    home = _home(declared)
    leads = [_leads(repository, candidate, home) for candidate in declared]
    roots, covered = [], set[tuple[str, int]]()
    off = _switched_off(declared, leads)
    for number, candidate in enumerate(declared):
        if number not in off and not _led_to(leads, number, candidate):
            roots.append(candidate)
            covered |= {_at(candidate)} | leads[number]
    # what only leads to itself in a circle is somebody's way in as well: the shallowest file of each circle
    for number in sorted(range(len(declared)), key=lambda n: (declared[n].file.count("/"), declared[n].file)):
        if number not in off and _at(declared[number]) not in covered:
            roots.append(declared[number])
            covered |= {_at(declared[number])} | leads[number]
    result = Walk(roots=roots, home=home)
    _follow(repository, roots, result)
    result.projects = list(_projects(repository, result))
    result.used |= {root.file for root in (*roots, *result.projects)}
    _never_there(repository, result)
    return result


def _led_to(leads: list[set[tuple[str, int]]], number: int, candidate: Built) -> bool:
    return any(_at(candidate) in found for other, found in enumerate(leads) if other != number)


def _switched_off(declared: list[Built], leads: list[set[tuple[str, int]]]) -> set[int]:
    """Applications that deploy none, in a folder whose others are deployed: left out of a list, they are nobody's way in."""
    listed = {item.file.rpartition("/")[0] for number, item in enumerate(declared) if _led_to(leads, number, item)}
    return {
        number
        for number, item in enumerate(declared)
        if item.file.rpartition("/")[0] in listed
        and not leads[number] - {_at(item)}
        and not _led_to(leads, number, item)
    }


def _projects(repository: Repository, result: Walk) -> Iterator[Built]:
    needed = {str(dig(walked.body, ["spec", "project"], "")) for walked in result.applications}
    deployed = {_at(item) for walked in result.applications for item in walked.objects}
    homes = {root.file.rpartition("/")[0] for root in result.roots}
    for item in _declared(repository, "AppProject"):
        wanted = dig(item.body, ["metadata", "name"]) in needed or item.file.rpartition("/")[0] in homes
        if wanted and _at(item) not in deployed:
            yield item


def _never_there(repository: Repository, result: Walk) -> None:
    """Say of folders that are missing from this very repository that Argo CD ends with an error at them.

    That it is this repository and this state of it must be seen: by another source of the same address and revision whose
    folder is here, or by a folder here that is called almost the same.
    Source: `app path does not exist` of util/app/path in Argo CD 3.2.
    """
    there = {
        (address(source.get("repoURL")), _revision(source))
        for walked in result.applications
        for source in walked.sources
        if (folder := join(str(source.get("path") or "."), ".")) != "." and repository.is_folder(folder)
    }
    for source, folder, gap in result.absent:
        known = address(source.get("repoURL")), _revision(source)
        values = gap.why == charts.NO_VALUES
        near = known == (result.home, "") and not values
        near = near and bool(difflib.get_close_matches(folder, repository.folders, 1, 0.8))
        if repository.lacks(folder) and (known in there or near):
            why = f"open {folder}: no such file or directory" if values else f"{folder}: app path does not exist"
            told = replace(gap, why=why, effect=Effect.FAILS)
            result.unknown[next(i for i, each in enumerate(result.unknown) if each is gap)] = told


def _revision(source: Mapping[str, Any]) -> str:
    """A revision; the usual names of a first branch are one."""
    said = str(source.get("targetRevision") or "").removeprefix("refs/heads/")
    return "" if said in {"HEAD", "main", "master"} else said


def _at(item: Built) -> tuple[str, int]:
    return item.file, item.index


def _leads(repository: Repository, candidate: Built, home: str | None) -> set[tuple[str, int]]:
    """The Applications and ApplicationSets that are reached from one."""
    trial = Walk(home=home)
    _follow(repository, [candidate], trial)
    kinds = "Application", "ApplicationSet"
    return {_at(item) for walked in trial.applications for item in walked.objects if is_argo(item.body, *kinds)}


def _declared(repository: Repository, *kinds: str) -> list[Built]:
    """Every object of these kinds in files; those of documentation and examples count where there are no others."""
    found = [
        Built(dict(body), path, index)
        for path in repository.paths
        if path.endswith((".yaml", ".yml")) and _mentions(repository, path)
        for index, body in enumerate(repository.documents(path))
        if isinstance(body, Mapping) and is_argo(body, *kinds)
    ]
    return [item for item in found if not item.file.startswith(NOT_DEPLOYED)] or found


def _mentions(repository: Repository, path: str) -> bool:
    if path in repository.raw:
        return any(isinstance(body, Mapping) and GROUP in str(body.get("apiVersion")) for body in repository.raw[path])
    return GROUP in repository.texts[path]


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
        found.extend(applications(repository, item, result.unknown, result.owns))
    except ODD as error:
        result.unknown.append(_odd(repository, item, error))
    return found


def _odd(repository: Repository, item: Built, error: Exception) -> Unknown:
    why = f"a field of this {item.body.get('kind')} is not of the type that Argo CD reads: {error}"
    return Unknown(item.file, why, repository.locate(item.file, item.index, ("spec",)))


def _open(repository: Repository, item: Built, result: Walk) -> Walked:
    walked = Walked(item, str(dig(item.body, ["spec", "destination", "namespace"], "")))
    try:
        _sources(repository, walked, result)
    except ODD as error:
        result.unknown.append(_odd(repository, item, error))
    for release in walked.releases:
        walked.used |= release.used
        result.unknown += release.unknown
        homes = [source for source in walked.sources if source.get("ref" if not release.folder else "path")]
        result.absent += [
            (homes[0], gap.what, gap) for gap in release.unknown if gap.why == charts.NO_VALUES and len(homes) == 1
        ]
    result.used |= walked.used
    return walked


def _sources(repository: Repository, walked: Walked, result: Walk) -> None:
    spec = walked.built.body.get("spec") or {}
    sources = walked.sources
    if not sources:
        _gap(repository, walked, result, walked.name, ("spec", "the Application has no source that is read"))
    # `$ref/…` counts from the top of the referenced repository, whatever path the source has beside it
    references = {f"${source['ref']}": "." for source in sources if source.get("ref")}
    for number, source in enumerate(sources):
        key = f"spec.sources.{number}" if spec.get("sources") else "spec.source"
        if source.get("plugin") is not None:
            _gap(
                repository, walked, result, walked.name, (key, "what a plugin makes of the source is not read offline")
            )
        elif str(source.get("repoURL")).startswith(OCI):
            _artefact(repository, walked, source, result, (key, references))
        elif source.get("chart"):
            walked.releases.append(charts.source(repository, walked.user, source, references, key))
        elif source.get("path") or not source.get("ref"):
            _git(repository, walked, source, result, (key, references))


def _artefact(
    repository: Repository, walked: Walked, source: Mapping[str, Any], result: Walk, how: tuple[str, Mapping[str, str]]
) -> None:
    """An artefact of a registry; a chart lies at its top, and what else may lie there is nothing that helm could pull."""
    key, references = how
    if source.get("chart"):
        why = f"Argo CD takes a chart from a registry that is written without {OCI}, or an artefact without chart"
        _gap(repository, walked, result, walked.name, (key, why))
        walked.releases.append(charts.source(repository, walked.user, source, references, key))
    elif join(str(source.get("path") or "."), ".") != ".":
        _gap(
            repository, walked, result, walked.name, (key, "a folder of an artefact in a registry is not read offline")
        )
    elif source.get("path") or not walked.several:
        place, _, name = str(source["repoURL"]).rstrip("/").rpartition("/")
        chart = {**source, "repoURL": place, "chart": name}
        walked.releases.append(charts.source(repository, walked.user, chart, references, key))


def _gap(
    repository: Repository, walked: Walked, result: Walk, what: str, gap: tuple[str, str], *, fails: bool = False
) -> Unknown:
    key, why = gap
    place = repository.locate(walked.built.file, walked.built.index, tuple(key.split(".")))
    said = Unknown(what, why, place, spaces=spaces(walked, ()))
    if fails:
        said = replace(said, subject=walked.subject, effect=Effect.FAILS)
    result.unknown.append(said)
    return said


def spaces(walked: Walked, objects: Iterable[Built]) -> tuple[str, ...]:
    """Where a source of an Application that was not read puts things: its destination, and where its neighbours stand.

    Anywhere, told by nothing, where it has no destination or leads to further Applications.
    """
    own = str(dig(walked.body, ["metadata", "namespace"], ""))
    leads = any(is_argo(item.body, "Application", "ApplicationSet") for item in objects)
    if leads or walked.namespace in {"", own, "argocd"}:
        return ()
    return tuple(dict.fromkeys((walked.namespace, *filter(None, (item.name[0] for item in objects)))))


def _git(
    repository: Repository, walked: Walked, source: Mapping[str, Any], result: Walk, how: tuple[str, Mapping[str, str]]
) -> None:
    key, references = how
    folder = join(str(source.get("path") or "."), ".")
    foreign = folder == "." and result.home is not None and address(source.get("repoURL")) != result.home
    if foreign or not repository.is_folder(folder):
        gap = (f"{key}.path", "the path is not in this repository")
        said = _gap(repository, walked, result, f"{source.get('repoURL')} {folder}", gap)
        result.absent.append((source, folder, said))
        return
    source = _overridden(repository, walked, source, folder)
    told = [name for name in ("helm", "kustomize", "directory") if source.get(name) is not None]
    kustomized, charted = (
        kustomize.kustomization(repository, folder) is not None,
        join(folder, "Chart.yaml") in repository,
    )
    tool = told[0] if told else "kustomize" if kustomized else "helm" if charted else "directory"
    why = f"Argo CD takes one of {' and '.join(told)}, not both" if len(told) > 1 else ""
    if (tool == "helm" and not charted) or (tool == "kustomize" and not kustomized):
        why = f"the folder is told to be one of {tool}, and is none"
    if why:
        # Argo CD forgets a tool of which nothing is said: NormalizeSource of util/argo
        meant = all(isinstance(source[name], Mapping) and any(source[name].values()) for name in told)
        _gap(repository, walked, result, walked.name, (key, why), fails=meant)
        return
    if tool == "helm":
        start = "" if folder == "." else f"{folder}/"
        walked.used |= {path for path in repository.paths if path.startswith(start)}
        walked.releases.append(charts.local(repository, walked.user, source, (folder, key, references)))
        return
    if tool == "kustomize":
        variables = environment(walked.body, source)
        built = kustomize.build(repository, folder, options=(source.get("kustomize") or {}, variables))
    else:
        built = _plain(repository, walked, source.get("directory") or {}, result, (folder, key))
    walked.objects += built.objects
    walked.used |= built.used
    for each in built.unknown:
        known = replace(each, spaces=spaces(walked, built.objects))
        result.unknown.append(known if each.effect is Effect.OPEN else replace(known, subject=walked.subject))
    for inflated in built.charts:
        walked.releases.append(charts.of_kustomize(repository, walked.user, inflated))
    walked.unmatched += built.unmatched


def _plain(
    repository: Repository, walked: Walked, options: Mapping[str, Any], result: Walk, at: tuple[str, str]
) -> Build:
    """The manifests of a plain folder; programs among them are said."""
    folder, key = at
    accepts, recurse = _filter(options), bool(options.get("recurse"))
    start = "" if folder == "." else f"{folder}/"
    for path in sorted(repository.unread):
        rest = path.removeprefix(start)
        if path.startswith(start) and (recurse or "/" not in rest) and accepts(rest):
            _gap(repository, walked, result, path, (key, "jsonnet is not read offline"))
    built = kustomize.plain(repository, folder, recurse=recurse, accepts=accepts)
    for path in sorted(built.used):
        if wrong := rejected.why(repository, path):
            built.fails(path, *wrong)
    return built


def _overridden(repository: Repository, walked: Walked, source: Mapping[str, Any], folder: str) -> Mapping[str, Any]:
    """The source with what `.argocd-source.yaml` and `.argocd-source-<name>.yaml` beside its manifests lay over it."""
    found = source
    for path in (join(folder, ".argocd-source.yaml"), join(folder, f".argocd-source-{walked.name}.yaml")):
        documents = repository.documents(path) if path in repository else []
        if documents and isinstance(documents[0], Mapping):
            walked.used.add(path)
            found = charts.patched(found, documents[0])
    kept = {name: source[name] for name in ("chart", "path", "repoURL", "targetRevision") if name in source}
    return found if found is source else {**found, **kept}


def address(url: object) -> str:
    """A repository's address without what two spellings of it may differ in: scheme, user, ending."""
    text = str(url or "").lower().rpartition("://")[2].rpartition("@")[2].replace(":", "/")
    return text.rstrip("/").removesuffix(".git")


def _home(declared: Iterable[Built]) -> str | None:
    """The address that most git sources name: this repository's own; None where two are named as often."""
    found: Counter[str] = Counter()
    for item in declared:
        inner = ["spec", "template", "spec"] if item.body.get("kind") == "ApplicationSet" else ["spec"]
        sources = dig(item.body, [*inner, "sources"], [dig(item.body, [*inner, "source"])])
        for source in sources if isinstance(sources, list) else ():
            if isinstance(source, Mapping) and not source.get("chart"):
                found[address(source.get("repoURL"))] += 1
    first, second = ([*found.most_common(2), ("", 0), ("", 0)])[:2]
    return first[0] if first[1] > second[1] else None


def _filter(directory: Mapping[str, Any]) -> Callable[[str], bool]:
    """Argo CD's globs over the paths of a directory source: `*` crosses `/`, `{a,b}` is a choice."""
    include, exclude = (list(_choices(str(directory.get(name) or ""))) for name in ("include", "exclude"))

    def accepts(path: str) -> bool:
        return (include == [""] or any(fnmatch.fnmatchcase(path, p) for p in include)) and not any(
            p and fnmatch.fnmatchcase(path, p) for p in exclude
        )

    return accepts


def _choices(pattern: str) -> Iterator[str]:
    match = re.search(r"\{([^{}]*)\}", pattern)
    if match is None:
        yield pattern
        return
    for choice in match[1].split(","):
        yield from _choices(pattern[: match.start()] + choice.strip() + pattern[match.end() :])
