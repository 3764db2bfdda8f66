"""uptime and roadmap: figures, reasons, columns that add up."""

from __future__ import annotations

import json
import re

import pytest


def test_uptime_names_what_fails_alone(homelab, lab):
    """The only machine is named, with its cost and the line that declares it."""
    done = homelab("uptime", lab)
    assert done.code == 0
    assert re.search(rf"^Host mini +[\d,]+  the only control plane +{re.escape(str(lab))}:6:3$", done.out, re.MULTILINE)
    assert "ceiling (all in the cluster perfect)" in done.out


def test_causes_add_up(homelab, lab):
    """The minutes booked on causes are the lab's downtime."""
    found = json.loads(homelab("uptime", lab, "--json").out)["lab"]
    assert sum(c["minutes_per_year"] for c in found["causes"]) == pytest.approx(found["lan"]["minutes_per_year"])


def test_why_parts_add_up_and_have_sources(homelab, lab):
    """Every part that costs minutes has a rate with its source, or is planned work; together they are the downtime."""
    found = json.loads(homelab("uptime", lab, "--why", "lab", "--json").out)
    together = sum(part["minutes_per_year"] for part in found["parts"])
    assert together == pytest.approx(found["service"]["lan"]["minutes_per_year"])
    assert all(part["planned"] or part["source"] for part in found["parts"])
    assert found["structure"][0] == "lan/lab: all of"


def test_why_fits_a_screen_and_deep_says_all(homelab, lab):
    """Causes with their parts, planned apart, adding up; gates and rates only when they are asked for."""
    done = homelab("uptime", lab, "--why", "lab")
    assert len(done.out.splitlines()) <= 45
    assert re.search(r"^unplanned +[\d,]+$", done.out, re.MULTILINE)
    assert re.search(r"^planned +[\d,.]+$", done.out, re.MULTILINE)
    assert "UP MEANS" not in done.out
    assert "UP MEANS" in homelab("uptime", lab, "--why", "lab", "--deep").out


def test_unplugging_the_only_machine_takes_everything_down(homelab, lab):
    """Every service that stands on it is down at once and until it is back; what there is not is refused."""
    done = homelab("uptime", lab, "--unplug", "mini")
    assert done.code == 0
    assert re.search(r"^mini is lost, and back after 48|^mini is lost, and back after 2.0 d", done.out)
    assert re.search(r"^kubernetes-api +down +down +down +down +2.0 d$", done.out, re.MULTILINE)
    assert homelab("uptime", lab, "--unplug", "oven").code == 2


def test_why_knows_services_by_their_beginning(homelab, lab):
    """A service may be named by its beginning; a name that fits none or several is told with those there are."""
    assert homelab("uptime", lab, "--why", "kube").code == 0
    none = homelab("uptime", lab, "--why", "nothing")
    assert none.code == 2
    assert "kubernetes-api" in none.err
    several = homelab("uptime", lab, "--why", "network.")
    assert several.code == 2
    assert "several services begin with network." in several.err


def test_a_missed_goal_exits_1_when_asked(homelab, lab):
    """A goal that is missed is told with how much is missing; with --goals it is the exit code."""
    lab.write_text(lab.read_text() + "goals: {lan: 99.99}\n")
    told = homelab("uptime", lab)
    assert told.code == 0
    assert re.search(r"goal LAN 99.99\d* %: missed by .+/yr", told.out)
    assert homelab("uptime", lab, "--goals").code == 1
    lab.write_text(lab.read_text().replace("99.99", "90"))
    assert homelab("uptime", lab, "--goals").code == 0


def test_rates_have_sources(homelab):
    """Each default rate is printed with a source."""
    rates = json.loads(homelab("uptime", "--rates", "--json").out)["rates"]
    assert rates
    assert all(rate["source"] for rate in rates)
    assert "BNetzA" in homelab("uptime", "--rates").out


@pytest.mark.slow
def test_roadmap_orders_actions_with_costs(homelab, lab):
    """Actions are listed with their gain alone, after the others, and what they cost."""
    done = homelab("roadmap", lab, "--edits")
    assert done.code == 0
    assert re.search(r"Keep a spare machine on the shelf +−[\d.]+ h +−[\d.]+ h  1 h · 500 €", done.out)
    assert "site.spare_host: true" in done.out


@pytest.mark.slow
def test_roadmap_writes_an_action(homelab, lab):
    """--write puts an action's edits into the file, keeps its comments, and the gain is then gone from the list."""
    done = homelab("roadmap", lab, "--write", "spare")
    assert done.code == 0
    assert "# the only machine" in lab.read_text()
    assert "spare_host: true" in lab.read_text()
    assert "spare machine" not in homelab("roadmap", lab).out
    wrong = homelab("roadmap", lab, "--write", "nothing")
    assert wrong.code == 2
    assert "these apply: " in wrong.err


LAB_OF_A_FOLDER = """\
goals: {lan: 0.5}
nodes: {a: {role: control-plane, schedulable: true, host: one, cpu: 4, memory: 8Gi}}
"""
ROUTE = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {rules: [{host: web.example.org, http: {paths: [{backend: {service: {name: lost, port: {number: 80}}}}]}}]}
"""


def test_a_figure_of_which_a_part_was_not_read_is_at_most(homelab, tmp_path):
    """Its row has ≤ and ≥, the reason stands below the table, in --why and in JSON, and no goal is met by it."""
    (tmp_path / ".homelab").mkdir()
    (tmp_path / ".homelab" / "lab.yaml").write_text(LAB_OF_A_FOLDER)
    (tmp_path / "route.yaml").write_text(ROUTE)
    told = homelab("uptime", tmp_path).out
    (row,) = [line for line in told.splitlines() if line.startswith("  web.example.org")]
    assert re.search(r"≤ [\d.]+ % +≥ .+/yr", row)
    assert "web.example.org is that at most: Service shop/lost is not known" in told
    assert re.search(r"goal LAN 50[.0]* %: not known, as not all of the lab was read", told)
    assert "at most, as Service shop/lost is not known" in homelab("uptime", tmp_path, "--why", "web.example.org").out
    services = json.loads(homelab("uptime", tmp_path, "--json").out)["services"]
    assert [s["unknown"][-1:] for s in services] == [[], ["Service shop/lost is not known"]]


def test_a_figure_that_is_not_exact_says_so():
    """An interval stands in its row, in --why and in JSON; the line below says how many there are, and how wide."""
    from homelab.cli import figures, rows, why
    from homelab.report import Figure, ServiceUptime, Uptime, Within

    wide = Figure(0.9998, 0.999, 0.9999, 105, 2, 50, Within(90, 120, 1.9, 2.2))
    narrow = Figure(0.9998, 0.999, 0.9999, 105, 2, 50, Within(104.9, 105.1, 1.9, 2.2, 0.95))
    exact = Figure(0.9998, 0.999, 0.9999, 105, 2, 50)
    assert [figures.down(figure) for figure in (wide, narrow, exact)] == [
        "90 min–2.0 h/yr",
        "~ 105 min/yr",
        "105 min/yr",
    ]
    assert why._interval(wide.within) == (
        "not exact, as the model is large: for certain 90 to 120 min/yr, 1.9 to 2.2 outages a year"
    )
    assert "with 95% confidence 104.9 to 105.1 min/yr" in why._interval(narrow.within)
    lab = ServiceUptime("lab", "lab", "", wide, narrow)
    said = rows.intervals(Uptime((ServiceUptime("api", "api", "", exact, None),), lab, exact))
    assert len(said) == 1
    assert said[0].startswith(
        "~ 2 figures of 3 not exact, as the model is large: with 95 % confidence within an interval"
    )
    assert said[0].endswith("the widest 33.33% wide; --why shows it")
    far = Figure(0.9998, 0.999, 0.9999, 105, 2, 50, Within(10, 90, 1.9, 2.2))
    assert (
        "for certain within an interval, the widest 9 times from end to end"
        in rows.intervals(Uptime((), ServiceUptime("lab", "lab", "", far, None), exact))[0]
    )
    assert rows.intervals(Uptime((), ServiceUptime("lab", "lab", "", exact, exact), exact)) == []
    assert wide.json()["within"] == {
        "minutes_low": 90, "minutes_high": 120, "outages_low": 1.9, "outages_high": 2.2, "confidence": 1.0
    }  # fmt: skip
    assert exact.json()["within"] is None
