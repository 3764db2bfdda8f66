"""Order: every RUN and START need before its user, stable; and the waves in which Applications are created."""

from __future__ import annotations

from collections.abc import Iterable

from homelab.capabilities import Capability
from homelab.catalog.needs import Phase
from homelab.catalog.plan import Choice, Plan, namespaces_of, needs_of
from homelab.catalog.providers import INSTEAD

SYSTEM = "kube-system"
"""The one namespace that Kubernetes makes itself."""


def provider(plan: Plan, capability: Capability) -> Choice | None:
    """Who provides a capability in this lab, or what serves instead of it."""
    found = plan.providers.get(capability)
    instead = INSTEAD.get(capability)
    return found or (plan.providers.get(instead) if instead else None)


def before(plan: Plan, choice: Choice) -> tuple[str, ...]:
    """Names of the components that must stand before a component: its providers, and whoever makes its namespaces."""
    needs = [need.capability for need in needs_of(plan, choice) if need.phase is not Phase.CHANGE]
    found = [provider(plan, capability) for capability in needs]
    if any(namespace.name != SYSTEM for namespace in namespaces_of(plan, choice)):
        found.append(provider(plan, Capability.POLICY_FOUNDATION))
    return tuple(dict.fromkeys(each.name for each in found if each and each.name != choice.name))


def ordered(plan: Plan) -> tuple[tuple[Choice, ...], tuple[str, ...]]:
    """The choices in order, and the names on a circle of needs (empty when there is none)."""
    edges = {choice.name: before(plan, choice) for choice in plan.choices}
    done: dict[str, None] = {}
    circle: list[str] = []

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if name in done:
            return
        if name in trail:
            circle[:] = circle or trail[trail.index(name) :]
            return
        for other in edges[name]:
            visit(other, (*trail, name))
        done[name] = None

    for name in edges:
        visit(name, ())
    return tuple(plan.by_name[name] for name in done), tuple(circle)


def waves(plan: Plan) -> dict[str, int]:
    """Component name to its wave: one more than the highest of what it needs, counting from 0.

    Components without Applications take no wave of their own.
    """
    found: dict[str, int] = {}
    for choice in plan.choices:
        steps = [
            found[name] + bool(plan.by_name[name].component.parts) for name in before(plan, choice) if name in found
        ]
        found[choice.name] = max(steps, default=0)
    return found


def in_circle(names: Iterable[str]) -> str:
    """A circle as people read it: `a → b → a`."""
    listed = list(names)
    return " → ".join([*listed, listed[0]])
