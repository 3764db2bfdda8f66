"""Trace: a mend in the words of an object becomes a mend in the words of homelab.yaml.

While a component makes its objects, the options it reads are recorded. Each of them is tried: set it, resolve again,
make the object again, and see whether the field now holds. What is found is proved, never guessed from names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from homelab.capabilities import Capability
from homelab.catalog.component import because
from homelab.catalog.plan import Choice, Plan, namespaces_of, parts_of
from homelab.catalog.resolve import resolve
from homelab.catalog.versions import option_of
from homelab.errors import HomelabError
from homelab.findings import Patch, SpecEdit
from homelab.kube.resource import Manifest
from homelab.spec.edit import apply_data, value_at
from homelab.spec.load import of_data
from homelab.spec.section import Section, reading

Made = Callable[[Plan], Manifest | None]
"""The patched object as another plan makes it; None where that plan makes none."""

WIDE = ("practices.", "backup.", "alerts.", "access.")
"""Lab-wide options that may mend an object; nodes, addresses and versions are no mend for a manifest."""

_STEP = re.compile(r"\[([^\]]+)\]|([^.\[\]]+)")
_FREE = (Section, dict, list, tuple)


def trace(plan: Plan, patch: Patch, made: Made, *, owner: str = "") -> tuple[SpecEdit, ...] | None:
    """The smallest edit after which the patched field holds; None where no option governs it.

    Args:
        plan: the lab as it is.
        patch: what should be: a field of an object and its value; an empty field asks for the object itself.
        made: makes the patched object from another plan.
        owner: the component that makes the object; by default those that own its namespace.
    """
    data = plan.homelab.model_dump(mode="json", exclude_unset=True)
    tried: list[SpecEdit] = []
    for edit in _candidates(plan, patch, data, owner):
        if edit in tried:
            continue
        tried.append(edit)
        if _holds_after(plan, patch, made, apply_data(data, [edit])):
            return (edit,)
    return None


def holds(body: Manifest | None, patch: Patch) -> bool:
    """Whether a patch holds: numbers at least, mappings and lists by presence, None by absence, all else by equality."""
    if body is None:
        return False
    found: Any = body
    for index, name in _STEP.findall(patch.field):
        found = _below(found, index or name)
    wanted = patch.value
    if wanted is None:
        return not patch.field or found is None
    if isinstance(wanted, (dict, list, tuple)):
        return bool(found)
    if isinstance(wanted, bool) or not isinstance(wanted, (int, float)):
        return bool(found == wanted)
    return isinstance(found, (int, float)) and not isinstance(found, bool) and found >= wanted


def options_read(plan: Plan, choice: Choice) -> frozenset[str]:
    """Every option path that a component reads while it makes its values and objects."""
    with reading() as log:
        for part in parts_of(plan, choice):
            if part.values:
                _walk(part.values(plan, choice.settings))
            for _body in part.resources(plan, choice.settings) if part.resources else ():
                pass
    return frozenset(log)


def _walk(value: Any) -> None:
    """Look into every value, so that lazily made ones are made."""
    if isinstance(value, because):
        _walk(value.value)
    elif isinstance(value, dict):
        for item in value.values():
            _walk(item)


def _below(value: Any, step: str) -> Any:
    """A key of a mapping; an item of a list by its number, or by its `name`."""
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list):
        if step.isdecimal():
            return value[int(step)] if int(step) < len(value) else None
        return next((item for item in value if isinstance(item, dict) and item.get("name") == step), None)
    return None


def _owners(plan: Plan, patch: Patch, owner: str) -> Iterator[Choice]:
    """Who may make the object: the component named, else those of its namespace, else the foundation."""
    if owner:
        if owner in plan.by_name:
            yield plan.by_name[owner]
        return
    space = patch.subject.namespace
    for choice in plan.choices:
        if any(namespace.name == space for namespace in namespaces_of(plan, choice)) or any(
            part.namespace == space for part in parts_of(plan, choice)
        ):
            yield choice
    if plan.has(Capability.POLICY_FOUNDATION):
        yield plan.providers[Capability.POLICY_FOUNDATION]


def _candidates(plan: Plan, patch: Patch, data: dict[str, Any], owner: str) -> Iterator[SpecEdit]:
    """Edits worth trying, the narrowest and likeliest first; lab-wide options only after all of the components' own."""
    words = set(re.findall(r"[a-z]+", f"{patch.subject.name} {patch.subject.kind} {patch.field}".lower()))
    own: list[tuple[int, str]] = []
    wide: set[str] = set()
    for choice in _owners(plan, patch, owner):
        prefix = f"{option_of(choice.name, application=choice.component.application)}."
        for path in sorted(options_read(plan, choice)):
            if not path.startswith(prefix):
                wide.update([path] if path.startswith(WIDE) else [])
                continue
            likeness = len(words & set(re.findall(r"[a-z]+", path.removeprefix(prefix))))
            own.append((-likeness, path))
    for path in [*(path for _likeness, path in sorted(own)), *sorted(wide)]:
        yield from _edits(plan, path, data, patch.value)


def _edits(plan: Plan, path: str, data: dict[str, Any], wanted: Any) -> Iterator[SpecEdit]:
    """Values worth trying for an option: none at all where it is written, the patch's own, the other of two."""
    known, current = _typed(plan, path)
    if not known or isinstance(current, _FREE):
        return
    if value_at(data, path) is not None:
        yield SpecEdit(path, None)
    if isinstance(current, bool) or current is None:
        yield SpecEdit(path, not current)
    if not isinstance(current, bool) and isinstance(wanted, (int, float, str)) and not isinstance(wanted, bool):
        yield SpecEdit(path, wanted)


def _typed(plan: Plan, path: str) -> tuple[bool, Any]:
    """(whether it exists, value) of an option in the typed models."""
    section, _, rest = path.partition(".")
    at: Any = plan.homelab
    if section in {"components", "apps"}:
        name = next((each for each in plan.by_name if rest == each or rest.startswith(f"{each}.")), "")
        if not name:
            return False, None
        at, path = plan.settings(name), rest.removeprefix(name).removeprefix(".")
    for step in filter(None, path.split(".")):
        if isinstance(at, Section) and step in type(at).model_fields:
            at = getattr(at, step)
        elif isinstance(at, dict) and step in at:
            at = at[step]
        elif isinstance(at, (list, tuple)) and step.isdecimal() and int(step) < len(at):
            at = at[int(step)]
        else:
            return False, None
    return True, at


def _holds_after(plan: Plan, patch: Patch, made: Made, data: dict[str, Any]) -> bool:
    """Whether the patch holds in the lab that these data describe; a lab that cannot be built is no mend."""
    try:
        return holds(made(_resolved(plan, data)), patch)
    except HomelabError:
        return False


def _resolved(plan: Plan, data: dict[str, Any]) -> Plan:
    catalog = _catalog_of(plan)
    return resolve(of_data(data), pins=plan.pins, components=catalog)


def _catalog_of(plan: Plan) -> Any:
    """The whole catalog, or, for a plan of components that it does not know (a test's), the plan's own."""
    from homelab.catalog.providers import catalog, with_own

    everything = catalog()
    names = {component.name for component in with_own(plan.homelab, everything)}
    return (
        everything if all(choice.name in names for choice in plan.choices) else tuple(c.component for c in plan.choices)
    )
