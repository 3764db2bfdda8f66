"""Charts to objects, by the roads there are: helm where it and the chart are at hand, else what `software` knows, else unknown.

What helm renders is taken whole, as Argo CD would apply it; which value governs which object comes from `software` all
the same. Which kinds a chart may count on are those that the repository itself installs, charts among it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from homelab.gitops import kustomize
from homelab.gitops.charts import Source
from homelab.gitops.rendering import Answer, Asked, Helm, NotAtHand, Refused, Rendered
from homelab.gitops.repository import Repository
from homelab.gitops.truths import guarded
from homelab.kube.facts import Expansion
from homelab.kube.resource import Manifest, dig
from homelab.software import lookup
from homelab.software.software import Release

ROUNDS = 2
"""A chart that brings kinds and one that waits for them are told in the second; nobody chains longer."""
DEFAULT = "1.35"
"""The Kubernetes that a chart believes in where nobody says which runs."""
RUN_BY_SYNC = frozenset({"pre-install", "pre-upgrade", "post-install", "post-upgrade"})
"""Hooks of helm that a sync of Argo CD runs or applies; it ignores objects that have only others, tests among them
(docs/user-guide/helm.md#helm-hooks; gitops-engine pkg/sync/hook/helm and pkg/sync/ignore)."""
TESTS = frozenset({"test", "test-success"})
HOOKS = RUN_BY_SYNC | TESTS | {"pre-delete", "post-delete", "pre-rollback", "post-rollback"}
"""Hooks that helm knows; an object with any other is not in what `helm template` prints (Helm's pkg/release/util)."""
OWN = frozenset({"PreSync", "Sync", "PostSync", "SyncFail", "Skip"})
"""Hooks of Argo CD's own that a sync runs or applies; PostDelete waits for the Application's end."""


@dataclass(frozen=True)
class Ways:
    """Who is asked, and what the cluster is taken to be."""

    repository: Repository
    helm: Helm | None
    kubernetes: str
    crds: tuple[Manifest, ...] = ()


def expansions(sources: Sequence[Source], ways: Ways) -> dict[int, Expansion]:
    """What each source makes, by the identity of the source."""
    known = _known(sources, ways)
    answers: Sequence[Answer | None] = [None] * len(sources)
    if ways.helm is not None and sources:
        answers = _answers(ways.helm, sources, known, ways)
    found = zip(sources, known, answers, strict=True)
    return {
        id(source): _shaped(ways.repository, source, _chosen(source, expansion, answer))
        for source, expansion, answer in found
    }


def _known(sources: Sequence[Source], ways: Ways) -> list[Expansion]:
    """What the records say of each source, with the API versions that are there in the end."""
    there = apis(ways.crds)
    known: list[Expansion] = []
    for _ in range(ROUNDS):
        before = there
        known = [guarded(partial(lookup.expand, _release(source, ways.kubernetes, before))) for source in sources]
        there = apis((*ways.crds, *(body for expansion in known for body in expansion.objects)))
        if there == before:
            break
    return known


def apis(bodies: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The API versions that these objects' CRDs serve, as Argo CD names them to helm: with and without the kind."""
    found = set[str]()
    for body in bodies:
        if body.get("kind") != "CustomResourceDefinition":
            continue
        group, kind = dig(body, ("spec", "group"), ""), dig(body, ("spec", "names", "kind"), "")
        versions = dig(body, ("spec", "versions"), [])
        for version in versions if isinstance(versions, list) else ():
            if isinstance(version, Mapping) and version.get("served", True) and group and kind:
                found |= {f"{group}/{version.get('name')}", f"{group}/{version.get('name')}/{kind}"}
    return frozenset(found)


def _release(source: Source, kubernetes: str, known: frozenset[str]) -> Release:
    return Release(
        source.chart,
        source.repository,
        source.version,
        source.release,
        source.namespace,
        source.values,
        plain(source.kubernetes or kubernetes),
        # what a source says of API versions replaces what the cluster serves
        api_versions=frozenset(source.apis) or known,
        crds=source.crds,
    )


def asked(source: Source, kubernetes: str, known: frozenset[str] = frozenset()) -> Asked:
    """The question that a source is: its chart and values, the Kubernetes and the API versions that there are."""
    release = replace(_release(source, kubernetes, known), values=source.above)
    return Asked(
        release,
        source.path,
        source.folder,
        source.home,
        tuple(source.inside),
        source.crds,
        source.skip_schema,
        tuple(source.settings),
    )


def plain(kubernetes: str) -> str:
    """A version of Kubernetes as Argo CD tells it helm: numbers, and nothing that a distribution adds."""
    found = re.match(r"v?(\d+(?:\.\d+){1,2})", kubernetes)
    return kubernetes if found is None else found[1]


def _answers(helm: Helm, sources: Sequence[Source], known: Sequence[Expansion], ways: Ways) -> list[Answer]:
    """Every chart rendered for the kinds that there are in the end: guessed at first, then told by what was rendered."""

    def put(numbers: Iterable[int], there: frozenset[str]) -> list[Asked]:
        return [asked(sources[number], ways.kubernetes, there) for number in numbers]

    recorded = apis((*ways.crds, *(body for expansion in known for body in expansion.objects)))
    # what a record says of a chart's kinds is nearer than what lies in its folder, conditions and all
    strange = [number for number, expansion in enumerate(known) if not expansion.objects]
    there = recorded | apis(helm.brings(put(strange, recorded)))
    answers = list(helm.render(put(range(len(sources)), there)))
    for _ in range(ROUNDS - 1):
        now = apis((*ways.crds, *_bodies(known, answers)))
        again = [number for number, answer in enumerate(answers) if _asks(answer, now ^ there)]
        there = now
        if not again:
            break
        for number, answer in zip(again, helm.render(put(again, there)), strict=True):
            answers[number] = answer
    return answers


def _bodies(known: Sequence[Expansion], answers: Sequence[Answer]) -> Iterator[Manifest]:
    """What each chart makes: as it was rendered, else as its record says."""
    for expansion, answer in zip(known, answers, strict=True):
        yield from answer.objects if isinstance(answer, Rendered) else expansion.objects


def _asks(answer: Answer, apis: frozenset[str]) -> bool:
    """Whether it could matter to an answer that these API versions came or went."""
    return not isinstance(answer, NotAtHand) and bool(apis if answer.asks is None else apis & answer.asks)


def _chosen(source: Source, known: Expansion, answer: Answer | None) -> Expansion:
    if isinstance(answer, Refused):
        return Expansion(unknown=(answer.words,), refused=True)
    if isinstance(answer, Rendered):
        objects = tuple(body for body in answer.objects if _deployed(source, body))
        release = _release(source, DEFAULT, frozenset())
        governed = lookup.governed(release)
        return Expansion(
            objects, tuple(governed.get(_kind_and_name(body), "") for body in objects), lookup.said(release)
        )
    why = known.unknown
    if answer is not None and not known.objects:
        why = tuple(f"{sentence}; {answer.why}" for sentence in why)
    pairs = [pair for pair in zip(known.objects, known.keys, strict=True) if _deployed(source, pair[0])]
    return replace(
        known,
        objects=tuple(body for body, _ in pairs),
        keys=tuple(key for _, key in pairs),
        facts=(*known.facts, *lookup.said(_release(source, DEFAULT, frozenset()))),
        unknown=(*why, *source.gaps),
    )


def _shaped(repository: Repository, source: Source, made: Expansion) -> Expansion:
    """What the kustomizations around a chart make of it; what they cannot is said."""
    if not source.shapes or not made.objects:
        return made
    built = kustomize.shaped(repository, made.objects, source.shapes)
    source.unmatched = built.unmatched
    keys = made.keys or ("",) * len(made.objects)
    gaps = tuple(f"{gap.what}: {gap.why}" for gap in built.unknown)
    return Expansion(
        tuple(item.body for item in built.objects),
        tuple(keys[item.index] for item in built.objects),
        made.facts,
        (*made.unknown, *gaps),
        made.assumed,
    )


def _deployed(source: Source, body: Mapping[str, Any]) -> bool:
    """Whether a sync applies an object that a chart's templates make."""
    return _printed(source, _hooks(body)) and applied(body)


def applied(body: Mapping[str, Any]) -> bool:
    """Whether a sync of Argo CD applies an object: one without hooks, or with one that it runs; its own kind goes first."""
    own = _texts(body, "argocd.argoproj.io/hook")
    if own is not None and own & OWN:
        return True
    hooks = _hooks(body)
    if own is None and hooks in (None, {"crd-install"}):
        return True
    return bool(RUN_BY_SYNC & (hooks or set()))


def _printed(source: Source, hooks: set[str] | None) -> bool:
    """Whether `helm template` prints an object with these hooks, as it is told of hooks and tests."""
    if hooks is None:
        return True
    return bool(hooks) and hooks <= HOOKS and not source.skip_hooks and not (source.skip_tests and hooks & TESTS)


def _hooks(body: Mapping[str, Any]) -> set[str] | None:
    return _texts(body, "helm.sh/hook")


def _texts(body: Mapping[str, Any], annotation: str) -> set[str] | None:
    """What stands between the commas of an annotation; None where there is none."""
    annotations = dig(body, ("metadata", "annotations"), {})
    if not isinstance(annotations, Mapping) or annotation not in annotations:
        return None
    return {text for part in str(annotations[annotation] or "").split(",") if (text := part.strip())}


def _kind_and_name(body: Mapping[str, Any]) -> tuple[str, str]:
    meta = body.get("metadata")
    return str(body.get("kind")), str(meta.get("name") if isinstance(meta, Mapping) else "")
