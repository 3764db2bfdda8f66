"""What homelab.yaml asks for by name: components, apps and providers; and every way those names can be wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from homelab.capabilities import Capability
from homelab.catalog.apps.own.app import LONGEST
from homelab.catalog.component import Component
from homelab.spec.source import Problem
from homelab.spec.words import near, show

if TYPE_CHECKING:
    from homelab.spec.homelab import Homelab

OWN = ("image", "chart")
"""Options that make an application one of the owner's."""
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


@dataclass
class Asked:
    """The names in homelab.yaml, understood."""

    chosen: dict[str, str] = field(default_factory=dict)
    """Component to why it is there."""
    off: dict[str, str] = field(default_factory=dict)
    """Component to the option that switches it off."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Component to its settings as written."""
    use: dict[Capability, str] = field(default_factory=dict)
    """Capability to the provider the owner chose."""
    without: dict[Capability, str] = field(default_factory=dict)
    """Capability the owner does without, to the option that says so."""
    problems: list[Problem] = field(default_factory=list)


def asked(homelab: Homelab, catalog: tuple[Component, ...]) -> Asked:
    """Understand `components`, `apps` and `use`; what cannot be understood is in `problems`."""
    result = Asked()
    by_name = {component.name: component for component in catalog}
    for section, application in (("components", False), ("apps", True)):
        _section(result, section, getattr(homelab, section), by_name, application=application)
    for key, provider in homelab.use.items():
        result.problems.extend(_use(result, key, provider, catalog))
    for component in catalog:
        if component.name in result.chosen or component.name in result.off or component.application:
            continue
        if component.applies and component.applies(homelab) and not _all_without(component, result):
            result.chosen[component.name] = "part of every lab like this"
    return result


def _section(
    result: Asked, section: str, entries: Mapping[str, Any], by_name: Mapping[str, Component], *, application: bool
) -> None:
    for name, value in entries.items():
        option = f"{section}.{name}"
        component = by_name.get(name)
        if application and (wrong := _misnamed(option, name, value, component)):
            result.problems.append(wrong)
        elif component is None or component.application is not application:
            result.problems.append(_unknown(option, name, by_name, application=application))
        elif value is False or value == "off":  # YAML reads `off` as false, and `'off'` as text
            result.off[name] = option
        elif value in (None, True) or isinstance(value, dict):
            result.chosen[name] = option
            result.settings[name] = value if isinstance(value, dict) else {}
        else:
            message = (
                f"is {'a list' if isinstance(value, list) else repr(value)}, expected its settings as a mapping, or off"
            )
            result.problems.append(Problem(option, message))


def _misnamed(option: str, name: str, value: Any, component: Component | None) -> Problem | None:
    """What is wrong with the name of an application of one's own: no label of DNS, too long, or somebody else's."""
    if not _LABEL.fullmatch(name):
        expected = "a DNS label: lower-case letters, digits and '-'"
        return Problem(option, f"{show(name)} is not a name here, expected {expected}", at_key=True)
    if len(name) > LONGEST:
        message = f"{name} has {len(name)} letters, expected at most {LONGEST}: its namespaces and databases are named after it"
        return Problem(option, message, at_key=True)
    brought = [key for key in OWN if isinstance(value, dict) and key in value]
    if component and brought and brought[0] not in component.settings.model_fields:
        what = "an application" if component.application else "a component"
        message = f"{name} is {what} of homelab, and takes no {brought[0]} of yours"
        return Problem(option, message, "give yours another name", at_key=True)
    return None


def _unknown(option: str, name: str, by_name: Mapping[str, Component], *, application: bool) -> Problem:
    if name in by_name:
        here, there = ("a component", "components") if application else ("an application", "apps")
        return Problem(option, f"{name} is {here}, so it stands under {there}", at_key=True)
    noun = "an application" if application else "a component"
    known = [each for each, component in by_name.items() if component.application is application]
    others = "; any other needs an image or a chart" if application else ""
    hint = near(name, known, otherwise=lambda names: f"known: {', '.join(names)}{others}")
    return Problem(option, f"is not {noun} that homelab knows", hint, at_key=True)


def _use(result: Asked, key: str, provider: str, catalog: tuple[Component, ...]) -> Iterator[Problem]:
    option = f"use.{key}"
    if key not in {capability.value for capability in Capability}:
        hint = near(key, [c.value for c in Capability], otherwise=lambda names: f"known: {', '.join(names)}")
        yield Problem(option, "is not a capability", hint, at_key=True)
        return
    capability = next(c for c in Capability if c.value == key)
    candidates = [component.name for component in catalog if capability in component.provides]
    if provider == "off":
        result.without[capability] = option
    elif provider not in candidates:
        known = f"{key} is provided by {', '.join(candidates)}" if candidates else f"nothing provides {key} yet"
        yield Problem(option, f"{provider} does not provide {key}", near(provider, candidates) or known)
    elif provider in result.off:
        yield Problem(option, f"uses {provider}, which is switched off by", also=result.off[provider])
    else:
        result.use[capability] = provider
        result.chosen.setdefault(provider, option)


def _all_without(component: Component, result: Asked) -> bool:
    return bool(component.provides) and all(capability in result.without for capability in component.provides)
