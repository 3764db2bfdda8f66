"""The computed figures of the examples: what the model says about labs that people know."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from homelab.findings import SpecEdit
from homelab.lab.pipeline import Lab
from homelab.lab.reading import read
from homelab.lab.roadmap import roadmap

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@cache
def lab(name):
    return Lab.load(str(EXAMPLES / name / "homelab.yaml"))


@cache
def report(name):
    return lab(name).uptime()


@cache
def steps(name):
    return {action.name: action for action in roadmap(lab(name)).actions}


def alone(name, service="lab"):
    found = report(name).lab if service == "lab" else next(s for s in report(name).services if s.name == service)
    return {point.component: point for point in found.single_points_of_failure}


@pytest.mark.slow
def test_two_boxes_names_the_control_plane_and_both_boxes():
    """Seven nodes on two machines: the one control plane stops the API and each machine the lab, alone; the line says where."""
    found = alone("two-boxes") | alone("two-boxes", "kubernetes-api")
    for component, line in {"Node ctrl-0": "  ctrl-0:", "Host pve-1": "  pve-1:", "Host pve-2": "  pve-2:"}.items():
        place = found[component].option_place
        text = Path(place.file).read_text().splitlines()
        assert text[place.line - 1].startswith(line)
    assert "only control plane" in found["Host pve-1"].because
    assert "4 of 6 OSDs" in found["Host pve-2"].because


@pytest.mark.slow
def test_no_host_of_enterprise_stops_it_alone():
    """Three machines, each thing on all of them: none is a single point of failure."""
    assert not [component for component in alone("enterprise") if component.startswith("Host ")]


def test_the_single_proxy_is_named_with_its_line():
    """One proxy behind a controller of one: the data plane is what is accused."""
    point = alone("two-boxes")["envoy-gateway-system/Deployment/homelab-gateway"]
    assert point.because == "1 replica"
    assert point.place.file.endswith("gateway.yaml")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["two-boxes", "guide", "enterprise", "starter"])
def test_causes_add_up_to_the_whole(name):
    """The minutes booked on causes are the lab's minutes."""
    found = report(name).lab
    assert sum(minutes for _, minutes in found.causes) == pytest.approx(found.lan.minutes_per_year, rel=1e-6)


@pytest.mark.parametrize("name", ["two-boxes", "guide", "enterprise", "starter"])
def test_figures_lie_in_their_bands_and_under_the_ceiling(name):
    """Low ≤ figure ≤ high, and nothing seen from the Internet beats the way to it."""
    found = report(name)
    for service in (found.lab, *found.services):
        for figure in filter(None, (service.lan, service.internet)):
            assert figure.low <= figure.availability <= figure.high
    assert found.lab.internet.availability <= found.ceiling.availability
    assert found.lab.internet.availability <= found.lab.lan.availability


def test_the_lab_is_no_better_than_any_of_its_parts():
    """All applications of production together are up at most as often as each alone."""
    found = report("two-boxes")
    counted = [s for s in found.services if s.group == "application" and s.environment == "production"]
    assert counted
    assert all(found.lab.lan.availability <= service.lan.availability for service in counted)


def test_enterprise_is_an_order_of_magnitude_better():
    """What the reference README asks for is worth what it says, when it is done on three machines."""
    assert report("enterprise").lab.lan.minutes_per_year < report("two-boxes").lab.lan.minutes_per_year / 5


@pytest.mark.slow
def test_three_control_planes_on_two_machines_gain_little():
    """The first item of the reference roadmap is worth minutes here; a third machine is worth several times that."""
    found = steps("two-boxes")
    assert 0 < found["control-planes"].minutes_saved_alone < 0.1 * report("two-boxes").lab.lan.minutes_per_year
    assert found["third-host"].minutes_saved_alone > 3 * found["control-planes"].minutes_saved_alone


@pytest.mark.slow
def test_every_item_of_the_reference_roadmap_is_an_action():
    """All eleven are there, each with an edit that applies to the lab as the reference README states it."""
    eleven = {
        "control-planes", "gateway", "argo-cd", "metrics", "schedules", "database-backups", "n8n", "budgets", "spread",
        "probes", "requests",
    }  # fmt: skip
    found = steps("two-boxes")
    assert eleven <= set(found)
    assert all(found[name].edits for name in eleven)


def test_backups_save_data_and_not_minutes():
    """Schedules and log archives change no availability, and the roadmap says what they are for."""
    for name in ("schedules", "database-backups"):
        action = steps("two-boxes")[name]
        assert abs(action.minutes_saved_alone) < 0.5
        assert "data" in action.note


@pytest.mark.slow
def test_enterprise_has_done_the_reference_roadmap():
    """Nothing of the eleven is left to do there."""
    assert not {name for name, action in steps("enterprise").items() if action.phase}


@pytest.mark.slow
def test_a_what_if_equals_the_edited_lab():
    """Built upon the diagrams of another lab or from nothing, the figure is the same."""
    edit = SpecEdit("components.envoy-gateway.proxy_replicas", 2)
    quick = lab("two-boxes")
    _ = quick.whole
    after = quick.edited((edit,))
    assert after.whole.minutes() == pytest.approx(after.summary.minutes(), rel=1e-9)


def test_a_better_site_is_never_worse():
    """UPS, lines and a spare machine never lower availability."""
    base = lab("two-boxes")
    for edit in (
        SpecEdit("site.power.ups", "20m"),
        SpecEdit("site.internet.uplinks", 2),
        SpecEdit("site.spare_host", True),
    ):
        after = base.edited((edit,))
        assert after.whole.minutes("internet:lab") <= base.whole.minutes("internet:lab")


@pytest.mark.parametrize("name", ["two-boxes", "starter"])
def test_judging_the_written_repository_equals_judging_the_file(name, tmp_path, monkeypatch):
    """The same inventory, facts and figures from memory and from disk."""
    found = lab(name)
    expected = found.inventory
    for path, text in found.tree.texts().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path)  # places are said relative to the repository, as they are for a file
    inventory = read(".")
    assert {r.identity: r.body for r in inventory.resources} == {r.identity: r.body for r in expected.resources}
    assert set(inventory.facts) == set(expected.facts)
    assert inventory.ground == expected.ground
