"""Rows: what a lab is asked for, which group a service belongs to, and that nothing is better than what it needs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assess.model.labs import ground, lab, reached, workload
from homelab.assess.model.build import LAB, counted_in_lab
from homelab.assess.unplug import machines, unplug
from homelab.assess.uptime import Computed, uptime
from homelab.availability.gates import All, Gate
from homelab.availability.quantify import Evaluator
from homelab.lab.pipeline import Lab

ROOT = Path(__file__).parents[3]
UNDER = ground(("c", "d", "e"), ("a", "a", "b", "b"))


def needs(gates, name: str) -> set[str]:
    """The named gates that a gate cannot do without: inputs of conjunctions, and theirs."""
    found: set[str] = set()
    todo: list[Gate | str] = [name]
    while todo:
        item = todo.pop()
        if isinstance(item, str) and item in gates:
            if item not in found:
                found.add(item)
                todo.append(gates[item])
        elif isinstance(item, All):
            todo.extend(item.gates)
    return found - {name}


@pytest.mark.slow
@pytest.mark.parametrize("example", ["starter", "two-boxes", "guide"])
def test_no_service_is_better_than_what_it_needs(example):
    """Whatever a service cannot do without is down no longer than the service itself."""
    system = Computed.of(Lab.load(str(ROOT / "examples" / example / "homelab.yaml")).inventory).model.system
    below = {service: needs(system.gates, name) for service, name in system.services.items()}
    asked = {f"gate:{gate}": gate for gate in set().union(*below.values())}
    evaluator = Evaluator(replace(system, services={**system.services, **asked}))
    down = evaluator.unavailabilities(evaluator.figured())
    for service, gates in below.items():
        assert all(down[f"gate:{gate}"] <= down[service] * (1 + 1e-9) for gate in gates), service


@pytest.mark.slow
def test_the_lab_is_asked_for_its_applications():
    """Platform pages and the API count only where nothing else runs."""
    found = Computed.of(Lab.load(str(ROOT / "examples" / "two-boxes" / "homelab.yaml")).inventory)
    assert [each.name for each in counted_in_lab(found.model.services)] == ["n8n.example.org"]
    groups = {each.name: each.group for each in found.model.services}
    assert groups["argocd.example.org"] == "platform"
    assert groups["database.postgres"] == "platform"
    assert {groups[name] for name in ("kubernetes-api", "gitops.sync", "backup.cluster")} == {"change and recovery"}
    assert found.minutes() == found.minutes("lan:n8n.example.org")
    assert [each.name for each in counted_in_lab(uptime(lab(UNDER), deep=False).services)] == ["kubernetes-api"]


def test_planned_and_unplanned_minutes_are_told_apart():
    """What is booked on planned work is the planned part, and both are the whole."""
    found = Computed.of(lab(UNDER, workload("app"), *reached("app")))
    planned = found.minutes_planned("lan:" + LAB)
    causes = dict(found.causes("lan:" + LAB))
    assert planned == pytest.approx(causes["planned upgrades"] + causes["planned host updates"])
    assert 30 < planned < found.minutes()


def test_unplugging_a_machine_finds_pods_that_are_there():
    """One application on two machines: mostly on the first, moved after six minutes, and the other has the rest."""
    found = Computed.of(lab(UNDER, workload("app"), *reached("app")))
    assert machines(found) == ["c", "d", "e", "a", "b"]
    first, other, plane = (
        next(each for each in unplug(found, host).services if each.name == "app.home.arpa") for host in ("a", "b", "c")
    )
    assert first.chances[0] + other.chances[0] == pytest.approx(1, abs=1e-3)
    assert first.chances[0] > 0.8
    assert first.chances[2:] == (0, 0)
    assert first.minutes == pytest.approx(first.chances[0] * 385 / 60, rel=0.01)
    assert plane.minutes == 0


def test_data_on_one_node_is_named_with_how_likely_it_is_there():
    """Two replicas with volumes of their node are on two of four nodes; which of them, nobody knows."""
    local = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "local-path"},
        "provisioner": "rancher.io/local-path",
    }
    body = workload("store", 1, "StatefulSet")
    body["spec"]["volumeClaimTemplates"] = [{"metadata": {"name": "data"}, "spec": {"storageClassName": "local-path"}}]
    found = Computed.of(lab(UNDER, local, body, *reached("store")))
    ((name, chance),) = unplug(found, "a").data
    assert (name, chance) == ("web/StatefulSet/store", pytest.approx(0.5, abs=1e-3))
    assert unplug(found, "c").data == ()
