"""Component: the contract of everything we choose. Data plus pure functions; no base class, no templates inside YAML.

What it is made of stands beside it: `needs`, `flows` (with routes) and `upkeep` (alerts, secrets, what backups leave out).

A component's file always has this order: docstring (what it is for in a lab), `Settings`, functions, the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import Field

from homelab.capabilities import Capability
from homelab.catalog.flows import Flow, Route
from homelab.catalog.needs import Need
from homelab.catalog.upkeep import Alert, Generated, SecretRequest, Uncopied
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
    may_have: tuple[str, ...] = ()
    """Names of all namespaces that it has in any lab, where `namespaces` depends on the lab."""
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

    @property
    def every_namespace(self) -> tuple[str, ...]:
        """Names of all namespaces that it declares in any lab."""
        return self.may_have if callable(self.namespaces) else tuple(each.name for each in self.namespaces)


@dataclass(frozen=True, slots=True)
class because:  # noqa: N801 - reads as a word where values are written
    """A value with the reason it differs from the chart's default: `because(3, "one per host")` writes the comment."""

    value: Any
    reason: str
