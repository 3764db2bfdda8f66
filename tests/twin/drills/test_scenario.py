"""Scenario files: those that come with homelab are whole, and what is wrong with one is told with its line."""

from __future__ import annotations

import pytest

from homelab.errors import InvalidHomelab, UnreadableDocument
from homelab.twin.drills.aspects import ASPECTS
from homelab.twin.drills.scenario import STEPS, TARGETS, parse, scenarios

WORDS = frozenset(ASPECTS)
GOOD = """
title: A title
why: Because.
for: each host
steps:
  - look: before
  - kill: target
  - wait: 1h30m
  - look: away
expect:
  - {that: there is room, at: away, tolerance: 20s}
"""


def mistakes(text):
    """What is wrong with a text: line, path and message of each."""
    with pytest.raises(InvalidHomelab) as caught:
        parse(text, "scenarios/x.yaml", WORDS)
    return [(each.place.line, each.path, each.message) for each in caught.value.mistakes]


def test_every_scenario_is_read_and_every_word_is_used():
    """The files that come with homelab have no mistake, and together they use every step, target and expectation."""
    read = scenarios(ASPECTS)
    assert {each.name for each in read} >= {
        "host-dies",
        "node-dies",
        "control-plane-majority-dies",
        "node-drained",
        "leader-pod-dies",
    }
    assert {step.do for each in read for step in each.steps} == set(STEPS)
    assert {each.targets for each in read} == set(TARGETS)
    assert {expected.aspect for each in read for expected in each.expects} == set(ASPECTS)


def test_a_scenario_says_what_its_file_says():
    """Title, reason, targets, steps with their seconds and expectations with theirs come through."""
    made = parse(GOOD, "scenarios/x.yaml", WORDS)
    assert (made.name, made.title, made.why, made.targets) == ("x", "A title", "Because.", "each host")
    assert [(step.do, step.word, step.seconds) for step in made.steps] == [
        ("look", "before", 0),
        ("kill", "target", 0),
        ("wait", "1h30m", 5400),
        ("look", "away", 0),
    ]
    assert [(each.aspect, each.at, each.tolerance) for each in made.expects] == [("there is room", "away", 20)]


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "message"),
    [
        ("for: each host", "for: each cat", 4, "for", "is 'each cat'"),
        ("- kill: target", "- kick: target", 7, "steps.1.kick", "is no step"),
        ("- kill: target", "- kill: pve-1", 7, "steps.1.kill", "is 'pve-1', expected target"),
        ("- kill: target", "- kill", 7, "steps.1", "a step is one verb and its word"),
        ("wait: 1h30m", "wait: soon", 8, "steps.2.wait", "'soon' is not a duration"),
        ("that: there is room", "that: there is rum", 11, "expect.0.that", "is 'there is rum'"),
        ("at: away", "at: home", 11, "expect.0.at", "is 'home', and no step looks at that"),
        ("tolerance: 20s", "tolerance: 20", 11, "expect.0.tolerance", "'20' is not a duration"),
        ("tolerance: 20s", "because: x", 11, "expect.0", "an expectation has that, at and perhaps tolerance"),
        ("title: A title", "titel: A title", 2, "titel", "is no part of a scenario"),
    ],
)
def test_a_mistake_is_told_with_its_line(old, new, line, path, message):
    """Each word that is none is named with the line on which it stands."""
    assert old in GOOD
    found = mistakes(GOOD.replace(old, new))
    assert any(at == line and where == path and said.startswith(message) for at, where, said in found), found


def test_all_mistakes_come_at_once():
    """Two mistakes are two sentences."""
    assert len(mistakes(GOOD.replace("each host", "each cat").replace("1h30m", "soon"))) == 2


@pytest.mark.parametrize("text", ["", "[]", "a\n---\nb", GOOD.partition("steps:")[0]])
def test_what_is_no_scenario_is_refused(text):
    """A list, nothing, two documents, or a mapping without steps is no scenario."""
    with pytest.raises((InvalidHomelab, UnreadableDocument)):
        parse(text, "scenarios/x.yaml", WORDS)


def test_steps_that_are_no_list_are_refused():
    """A mapping in place of the list of steps is one mistake, at its key."""
    text = GOOD.replace("  - look: before\n  - kill: target\n  - wait: 1h30m\n  - look: away", "  look: before")
    assert (5, "steps", "is no list") in mistakes(text)
