"""Resolve: a Homelab becomes a Plan. Who is in, why, with which settings, in which order; and every mistake on the way.

A component is in when the lab is of a kind that gets it, when it is named under `components`, `apps` or `use`, or when
another needs what it provides. The rounds end because a round only ever adds components.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import ValidationError

from homelab.capabilities import Capability
from homelab.catalog.asked import Asked, asked
from homelab.catalog.component import Component, Settings
from homelab.catalog.needs import Need
from homelab.catalog.order import in_circle, ordered
from homelab.catalog.plan import Choice, Plan, needs_of
from homelab.catalog.providers import INSTEAD, catalog, preferred, with_own
from homelab.catalog.refused import refused, there_all_the_same
from homelab.catalog.versions import option_of, version_conflicts
from homelab.errors import InvalidHomelab, Mistake
from homelab.spec.load import attempt as attempt_file
from homelab.spec.section import settle
from homelab.spec.source import Problem, Source, nowhere
from homelab.spec.translate import problems
from homelab.spec.words import lowered

if TYPE_CHECKING:
    from homelab.spec.homelab import Homelab


@dataclass
class _Rounds:
    """What one resolution knows so far."""

    homelab: Homelab
    components: tuple[Component, ...]
    names: Asked
    pins: Mapping[str, str]
    settings: dict[str, Settings] = field(default_factory=dict)
    unmet: dict[str, Problem] = field(default_factory=dict)

    @property
    def usable(self) -> tuple[Component, ...]:
        """Components that are neither applications nor switched off."""
        return tuple(c for c in self.components if not c.application and c.name not in self.names.off)


def resolve(
    homelab: Homelab,
    source: Source | None = None,
    *,
    pins: Mapping[str, str] | None = None,
    components: tuple[Component, ...] | None = None,
) -> Plan:
    """The plan of a lab.

    Args:
        homelab: what is wanted.
        source: where it was read, so that mistakes have lines.
        pins: chart versions of the repository by Application name; they outrank the components' own.
        components: the catalog, by default every component of the table.

    Raises:
        InvalidHomelab: with every mistake.
    """
    plan, found = attempt(homelab, pins=pins, components=components)
    if found:
        place = source or nowhere()
        raise InvalidHomelab(place.mistake(problem) for problem in found)
    return plan


def attempt(
    homelab: Homelab, *, pins: Mapping[str, str] | None = None, components: tuple[Component, ...] | None = None
) -> tuple[Plan, list[Problem]]:
    """The plan as far as it goes, and every problem."""
    everything = with_own(homelab, catalog() if components is None else components)
    state = _Rounds(homelab, everything, asked(homelab, everything), pins or {})
    found = state.names.problems
    for name in list(state.names.chosen):
        found.extend(_type_settings(state, name))
    plan = _plan(state)
    while added := _missing(state, plan):
        for name, why in added.items():
            state.names.chosen[name] = why
            found.extend(_type_settings(state, name))
        plan = _plan(state)
    found.extend(state.unmet.values())
    choices, circle = ordered(plan)
    if circle:
        found.append(Problem("components", f"need each other in a circle: {in_circle(circle)}"))
    plan = Plan(homelab, choices, plan.pins, plan.use)
    found.extend(version_conflicts(plan))
    found.extend(there_all_the_same(plan, state.names.without))
    found.extend(refused(plan))
    return plan, found


def check(path: str) -> list[Mistake]:
    """Every mistake of a file, of both rooms, in file order; `-` reads standard input.

    Raises:
        UnreadableDocument: a file that cannot be read, or is not YAML.
    """
    homelab, source, mistakes = attempt_file(path)
    found = list(mistakes)
    if homelab is not None:
        found += [source.mistake(problem) for problem in attempt(homelab)[1]]
    return list(InvalidHomelab(found).mistakes)


def _plan(state: _Rounds) -> Plan:
    """The components chosen so far, in the order of the table."""
    choices = tuple(
        Choice(component, state.settings[component.name], state.names.chosen[component.name])
        for component in state.components
        if component.name in state.settings
    )
    return Plan(state.homelab, choices, state.pins, state.names.use)


def _type_settings(state: _Rounds, name: str) -> Iterator[Problem]:
    """Type the settings of a component; with mistakes in them, its defaults stand in so that the rest is judged too."""
    component = next(c for c in state.components if c.name == name)
    written = state.names.settings.get(name, {})
    option = option_of(name, application=component.application)
    try:
        settings = component.settings.model_validate(written)
    except ValidationError as error:
        yield from problems(error, component.settings, written, option)
        settings = component.settings.model_construct()
    settle(settings, option)
    state.settings[name] = settings


def _missing(state: _Rounds, plan: Plan) -> dict[str, str]:
    """Components that are needed and not in yet, with why; notes the needs that nothing can meet."""
    added: dict[str, str] = {}
    state.unmet = {}
    for choice in plan.choices:
        for need in needs_of(plan, choice):
            if plan.has(need.capability):
                continue
            provider = _provider(state, need.capability)
            if provider is None:
                problem = _unmet(state, choice, need)
                state.unmet.setdefault(f"{choice.name} {need.capability}", problem)
            elif provider not in state.settings:
                added.setdefault(provider, f"needed by {choice.name}: {need.why}")
    return added


def _provider(state: _Rounds, capability: Capability) -> str | None:
    """Who shall provide a capability, or what serves instead of it; None where nothing may."""
    if capability in state.names.without:
        return None
    chosen = state.names.use.get(capability) or preferred(capability, state.homelab, state.usable)
    instead = INSTEAD.get(capability)
    return chosen or (_provider(state, instead) if instead else None)


def _unmet(state: _Rounds, choice: Choice, need: Need) -> Problem:
    """The sentence about a need that nothing meets, at the option that would mend it."""
    capability = need.capability
    who = f"{choice.name} needs {capability}: {lowered(need.why)}"
    providers = [c.name for c in state.components if capability in c.provides]
    if capability in state.names.without:
        return Problem(
            state.names.without[capability], f"is off, but {who}", f"take it out, or switch {choice.name} off"
        )
    for name in providers:
        if name in state.names.off:
            others = [other for other in providers if other not in state.names.off]
            hint = f"choose another: `use: {{{capability}: {others[0]}}}`" if others else f"leave {name} on"
            return Problem(state.names.off[name], f"is off, but {who}", hint)
    option = option_of(choice.name, application=choice.component.application)
    if providers:
        message = f"needs {capability} ({need.why}), and nothing in this lab can provide it"
        return Problem(option, message, f"{' or '.join(providers)} would, given disks of its own: see nodes.*.ceph"
                       if capability.startswith("storage.") else f"add `use: {{{capability}: {providers[0]}}}`")  # fmt: skip
    return Problem(option, f"needs {capability} ({need.why}), which no component provides yet")
