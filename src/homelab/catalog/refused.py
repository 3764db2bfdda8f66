"""What a plan cannot mean: names that refer to nothing in it, two of what there can be one of, wishes without an effect.

Rules of the lab as a whole stand here; what only one component knows, it refuses itself (`Component.refuses`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from homelab.capabilities import Capability
from homelab.catalog.offers.lab import hostname
from homelab.catalog.plan import Plan, hostnames, namespaces_of, routes
from homelab.catalog.versions import option_of
from homelab.spec.names import unresolved
from homelab.spec.source import Problem

SYSTEM = "kube-system"
"""The namespace that no policy guards."""


def refused(plan: Plan) -> Iterator[Problem]:
    """Everything in the plan that cannot be meant."""
    yield from _access(plan)
    yield from _one_host_each(plan)
    yield from _one_default_class(plan)
    yield from _practices(plan)
    for choice in plan.choices:
        yield from choice.component.refuses(plan, choice.settings)


def there_all_the_same(plan: Plan, without: Mapping[Capability, str]) -> Iterator[Problem]:
    """Capabilities that are off, and that a component of the lab provides beside what it is there for.

    `without` is capability to the option that says so.
    """
    for capability, option in without.items():
        if provider := plan.providers.get(capability):
            message = f"is off, but {provider.name} is in this lab ({provider.why}) and provides {capability} as well"
            yield Problem(option, message, f"take it out, or say `components: {{{provider.name}: off}}`")


def _practices(plan: Plan) -> Iterator[Problem]:
    """Exceptions of a component from a practice that it has nothing for."""
    for choice in plan.choices:
        own = choice.settings.practices
        option = f"{option_of(choice.name, application=choice.component.application)}.practices"
        spaces = {space.name for space in namespaces_of(plan, choice)} - {SYSTEM}
        if own.network_policies is not None and not spaces:
            message = f"has no effect: {choice.name} has no namespace of its own to guard"
            yield Problem(f"{option}.network_policies", message, "take it out")
        if own.alerts is not None and not choice.component.alerts(plan, choice.settings):
            yield Problem(f"{option}.alerts", f"has no effect: {choice.name} has no alerts", "take it out")


def _access(plan: Plan) -> Iterator[Problem]:
    """Names under `access` that no application or routed component has, and wishes that nothing fulfils yet."""
    access = plan.homelab.access
    served = {choice.name for choice, _route in routes(plan)} | set(plan.homelab.apps)
    for key in ("public", "sso", "own_login"):
        names = getattr(access, key)
        for index, name in enumerate(names):
            option = f"access.{key}.{index}"
            if name not in served:
                yield unresolved(option, name, served, "an application of this lab")
            elif name in names[:index]:
                yield Problem(option, f"{name} stands here twice", "take one out")
            elif key == "own_login" and name not in access.public:
                yield Problem(
                    option,
                    f"{name} is not public, so no login is asked of it",
                    "take it out, or make it public: see",
                    also="access.public",
                )
    yield from _without_login(plan)
    if access.sso:
        yield Problem("access.sso", "asks for an identity provider, and no component provides one yet", "take it out")
    if access.vpn != "none":
        yield Problem("access.vpn", f"is {access.vpn}, and no component provides it yet", "take it out")


def _without_login(plan: Plan) -> Iterator[Problem]:
    """Names under `access.without_login` that are no hostname of this lab, or of something that has a login."""
    wanted = plan.homelab.access.without_login
    known = {route.host for _choice, route in hostnames(plan) if not route.login}
    for index, name in enumerate(wanted):
        option = f"access.without_login.{index}"
        if name in wanted[:index]:
            yield Problem(option, f"{name} stands here twice", "take one out")
        elif name not in known:
            yield unresolved(option, name, known, "the hostname of something without a login")


def _one_host_each(plan: Plan) -> Iterator[Problem]:
    """A hostname leads to one service: of two routes the older wins, and the other is never reached."""
    owners: dict[str, str] = {}
    for choice, route in hostnames(plan):
        option = option_of(choice.name, application=choice.component.application)
        first = owners.setdefault(route.host, option)
        if first != option:
            message = f"is reached at {hostname(plan, route.host)}, as is"
            yield Problem(option, message, "give one of them another hostname", also=first)


def _one_default_class(plan: Plan) -> Iterator[Problem]:
    """One class at most is that of claims which name none: with two, the newest wins."""
    asked: Mapping[str, bool | None] = {
        choice.name: getattr(choice.settings, "default_class", None)
        for choice in plan.choices
        if choice.component.provides & {Capability.STORAGE_BLOCK, Capability.STORAGE_LOCAL}
    }
    defaults = [name for name, default in asked.items() if default]
    for name in defaults[1:]:
        option = f"components.{name}.default_class"
        yield Problem(
            option,
            "makes a second default class, beside",
            "switch one of them off",
            also=f"components.{defaults[0]}.default_class",
        )
