"""Inventory: the resources of a lab and the Ground under them, however they were read. Indexed, immutable.

Joins are memoised relations here (pods of, budgets of, routes to), never loops in checks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, TypeVar

from homelab.errors import Place
from homelab.findings import Subject
from homelab.ground import Ground
from homelab.kube import selector
from homelab.kube.facts import Fact, Produces
from homelab.kube.leaks.files import Leaked
from homelab.kube.resource import Manifest, Resource
from homelab.kube.workload import GROUPS, TEMPLATES, Workload

Found = TypeVar("Found")
POD_NAME = "statefulset.kubernetes.io/pod-name"


@dataclass(frozen=True)
class Application:
    """An Argo CD Application (or Flux Kustomization) that was walked; `objects` is how many it reaches."""

    name: str
    namespace: str
    project: str
    wave: int
    resource: Resource | None
    sources: tuple[str, ...] = ()
    objects: int = 0


class Effect(Enum):
    """What a gap in the reading does to whoever deploys it."""

    OPEN = "open"
    """It cannot be known here."""
    FAILS = "fails"
    """The program that reads it ends with an error: nothing of it is deployed."""
    IDLE = "idle"
    """The program goes on, and it does nothing."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that could not be judged: what, why, and where; `effect` says where that is an answer itself."""

    what: str
    why: str
    place: Place | None = None
    subject: Subject | None = None
    space: str = ""
    """The namespace into which a release goes that could not be read, or a source of which everything stands there."""
    spaces: tuple[str, ...] = ()
    """The namespaces in which what a source hides may stand; empty for anywhere."""
    effect: Effect = Effect.OPEN


@dataclass(frozen=True, slots=True)
class Dead:
    """A manifest in the repository that no Application reaches."""

    file: str
    index: int
    subject: Subject


@dataclass(frozen=True, slots=True)
class Clash:
    """One object declared more than once among what is deployed."""

    first: Resource
    second: Resource


@dataclass(frozen=True)
class Inventory:
    """What is deployed, from what it stands on to what could not be read.

    `locate(origin file, document index, path)` gives the place of a field in the file that owns it.
    """

    resources: tuple[Resource, ...]
    ground: Ground | None = None
    facts: tuple[Fact, ...] = ()
    applications: tuple[Application, ...] = ()
    dead: tuple[Dead, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    unread: tuple[Unknown, ...] = ()
    """Those of the unknown that may lead to manifests of the repository: generators, plugins, kustomizations."""
    broken: tuple[Unknown, ...] = ()
    """Those of the unknown that are files within reach which could not be read: they may declare anything."""
    clashes: tuple[Clash, ...] = ()
    refused: tuple[Resource, ...] = ()
    """Objects that Kubernetes could not decode: each is among the unknown as well."""
    committed: Callable[[], Iterable[Leaked]] = field(default=tuple, compare=False)
    """The secrets that stand readable in the repository's files, looked for when somebody asks."""
    locate: Callable[[str, int, tuple[str, ...]], Place | None] = field(
        default=lambda _file, _index, _path: None, compare=False
    )
    _memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    # --- looking up -------------------------------------------------------------------------------------------------

    @cached_property
    def _by_kind(self) -> Mapping[str, tuple[Resource, ...]]:
        index: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            index[resource.kind].append(resource)
        return {kind: tuple(found) for kind, found in index.items()}

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, str, str], Resource]:
        return {(r.kind, r.namespace, r.name): r for r in reversed(self.resources)}

    def of(self, *kinds: str) -> tuple[Resource, ...]:
        """Every resource of these kinds, in reading order within a kind."""
        return tuple(r for kind in kinds for r in self._by_kind.get(kind, ()))

    def get(self, kind: str, namespace: str, name: str) -> Resource | None:
        """One resource by kind, namespace (empty for cluster-scoped) and name."""
        return self._by_name.get((kind, namespace, name))

    def subject(self, subject: Subject) -> Resource | None:
        """The resource a subject names."""
        return self.get(subject.kind, subject.namespace, subject.name)

    def lookup(self, kind: str, namespace: str, name: str) -> Manifest | None:
        """The manifest of one resource, as `software` asks for it."""
        found = self.get(kind, namespace, name)
        return found.body if found else None

    @cached_property
    def assumed(self) -> Mapping[tuple[str, str], str]:
        """(kind, name) of what a chart made that was taken for another version, to whose shape was taken."""
        return {(r.kind, r.name): r.origin.assumed for r in self.resources if r.origin.assumed}

    @cached_property
    def assumed_in(self) -> Mapping[str, str]:
        """Namespaces into which charts go that were taken for another version, to whose shape was taken."""
        return {r.namespace: r.origin.assumed for r in reversed(self.resources) if r.origin.assumed and r.namespace}

    @cached_property
    def namespaces(self) -> tuple[str, ...]:
        """Every namespace that is declared or used, sorted."""
        used = {r.namespace for r in self.resources if r.namespace}
        return tuple(sorted(used | {r.name for r in self.of("Namespace")}))

    # --- facts ------------------------------------------------------------------------------------------------------

    @cached_property
    def _facts(self) -> Mapping[type, tuple[Any, ...]]:
        index: dict[type, list[Any]] = defaultdict(list)
        for fact in self.facts:
            index[type(fact)].append(fact)
        return {kind: tuple(found) for kind, found in index.items()}

    def facts_of(self, kind: type[Found]) -> tuple[Found, ...]:
        """Every fact of one type."""
        return self._facts.get(kind, ())

    def facts_about(self, subject: Subject, kind: type[Found]) -> tuple[Found, ...]:
        """The facts of one type about one subject."""
        return self._facts_by_subject.get((kind, subject), ())

    @cached_property
    def _facts_by_subject(self) -> Mapping[tuple[type, Subject], tuple[Any, ...]]:
        index: dict[tuple[type, Subject], list[Any]] = defaultdict(list)
        for fact in self.facts:
            index[type(fact), fact.subject].append(fact)
        return {key: tuple(found) for key, found in index.items()}

    @cached_property
    def produced(self) -> frozenset[Subject]:
        """Objects that appear at run time: made by operators, copied from elsewhere, brought by the distribution."""
        return frozenset(subject for fact in self.facts_of(Produces) for subject in fact.objects)

    def exists(self, kind: str, namespace: str, name: str) -> bool:
        """Whether an object is declared, or appears at run time."""
        if self.get(kind, namespace, name) is not None:
            return True
        return any(Subject(kind, name, space) in self.produced for space in (namespace, "*"))

    @cached_property
    def pending(self) -> frozenset[Subject]:
        """Secrets that somebody declared and nobody sealed yet."""
        declared = self.ground.secrets if self.ground else ()
        named = (Subject("Secret", secret.name, secret.namespace) for secret in declared)
        return frozenset(s for s in named if s not in self.produced and self.subject(s) is None)

    # --- workloads and what surrounds them --------------------------------------------------------------------------

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """Everything that makes pods, hooks among it."""
        return tuple(Workload(r) for r in self.resources if r.kind in TEMPLATES and r.group in GROUPS)

    @cached_property
    def _by_label(self) -> Mapping[tuple[str, str, str], tuple[Workload, ...]]:
        index: dict[tuple[str, str, str], list[Workload]] = defaultdict(list)
        for workload in self.workloads:
            for key, value in workload.labels.items():
                index[workload.namespace, key, str(value)].append(workload)
        return {key: tuple(found) for key, found in index.items()}

    @cached_property
    def _in_namespace(self) -> Mapping[str, tuple[Workload, ...]]:
        index: dict[str, list[Workload]] = defaultdict(list)
        for workload in self.workloads:
            index[workload.namespace].append(workload)
        return {key: tuple(found) for key, found in index.items()}

    def select(self, namespace: str, chosen: Mapping[str, Any] | None) -> tuple[Workload, ...]:
        """The workloads of a namespace whose pods a LabelSelector selects."""
        if chosen is None:
            return ()
        equal = chosen.get("matchLabels") or {}
        if equal:
            key, value = next(iter(equal.items()))
            candidates = self._by_label.get((namespace, key, str(value)), ())
        else:
            candidates = self._in_namespace.get(namespace, ())
        return tuple(w for w in candidates if selector.matches(chosen, w.labels))

    def once(self, key: Any, make: Callable[[], Found]) -> Found:
        """What `make` gives, computed once for this inventory: how other rooms memoise relations of their own."""
        if key not in self._memo:
            self._memo[key] = make()
        return self._memo[key]  # type: ignore[no-any-return]

    def workloads_of(self, service: Resource) -> tuple[Workload, ...]:
        """The workloads whose pods a Service selects."""
        chosen = service.get("spec.selector")
        if not chosen:
            return ()
        return self.once(("of service", service.identity), lambda: self._serving(service.namespace, dict(chosen)))

    def _serving(self, namespace: str, chosen: dict[str, Any]) -> tuple[Workload, ...]:
        """Workloads by a Service's selector; a pod's own name, which Kubernetes sets at run time, names its StatefulSet."""
        pod = chosen.pop(POD_NAME, None)
        found = self.select(namespace, {"matchLabels": chosen})
        if pod is None:
            return found
        return tuple(w for w in found if w.kind == "StatefulSet" and w.name == str(pod).rpartition("-")[0])

    @cached_property
    def _services(self) -> Mapping[Subject, tuple[Resource, ...]]:
        return self._inverse(self.of("Service"), self.workloads_of)

    def services_of(self, workload: Workload) -> tuple[Resource, ...]:
        """The Services that select a workload's pods."""
        return self._services.get(workload.subject, ())

    def workloads_of_budget(self, budget: Resource) -> tuple[Workload, ...]:
        """The workloads whose pods a PodDisruptionBudget guards."""
        return self.once(
            ("of budget", budget.identity), lambda: self.select(budget.namespace, budget.get("spec.selector"))
        )

    @cached_property
    def _budgets(self) -> Mapping[Subject, tuple[Resource, ...]]:
        return self._inverse(self.of("PodDisruptionBudget"), self.workloads_of_budget)

    def budgets_of(self, workload: Workload) -> tuple[Resource, ...]:
        """The PodDisruptionBudgets that guard a workload's pods."""
        return self._budgets.get(workload.subject, ())

    @cached_property
    def _scalers(self) -> Mapping[Subject, tuple[Resource, ...]]:
        index: dict[Subject, list[Resource]] = defaultdict(list)
        for scaler in self.of("HorizontalPodAutoscaler", "ScaledObject"):
            target = scaler.get("spec.scaleTargetRef", {})
            index[Subject(str(target.get("kind", "Deployment")), str(target.get("name", "")), scaler.namespace)].append(
                scaler
            )
        return {key: tuple(found) for key, found in index.items()}

    def scalers_of(self, workload: Workload) -> tuple[Resource, ...]:
        """The autoscalers that target a workload."""
        return self._scalers.get(workload.subject, ())

    def least_replicas(self, workload: Workload) -> int | None:
        """The fewest replicas that declaration and autoscalers allow; None when it follows from elsewhere."""
        scalers = self.scalers_of(workload)
        if scalers:
            return min(int(s.get("spec.minReplicas", s.get("spec.minReplicaCount", 1))) for s in scalers)
        return workload.replicas

    @staticmethod
    def _inverse(
        sources: Iterable[Resource], targets: Callable[[Resource], tuple[Workload, ...]]
    ) -> Mapping[Subject, tuple[Resource, ...]]:
        index: dict[Subject, list[Resource]] = defaultdict(list)
        for source in sources:
            for workload in targets(source):
                index[workload.subject].append(source)
        return {key: tuple(found) for key, found in index.items()}

    # --- places -----------------------------------------------------------------------------------------------------

    def place(self, resource: Resource, path: str = "") -> Place | None:
        """Where a field of a resource is declared in the repository; its nearest declared ancestor where it is absent."""
        origin = resource.origin
        parts = tuple(part for part in path.split(".") if part)
        if origin.maker != "file":
            parts = tuple(part for part in origin.key.split(".") if part)
        return self.locate(origin.file, origin.index, parts)
