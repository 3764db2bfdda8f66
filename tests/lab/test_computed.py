"""Computed pages: the same figures as the report, for whoever reads the repository instead of running a command."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from homelab.cli.console import Console
from homelab.cli.opened import rendered
from homelab.lab.computed import computed_pages, standing
from homelab.lab.pipeline import Lab
from homelab.lab.roadmap import roadmap
from homelab.render import layout
from homelab.render.guide import markdown as md
from homelab.render.guide.amounts import minutes, percent

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@cache
def lab(name="starter"):
    return Lab.load(str(EXAMPLES / name / "homelab.yaml"))


@cache
def page(name="starter"):
    return computed_pages(lab(name))[layout.RESILIENCE].text


@pytest.mark.slow
def test_the_figures_are_those_of_the_report():
    """Every service stands on the page with the availability and the downtime of `homelab uptime`."""
    found = lab().uptime()
    assert page().startswith(md.MADE)
    assert (
        f"| **the lab** | {percent(found.lab.lan.availability)} | {minutes(found.lab.lan.minutes_per_year)} |" in page()
    )
    for service in found.services:
        figure = service.lan
        assert f"| {service.name} | {percent(figure.availability)} | {minutes(figure.minutes_per_year)} |" in page()
    assert percent(found.ceiling.availability) in page()


@pytest.mark.slow
def test_the_table_of_levels_is_computed():
    """Levels stand with their downtime, in months of 730 hours, and the lab's own line stands between them."""
    for level, year, month in (("99 %", "3.65 d", "7.3 h"), ("99.9 %", "8.76 h", "43.8 min")):
        assert re.search(rf"\| {level} \| – \| {year} \| {month} \|", page())
    assert "**this lab, LAN**" in page()


def test_single_points_and_causes_are_those_of_the_report():
    """What fails alone stands with its minutes, the worst first."""
    points = sorted(lab().uptime().lab.single_points_of_failure, key=lambda p: (-p.minutes_per_year, p.component))
    shown = page().partition("## Single points of failure")[2].partition("\n## ")[0]
    rows = [line.split(" | ")[:2] for line in shown.splitlines() if line.startswith("| ")][2:]
    assert [f"| {p.component}" for p in points[: len(rows)]] == [row[0] for row in rows]
    assert [minutes(p.minutes_per_year) for p in points[: len(rows)]] == [row[1] for row in rows]


def test_the_roadmap_is_that_of_the_command():
    """Actions stand in their order with their exact gains, and each phase with what is claimed and computed."""
    found = roadmap(lab())
    places = [page().index(f"| {action.title} | {minutes(action.minutes_saved_alone)} |") for action in found.actions]
    assert places == sorted(places)
    for phase in found.phases:
        claimed = f" {phase.claimed} |" if phase.claimed else ""
        assert f"| {phase.name} |{claimed} {percent(phase.lan.availability)} |" in page()


def test_the_page_counts_what_assess_finds():
    """The counts of findings are those of the assessment."""
    found = lab().assessment(date(2026, 1, 1)).findings
    line = next(row for row in page().splitlines() if "Findings of `homelab assess`" in row)
    assert sum(int(number) for number in re.findall(r"\d+", line)) == len(found)


@pytest.mark.slow
def test_same_file_same_page():
    """A second computation writes the same bytes."""
    again = Lab.load(str(EXAMPLES / "starter" / "homelab.yaml"))
    assert computed_pages(again)[layout.RESILIENCE].text == page()


@pytest.mark.slow
def test_a_comment_changes_no_page(tmp_path):
    """Lines of homelab.yaml that move change nothing: the page names options, not lines."""
    text = (EXAMPLES / "starter" / "homelab.yaml").read_text(encoding="utf-8")
    moved = tmp_path / "homelab.yaml"
    moved.write_text("# a comment\n\n" + text, encoding="utf-8")
    assert computed_pages(Lab.load(str(moved)))[layout.RESILIENCE].text == page()


@pytest.mark.slow
def test_render_leaves_the_page_out_when_told():
    """With --without-computed every other file is the same, and the page is not there."""
    whole, bare = rendered(lab(), Console(), computed=True), rendered(lab(), Console(), computed=False)
    assert set(whole) - set(bare) == {layout.RESILIENCE}
    assert {path: whole[path] for path in bare} == bare


@pytest.mark.slow
def test_what_stops_while_one_is_upgraded_is_computed():
    """The only control plane takes the API down while it starts anew, three of them do not, and an only node takes down everything."""

    def stops(example):
        return standing(lab(example).inventory, lab(example).computed).planned

    assert [
        round(m) for place, service, m in stops("two-boxes") if (place, service) == ("ctrl-0", "kubernetes-api")
    ] == [10]
    assert "kubernetes-api" not in {service for _, service, _ in stops("enterprise")}
    ((place, what, length),) = stops("starter")
    assert (place, what) == ("mini", "everything")
    assert length > 10
