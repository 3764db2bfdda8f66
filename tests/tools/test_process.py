"""Real processes: fed, read, limited, and never left behind."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from homelab.errors import ToolError
from homelab.tools.process import Programs, environment
from homelab.tools.run import Call


def python(script: str, **more) -> Call:
    return Call((sys.executable, "-c", script), **more)


def test_input_and_both_outputs_pass_at_once():
    """A megabyte through a program that writes while it reads does not wait for itself."""
    script = "import sys; [(sys.stdout.write(line), sys.stderr.write(line)) for line in sys.stdin]"
    given = b"0123456789abcde\n" * 65536
    result = Programs().run(python(script, stdin=given))
    assert result.stdout == given
    assert result.stderr == given


def test_a_program_may_ignore_its_input():
    """A program that ends without reading is no error."""
    assert Programs().run(python("print(1)", stdin=b"x" * (1 << 20))).text == "1\n"


def test_a_program_that_takes_too_long_is_ended_with_its_children(tmp_path: Path):
    """After the timeout neither the program nor what it started is left, and the error says what happened."""
    mark = tmp_path / "pid"
    script = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(mark)!r}, 'w').write(str(child.pid))\n"
        "time.sleep(60)"
    )
    with pytest.raises(ToolError, match=r"took longer than 1 s and was ended"):
        Programs().run(python(script, timeout=1.0))
    deadline = time.monotonic() + 10
    state = Path("/proc", mark.read_text(), "stat")
    while state.exists() and state.read_text().split(")")[1].split()[0] != "Z" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not state.exists() or state.read_text().split(")")[1].split()[0] == "Z"


def test_a_program_that_says_too_much_is_ended():
    """An endless output is an error, not an endless wait or a full memory."""
    with pytest.raises(ToolError, match="said more than 1 MiB and was ended"):
        Programs(limit=1 << 20).run(python("while True: print('x' * 10000)", timeout=30.0))


def test_a_program_sees_only_what_it_needs(monkeypatch):
    """A secret of the surrounding shell does not reach a program; what the call adds does."""
    monkeypatch.setenv("MY_SECRET", "hunter2")
    said = Programs().run(python("import os; print(sorted(os.environ))", env={"ADDED": "1"})).text
    assert "ADDED" in said
    assert "PATH" in said
    assert "MY_SECRET" not in said
    assert environment({}, {"PATH": "/bin", "no_proxy": "x", "AWS_TOKEN": "t"}) == {
        "PATH": "/bin",
        "no_proxy": "x",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
    }


def test_a_missing_program_is_a_sentence(tmp_path):
    """A program that is nowhere is a ToolError with the way to get it."""
    runner = Programs({"PATH": str(tmp_path), "HOMELAB_CACHE": str(tmp_path)})
    with pytest.raises(ToolError, match="helm is not installed"):
        runner.run(Call(("helm", "version")))


def test_a_file_that_is_no_program_is_a_sentence(tmp_path):
    """What the system refuses to start is a ToolError, not a traceback."""
    file = tmp_path / "helm"
    file.write_bytes(b"\x7fELF but not really")
    file.chmod(0o755)
    with pytest.raises(ToolError, match="helm cannot be started"):
        Programs().run(Call((str(file),)))


def test_a_missing_folder_is_a_sentence(tmp_path):
    """A call in a folder that is not there is a ToolError."""
    with pytest.raises(ToolError, match="cannot be started: No such file or directory"):
        Programs().run(python("print(1)", cwd=tmp_path / "gone"))


def test_nothing_is_left_open():
    """Calls leave no file descriptor behind."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        Programs().run(Call(("true",)))
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
