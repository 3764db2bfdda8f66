"""Programs that go on running: they answer, end, and are never left behind, however their keeper went."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from homelab.errors import ToolError
from homelab.tools.services import Service, Services, free_port

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a twin runs on Linux only")
SLEEPER = "import sys, time; print('up', flush=True); time.sleep(60)"
PARENT = """\
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""
KEEPER = """\
import sys, time
from pathlib import Path
from homelab.tools.services import Service, Services
kept = Services(Path(sys.argv[1]))
kept.start(Service("sleeper", (sys.executable, "-c", "import time; time.sleep(60)")))
print(kept.pids()["sleeper"], flush=True)
time.sleep(60)
"""


@pytest.fixture
def services(tmp_path):
    """Services whose programs end with the test."""
    made = Services(tmp_path / "logs")
    yield made
    made.close()


def python(text, name="sleeper"):
    """A service that is a line of Python."""
    return Service(name, (sys.executable, "-c", text))


def runs(pid):
    """Whether a process is there and no mere remnant."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(pid):
    """Whether a process goes within some seconds."""
    for _ in range(100):
        if not runs(pid):
            return True
        time.sleep(0.05)
    return False


def said(services, name="sleeper"):
    """What a program says, as soon as that is something."""
    services.ready(name, lambda: bool(services.tail(name)), 20)
    return services.tail(name)


def test_a_program_runs_until_it_is_stopped(services):
    """It has a log of its own, and ends with close."""
    services.start(python(SLEEPER))
    assert said(services) == "up\n"
    pid = services.pids()["sleeper"]
    assert services.code("sleeper") is None
    services.close()
    assert not runs(pid)
    assert services.code("sleeper") == -signal.SIGTERM


def test_what_a_program_started_goes_with_it(services):
    """A child that does not end by itself is killed with its parent."""
    services.start(python(PARENT))
    child = int(said(services))
    services.stop("sleeper")
    assert gone(child)


def test_a_stubborn_program_is_killed(services, monkeypatch):
    """Who does not listen to being asked is killed after a while."""
    monkeypatch.setattr("homelab.tools.services.PATIENCE", 0.3)
    services.start(python("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER))
    said(services)
    services.stop("sleeper")
    assert services.code("sleeper") == -signal.SIGKILL


def test_nothing_is_left_by_a_keeper_that_is_killed(tmp_path):
    """The programs of a process that was killed with -9 are gone a moment later."""
    keeper = subprocess.Popen([sys.executable, "-c", KEEPER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    pid = int(keeper.stdout.readline())
    assert runs(pid)
    keeper.kill()
    keeper.wait()
    keeper.stdout.close()
    assert gone(pid)


def test_a_program_that_ends_instead_of_getting_ready_is_told_with_its_log(services):
    """Waiting for it ends at once, with what it said last and where its log is."""
    services.start(python("import sys; sys.exit('no cheese today')"))
    with pytest.raises(ToolError, match="sleeper ended with code 1: no cheese today") as raised:
        services.ready("sleeper", lambda: False, 20)
    assert str(services.log("sleeper")) in raised.value.hint


def test_a_program_that_never_gets_ready_is_told(services):
    """Waiting has an end."""
    services.start(python(SLEEPER))
    with pytest.raises(ToolError, match=r"sleeper is not ready after 0\.2 s"):
        services.ready("sleeper", lambda: False, 0.2)


def test_a_killed_program_is_started_again(services):
    """It gets the same words, another process, and goes on writing its log."""
    services.start(python(SLEEPER))
    said(services)
    first = services.pids()["sleeper"]
    services.kill("sleeper")
    assert services.code("sleeper") == -signal.SIGKILL
    services.again("sleeper")
    services.ready("sleeper", lambda: services.tail("sleeper") == "up\nup\n", 20)
    assert services.pids()["sleeper"] != first


def test_a_program_outlives_the_thread_that_asked_for_it(services):
    """Linux ends a child with the thread that made it, which here is none of the askers."""
    asker = threading.Thread(
        target=services.start, args=(Service("sleeper", (sys.executable, "-c", SLEEPER)),), daemon=True
    )
    asker.start()
    asker.join()
    time.sleep(0.5)
    assert services.code("sleeper") is None


def test_one_name_is_one_program(services):
    """A second one of the same name is refused while the first runs."""
    services.start(python(SLEEPER))
    with pytest.raises(ToolError, match="sleeper runs already"):
        services.start(python(SLEEPER))


def test_what_is_no_program_is_refused(services, tmp_path):
    """A file that cannot be run is a sentence."""
    with pytest.raises(ToolError, match=f"x cannot be started: {tmp_path}/nothing is no program"):
        services.start(Service("x", (str(tmp_path / "nothing"),)))


def test_a_program_sees_little_of_our_environment(services, monkeypatch):
    """Variables are those that are kept and those that are given."""
    monkeypatch.setenv("TOKEN_OF_SOMEBODY", "secret")
    text = "import os; print(sorted(set(os.environ) & {'TOKEN_OF_SOMEBODY', 'GIVEN'}), flush=True)"
    services.start(Service("env", (sys.executable, "-c", text), {"GIVEN": "1"}))
    assert said(services, "env") == "['GIVEN']\n"


def test_ports_are_free():
    """Two that are asked for one after the other can both be used."""
    assert 1024 < free_port() < 65536


def test_what_ended_unasked_is_known(services):
    """A program that went by itself has fallen; one that was stopped or killed by its owner has not, nor one started again."""
    for name in ("went", "stopped", "killed"):
        services.start(python("pass" if name == "went" else SLEEPER, name))
    services.stop("stopped")
    services.kill("killed")
    for _ in range(400):
        if services.fallen():
            break
        time.sleep(0.05)
    assert services.fallen() == ("went",)
    services.again("went", python(SLEEPER, "went"))
    assert services.fallen() == ()
