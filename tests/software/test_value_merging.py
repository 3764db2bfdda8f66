"""Chart values merged as Helm merges them, and the keys that nobody models."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homelab.software.values import over, unmodelled

KEYS = st.sampled_from("abc")
TREES = st.recursive(st.integers(0, 3), lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=6)
MAPS = st.dictionaries(KEYS, TREES, max_size=3)


def test_null_deletes_a_default():
    """A user's null takes the default away; a list replaces the default's list."""
    assert over({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": None}, "d": []}) == {"a": {"c": 2}, "d": []}


def test_a_scalar_replaces_a_map_and_the_other_way_round():
    """Only maps merge: everything else replaces whatever stood there."""
    assert over({"a": {"b": 1}, "c": 1}, {"a": 2, "c": {"d": 3}}) == {"a": 2, "c": {"d": 3}}


@given(MAPS, MAPS)
def test_merging_twice_is_merging_once(defaults, values):
    """Values laid over a result that has them already change nothing, and never the defaults themselves."""
    before = repr(defaults)
    once = over(defaults, values)
    assert over(once, values) == once
    assert repr(defaults) == before


@given(MAPS)
def test_nothing_is_unknown_where_every_key_is_known(values):
    """A known path stands for everything below it."""
    assert unmodelled(values, ("a", "b", "c")) == ()


def test_strangers_are_named_by_their_path():
    """The sentence names the first part of a path that nobody knows; an empty map says nothing."""
    values = {"a": {"b": {"x": 1}, "c": {"y": 2}}, "d": 3, "e": {}, "f": {"g": 1}}
    assert unmodelled(values, ("a.b", "f.g.h")) == (
        "values key a.c is not modelled",
        "values key d is not modelled",
        "values key f.g is not modelled",
    )
