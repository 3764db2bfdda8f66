"""A program run as a container runs it: on a loopback of its own, with the ways in and out that it is given, and gone whole."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from conftest import missing
from homelab.tools import pod
from homelab.tools.services import Service, Services, free_port
from tools.test_services import gone, runs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a twin runs on Linux only")
SPEAKS = """\
import os, socket, sys
print("user", os.geteuid(), flush=True)
with socket.create_server(("0.0.0.0", 9443)) as server:
    print("pid", os.getpid(), flush=True)
    while True:
        caller, _ = server.accept()
        with caller:
            asked = caller.recv(5).decode()
            if asked.isdigit():
                try:
                    with socket.create_connection(("127.0.0.1", int(asked)), 5) as other:
                        caller.sendall(other.recv(100))
                except OSError as error:
                    caller.sendall(type(error).__name__.encode())
            else:
                sys.exit(7)
"""
"""Answers at 9443: connects to the port that it is told, and passes on what is said there; ends with 7 at any other word."""


@pytest.fixture(autouse=True)
def allowed():
    """Machines that let nobody enter namespaces cannot show anything of this."""
    tried = subprocess.run([sys.executable, "-I", "-S", pod.__file__], capture_output=True, text=True, check=False)
    if tried.returncode:
        missing("namespaces", f"this machine lets nobody enter one: {tried.stderr.strip()}")


@pytest.fixture
def greeting():
    """A server of this machine that says hello to everybody; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    caller, _ = server.accept()
                except OSError:
                    return
                with caller:
                    caller.sendall(b"hello")

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


@pytest.fixture
def services(tmp_path):
    """Services whose programs end with the test."""
    made = Services(tmp_path / "logs")
    yield made
    made.close()


def started(services, folder, calls, name="pod"):
    """A pod that speaks, in the root folder of this machine; the port at which it is reached."""
    port = free_port()
    spec = {
        "root": "/",
        "program": sys.executable,
        "argv": [sys.executable, "-I", "-S", "-c", SPEAKS],
        "env": {},
        "calls": calls,
        "answers": {str(port): 9443},
    }
    file = folder / f"{name}.json"
    file.write_text(json.dumps(spec), encoding="utf-8")
    services.start(Service(name, (sys.executable, "-I", "-S", pod.__file__, str(file))))
    services.ready(name, lambda: "pid" in services.tail(name), 20)
    return port


def said(port, word):
    """What the pod answers to a word."""
    with socket.create_connection(("127.0.0.1", port), 10) as caller:
        caller.settimeout(10)
        caller.sendall(word)
        answer = b""
        while more := caller.recv(100):
            answer += more
        return answer


def test_it_reaches_what_it_is_given_and_nothing_else(services, tmp_path, greeting):
    """A port of its own leads to one of this machine's; the machine's own port is nobody's in there."""
    port = started(services, tmp_path, {"443": greeting})
    assert said(port, b"443") == b"hello"
    assert said(port, str(greeting).encode()) == b"ConnectionRefusedError"


def test_two_have_the_same_port(services, tmp_path):
    """Each has a loopback on which every port is free, though another pod listens there."""
    ports = [started(services, tmp_path, {}, name) for name in ("one", "two")]
    assert [said(port, b"9") for port in ports] == [b"ConnectionRefusedError"] * 2


def test_it_takes_itself_for_nobody_of_this_machine(services, tmp_path):
    """Inside it is a user without privileges, whoever started it."""
    started(services, tmp_path, {})
    assert f"user {pod.USER}" in services.tail("pod")


def test_its_code_is_the_programs(services, tmp_path):
    """When the program ends the pod does, with the same code."""
    port = started(services, tmp_path, {})
    said(port, b"end")
    assert waited(lambda: services.code("pod")) == 7


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_nothing_of_it_is_left(services, tmp_path, end):
    """Told to end or killed: the program is gone with the processes around it."""
    started(services, tmp_path, {})
    outer = services.pids()["pod"]
    inner = [pid for pid in group(outer) if pid != outer]
    getattr(services, end)("pod")
    assert len(inner) == 2
    assert all(gone(pid) for pid in inner)
    assert not runs(outer)


def test_it_ends_with_who_made_it(services, tmp_path):
    """The outer process killed alone takes the others with it, as when its keeper is."""
    started(services, tmp_path, {})
    outer = services.pids()["pod"]
    inner = [pid for pid in group(outer) if pid != outer]
    os.kill(outer, signal.SIGKILL)
    assert all(gone(pid) for pid in inner)


def group(leader):
    """The processes of a group."""
    found = []
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = each.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == leader:
            found.append(int(each.parent.name))
    return found


def waited(asked):
    """What is answered in the end."""
    for _ in range(200):
        if (found := asked()) is not None:
            return found
        time.sleep(0.05)
    return None
