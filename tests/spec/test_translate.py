"""Sentences for what types refuse: for every shape of field that settings may have."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError, field_validator

from homelab.spec.section import Section
from homelab.spec.translate import field_at, model_at, problems


class Inner(Section):
    """An inner section."""

    size: int = Field(default=1, lt=9)
    """How large it is, in pieces."""


class Outer(Section):
    """An outer section."""

    mode: int | Literal["auto"] = 1
    """A number of them, or auto."""
    inner: Inner | None = None
    """The optional inner one."""
    either: Inner | bool = True
    """A section or a switch."""
    many: tuple[Inner, ...] = ()
    """Several of them, in order."""
    named: dict[str, Inner] = Field(default_factory=dict)
    """Several of them, by name."""
    names: tuple[str, ...] = Field(default=(), max_length=1)
    """At most one of them."""
    code: Annotated[str, Field(pattern="^[a-c]+$", max_length=3)] = "a"
    """A code of letters."""
    even: int = 2
    """An even number of them."""

    @field_validator("even")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            raise ValueError(f"{value} is odd")
        return value


@pytest.mark.parametrize(
    ("data", "option", "message"),
    [
        ({"mode": "some"}, "x.mode", "is some, expected a whole number or auto"),
        ({"inner": {"size": 9}}, "x.inner.size", "is 9, expected less than 9"),
        ({"inner": {"sizes": 9}}, "x.inner.sizes", "is not an option"),
        ({"many": [{}, {"size": "a"}]}, "x.many.1.size", "is a, expected a whole number"),
        ({"named": {"a": {"size": 1.5}}}, "x.named.a.size", "is 1.5, expected a whole number"),
        ({"names": ["a", "b"]}, "x.names", "is a list, expected at most 1 entry"),
        ({"names": [1]}, "x.names.0", "is 1, expected text; put it in quotes"),
        ({"code": "xyz"}, "x.code", "is xyz, expected text that matches ^[a-c]+$"),
        ({"code": "abca"}, "x.code", "is abca, expected at most 3 characters"),
        ({"even": 3}, "x.even", "3 is odd"),
        ([1], "x", "is a list, expected a mapping"),
    ],
)
def test_each_shape_has_its_sentence(data, option, message):
    """What is, what was expected, at the option; one sentence for all branches of a union."""
    with pytest.raises(ValidationError) as raised:
        Outer.model_validate(data)
    (problem,) = problems(raised.value, Outer, data, "x")
    assert (problem.option, problem.message) == (option, message)


def test_models_and_fields_are_found_by_path():
    """The reference and the hints look up what stands at a path, through options, unions, lists and mappings."""
    assert model_at(Outer, ("inner",)) is Inner
    assert model_at(Outer, ("either",)) is Inner
    assert model_at(Outer, ("many", 0)) is Inner
    assert model_at(Outer, ("named", "a")) is Inner
    assert model_at(Outer, ("code",)) is None
    assert model_at(Outer, ("gone", "x")) is None
    field = field_at(Outer, ("named", "a", "size"))
    assert field
    assert field.description == "How large it is, in pieces."
    assert field_at(Outer, ()) is None


def test_key_with_nothing_behind_it_means_its_default():
    """An option whose lines are all commented out is as if it were not there."""
    assert Outer.model_validate({"named": None, "even": None, "inner": None}) == Outer()
