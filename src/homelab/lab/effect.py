"""Options without an effect: what somebody wrote, and nothing that is rendered reads.

Where an option can be read at all depends on the lab: the copies of a part that is not there, a size where sizes are off.
So it is a finding of this lab, and no mistake.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from homelab.assess.notices import WITHOUT_EFFECT
from homelab.catalog.plan import Plan
from homelab.findings import Finding, SpecEdit, Subject
from homelab.spec.section import Section

RESOLVED = frozenset({"homelab", "use", "components", "apps"})
"""Sections that are understood when components are chosen, not when they are rendered."""


def without_effect(plan: Plan, read: AbstractSet[str]) -> Iterator[Finding]:
    """A finding for each option of the file that differs from its default and was not read."""
    sections: tuple[Section, ...] = (plan.homelab, *(choice.settings for choice in plan.choices))
    written = {option: optional for section in sections for option, optional in _written(section)}
    for option in sorted(written.keys() - read - RESOLVED):
        message = f"{option} has no effect in this lab: nothing that is rendered asks for it"
        subject = Subject("Homelab", plan.homelab.name)
        fix = SpecEdit(option, None) if written[option] else None
        yield Finding(WITHOUT_EFFECT.id, WITHOUT_EFFECT.severity, subject, message, option=option, fix=fix)


def _written(section: Section) -> Iterator[tuple[str, bool]]:
    """Paths of the options of a section that stand in the file and say something else than their default; may they go?"""
    path = section._path  # noqa: SLF001 - the path is the section's own; a read of it would count as a read of an option
    for name, field in type(section).model_fields.items():
        value = section.__dict__[name]
        if name in section.model_fields_set and value != field.get_default(call_default_factory=True):
            optional = not field.is_required()
            yield from _leaves(value, f"{path}.{name}" if path else name, optional=optional)


def _leaves(value: Any, path: str, *, optional: bool) -> Iterator[tuple[str, bool]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, tuple) else ()
    below = [(key, item) for key, item in inner if isinstance(item, Section)]
    if isinstance(value, Section):
        yield from _written(value)
    elif below:
        for key, item in below:
            yield from _leaves(item, f"{path}.{key}", optional=optional)
    else:
        yield path, optional
