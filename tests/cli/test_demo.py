"""The demo: every step told, every figure computed."""

from __future__ import annotations

import json
import re

import jsonschema_rs
import pytest

from homelab.cli import demo as showing
from homelab.cli.schema import published


@pytest.fixture
def small(lab, monkeypatch):
    """The demo shows the small lab."""
    monkeypatch.setattr(showing, "example", lambda: lab)
    return lab


def test_demo_tells_each_step_and_the_tables(homelab, small):
    """Each step is a line with its time; below are the phases, what fails alone, and what to do next."""
    done = homelab("demo")
    assert done.code == 0, done.err
    steps = re.findall(r"^  (\w+) .+\d\.\d s$", done.out, re.MULTILINE)
    assert steps == ["read", "render", "judge", "compute"]
    for title in ("UPTIME", "WHAT FAILS ALONE", "WHAT TO DO NEXT", "NEXT\n  homelab uptime"):
        assert title in done.out


@pytest.mark.slow
def test_demo_writes_only_where_it_is_told(homelab, small, tmp_path):
    """Without --to nothing is written; with it, the repository is."""
    before = set(tmp_path.rglob("*"))
    homelab("demo")
    assert set(tmp_path.rglob("*")) == before
    homelab("demo", "--to", tmp_path / "out")
    assert (tmp_path / "out/kubernetes/sets/root-applicationset.yaml").is_file()


@pytest.mark.slow
def test_demo_as_json_is_what_its_schema_says(homelab, small):
    """The JSON of the demo has the published shape."""
    done = homelab("demo", "--json")
    assert jsonschema_rs.validator_for(published("demo")).is_valid(json.loads(done.out))


def test_the_example_is_found():
    """The demo's lab is the example two-boxes, wherever homelab is installed from."""
    assert showing.example().parts[-2:] == ("two-boxes", "homelab.yaml")


@pytest.mark.slow
def test_the_real_demo_shows_the_boxes(homelab):
    """The README's lab is shown with its machines as what fails alone."""
    done = homelab("demo")
    assert done.code == 0, done.err
    assert "7 nodes on 2 machines" in done.out
    assert "Host pve-" in done.out
