"""Component: the contract of everything we choose. Data plus pure functions; no base class, no templates inside YAML.

A component's file always has this order: docstring (what it is for in a lab), `Settings`, functions, the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import Field

from homelab.capabilities import Capability
from homelab.kube.resource import Manifest
from homelab.spec.practices import PracticeOverrides
from homelab.spec.section import Section
from homelab.spec.source import Problem

Plan = Any
"""A `plan.Plan`; Any here, because a Plan is made of components and nothing may import in a circle."""

Values = dict[str, Any]
"""Chart values as a person would write them."""


class Settings(Section):
    """What every component's settings have. A component's own class adds fields, each with a docstring."""

    practices: PracticeOverrides = Field(default_factory=PracticeOverrides)
    """Exceptions from the practices of the lab."""


class Area(StrEnum):
    """Where a component lives in the produced repository; each area is one AppProject and one parent Application."""

    SECURITY = "security"
    INFRASTRUCTURE = "infrastructure"
    PLATFORM = "platform"
    APPS = "apps"


class Phase(StrEnum):
    """When something needed is missed."""

    RUN = "run"
    """At once: callers stop. Only this enters uptime."""
    START = "start"
    """When pods start."""
    CHANGE = "change"
    """When something is to be changed or recovered."""


@dataclass(frozen=True, slots=True)
class Need:
    """A capability this component needs, when it is missed, and why."""

    capability: Capability
    phase: Phase
    why: str


def run(capability: Capability, why: str) -> Need:
    """A need that is missed at once."""
    return Need(capability, Phase.RUN, why)


def start(capability: Capability, why: str) -> Need:
    """A need that is missed when pods start."""
    return Need(capability, Phase.START, why)


def change(capability: Capability, why: str) -> Need:
    """A need that is missed when something is to be changed or recovered."""
    return Need(capability, Phase.CHANGE, why)


@dataclass(frozen=True, slots=True)
class Chart:
    """A published Helm chart and its pin.

    `version` is one literal that Renovate matches; `by_minor` replaces it for Kubernetes minors that a project serves
    with another line (`{"1.33": "3.13.1"}`).
    """

    repository: str
    name: str
    version: str
    by_minor: Mapping[str, str] = field(default_factory=dict)

    def pin(self, kubernetes: str) -> str:
        """The version for a Kubernetes version as `1.35.2`."""
        return self.by_minor.get(".".join(kubernetes.split(".")[:2]), self.version)


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace and its Pod Security level."""

    name: str
    level: str = "restricted"
    """`restricted`, `baseline` or `privileged`."""
    quota: Mapping[str, str] = field(default_factory=dict)
    """ResourceQuota `hard`, empty for none."""


@dataclass(frozen=True)
class Part:
    """One Argo CD Application: a chart with values, resources of our own, or both, in one folder.

    `values(plan, settings)` may mark reasons: see `because`. `resources(plan, settings)` yields plain manifests
    without component labels (render adds them). `stateful` parts are orphaned, never cascaded, when switched off.
    """

    name: str
    namespace: str
    chart: Chart | None = None
    release: str = ""
    """Helm release name; empty for `name`."""
    values: Callable[[Plan, Any], Values] | None = None
    resources: Callable[[Plan, Any], Iterable[Manifest]] | None = None
    stateful: bool = False
    prune: bool = True
    """Off where the chart makes objects that hold data and lets nobody annotate them: Git never deletes those."""
    kinds: bool = False
    """Brings custom resource definitions and nothing that runs: alerts have their place elsewhere."""
    environment: str = ""
    """For applications: `dev`, `staging` or `production`."""
    folder: str = ""
    """Folder below the component's own, where it differs from `name`; `.` for the component's folder itself."""


@dataclass(frozen=True, slots=True)
class Pods:
    """Pods by namespace and labels: one end of a flow. Empty labels are all pods of the namespace."""

    namespace: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Serves:
    """`pods` listen on `port` for whoever uses `capability` (or for the named `audience`)."""

    pods: Pods
    port: int
    capability: Capability | None = None
    audience: str = ""
    """`gateway`, `metrics`, `api-server`, `lan`, `namespace` where the callers are not users of a capability."""
    protocol: str = "TCP"


@dataclass(frozen=True, slots=True)
class Uses:
    """`pods` call a capability, or something outside.

    `outside` is `api-server`, `world`, `host`, `lan:<cidr>` or `namespace:<name>`; an address of homelab.yaml becomes one by
    `offers.outside.reaching`. `protocol` is `TCP`, `UDP` or `ANY`; without `ports`, all of them are meant.
    """

    pods: Pods
    capability: Capability | None = None
    outside: str = ""
    ports: tuple[int, ...] = ()
    protocol: str = "TCP"


Flow = Serves | Uses


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert rule. `expression` is PromQL in the 2.42 subset; `minutes` is `for`."""

    name: str
    expression: str
    minutes: int
    severity: str
    summary: str
    runbook: str
    """What to do, in two or three sentences; becomes a runbook page."""


@dataclass(frozen=True, slots=True)
class Route:
    """A hostname: `host` is the first label (`n8n`), the domain follows from the lab."""

    host: str
    namespace: str
    environment: str = "production"
    login: bool = True
    """Whether the application brings a login of its own; one without is routed only where `access.without_login` names it."""
    port: str = ""
    """For one without a login: the port of its first Service, as `kubectl port-forward` takes it (`9090`, `12000:80`)."""
    services: tuple[str, ...] = ()
    """The Services behind it, in `namespace`: each path of the hostname leads to one of them."""


@dataclass(frozen=True, slots=True)
class SecretRequest:
    """A Secret that a person supplies or the tool generates; never its value.

    `keys` maps each key to `generate:<length>`, `fixed:<public value>` or `ask:<what it is and where it comes from>`;
    a value of many lines is asked for by its form: `ask-credentials:` (Amazon's file), `ask-tunnel:` (of cloudflared),
    `ask-clusters:` (of Proxmox CSI), `ask-pem:`.
    """

    name: str
    namespace: str
    purpose: str
    keys: Mapping[str, str]
    type: str = "Opaque"
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels by which whoever reads the Secret finds it."""


@dataclass(frozen=True, slots=True)
class Uncopied:
    """Volumes that backups leave out, by the labels of their claims: their owner saves them better, or can lose them."""

    namespace: str
    labels: Mapping[str, str]
    why: str
    """For whoever restores: how the contents come back."""


@dataclass(frozen=True, slots=True)
class Generated:
    """A Secret that a program makes in the cluster by itself, at random, and that is in no repository."""

    name: str
    namespace: str
    what: str
    """What it is, and what follows when it is made anew."""


def _nothing(_plan: Plan, _settings: Any) -> tuple[()]:
    return ()


@dataclass(frozen=True)
class Component:
    """One way to provide capabilities. Functions take (plan, settings) and are pure."""

    name: str
    area: Area
    summary: str
    settings: type[Settings]
    parts: tuple[Part, ...] | Callable[[Plan, Any], tuple[Part, ...]] = ()
    group: str = ""
    """Folder below the area: `network`, `storage`, `controllers`, `monitoring`, `databases`, `identity`; empty for none."""
    namespaces: tuple[Namespace, ...] | Callable[[Plan, Any], tuple[Namespace, ...]] = ()
    provides: frozenset[Capability] = frozenset()
    needs: tuple[Need, ...] | Callable[[Plan, Any], tuple[Need, ...]] = ()
    flows: Callable[[Plan, Any], tuple[Flow, ...]] = _nothing
    alerts: Callable[[Plan, Any], tuple[Alert, ...]] = _nothing
    routes: Callable[[Plan, Any], tuple[Route, ...]] = _nothing
    secrets: Callable[[Plan, Any], tuple[SecretRequest, ...]] = _nothing
    generated: Callable[[Plan, Any], tuple[Generated, ...]] = _nothing
    uncopied: Callable[[Plan, Any], tuple[Uncopied, ...]] = _nothing
    refuses: Callable[[Plan, Any], Iterable[Problem]] = _nothing
    """What cannot be meant by its settings in this lab: names that refer to nothing, addresses outside of what there is."""
    homepage: str = ""
    application: bool = False
    """Chosen under `apps`, not under `components`."""
    applies: Callable[[Any], bool] | None = None
    """Whether a lab (a Homelab) gets it without asking; None: only when needed, used or named."""


@dataclass(frozen=True, slots=True)
class because:  # noqa: N801 - reads as a word where values are written
    """A value with the reason it differs from the chart's default: `because(3, "one per host")` writes the comment."""

    value: Any
    reason: str
