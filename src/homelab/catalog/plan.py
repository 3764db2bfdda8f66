"""Plan: the components chosen, ordered, with typed settings. Data; what it offers to components are plain functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from homelab.capabilities import Capability
from homelab.catalog.component import Component, Namespace, Part, Settings
from homelab.catalog.flows import Flow, Route
from homelab.catalog.needs import Need, Phase
from homelab.catalog.upkeep import Generated, SecretRequest, Uncopied

if TYPE_CHECKING:
    from homelab.spec.homelab import Homelab


@dataclass(frozen=True)
class Choice:
    """A component with its settings, and why it is there (`app n8n`, `needed by velero: buckets`, `components.x`)."""

    component: Component
    settings: Settings
    why: str

    @property
    def name(self) -> str:
        """The component's name."""
        return self.component.name


@dataclass(frozen=True)
class Plan:
    """Components in an order in which every RUN and START need stands before its user.

    `pins` are versions found in the repository that outrank the component's own: of charts by the name of the Application,
    of images by their repository, of providers by their source.
    `use` is the provider the owner chose, where several components provide a capability.
    """

    homelab: Homelab
    choices: tuple[Choice, ...]
    pins: Mapping[str, str] = field(default_factory=dict)
    use: Mapping[Capability, str] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> dict[str, Choice]:
        """Component name to choice."""
        return {choice.name: choice for choice in self.choices}

    @cached_property
    def providers(self) -> dict[Capability, Choice]:
        """Capability to the one component that provides it in this lab: the chosen one, else the first."""
        found: dict[Capability, Choice] = {}
        for choice in self.choices:
            for capability in choice.component.provides:
                if self.use.get(capability) == choice.name:
                    found[capability] = choice
                else:
                    found.setdefault(capability, choice)
        return found

    def has(self, capability: Capability) -> bool:
        """Whether something in this lab provides the capability."""
        return capability in self.providers

    def settings(self, name: str) -> Any:
        """The typed settings of a chosen component; KeyError when it is not chosen."""
        return self.by_name[name].settings


def parts_of(plan: Plan, choice: Choice) -> tuple[Part, ...]:
    """The Applications of a component in this lab, in their order."""
    parts = choice.component.parts
    return parts(plan, choice.settings) if callable(parts) else parts


def pin(plan: Plan, part: Part) -> str:
    """The chart version of an Application: the repository's own pin, else the component's; empty without a chart."""
    if part.chart is None:
        return ""
    return plan.pins.get(part.name) or part.chart.pin(plan.homelab.versions.kubernetes)


def namespaces_of(plan: Plan, choice: Choice) -> tuple[Namespace, ...]:
    """The namespaces that a component declares in this lab."""
    found = choice.component.namespaces
    return found(plan, choice.settings) if callable(found) else found


def needs_of(plan: Plan, choice: Choice) -> tuple[Need, ...]:
    """What a component needs in this lab."""
    found = choice.component.needs
    return found(plan, choice.settings) if callable(found) else found


def flows_of(plan: Plan, choice: Choice) -> tuple[Flow, ...]:
    """Who talks to whom, as this component declares it."""
    return choice.component.flows(plan, choice.settings)


def routes(plan: Plan) -> tuple[tuple[Choice, Route], ...]:
    """Every routed hostname with the component that serves it."""
    return tuple((choice, route) for choice, route in hostnames(plan) if is_open(plan, route))


def hostnames(plan: Plan) -> Iterator[tuple[Choice, Route]]:
    """Every hostname that a component could have, whether or not it is routed."""
    for choice in plan.choices:
        for route in choice.component.routes(plan, choice.settings):
            yield choice, route


def is_open(plan: Plan, route: Route) -> bool:
    """Whether a hostname is routed: what has no login is so only where the owner says it, by its first label."""
    return route.login or route.host in plan.homelab.access.without_login


def secrets(plan: Plan) -> tuple[tuple[Choice, SecretRequest], ...]:
    """Every Secret that somebody must supply or the tool generates."""
    return tuple((choice, item) for choice in plan.choices for item in choice.component.secrets(plan, choice.settings))


def generated(plan: Plan) -> tuple[tuple[Choice, Generated], ...]:
    """Every Secret that programs make in the cluster by themselves."""
    return tuple((c, item) for c in plan.choices for item in c.component.generated(plan, c.settings))


def uncopied(plan: Plan) -> tuple[Uncopied, ...]:
    """Every kind of volume that backups leave out."""
    return tuple(item for choice in plan.choices for item in choice.component.uncopied(plan, choice.settings))


def practice(plan: Plan, settings: Settings, name: str) -> bool:
    """Whether a practice holds for a component: its own exception, else the lab's word."""
    own = getattr(settings.practices, name)
    return bool(getattr(plan.homelab.practices, name) if own is None else own)


def run_needs(plan: Plan, choice: Choice) -> tuple[Need, ...]:
    """The needs that are missed at once."""
    return tuple(need for need in needs_of(plan, choice) if need.phase is Phase.RUN)
