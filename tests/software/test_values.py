"""Values over defaults, merged as Helm merges them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homelab.software.values import over

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
