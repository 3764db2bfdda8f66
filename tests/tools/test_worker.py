"""The worker beside us: it answers, dies, hangs, and is never left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from homelab.errors import ToolError
from homelab.tools.worker import Worker

SCRIPT = """\
import json, os, sys, time
for line in sys.stdin:
    asked = json.loads(line)
    if asked["do"] == "die":
        sys.exit("out of cheese")
    if asked["do"] == "vanish":
        os._exit(1)
    if asked["do"] == "hang":
        time.sleep(60)
    print(json.dumps({"pid": os.getpid(), "asked": asked["do"]}), flush=True)
"""


@pytest.fixture
def worker(tmp_path):
    """A worker that does what it is asked, good or bad."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    worker = Worker(script, "cheese")
    yield worker
    worker.close()


def test_one_process_answers_all_questions(worker):
    """The process is started once, and ended by close."""
    first, second = worker.ask({"do": "a"}, 30), worker.ask({"do": "größe"}, 30)
    assert first["pid"] == second["pid"]
    assert second["asked"] == "größe"
    worker.close()
    assert not Path("/proc", str(first["pid"])).exists()


def test_a_dead_worker_is_an_error_and_then_replaced(worker):
    """The error says what the process complained about; the next question is answered by a new one."""
    first = worker.ask({"do": "a"}, 30)
    with pytest.raises(ToolError, match="cheese ended without an answer: out of cheese"):
        worker.ask({"do": "die"}, 30)
    with pytest.raises(ToolError, match="cheese ended without an answer: it says nothing"):
        worker.ask({"do": "vanish"}, 30)
    assert worker.ask({"do": "a"}, 30)["pid"] != first["pid"]


def test_a_hanging_worker_is_ended(worker):
    """A question that takes too long is an error that says so, and leaves no process."""
    pid = worker.ask({"do": "a"}, 30)["pid"]
    with pytest.raises(ToolError, match=r"cheese took longer than 0\.2 s and was ended"):
        worker.ask({"do": "hang"}, 0.2)
    assert not Path("/proc", str(pid)).exists()


def test_closing_what_never_started_is_nothing(tmp_path):
    """A worker that was never asked has no process to end."""
    Worker(tmp_path / "gone.py", "x").close()
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_says_too_much_is_ended(worker, monkeypatch):
    """An answer beyond the bound is an error, and is not taken into memory."""
    monkeypatch.setattr("homelab.tools.worker.LARGEST", 1 << 20)
    with pytest.raises(ToolError, match="cheese said more than 1 MiB and was ended"):
        worker.ask({"do": "x" * (2 << 20)}, 30)
    assert worker.ask({"do": "a"}, 30)["asked"] == "a"
