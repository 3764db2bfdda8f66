"""Versions and ranges of charts, as Helm reads them."""

from __future__ import annotations

import pytest

from homelab.tools.charts.versions import exact, fits, newest, parse
from homelab.tools.helm import HelmCommand, Template
from homelab.tools.process import Programs
from tools.charts.making import files, folder

THERE = ["0.3.1", "1.0.0", "1.2.3", "1.2.10", "v1.3.0", "1.4.0-rc.1", "1.4.0-rc.2", "2.0.0"]


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        ("1.2.3", "1.2.3"),
        ("v1.2.3", "1.2.3"),
        ("1.3.0", "v1.3.0"),
        ("1.2", "1.2.10"),
        ("1.x", "v1.3.0"),
        ("1.2.x", "1.2.10"),
        ("1.*", "v1.3.0"),
        ("^1.2", "v1.3.0"),
        ("^0.3", "0.3.1"),
        ("~1.2.3", "1.2.10"),
        ("~1", "v1.3.0"),
        (">=1.0.0 <1.2.10", "1.2.3"),
        (">= 1.0.0, < 1.2.10", "1.2.3"),
        (">1.2", "2.0.0"),
        ("<=1.2", "1.2.10"),
        ("1.0.0 - 1.2.9", "1.2.3"),
        ("^3 || ^0.3", "0.3.1"),
        ("!=2.0.0", "v1.3.0"),
        ("", "2.0.0"),
        ("*", "2.0.0"),
        (">=1.4.0-0 <2", "1.4.0-rc.2"),
        ("1.4.0-rc.1", "1.4.0-rc.1"),
        ("^3", None),
        ("1.2.4", None),
        ("main", None),
        (">=", None),
    ],
)
def test_the_newest_that_is_meant_is_taken(wanted, taken):
    """A version is itself, a range its newest release; one before its release is taken only where the range names such."""
    assert newest(wanted, THERE) == taken


@pytest.mark.slow
def test_ranges_are_those_of_helm(tmp_path, oracle):
    """Each range of the table fits the versions that helm's own `semverCompare` says it fits."""
    oracle("helm")
    ranges = ["1.2.3", "1.2", "1.x", "^1.2", "^0.3", "^0", "~1.2.3", "~1", ">=1.0.0 <1.2.10", ">1.2", "<=1.2", "1.0.0 - 1.2.9",
              "^3 || ^0.3", "!=2.0.0", "*", ">=1.4.0-0 <2", "^1.4.0-rc.1", "<1.3", "=1.2", "!=1.2", ">=1.x"]  # fmt: skip
    ask = "{{ range $r := .Values.r }}{{ range $v := $.Values.v }}{{ semverCompare $r $v }} {{ end }}{{ end }}"
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{said: '{ask}'}}\n"
    chart = folder(tmp_path / "ask", {"Chart.yaml": files()["Chart.yaml"], "templates/a.yaml": text})
    versions = [text.removeprefix("v") for text in THERE]
    made = HelmCommand(Programs()).render(Template(chart, "t", "x", {"r": ranges, "v": versions}))
    theirs = [word == "true" for word in made[0]["data"]["said"].split()]
    ours = [fits(parse(version), wanted) for wanted in ranges for version in versions]
    pairs = [(wanted, version) for wanted in ranges for version in versions]
    assert [pair for pair, a, b in zip(pairs, ours, theirs, strict=True) if a != b] == []


def test_a_range_is_no_version():
    """Three numbers are one chart; anything less is a range."""
    assert [exact(text) for text in ("1.2.3", "v1.2.3-rc.1", "1.2", "1.x", "^1.2.3", "")] == [True, True, *[False] * 4]
