"""The watch, the picture and the play: what happens is told once, drawn for every eye, and undone even where a drill breaks off."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from types import SimpleNamespace

import pytest

from homelab.cluster.api import ApiSilent
from homelab.errors import ToolError, UsageError
from homelab.findings import Subject
from homelab.twin.drills import acts, commits, etcd
from homelab.twin.drills.looks import Look, NodeSeen, PodSeen
from homelab.twin.drills.run import _Play, _played, drills, known_names
from homelab.twin.drills.scenario import Scenario, Step
from homelab.twin.drills.scene import Clock, Record, Target
from homelab.twin.drills.timeline import LANES, svg
from homelab.twin.drills.watch import Happened, Watch

WEB = Subject("Pod", "p", "lab")


def body(version="1", node="", **meta):
    """A pod as a watch tells it."""
    head = {"name": "p", "namespace": "lab", "uid": "u", "resourceVersion": version, **meta}
    return {"metadata": head, "spec": {"nodeName": node} if node else {}, "status": {}}


def node(ready):
    """A node as a watch tells it."""
    return {"metadata": {"name": "n"}, "spec": {}, "status": {"conditions": [{"type": "Ready", "status": ready}]}}


def told(watch):
    """What a watch has told."""
    return [(each.what, each.name) for each in watch.happened]


def test_what_happens_is_told_once():
    """A pod is made, placed, given up and gone, each once however often the watch repeats itself."""
    watch = Watch(None)
    for type_, each in (
        ("ADDED", body()),
        ("MODIFIED", body(node="n")),
        ("MODIFIED", body(node="n")),
        ("MODIFIED", body(node="n", deletionTimestamp="now")),
        ("DELETED", body(node="n", deletionTimestamp="now")),
        ("DELETED", body(node="n", deletionTimestamp="now")),
    ):
        watch._pod(type_, each)
    assert [what for what, _ in told(watch)] == ["pod made", "pod placed", "pod given up", "pod gone"]


def test_what_is_there_already_does_not_happen():
    """A watch that knows a look tells only what differs from it."""
    watch = Watch(None)
    watch.knows(Look("before", 0, writes=True, pods=(PodSeen("lab/p", "u", WEB, "n"),), nodes=(NodeSeen("n", "True"),)))
    watch._pod("ADDED", body(node="n"))
    watch._node("ADDED", node("True"))
    watch._node("MODIFIED", node("Unknown"))
    watch._node("MODIFIED", node("Unknown"))
    watch._node("MODIFIED", node("True"))
    assert told(watch) == [("node silent", "n"), ("node back", "n")]


def test_a_picture_shows_every_event_and_both_schemes():
    """Well-formed, one mark with words for each event, a lane for each kind, and colours for dark pages."""
    happened = [Happened(1.0, "step", "kill <box>"), *(Happened(2.0 + at, what, "x") for at, what in enumerate(LANES))]
    record = Record(Clock(fast=10), Target("box", ("n",)), happened=happened, struck=1.0)
    drawn = svg(record, "A & B")
    root = ET.fromstring(drawn)
    marks = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    assert len(marks) == len(happened)
    assert all(mark.find("{http://www.w3.org/2000/svg}title").text for mark in marks)
    assert "prefers-color-scheme:dark" in drawn
    assert "10 times as fast" in drawn
    ET.fromstring(svg(replace(record, happened=[]), "empty"))


def test_what_was_broken_is_mended_when_a_drill_breaks_off(monkeypatch):
    """A step that fails leaves nothing dead behind it."""
    done = []
    monkeypatch.setattr(acts, "kill", lambda *_: done.append("kill"))
    monkeypatch.setattr(acts, "revive", lambda *_: done.append("revive"))

    def fails(*_):
        raise ToolError("the API is gone")

    monkeypatch.setattr(acts, "seen", fails)
    scenario = Scenario("x", "", "", "", (Step("kill", "target"), Step("look", "away")), ())
    record = Record(Clock(), Target("n", ("n",)))
    with pytest.raises(ToolError):
        _played(_Play(SimpleNamespace(mend=lambda: None), record, Watch(None)), scenario)
    assert done == ["kill", "revive"]


def test_what_falls_while_a_commit_is_waited_for_is_started_anew(monkeypatch):
    """Programs are looked after with every look, and a server that is silent meanwhile is asked again."""
    said = iter([ApiSilent("nobody answers"), []])
    mended = []

    def listed(*_):
        answer = next(said)
        if isinstance(answer, ApiSilent):
            raise answer
        return answer

    monkeypatch.setattr(commits, "PACE", 0)
    twin = SimpleNamespace(api=SimpleNamespace(list=listed), mend=lambda: mended.append(1))
    commits.looked_at(twin, 5)
    assert mended == [1, 1]


def test_a_lab_that_does_not_rest_is_waited_for(monkeypatch):
    """A pod that is not ready yet is waited for; one that finds no node, only for as long as the scheduler may rest."""
    waits = iter([{"ready": False, "node": "n"}, {"ready": True, "node": "n"}])

    def look(_twin, _watch, name):
        pod = PodSeen("lab/p", "u", WEB, **next(waits))
        return Look(name, 0, writes=True, pods=(pod,), nodes=(NodeSeen("n", "True"),))

    monkeypatch.setattr(acts, "seen", look)
    monkeypatch.setattr(acts, "TRY", 0)
    assert acts.settled(None, None, "before").pods[0].ready
    monkeypatch.setattr(acts, "UNPLACED", -1.0)
    waits = iter([{"ready": False, "node": ""}])
    assert acts.settled(None, None, "before").pods[0].node == ""


def test_a_scenario_that_is_none_is_refused_before_anything_starts():
    """A name, or the name in front of a target; a target cannot be judged yet."""
    known_names(["host-dies", "node-dies anything"])
    for word in ("host-dyes", "", "host-dyes pve-1"):
        with pytest.raises(UsageError, match="is no drill of this lab"):
            known_names([word])


def test_a_drill_that_is_none_is_refused(monkeypatch):
    """A wrong name is answered with those that there are."""
    from twin.drills import labs

    inventory = labs.lab(*labs.SMALL)
    monkeypatch.setattr("homelab.twin.drills.run.look", lambda *_: Look("before", 0, writes=True))
    twin = SimpleNamespace(api=None, ground=inventory.ground, inventory=inventory, changes=(), above=None)
    with pytest.raises(UsageError, match="host-dyes is no drill of this lab") as caught:
        list(drills(twin, ["host-dyes"]))
    assert "host-dies box-1" in caught.value.hint
    assert [target.name for _, target in drills(twin, ["host-dies box-1", "node-drained work-1"])] == [
        "box-1",
        "work-1",
    ]
    assert len(list(drills(twin, ["host-dies"]))) == 3


def test_a_dying_leader_of_etcd_gives_its_office_to_one_that_stays(monkeypatch):
    """Only where it leads, and never to another that dies."""
    asked = []

    def answer(member, what, said=None):
        asked.append((member, what, said))
        return {"leader": "id-b", "header": {"member_id": f"id-{member}"}}

    monkeypatch.setattr(etcd, "_asked", answer)
    assert etcd.step_down(["a", "b", "c"], [0]) is False
    assert etcd.step_down(["a", "b", "c"], [0, 1]) is True
    assert asked[-1] == ("b", "transfer-leadership", {"targetID": "id-c"})


def test_a_member_of_etcd_that_does_not_answer_is_named():
    """Nobody listens: the sentence says which."""
    with pytest.raises(ToolError, match=r"the etcd member at http://127\.0\.0\.1:9 does not answer"):
        etcd._asked("http://127.0.0.1:9", "status")
