"""Changes that a person makes to a lab one day, each as the lab that it would be: what a twin tries before anybody else does.

They are few on purpose: a component goes, an application goes, the pool of addresses shrinks. Those that `homelab check` would
refuse are no changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import TYPE_CHECKING

from homelab.capabilities import Capability
from homelab.errors import HomelabError
from homelab.findings import SpecEdit

if TYPE_CHECKING:
    from homelab.lab.pipeline import Lab


@dataclass(frozen=True)
class Tried:
    """A change: `name` for the command line (`velero-off`), `title` for people, the lab as it would be."""

    name: str
    title: str
    lab: Lab


def tried(found: Lab) -> Iterator[Tried]:
    """Every change of a lab that can be made, in the order of its components."""
    for name, title, edit in _edits(found):
        try:
            after = replace(found.edited([edit]), before=None)
            _ = after.plan
        except HomelabError:
            continue
        yield Tried(name, title, after)


def _edits(found: Lab) -> Iterator[tuple[str, str, SpecEdit]]:
    for choice in found.plan.choices:
        component = choice.component
        if Capability.GITOPS_SYNC in component.provides:
            continue  # nobody is left who would delete anything
        if component.application:
            environments = tuple(getattr(choice.settings, "environments", None) or ())
            for each in environments if len(environments) > 1 else ():
                option = SpecEdit(f"apps.{component.name}.environments.{each}", None)
                yield f"{component.name}-{each}-off", f"the environment {each} of {component.name} goes", option
            yield f"{component.name}-off", f"{component.name} goes", SpecEdit(f"apps.{component.name}", None)
        else:
            option = SpecEdit(f"components.{component.name}", value=False)
            yield f"{component.name}-off", f"{component.name} is switched off", option
    first, _, last = found.homelab.network.load_balancers.partition("-")
    if last and first != last:
        pool = f"{first.strip()}-{ip_address(last.strip()) - 1}"
        title = "the pool of addresses loses its last one"
        yield "pool-resized", title, SpecEdit("network.load_balancers", pool)
