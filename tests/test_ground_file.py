"""The lab file: what is written is read back equal, and whatever a stranger writes is a Ground or one sentence."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homelab.documents.emit import emit
from homelab.documents.read import load
from homelab.errors import UnreadableRepository
from homelab.ground import Acceptance, DeclaredSecret, Goals, Ground, Host, Node, RateOverride, Site, Target
from homelab.ground_file import dump, parse

name = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
text = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
size = st.integers(0, 2**50)
fraction = st.none() | st.floats(0.5, 0.999999)
seconds = st.none() | st.integers(0, 10**8).map(float)
cores = st.integers(1, 256).map(float) | st.sampled_from([0.5, 2.5])


def named(make):
    """Things with different names."""
    return st.lists(make, max_size=3, unique_by=lambda each: each.name).map(tuple)


grounds = st.builds(
    Ground,
    name=name,
    domain=name,
    kubernetes=st.sampled_from(["", "1.35.2", "1.33"]),
    talos=st.sampled_from(["", "1.10.9"]),
    api=st.sampled_from(["", "192.168.1.9"]),
    hosts=named(st.builds(Host, name, cores, size, st.dictionaries(name, size, max_size=2))),
    nodes=named(
        st.builds(
            Node, name, st.booleans(), st.booleans(), st.none() | name, st.just("192.168.1.10"), cores, size, size,
            st.lists(size, max_size=2).map(tuple), st.booleans(), st.dictionaries(name, text, max_size=2),
        )
    ),
    site=st.builds(Site, name, st.integers(0, 10**6).map(float), st.integers(1, 4), st.integers(1, 4), st.booleans()),
    targets=named(st.builds(Target, name, name, text, text, st.none() | name, st.booleans())),
    goals=st.builds(Goals, fraction, fraction, seconds, seconds),
    rates=st.dictionaries(name, st.builds(RateOverride, st.none() | cores, st.none() | cores, text), max_size=2),
    public=st.lists(name, max_size=2).map(tuple),
    authenticated=st.lists(name, max_size=2).map(tuple),
    secrets=st.lists(st.builds(DeclaredSecret, name, name, text, st.lists(name, max_size=2).map(tuple)), max_size=2).map(tuple),
    accepted=st.lists(st.builds(Acceptance, name, text, text, st.sampled_from(["", "2027-01-01"])), max_size=2).map(tuple),
)  # fmt: skip


@pytest.mark.slow
@given(grounds)
def test_what_is_written_is_read_back_equal(ground):
    """A Ground survives the file: every figure to the last digit, every name to the last sign."""
    (data,) = load(emit(dump(ground)), "lab.yaml")
    assert parse(data) == ground


KEYS = [
    "name", "domain", "kubernetes", "talos", "api", "hosts", "nodes", "site", "targets", "goals", "rates", "public",
    "authenticated", "secrets", "accept",
]  # fmt: skip
FIELDS = [
    "cpu", "memory", "disks", "ceph", "labels", "ups", "uplinks", "switches", "lan", "rto", "mttf", "keys", "host",
]  # fmt: skip
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**70) | st.floats(allow_nan=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text | st.sampled_from(FIELDS), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=400)
@given(st.dictionaries(st.sampled_from(KEYS), anything, max_size=4))
def test_whatever_a_stranger_writes_is_a_ground_or_one_sentence(data):
    """Nothing in a hand-written file ends in a traceback."""
    with suppress(UnreadableRepository):
        assert isinstance(parse(data), Ground)


def test_an_unknown_field_is_named():
    """A misspelt field is said, with those there are."""
    with pytest.raises(UnreadableRepository, match="hostss is not a field of the lab file"):
        parse({"name": "x", "hostss": {}})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"public": True}, "public is True, expected a list"),
        ({"hosts": {"a": 3}}, "hosts.a is 3, expected a map"),
        ({"nodes": {"a": {"ceph": 5}}}, "nodes.a.ceph is 5, expected a list"),
        ({"site": {"uplinks": 0}}, "site.uplinks is 0, expected a whole number from 1 to 100"),
        ({"hosts": {"a": {"memory": "much"}}}, "hosts.a.memory is 'much', expected a size such as 64Gi"),
    ],
)
def test_a_wrong_field_is_named_by_its_path(data, said):
    """The sentence names the field, what it is and what was expected."""
    with pytest.raises(UnreadableRepository) as caught:
        parse(data)
    assert caught.value.message == said
