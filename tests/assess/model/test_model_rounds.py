"""Rounds: what emptying nodes in turn does to where pods are, held against what can be counted by hand."""

from __future__ import annotations

import pytest

from homelab.assess.model.rounds import ALWAYS, Calendar, Manner, Round, Step, fill


def anywhere(pattern, free):
    """No wish and no filter."""
    del pattern
    return free


def fewest(pattern, free):
    """The nodes with the fewest of the set's own pods."""
    counts = {node: pattern.count(node) for node in free}
    return [node for node in free if counts[node] == min(counts.values())]


def round_of(nodes, visits=12.0, name="nodes"):
    """Each node emptied in turn."""
    return Round(name, visits, tuple(Step(f"drain {node}", frozenset({node})) for node in range(nodes)))


def test_what_leaves_fills_the_emptiest_up_to_one_level():
    """Half full, empty and full: two thirds of what comes levels the first two, by their room."""
    assert fill([0.5, 0.0, 1.0], [1.0, 1.0, 1.0], [0, 1, 2], 0.7) == pytest.approx({1: 0.6, 0: 0.1})
    assert fill([0.0, 0.0], [1.0, 3.0], [0, 1], 1.0) == pytest.approx({0: 0.25, 1: 0.75})


def test_on_two_nodes_everything_is_on_the_first_after_each_round():
    """The first is emptied onto the second, the second onto the first, and nothing goes back."""
    settled = Calendar((round_of(2),), (), (1.0, 1.0)).settled(Manner(1, (0, 1), anywhere))
    assert settled.between == {"nodes": {(0,): 1.0}}
    assert settled.at == {"drain 0": {(0,): 1.0}, "drain 1": {(1,): 1.0}}


def test_the_last_node_is_empty_and_the_others_are_level():
    """What leaves a node goes to the one that was emptied before; only the first node's pods are spread."""
    settled = Calendar((round_of(4),), (), (1.0,) * 4).settled(Manner(1, (0, 1, 2, 3), anywhere))
    assert settled.between["nodes"] == pytest.approx({(0,): 1 / 3, (1,): 1 / 3, (2,): 1 / 3}, abs=1e-4)
    moves = sum(
        weight for number in range(4) for pattern, weight in settled.at[f"drain {number}"].items() if number in pattern
    )
    assert moves == pytest.approx(1 + 1 / 3, abs=1e-3)


def test_without_rounds_losses_decide():
    """Two nodes that die equally often share a pod; one that dies nine times as often has it a tenth of the time."""

    def shares(first, second):
        losses = (Round("a", first, (Step("a", frozenset({0})),)), Round("b", second, (Step("b", frozenset({1})),)))
        return Calendar((), losses, (1.0, 1.0)).settled(Manner(1, (0, 1), anywhere)).between[ALWAYS]

    assert shares(1.0, 1.0) == pytest.approx({(0,): 0.5, (1,): 0.5}, abs=1e-4)
    assert shares(9.0, 1.0) == pytest.approx({(0,): 0.1, (1,): 0.9}, abs=1e-4)


def test_a_wish_to_spread_is_lost_where_there_is_nowhere_to_go():
    """Two replicas on two nodes end on one after a round; on three nodes they end on two of them."""
    two = Calendar((round_of(2),), (), (1.0,) * 2).settled(Manner(2, (0, 1), fewest))
    three = Calendar((round_of(3),), (), (1.0,) * 3).settled(Manner(2, (0, 1, 2), fewest))
    assert two.between["nodes"] == {(0, 0): 1.0}
    assert three.between["nodes"] == pytest.approx({(0, 1): 1.0}, abs=1e-5)


def test_replicas_that_may_not_share_a_node_come_back_to_theirs():
    """One waits while its node restarts, and is there again afterwards."""

    def strict(pattern, free):
        return [node for node in free if node not in pattern]

    settled = Calendar((round_of(2),), (), (1.0,) * 2).settled(Manner(2, (0, 1), strict))
    assert settled.between["nodes"] == {(0, 1): 1.0}


@pytest.mark.parametrize("pinned", [False, True])
def test_a_leader_is_never_on_the_node_that_was_emptied_last(pinned):
    """It hands over to one that stays, whether its pod may leave the node or not."""

    def strict(pattern, free):
        return [node for node in free if node not in pattern]

    manner = Manner(3, (0, 1, 2), strict, led=True, pinned=pinned)
    settled = Calendar((round_of(3),), (), (1.0,) * 3).settled(manner)
    leads = {}
    for pattern, weight in settled.between["nodes"].items():
        leads[pattern[0]] = leads.get(pattern[0], 0.0) + weight
    assert 2 not in leads
    assert sum(leads.values()) == pytest.approx(1.0)
    assert {tuple(sorted(pattern)) for pattern in settled.between["nodes"]} == {(0, 1, 2)}
