"""Trace: a Patch becomes the SpecEdit that is proved to mend it."""

from __future__ import annotations

import pytest
from pydantic import Field

from catalog.plans import lab
from homelab.catalog import component
from homelab.catalog.component import Area, Component, Part
from homelab.catalog.plan import parts_of, practice
from homelab.catalog.resolve import resolve
from homelab.catalog.trace import holds, options_read, trace
from homelab.findings import Patch, SpecEdit, Subject


class Settings(component.Settings):
    """Settings of the fake."""

    server_replicas: int = 1
    """Replicas of the server."""
    worker_replicas: int = 1
    """Replicas of the worker."""
    cache: bool | None = None
    """Whether there is a cache; derived: no."""
    level: str = Field(default="low")
    """A word."""


def objects(plan, settings):
    for name in ("server", "worker"):
        replicas = getattr(settings, f"{name}_replicas")
        yield {"kind": "Deployment", "metadata": {"name": name, "namespace": "fake"}, "spec": {"replicas": replicas}}
        if practice(plan, settings, "budgets"):
            yield {"kind": "PodDisruptionBudget", "metadata": {"name": name, "namespace": "fake"}}
    if settings.cache:
        yield {
            "kind": "Deployment",
            "metadata": {"name": "cache", "namespace": "fake"},
            "spec": {"level": settings.level},
        }


FAKE = Component(
    "fake",
    Area.PLATFORM,
    "A fake.",
    Settings,
    parts=(Part("fake", "fake", resources=objects),),
    applies=lambda _lab: True,
)


def made(kind, name):
    def find(plan):
        (choice,) = plan.choices
        bodies = (b for part in parts_of(plan, choice) for b in part.resources(plan, choice.settings))
        return next((b for b in bodies if (b["kind"], b["metadata"]["name"]) == (kind, name)), None)

    return find


def traced(kind, name, field, value, **more):
    plan = resolve(lab("one", **more), components=(FAKE,))
    return trace(plan, Patch(Subject(kind, name, "fake"), field, value), made(kind, name))


def test_reads_are_recorded_with_their_option_paths():
    """What a component was made from is known by the names of homelab.yaml."""
    plan = resolve(lab("one"), components=(FAKE,))
    read = options_read(plan, plan.choices[0])
    assert {"components.fake.server_replicas", "components.fake.practices.budgets", "practices.budgets"} <= read
    assert "components.fake.level" not in read


@pytest.mark.parametrize("name", ["server", "worker"])
def test_number_is_set_on_the_option_that_governs_it(name):
    """Of two options alike, the one that changes this object is found."""
    expected = (SpecEdit(f"components.fake.{name}_replicas", 2),)
    assert traced("Deployment", name, "spec.replicas", 2) == expected


def test_own_exception_is_taken_out_where_the_lab_is_right():
    """A component's own wrong practice goes away instead of being overruled."""
    off = {"components": {"fake": {"practices": {"budgets": False}}}}
    assert traced("PodDisruptionBudget", "server", "", {}, **off) == (
        SpecEdit("components.fake.practices.budgets", None),
    )


def test_narrow_option_comes_before_the_lab_wide_one():
    """Mending one object does not change the whole lab."""
    found = traced("PodDisruptionBudget", "server", "", {}, practices={"budgets": False})
    assert found == (SpecEdit("components.fake.practices.budgets", True),)


def test_derived_switch_is_flipped():
    """An option that was derived can be said."""
    assert traced("Deployment", "cache", "", {}) == (SpecEdit("components.fake.cache", True),)


def test_nothing_is_guessed():
    """A field that no option governs has no mend."""
    assert traced("Deployment", "server", "spec.template.spec.priorityClassName", "high") is None


def test_unknown_owner_has_no_mend():
    """An object that no component makes has no mend."""
    plan = resolve(lab("one"), components=(FAKE,))
    patch = Patch(Subject("Deployment", "server", "fake"), "spec.replicas", 2)
    assert trace(plan, patch, made("Deployment", "server"), owner="other") is None


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("spec.replicas", 2, True),
        ("spec.replicas", 4, False),
        ("spec.containers[main].image", "a", True),
        ("spec.containers.0.image", "a", True),
        ("spec.containers[1].image", "a", False),
        ("spec.containers[main].probe", {}, False),
        ("spec.gone", None, True),
        ("spec.replicas", None, False),
        ("spec.flag", True, True),
        ("spec.flag", 1, False),
    ],
)
def test_fields_hold_as_people_mean_it(field, value, expected):
    """Numbers hold from a value on, collections by presence, absence by absence."""
    body = {"spec": {"replicas": 3, "flag": True, "containers": [{"name": "main", "image": "a"}]}}
    assert holds(body, Patch(Subject("Deployment", "x"), field, value)) is expected


def test_object_that_is_not_made_holds_nothing():
    """Where the object is gone, no field of it holds."""
    assert not holds(None, Patch(Subject("Deployment", "x"), "spec.replicas", 1))
