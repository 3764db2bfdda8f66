"""Running stand-ins against a server in memory: what is watched, what is done once, and what is told of it."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager

import pytest

from homelab.twin.keys import Keys
from homelab.twin.standins.acts import Keep, Make, Say
from homelab.twin.standins.doing import Doing
from homelab.twin.standins.pending import PENDING
from homelab.twin.standins.plan import MOODS, REPORT, Plan
from homelab.twin.standins.runner import Runner, reported
from homelab.twin.standins.standin import Program, StandIn
from homelab.twin.standins.velero import GROUP, location
from homelab.twin.standins.watching import Watching
from twin.standins.scenes import running, thing
from twin.standins.server import Server

PLACE = "BackupStorageLocation"
VELERO = StandIn("Velero", {(GROUP, PLACE): location})


def definition(group, kind, *, status=True, established=True):
    """A definition of a kind."""
    version = {"name": "v1", "served": True, "storage": True, **({"subresources": {"status": {}}} if status else {})}
    said = {"conditions": [{"type": "Established", "status": str(established)}]}
    spec = {"group": group, "names": {"kind": kind}, "versions": [version]}
    return thing("CustomResourceDefinition", f"{kind}.{group}", "", "apiextensions.k8s.io/v1", spec=spec, status=said)


def place(name="away"):
    """A place for copies."""
    return thing(PLACE, name, "velero", "velero.io/v1", spec={})


def until(asked, seconds=10):
    """Wait until something holds."""
    late = time.monotonic() + seconds
    while not asked():
        assert time.monotonic() < late, "it never came about"
        time.sleep(0.01)


@contextmanager
def at_work(server, folder, *standins, **plan):
    """Stand-ins that run at a server; they end with the block, and the test fails where they do not."""
    keys = Keys(folder / "keys").folder
    runner = Runner(server, folder, Plan("", 0, "", "", "", str(keys), **plan), standins)
    thread = threading.Thread(target=runner.run)
    thread.start()
    try:
        yield runner
    finally:
        runner.stop()
        server.end()
        thread.join(10)
        assert not thread.is_alive()


def phase(server, name="away"):
    """The phase that was said."""
    return (server.get(PLACE, name, "velero") or {}).get("status", {}).get("phase")


def test_what_is_there_and_what_comes_is_seen_to(tmp_path):
    """A stand-in says the status of what is there when it starts and of what comes later."""
    server = Server(definition(GROUP, PLACE, status=False), place())
    with at_work(server, tmp_path, VELERO):
        until(lambda: phase(server) == "Available")
        server.put(place("later"))
        until(lambda: phase(server, "later") == "Available")
    assert "STATUS" not in " ".join(server.calls)  # a kind without that path is merged into


def test_a_kind_that_is_served_later_is_watched_then(tmp_path):
    """A kind whose definition comes after the start is watched once it is established."""
    server = Server(place(), definition(GROUP, PLACE, established=False))
    with at_work(server, tmp_path, VELERO):
        until(lambda: "WATCH CustomResourceDefinition" in server.calls)
        assert phase(server) is None
        server.put(definition(GROUP, PLACE))
        until(lambda: phase(server) == "Available")


def test_a_kind_that_is_served_already_is_watched_at_once(tmp_path):
    """Whoever is followed after the definitions were read waits for no further one."""
    server = Server(definition(GROUP, PLACE), place())
    watching = Watching(server, lambda _: None)
    watching.follow([("", "Namespace")])
    until(lambda: "WATCH CustomResourceDefinition" in server.calls)
    watching.follow([(GROUP, PLACE)])
    until(lambda: watching.knows((GROUP, PLACE)))
    assert len(watching.objects_of((GROUP, PLACE))) == 1
    watching.end(0.1)
    server.end()


def test_a_list_that_comes_late_hides_nothing_newer():
    """What the server answered while an older list was on its way is still known afterwards."""
    server = Server(definition(GROUP, PLACE), place())
    listed, watching = server.call, Watching(server, lambda _: None)

    def late(method, path, *rest):
        answer = listed(method, path, *rest)
        if PLACE in path:
            server.put(place("later"))
            watching.learn(server.get(PLACE, "later", "velero"))
        return answer

    server.call = late
    watching.follow([(GROUP, PLACE)])
    until(lambda: watching.knows((GROUP, PLACE)))
    assert {name for _, name in watching.objects_of((GROUP, PLACE))} == {"away", "later"}
    watching.end(0.1)
    server.end()


def test_a_forgotten_version_means_to_list_again(tmp_path):
    """After a watch that the server no longer remembers everything is listed again, and what is gone is forgotten."""
    server = Server(definition(GROUP, PLACE), place())
    heard = []
    watching = Watching(server, heard.append)
    watching.follow([(GROUP, PLACE)])
    until(lambda: f"WATCH {PLACE}" in server.calls and server.watches)
    del server.objects[GROUP, PLACE, "velero", "away"]
    server.forgetful.add(PLACE)
    server.end()
    until(lambda: not watching.objects_of((GROUP, PLACE)))
    assert (GROUP, PLACE) in heard
    watching.end(0.1)
    server.end()


def test_what_was_deleted_is_made_again(tmp_path):
    """A secret that somebody deletes is made again, though nothing else has changed."""
    server = Server(thing("Namespace", "shop"))
    with at_work(server, tmp_path, PENDING, pending={"shop": {"login": ("user",)}}):
        until(lambda: server.get("Secret", "login", "shop"))
        until(lambda: any(key == ("", "Secret") for key, _ in server.watches))
        server.put(thing("Namespace", "other"))
        server.drop(server.get("Secret", "login", "shop"))
        until(lambda: server.get("Secret", "login", "shop"))
    assert server.calls.count("CREATE Secret") >= 2


def test_without_its_operator_a_stand_in_does_nothing(tmp_path):
    """A stand-in waits until a pod of its operator is ready, as everything does at home."""
    waits = StandIn("Velero", {(GROUP, PLACE): location}, operator=Program("velero/velero", "velero"))
    server = Server(definition(GROUP, PLACE), place())
    with at_work(server, tmp_path, waits):
        until((tmp_path / REPORT).exists)
        assert phase(server) is None
        server.put(running("docker.io/velero/velero:v1.18.1", container="velero"))
        until(lambda: phase(server) == "Available")


def test_a_drill_breaks_and_mends_by_a_file(tmp_path):
    """What a drill writes of an object holds until it is taken back."""
    server = Server(definition(GROUP, PLACE), place())
    with at_work(server, tmp_path, VELERO):
        until(lambda: phase(server) == "Available")
        (tmp_path / MOODS).write_text(json.dumps({f"{PLACE}/velero/away": "degraded"}))
        until(lambda: phase(server) == "Unavailable")
        (tmp_path / MOODS).unlink()
        until(lambda: phase(server) == "Available")
    assert server.calls.count(f"STATUS {PLACE}") == 3


def test_what_was_done_is_told(tmp_path):
    """The report lists for whom was stood in, what was made, and what was refused with the server's words."""
    server = Server(thing("Namespace", "shop"), definition(GROUP, PLACE), place())
    server.refuse["Secret"] = "quota exceeded"
    with at_work(server, tmp_path, PENDING, VELERO, pending={"shop": {"login": ("user",)}}):
        until(lambda: "quota" in (tmp_path / REPORT).read_text() if (tmp_path / REPORT).exists() else False)
        del server.refuse["Secret"]
        until(lambda: server.get("Secret", "login", "shop"))
        until(lambda: {"Velero", "whoever seals secrets"} <= {each["for"] for each in reported(tmp_path)})
    told = {each["for"]: each for each in reported(tmp_path)}
    assert told["Velero"] == {"for": "Velero", "made": [], "said": [f"{PLACE} velero/away"]}
    assert told["whoever seals secrets"]["made"] == ["Secret shop/login"]


@pytest.fixture
def doing():
    """Who acts at a server, which watches nothing by itself."""
    server = Server(place())
    watching = Watching(server, lambda _: None)
    watching.learn(server.get(PLACE, "away", "velero"))
    yield Doing(server, watching)
    watching.end(0.1)
    server.end()


def test_a_status_is_said_once(doing):
    """A status that is said already is not said again, not even where the kind does not know a part of it."""
    for _ in range(3):
        doing.do(Say(place(), {"phase": "Available", "unknown": 1}), "Velero")
    assert doing.api.calls.count(f"STATUS {PLACE}") == 1
    doing.do(Say(place(), {"phase": "Unavailable"}), "Velero")
    assert doing.api.calls.count(f"STATUS {PLACE}") == 2


def test_what_is_kept_follows_what_is_said(doing):
    """An object that is kept is applied when what is said of it changes, and not otherwise."""
    for port in (80, 80, 81):
        doing.do(Keep(thing("Service", "web", "shop", spec={"ports": [{"port": port}]})), "who")
    assert doing.api.calls.count("APPLY Service") == 2
    assert doing.api.get("Service", "web", "shop")["spec"]["ports"] == [{"port": 81}]


def test_what_somebody_else_made_is_left(doing):
    """An object that is made once is left as it is where somebody else made it."""
    doing.api.put(thing("Secret", "login", "shop", data={"own": "eA=="}))
    doing.do(Make(thing("Secret", "login", "shop", data={"other": "eA=="})), "who")
    assert doing.api.get("Secret", "login", "shop")["data"] == {"own": "eA=="}


def test_nobody_acts_on_half_a_cluster():
    """What is known counts as whole once every kind that is served was listed, and not before."""
    server = Server(definition(GROUP, PLACE), place())
    watching = Watching(server, lambda _: None)
    assert not watching.settled([("", "Pod")])
    gate = threading.Event()
    listed = server.call
    server.call = lambda method, path, *rest: (PLACE not in path or gate.wait(10)) and listed(method, path, *rest)
    watching.follow([(GROUP, PLACE), ("", "Pod"), ("example.org", "Other")])
    until(lambda: watching.settled([("", "Pod"), ("example.org", "Other")]))
    assert not watching.settled([(GROUP, PLACE)])
    gate.set()
    until(lambda: watching.settled([(GROUP, PLACE)]))
    watching.end(0.1)
    server.end()
