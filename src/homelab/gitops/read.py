"""From a repository to an Inventory: what Argo CD would deploy, what charts and operators make of it, what is dead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from operator import itemgetter
from typing import Any

from homelab.errors import HomelabError
from homelab.findings import Subject
from homelab.gitops import argocd, flux, kustomize, machines
from homelab.gitops.built import Built
from homelab.gitops.charts import Source
from homelab.gitops.committed import leaked
from homelab.gitops.releases import DEFAULT, Ways, applied, expansions
from homelab.gitops.rendering import Helm
from homelab.gitops.repository import NOT_DEPLOYED, YAML, Repository
from homelab.gitops.truths import guarded, of_programs, stated
from homelab.ground import FILE, Ground
from homelab.ground_file import parse
from homelab.kube.facts import Expansion, Fact, Installed
from homelab.kube.inventory import Application, Clash, Dead, Effect, Inventory, Unknown
from homelab.kube.resource import OPTION, Manifest, Origin, Resource, dig, wave_of
from homelab.kube.scope import cluster_kinds
from homelab.kube.shape import misshapen
from homelab.software import lookup
from homelab.software.software import ANY

DEEPEST = 6
"""Rounds of operators making what other operators turn into more."""


@dataclass
class _Reading:
    repository: Repository
    told: bool = False
    """Whether anybody says which Kubernetes runs."""
    resources: list[Resource] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    applications: list[Application] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    refused: list[Resource] = field(default_factory=list)
    seen: dict[tuple[str, str, str, str], Resource] = field(default_factory=dict)
    named: dict[tuple[str, str, str], Manifest] = field(default_factory=dict)

    def add(self, body: Manifest, origin: Origin) -> Resource | None:
        """Take an object in; the second of the same identity is a clash, one of an odd shape is unknown."""
        resource = Resource(body, origin)
        if wrong := misshapen(body):
            path = tuple(wrong[0].split(".")) if origin.maker == "file" else tuple(filter(None, origin.key.split(".")))
            place = self.repository.locate(origin.file, origin.index, path)
            self.unknown.append(Unknown(str(resource.subject), wrong[1], place, resource.subject))
            self.refused.append(resource)
            return None
        first = self.seen.get(resource.identity)
        if first is not None and _again(first, resource):
            # a sync takes the last of equals
            self.resources[self.resources.index(first)] = resource
            self.clashes.append(Clash(first, resource))
        elif first is not None:
            same = (first.origin.file, first.origin.index) == (origin.file, origin.index)
            # a root that manages itself is met twice: as what was applied by hand, and as what it deploys
            known = first.origin.application in {"", origin.application}
            if not (same and known and origin.maker == "file"):
                self.clashes.append(Clash(first, resource))
            return None
        else:
            self.resources.append(resource)
        self.seen[resource.identity] = resource
        self.named[resource.kind, resource.namespace, resource.name] = body
        return resource


def _again(first: Resource, second: Resource) -> bool:
    """Whether one Application deploys both, from different places."""
    if "operator" in {first.origin.maker, second.origin.maker} or not first.origin.application:
        return False
    return first.origin.application == second.origin.application


def read(repository: Repository, *, helm: Helm | None = None, ground: Ground | None = None) -> Inventory:
    """What a repository deploys. A repository without Argo CD is read as plain manifests.

    `ground` replaces what `.homelab/lab.yaml` says; `helm` renders charts where it is at hand, else `software` expands.
    """
    reading = _Reading(repository)
    ground = ground or _ground(reading)
    reading.told = bool(ground and ground.kubernetes)
    walk = argocd.walk(repository)
    reading.unknown += walk.unknown
    values = {id(gap) for w in walk.applications for source in w.releases for gap in source.unknown}
    crds = [item.body for walked in walk.applications for item in walked.objects if _crd(item.body)]
    clustered = cluster_kinds(crds)
    if walk.applications:
        for root in walk.roots:
            reading.add(root.body, Origin(root.file, root.index, option=_option(root.body)))
        ways = Ways(repository, helm, (ground.kubernetes if ground else "") or DEFAULT, tuple(crds))
        made = expansions([source for w in walk.applications for source in w.releases], ways)
        clustered |= cluster_kinds(body for each in made.values() for body in each.objects if _crd(body))
        for application in walk.applications:
            _deploy(reading, application, clustered, made)
        for project in walk.projects:
            reading.add(project.body, Origin(project.file, project.index))
        beside = flux.reached(repository)
        reading.unknown += beside.unknown
        for item in beside.objects:
            reading.add(_homed(item.body, "", clustered), Origin(item.file, item.index, option=_option(item.body)))
        used = walk.used | beside.used
        dead = tuple(_dead(repository, used))
        unread = [*(gap for gap in walk.unknown if id(gap) not in values), *beside.unknown]
    else:
        used, unread = _plain(reading), list(reading.unknown)
        dead = ()
    _operators(reading, clustered)
    reading.facts += of_programs(reading.resources)
    runs = ("talos" if ground.talos else ground.kubernetes or "") if ground else ""
    reading.facts += stated(reading.resources, runs)
    reading.facts += machines.declared(repository)
    broken = {
        path: Unknown(repository.shown(path), *why, spaces=_near(walk, path))
        for path, why in sorted(repository.skipped.items())
    }
    reading.unknown += broken.values()
    reading.unknown += [
        Unknown(repository.shown(path), why, place)
        for path, why, place in sorted(repository.refused, key=itemgetter(0))
    ]
    return Inventory(
        resources=tuple(reading.resources),
        ground=ground,
        facts=tuple(dict.fromkeys(reading.facts)),
        applications=tuple(reading.applications),
        dead=dead,
        unknown=tuple(reading.unknown),
        unread=tuple(unread),
        broken=tuple(gap for path, gap in broken.items() if _reached(repository, path, used)),
        clashes=tuple(reading.clashes),
        refused=tuple(reading.refused),
        committed=partial(leaked, repository),
        locate=repository.locate,
    )


def _reached(repository: Repository, path: str, used: set[str]) -> bool:
    """Whether a file that could not be read would have been deployed; what a chart's templates make is read elsewhere."""
    near = path not in repository and any(path.rpartition("/")[0] == other.rpartition("/")[0] for other in used)
    return path.endswith(YAML) and "/templates/" not in path and (path in used or near)


def _near(walk: argocd.Walk, path: str) -> tuple[str, ...]:
    """Where the objects of a file that could not be read may stand; anywhere, told by nothing, where nobody says."""
    found = [argocd.spaces(walked, walked.objects) for walked in walk.applications if path in walked.used]
    return tuple(space for spaces in found for space in spaces) if all(found) else ()


def _ground(reading: _Reading) -> Ground | None:
    repository = reading.repository
    if FILE not in repository:
        return None
    documents = repository.documents(FILE)
    if not documents or not isinstance(documents[0], Mapping):
        return None
    try:
        return parse(documents[0], repository.shown(FILE))
    except HomelabError as error:
        reading.unknown.append(Unknown(FILE, error.message, error.where))
        return None


def _option(body: Mapping[str, Any]) -> str:
    return str(dig(body, ["metadata", "annotations", OPTION], ""))


def _deploy(reading: _Reading, walked: argocd.Walked, clustered: frozenset[str], made: Mapping[int, Expansion]) -> None:
    before = len(reading.resources)
    option = _option(walked.body)
    for item in filter(lambda each: applied(each.body), walked.objects):
        body = _homed(item.body, walked.namespace, clustered)
        reading.add(body, Origin(item.file, item.index, application=walked.name, option=_option(body) or option))
    for source in walked.releases:
        _release(reading, walked, source, clustered, made[id(source)])
    shaping = [source for source in walked.releases if source.shapes]
    known = not any(made[id(source)].assumed or made[id(source)].unknown for source in shaping)
    missed = [gap for gap in walked.unmatched if all(gap in source.unmatched for source in shaping)]
    reading.unknown += [
        replace(gap, subject=walked.subject)
        if known and gap.effect is not Effect.OPEN
        else replace(gap, effect=Effect.OPEN)
        for gap in missed
    ]
    reading.applications.append(
        Application(
            name=walked.name,
            namespace=str(dig(walked.body, ["metadata", "namespace"], "")),
            project=str(dig(walked.body, ["spec", "project"], "default")),
            wave=wave_of(walked.body),
            resource=reading.seen.get(
                ("argoproj.io", "Application", str(dig(walked.body, ["metadata", "namespace"], "")), walked.name)
            ),
            sources=tuple(sorted(walked.used)),
            objects=len(reading.resources) - before,
        )
    )


def _release(
    reading: _Reading, walked: argocd.Walked, source: Source, clustered: frozenset[str], expansion: Expansion
) -> None:
    via, option = f"{source.chart} {source.version}", _option(walked.body)
    if expansion.unknown:
        place = reading.repository.locate(source.file, source.index, tuple(filter(None, source.key.split("."))))
        # of which Kubernetes helm was told is a guess where nobody says it
        fails = expansion.refused and (reading.told or not any("kubeVersion" in why for why in expansion.unknown))
        effect = Effect.FAILS if fails else Effect.OPEN
        reading.unknown += [
            Unknown(f"{walked.name}: {via}", why, place, walked.subject, source.into, effect=effect)
            for why in expansion.unknown
        ]
    if source.pinned is not None:
        reading.facts.append(Installed(walked.subject, source.chart, source.repository, source.version, source.pinned))
    reading.facts += expansion.facts
    keys = expansion.keys or ("",) * len(expansion.objects)
    for body, key in zip(expansion.objects, keys, strict=True):
        where = ".".join(filter(None, (source.key, key)))
        homed = _homed(body, source.space, clustered)
        origin = Origin(source.file, source.index, "chart", via, where, walked.name, option, expansion.assumed)
        reading.add(homed, origin)


def _crd(body: Mapping[str, Any]) -> bool:
    return body.get("kind") == "CustomResourceDefinition"


def _homed(body: Mapping[str, Any], namespace: str, clustered: frozenset[str]) -> Manifest:
    meta = body.get("metadata") or {}
    if not isinstance(meta, Mapping):
        return body  # type: ignore[return-value]  # manifests are never changed after reading
    if str(body.get("kind")) in clustered and meta.get("namespace"):
        return {**body, "metadata": {key: value for key, value in meta.items() if key != "namespace"}}
    if str(body.get("kind")) in clustered or meta.get("namespace") or not namespace:
        return body  # type: ignore[return-value]  # as above
    return {**body, "metadata": {**meta, "namespace": namespace}}


def _plain(reading: _Reading) -> set[str]:
    """A repository without Argo CD: every kustomization that no other includes, then every manifest outside of them.

    Gives the files that took part.
    """
    repository = reading.repository
    folders = sorted(
        {path.rpartition("/")[0] or "." for path in repository.paths if path.rpartition("/")[2] in kustomize.NAMES}
    )
    builds = {folder: kustomize.build(repository, folder) for folder in folders}
    included = {
        folder
        for folder in folders
        for other in folders
        if other != folder and kustomize.kustomization(repository, folder) in builds[other].used
    }
    used: set[str] = set()
    for folder, built in builds.items():
        used |= built.used
        if folder not in included:
            reading.unknown += _told(repository, folder, built.unknown)
            for item in built.objects:
                reading.add(item.body, Origin(item.file, item.index, option=_option(item.body)))
    for item in kustomize.plain(repository, ".", recurse=True).objects:
        if item.file not in used and not item.file.startswith(NOT_DEPLOYED) and _manifest(item.body):
            reading.add(item.body, Origin(item.file, item.index, option=_option(item.body)))
    return used | {path for path in repository.paths if not path.startswith(NOT_DEPLOYED)}


def _told(repository: Repository, folder: str, gaps: Iterable[Unknown]) -> Iterable[Unknown]:
    """What is said of a kustomization that somebody applies; a component fails alone, and nobody applies it so."""
    documents = (
        repository.documents(kustomization) if (kustomization := kustomize.kustomization(repository, folder)) else []
    )
    alone = any(isinstance(body, Mapping) and body.get("kind") == "Component" for body in documents[:1])
    idle = alone or f"{folder}/".startswith((*NOT_DEPLOYED, "."))
    for gap in gaps:
        if gap.effect is Effect.OPEN or idle:
            yield replace(gap, effect=Effect.OPEN)
        else:
            yield replace(gap, subject=Subject("Kustomization", folder))


def _manifest(body: Mapping[str, Any]) -> bool:
    return (
        bool(body.get("apiVersion"))
        and bool(dig(body, ["metadata", "name"]))
        and not str(body.get("apiVersion")).startswith("kustomize.config.k8s.io")
    )


def _operators(reading: _Reading, clustered: frozenset[str]) -> None:
    truths = lookup.kind_truths()

    def find(kind: str, namespace: str, name: str) -> Manifest | None:
        if namespace == ANY:
            return next((body for (k, _, n), body in reading.named.items() if (k, n) == (kind, name)), None)
        return reading.named.get((kind, namespace, name))

    fresh = list(reading.resources)
    for _ in range(DEEPEST):
        made: list[Resource] = []
        for owner in fresh:
            truth = truths.get((owner.group, owner.kind))
            if truth is not None:
                made += _made(reading, owner, guarded(partial(truth.expand, owner.body, find)), clustered)
        if not made:
            return
        fresh = made


def _made(reading: _Reading, owner: Resource, expansion: Expansion, clustered: frozenset[str]) -> list[Resource]:
    reading.facts += expansion.facts
    reading.unknown += [Unknown(str(owner.subject), why, subject=owner.subject) for why in expansion.unknown]
    keys = expansion.keys or ("",) * len(expansion.objects)
    made = []
    for body, key in zip(expansion.objects, keys, strict=True):
        origin = owner.origin
        where = key if origin.maker == "file" else origin.key
        via = f"{owner.kind} {owner.namespace}/{owner.name}"
        inner = Origin(
            origin.file, origin.index, "operator", via, where, origin.application,
            _option(owner.body) or origin.option, origin.assumed,
        )  # fmt: skip
        added = reading.add(_homed(body, owner.namespace, clustered), inner)
        if added is not None:
            made.append(added)
    return made


def _dead(repository: Repository, used: set[str]) -> Iterable[Dead]:
    for path in repository.paths:
        if path in used or not path.endswith(YAML) or path.startswith((*NOT_DEPLOYED, ".")):
            continue
        if "/templates/" in path or path.rpartition("/")[2] in kustomize.NAMES:
            continue
        for index, body in enumerate(repository.documents(path)):
            if isinstance(body, Mapping) and _manifest(body):
                meta = body["metadata"]
                yield Dead(
                    path, index, Subject(str(body.get("kind")), str(meta.get("name")), str(meta.get("namespace") or ""))
                )


def manifests(built: Iterable[Built]) -> tuple[Manifest, ...]:
    """The plain objects of a build."""
    return tuple(item.body for item in built)
