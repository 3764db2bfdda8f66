"""Every check's page is its test: it fires on the marked lines and nothing else, and falls silent once fixed."""

from __future__ import annotations

import os
from datetime import date

import pytest

from assess.pages import CHECKS, Page, inventory, judged, load, places, repinned, said, says, told
from homelab.assess.check import Check
from homelab.assess.names import by_id, checks
from homelab.assess.run import assess

EVERY = checks()
REPIN = os.environ.get("HOMELAB_REPIN") == "1"


def page_of(check: Check) -> Page:
    return load(check.page)


@pytest.fixture(params=EVERY, ids=[check.id for check in EVERY])
def check(request) -> Check:
    return request.param


def test_marked_lines_are_accused_and_no_others(check):
    """The check finds exactly what its page marks, by file and line."""
    page = page_of(check)
    findings, _ = judged(check, page.accused)
    assert page.marked, f"{check.page.name} marks no line"
    assert places(findings) == page.marked, [f"{f.place}: {f.message}" for f in findings]


def test_the_page_tells_what_the_check_says(check):
    """Every finding of the runner stands on the page, with its severity, its object and its sentence, and no other does.

    `HOMELAB_REPIN=1` writes what it says now.
    """
    lines, text = told(said(check, page_of(check).accused)), check.page.read_text(encoding="utf-8")
    if REPIN and says(text) != lines:
        check.page.write_text(repinned(text, lines), encoding="utf-8")
    assert says(check.page.read_text(encoding="utf-8")) == lines


def test_what_is_unknown_reaches_the_runner(check):
    """What a page shows to be unknown is told by the runner with the check's own name, and is no finding."""
    if "Unknown" in (page := page_of(check)).variants:
        found = said(check, page.variants["Unknown"])
        assert found.findings == ()
        assert [each for each in found.unknown if each.check == check.id] != []
        assert check.id not in found.judged


def test_the_mend_of_the_page_mends(check):
    """With the blocks below *Fixed* in place the check says nothing, and still could judge."""
    page = page_of(check)
    assert page.variants.get("Fixed"), f"{check.page.name} has no blocks below *Fixed*"
    findings, unjudged = judged(check, page.fixed)
    assert [f.message for f in findings] == []
    assert unjudged == []


def test_what_is_to_be_left_alone_is(check):
    """The blocks below *Left alone*, the known false alarms, are not accused; those below *Unknown* are said to be unknown."""
    page = page_of(check)
    findings, _ = judged(check, page.variants.get("Left alone", {}))
    assert [f.message for f in findings] == []
    if "Unknown" in page.variants:
        findings, unjudged = judged(check, page.variants["Unknown"])
        assert [f.message for f in findings] == []
        assert unjudged != []


def test_findings_say_enough(check):
    """Each finding has a sentence without a full stop or secret, a place, and a hint or a mend; its page has the three parts."""
    page = page_of(check)
    findings, _ = judged(check, page.accused)
    for finding in findings:
        assert finding.message
        assert not finding.message.endswith(".")
        assert finding.place is not None
        assert finding.hint or finding.fix
        assert finding.check == check.id
    text = check.page.read_text(encoding="utf-8")
    assert text.startswith(f"# {check.id}\n")
    for part in ("## What it finds", "## Why it matters", "## How to fix"):
        assert part in text, f"{check.page.name} lacks {part}"


def test_the_table_is_complete():
    """Every file below checks/ is in the table once, with a page beside it; the failure names the line to add."""
    found = sorted(
        f"homelab.assess.checks.{'.'.join(file.relative_to(CHECKS).with_suffix('').parts)}:{file.stem}"
        for file in CHECKS.rglob("*.py")
        if file.name != "__init__.py"
    )
    from homelab.assess.table import CHECKS as TABLE

    assert sorted(TABLE) == found
    assert len(set(TABLE)) == len(TABLE)
    assert sorted(c.page for c in EVERY) == sorted(CHECKS.rglob("*.md"))


def test_the_table_is_in_order():
    """Lines stand in the order of subject and name, so that a new one has one place."""
    from homelab.assess.table import CHECKS as TABLE

    assert list(TABLE) == sorted(TABLE)


def test_every_name_is_one_name():
    """Ids and aliases name one check each."""
    names = [name for check in EVERY for name in (check.id, *check.aliases)]
    assert len(names) == len(set(names))
    assert all(by_id(name) for name in names)


@pytest.mark.parametrize("variant", ["accused", "fixed"])
def test_all_checks_judge_every_page(variant):
    """No check stumbles over the repository of another's page, and judging twice says the same."""
    for check in EVERY:
        files = getattr(page_of(check), variant)
        first = assess(inventory(files), today=date(2026, 1, 1))
        assert assess(inventory(files), today=date(2026, 1, 1)) == first
        assert [gap for gap in first.unknown if "other types" in gap.why] == []


def test_all_checks_judge_everything_at_once():
    """All pages in one repository, each in a folder of its own, are judged without a stumble."""
    files = {f"{c.id}/{path}": text for c in EVERY for path, text in page_of(c).accused.items()}
    found = assess(inventory(files), today=date(2026, 1, 1))
    assert found.findings == tuple(
        sorted(found.findings, key=lambda f: (-f.severity, f.check, str(f.subject), f.message))
    )


def test_nothing_at_all_is_judged_without_an_alarm():
    """An empty repository gives no finding: what is missing is unknown, not wrong."""
    assert assess(inventory({}), today=date(2026, 1, 1)).findings == ()


def test_a_version_is_accused_from_the_day_after_its_end():
    """What ends on a day is all right on that day, and accused on the next."""
    check = by_id("version-combination-unsupported")
    lab = inventory(page_of(check).accused)

    def ended(day: date) -> bool:
        found = assess(lab, today=day, only=[check.id]).findings
        return any("no fixes after 2026-09-29" in finding.message for finding in found)

    assert [ended(date(2026, 9, day)) for day in (28, 29, 30)] == [False, False, True]
