"""What goes wrong around a twin: programs that are killed, a full disk, taken ports, what an earlier crash left.

A full disk is a limit of the kernel on the size of each file that a program writes (`ulimit -f`): a small file system would
take root.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from homelab.cli.twin.folder import fresh
from homelab.errors import HomelabError, ToolError, UsageError
from homelab.ground import Ground, Node
from homelab.tools import services as kept
from homelab.tools.services import Service, Services
from homelab.twin import control_plane
from homelab.twin.callbacks import setup
from homelab.twin.control_plane import ControlPlane
from homelab.twin.nodes import nodes
from homelab.twin.state import own, write
from homelab.twin.twin import MENDED, Twin

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a twin runs on Linux only")
GIB = 1 << 30
SHAPE = Ground(kubernetes="1.35.4", nodes=(Node("n1", False, True, "box", "192.0.2.1", 4, 8 * GIB, 50 * GIB),))
SLEEPS = "import time; print('up', flush=True); time.sleep(60)"


def sleeper(name, text=SLEEPS):
    """A program that does nothing for long."""
    return Service(name, (sys.executable, "-c", text))


def bare(folder):
    """A twin of nothing, of which only the keeping of programs is asked."""
    return Twin(folder, {}, Path, SimpleNamespace())


def waited(asked, seconds=20):
    """Whether something comes to hold."""
    late = time.monotonic() + seconds
    while not asked():
        if time.monotonic() > late:
            return False
        time.sleep(0.05)
    return True


def test_a_program_that_is_killed_is_started_anew(tmp_path):
    """With the same words, under the same name; and the twin says how often."""
    with bare(tmp_path) as twin:
        twin.services.start(sleeper("one"))
        os.killpg(twin.services.pids()["one"], signal.SIGKILL)
        assert waited(lambda: twin.services.fallen() == ("one",))
        twin.mend()
        assert list(twin.services.pids()) == ["one"]
        assert twin.mended == {"one": 1}


def test_one_that_ends_again_and_again_ends_the_twin(tmp_path):
    """With a sentence that has its code and the end of its log; nothing is left."""
    with bare(tmp_path) as twin:
        twin.services.start(sleeper("well"))
        twin.services.start(sleeper("ill", "import sys; sys.exit('no room')"))
        for _ in range(MENDED):
            assert waited(lambda: "ill" in twin.services.fallen())
            twin.mend()
        assert waited(lambda: "ill" in twin.services.fallen())
        with pytest.raises(ToolError, match=r"(?s)ill ended 4 times, the last time with code 1: .*no room"):
            twin.mend()
    assert twin.services.pids() == {}


def test_what_a_drill_killed_stays_dead(tmp_path):
    """A member of etcd that a drill takes away is its own to bring back."""
    with bare(tmp_path) as twin:
        twin.services.start(sleeper("etcd-0"))
        twin.services.kill("etcd-0")
        twin.mend()
        assert twin.services.pids() == {}
        twin.services.again("etcd-0")
        assert twin.services.fallen() == ()
        assert list(twin.services.pids()) == ["etcd-0"]


def test_what_a_crash_left_is_removed_before_a_new_twin(tmp_path):
    """State of a keeper that is gone, a stale socket, data: all of it goes; a folder with anything else is left alone."""
    home = tmp_path / "twin"
    write(home, own("lab"))
    with pytest.raises(UsageError, match="a twin runs in"):
        fresh("lab", str(home))
    keeper = subprocess.Popen([sys.executable, "-c", ""])
    keeper.wait()
    left = own("lab")
    write(home, type(left)(left.source, keeper.pid, 1))
    (home / "callbacks").mkdir()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(os.path.relpath(home / "callbacks" / "door"))
    assert fresh("lab", str(home)) == home
    assert not home.exists()
    (tmp_path / "mine").write_text("notes")
    with pytest.raises(UsageError, match="is not empty, and holds no twin"):
        fresh("lab", str(tmp_path))


@pytest.fixture
def plane(tmp_path, twin_program):
    """A small control plane with what it calls, of a person whose home and temporary folder are empty."""
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp")}
    services = Services(tmp_path / "twin" / "logs", environ)
    calls = tmp_path / "twin" / "callbacks"
    made = ControlPlane(tmp_path / "twin" / "plane", services, twin_program, door=calls / setup.SOCKET)
    try:
        made.start()
        setup.start(calls, services, made)
        setup.ready(calls, services)
        for node in nodes(SHAPE):
            made.api.create(node)
        yield made
        made.api.close()
    finally:
        services.close()


def works(plane):
    """Whether a Deployment comes to run: every program has a part in it, from the write to the pod that is ready."""
    name = f"w-{time.monotonic():.3f}".replace(".", "-")
    labels, meta = {"app": name}, {"name": name, "namespace": "default"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "x", "image": "x"}]}}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": {"selector": {"matchLabels": labels}, "template": pod}}  # fmt: skip
    api = plane.api

    def done():
        try:
            api.ensure(body)
            return bool(api.get("apps/v1", "Deployment", name, "default").get("status", {}).get("readyReplicas"))
        except HomelabError:
            return False

    return waited(done, 90)


@pytest.mark.slow
def test_each_program_of_a_control_plane_may_be_killed(plane, tmp_path):
    """Killed with -9, one after the other, each is started anew and everything works; then nothing is left, here or elsewhere."""
    twin = bare(tmp_path / "twin")
    twin.__dict__.update(services=plane.services, control_plane=plane)
    names = list(plane.services.pids())
    assert set(names) == {"etcd-0", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "callbacks"}
    for name in names:
        os.killpg(plane.services.pids()[name], signal.SIGKILL)
        assert waited(lambda name=name: plane.services.fallen() == (name,)), name
        twin.mend()
        assert works(plane), name
    assert twin.mended == dict.fromkeys(names, 1)
    pids = list(plane.services.pids().values())
    plane.services.close()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert [str(file) for name in ("home", "tmp") for file in (tmp_path / name).rglob("*")] == []


def wrapped(folder, program, *lines):
    """A program behind a few lines of shell."""
    file = folder / program.name
    file.write_text("\n".join(["#!/bin/sh", *lines, f'exec {program} "$@"', ""]), encoding="utf-8")
    file.chmod(0o755)
    return file


@pytest.mark.slow
def test_a_full_disk_is_told_by_who_needs_it(tmp_path, twin_program):
    """A store that can write no more ends the start with its own words, and nothing is left."""
    services = Services(tmp_path / "logs")
    full = {"etcd": wrapped(tmp_path, twin_program("etcd"), "trap '' XFSZ", "ulimit -f 64")}
    plane = ControlPlane(tmp_path / "plane", services, lambda name: full.get(name) or twin_program(name))
    try:
        with pytest.raises(ToolError, match=r"(?s)etcd-0 ended with code 2.*file too large"):
            plane.start()
    finally:
        services.close()
    assert services.pids() == {}


def test_our_own_full_disk_is_a_sentence(tmp_path, monkeypatch):
    """Where homelab itself cannot write, the reason is told in a line, and it is not called a fault of homelab."""
    from homelab.cli.main import _sentence

    def full(*_args, **_more):
        raise OSError(28, "No space left on device", str(tmp_path / "twin.json.new"))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left") as found:
        write(tmp_path, own("lab"))
    assert _sentence(found.value).endswith("twin.json.new: no space left on device")


@pytest.mark.slow
def test_a_port_that_is_taken_meanwhile_is_told(tmp_path, twin_program, monkeypatch):
    """Somebody takes the port between the look and the start: the program's own words, and nothing is left."""
    services = Services(tmp_path / "logs")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(control_plane, "free_port", lambda: taken.getsockname()[1])
        try:
            with pytest.raises(ToolError, match=r"(?s)etcd-0 ended with code 1.*address already in use"):
                ControlPlane(tmp_path / "plane", services, twin_program).start()
        finally:
            services.close()
    assert services.pids() == {}


def test_nobody_is_asked_for_a_free_port_twice_at_once():
    """Two ports that are asked for one after the other differ, though nobody listens there yet."""
    assert len({kept.free_port() for _ in range(50)}) == 50
