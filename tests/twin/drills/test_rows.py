"""Rows and the list of known contradictions: what counts as predicted, and what proves nothing."""

from __future__ import annotations

from datetime import date

import pytest

from homelab.errors import InvalidHomelab
from homelab.twin.drills.known import Known, expected_to_contradict, known, parse
from homelab.twin.drills.rows import By, Form, Row, Seen, Verdict, compare, digest, plain

ROW = Row("a@b/c", "says", 2, By.SCHEDULER)
FAULT = Known("F2", "host-*", "a@b/*", "always", "because", "2026-11-26")


def verdict(row, *seen, listed=None):
    """What comes of one row."""
    (one,) = compare([row], seen, listed or {})
    return one.verdict


@pytest.mark.parametrize(
    ("form", "expected", "good", "bad"),
    [
        (Form.IS, 2, [2], [1, 3, None]),
        (Form.IS, True, [True], [False]),
        (Form.IS, ["x"], [["x"]], [[], ["y"]]),
        (Form.LEAST, 2, [2, 3], [1]),
        (Form.MOST, 2, [2, 1], [3]),
        (Form.ABOUT, 50, [45, 50, 55], [44.9, 55.1, None]),
        (Form.ABOUT, None, [None], [50.0]),
        (Form.NAMES, "room", [["room", "x"]], [[], ["x"]]),
    ],
)
def test_a_form_says_what_agrees(form, expected, good, bad):
    """Each form agrees with what it means, and contradicts the rest."""
    row = Row("a", "says", expected, By.SCHEDULER, form, tolerance=5)
    assert {verdict(row, Seen("a", value)) for value in good} == {Verdict.AGREES}
    assert {verdict(row, Seen("a", value)) for value in bad} == {Verdict.CONTRADICTS}


def test_what_a_stand_in_did_proves_nothing():
    """Neither a row that a stand-in decides nor one that it happened to decide agrees or contradicts."""
    assert verdict(ROW, Seen(ROW.id, 2, By.STOOD_IN)) is Verdict.STOOD_IN
    assert verdict(ROW, Seen(ROW.id, 9, By.STOOD_IN)) is Verdict.STOOD_IN
    assert verdict(Row("a", "says", 2, By.STOOD_IN), Seen("a", 2)) is Verdict.STOOD_IN


def test_what_was_not_seen_is_not_well():
    """A row without an observation is no success."""
    (one,) = compare([ROW], [], {})
    assert (one.verdict, one.well) == (Verdict.UNSEEN, False)


def test_a_time_may_be_late_by_what_was_measured():
    """A busy machine makes a time later, never earlier."""
    row = Row("a", "says", 50, By.CONTROLLERS, Form.ABOUT, tolerance=5)
    assert verdict(row, Seen("a", 60, late=10)) is Verdict.AGREES
    assert verdict(row, Seen("a", 66, late=10)) is Verdict.CONTRADICTS
    assert verdict(row, Seen("a", 40, late=10)) is Verdict.CONTRADICTS


def test_a_known_contradiction_is_strict():
    """A listed row may contradict; when no row of its fault does any more, it fails until it is taken off the list."""
    other = Row("a@b/d", "says", 2, By.SCHEDULER)
    listed = expected_to_contradict([FAULT], "host-dies", None, [ROW, other])
    assert listed == {ROW.id: "F2", other.id: "F2"}
    some = compare([ROW, other], [Seen(ROW.id, 1), Seen(other.id, 2)], listed)
    none = compare([ROW, other], [Seen(ROW.id, 2), Seen(other.id, 2)], listed)
    assert [(each.verdict, each.well) for each in some] == [(Verdict.KNOWN, True), (Verdict.AGREES, True)]
    assert [(each.verdict, each.well) for each in none] == [(Verdict.OUTDATED, False)] * 2
    assert expected_to_contradict([FAULT], "node-dies", None, [ROW]) == {}


def test_the_list_that_comes_with_homelab_is_read():
    """Each entry names a fault, a drill, rows, a reason, and a day that has been."""
    for each in known():
        assert date.fromisoformat(each.since) <= date.today()  # noqa: DTZ011 - a day, not a moment
    assert parse("[]", "known.yaml") == ()


@pytest.mark.parametrize("text", ["a: b", "- {fault: F1}", "- {fault: F1, drill: x, rows: y, because: z, since: ''}"])
def test_an_entry_without_its_parts_is_refused(text):
    """A known contradiction without a reason or a date cannot be written down."""
    with pytest.raises(InvalidHomelab, match=r"known\.yaml:1"):
        parse(text, "known.yaml")


def test_a_hash_is_of_the_content():
    """The order of keys does not change the hash, a value does."""
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 1, "b": 3})
    assert digest([plain(ROW)]) != digest([plain(Row("a@b/c", "says", 3, By.SCHEDULER))])


def test_a_row_reads_as_a_sentence():
    """Never, about, at least and a list are words."""
    about = Row("a", "says", 350.0, By.CONTROLLERS, Form.ABOUT, tolerance=45)
    assert about.expected == "about 350 s ± 45"
    assert Row("a", "says", None, By.CONTROLLERS, Form.ABOUT).expected == "never"
    assert Row("a", "says", 2, By.SCHEDULER, Form.LEAST).expected == "at least 2"
    assert Row("a", "says", [], By.SCHEDULER).expected == "none"
    assert Row("a", "says", value=True, by=By.ETCD).expected == "yes"
