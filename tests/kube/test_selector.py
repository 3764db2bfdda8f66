"""Selectors: what they select, as the API server decides it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.kube.selector import matches, selects

WEB = {"app": "web", "tier": "front"}
WORDS = st.sampled_from(["app", "tier", "x"])
VALUES = st.sampled_from(["web", "front", "1", ""])


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (None, False),
        ({}, True),
        ({"matchLabels": None, "matchExpressions": None}, True),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "web", "tier": "back"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "db"]}]}, True),
        ({"matchExpressions": [{"key": "x", "operator": "In", "values": ["web"]}]}, False),
        ({"matchExpressions": [{"key": "x", "operator": "NotIn", "values": ["web"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "x", "operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "x", "operator": "DoesNotExist"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "Like"}]}, False),
        ({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_a_label_selector(selector: dict[str, object] | None, expected: bool) -> None:
    """Null selects nothing, empty everything; equalities and expressions are joined by AND."""
    assert matches(selector, WEB) is expected


@pytest.mark.parametrize(
    ("selector", "expected"),
    [(None, False), ({}, False), ({"app": "web"}, True), ({"app": "web", "tier": "front"}, True), ({"x": "y"}, False)],
)
def test_a_service_selector(selector: dict[str, str] | None, expected: bool) -> None:
    """A Service without a selector, or with an empty one, selects no pods."""
    assert selects(selector, WEB) is expected


@given(st.dictionaries(WORDS, VALUES), st.dictionaries(WORDS, VALUES))
def test_equality_is_the_expression_in_one_value(equal: dict[str, str], labels: dict[str, str]) -> None:
    """`a: b` says the same as `a In [b]`."""
    expressions = [{"key": key, "operator": "In", "values": [value]} for key, value in equal.items()]
    assert matches({"matchLabels": equal}, labels) is matches({"matchExpressions": expressions}, labels)


@given(st.dictionaries(WORDS, VALUES), st.dictionaries(WORDS, VALUES), WORDS, VALUES)
def test_asking_for_more_selects_no_more(equal: dict[str, str], labels: dict[str, str], key: str, value: str) -> None:
    """A further condition never adds pods."""
    assert (
        matches({"matchLabels": equal}, labels)
        or not matches({"matchLabels": {**equal, key: value}}, labels)
        or (equal.get(key) not in {None, value})
    )
