"""Diagrams: canonical, deep without recursion, bounded."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.availability.engine.bdd import FALSE, TRUE, Diagrams, TooManyNodesError


def variables(diagrams: Diagrams, count: int) -> list[int]:
    """The first variables."""
    return [diagrams.node(level, FALSE, TRUE) for level in range(count)]


def value(diagrams: Diagrams, node: int, bits: tuple[bool, ...]) -> bool:
    """The function, read off."""
    while node > TRUE:
        node = diagrams.high[node] if bits[diagrams.level[node]] else diagrams.low[node]
    return node == TRUE


def test_equal_functions_are_the_same_node():
    """De Morgan: both ways of writing it end in one node."""
    diagrams = Diagrams()
    a, b, c = variables(diagrams, 3)
    negated = diagrams.negation(diagrams.conjunction([a, b, c]))
    assert negated == diagrams.disjunction([diagrams.negation(x) for x in (a, b, c)])


def test_joining_nothing_gives_the_neutral_element():
    """All of nothing is true, any of nothing is false, at least nothing is true."""
    diagrams = Diagrams()
    assert (diagrams.conjunction([]), diagrams.disjunction([])) == (TRUE, FALSE)
    assert (diagrams.threshold(0, []), diagrams.threshold(1, []), diagrams.threshold(-2, [])) == (TRUE, FALSE, TRUE)


def test_ten_thousand_levels_need_no_recursion():
    """A conjunction far deeper than the interpreter's stack."""
    diagrams = Diagrams()
    chain = diagrams.conjunction(variables(diagrams, 10_000))
    odd = diagrams.conjunction(diagrams.node(level, FALSE, TRUE) for level in range(1, 10_000, 2))
    assert diagrams.conjunction([chain, odd]) == chain
    assert len(diagrams.reachable([chain])) == 10_000


def test_the_limit_stops_growth():
    """No more nodes than allowed."""
    with pytest.raises(TooManyNodesError):
        variables(Diagrams(limit=4), 5)


@given(st.integers(0, 9), st.lists(st.integers(0, 4), min_size=1, max_size=5))
def test_a_threshold_is_the_sum_of_the_weights(least, weights):
    """For every assignment, true exactly where the true inputs weigh enough."""
    diagrams = Diagrams()
    node = diagrams.threshold(least, variables(diagrams, len(weights)), weights)
    for bits in itertools.product((False, True), repeat=len(weights)):
        assert value(diagrams, node, bits) == (sum(w for w, b in zip(weights, bits, strict=True) if b) >= least)


@given(st.data())
def test_operations_are_those_of_logic(data):
    """Random expressions over four variables agree with Python's and, or, not and with fixing a variable."""
    diagrams = Diagrams()
    functions = [(node, frozenset(b for b in WORLDS if b[i])) for i, node in enumerate(variables(diagrams, 4))]
    for _ in range(data.draw(st.integers(1, 8))):
        (x, xs), (y, ys) = (data.draw(st.sampled_from(functions)) for _ in range(2))
        kind = data.draw(st.sampled_from("aon"))
        if kind == "n":
            functions.append((diagrams.negation(x), frozenset(WORLDS) - xs))
        elif kind == "a":
            functions.append((diagrams.conjunction([x, y]), xs & ys))
        else:
            functions.append((diagrams.disjunction([x, y]), xs | ys))
    for node, true_in in functions:
        assert {bits for bits in WORLDS if value(diagrams, node, bits)} == true_in
        fixed = diagrams.restriction(node, {1: True})
        assert all(value(diagrams, fixed, b) == ((b[0], True, *b[2:]) in true_in) for b in WORLDS)


WORLDS = list(itertools.product((False, True), repeat=4))
