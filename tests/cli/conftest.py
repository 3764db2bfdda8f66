"""How the tests of the commands call them: in this process, or as a process of their own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from homelab.cli.console import Console
from homelab.cli.main import run

LAB = """\
homelab: v1
name: small
network: {nodes: 192.168.1.0/24, gateway: 192.168.1.1, load_balancers: 192.168.1.200-192.168.1.220}
nodes:
  # the only machine
  mini: {role: control-plane, address: 192.168.1.10, cpu: 8, memory: 32Gi, disk: 500GB}
"""
"""A lab of one machine that needs no application and no account."""

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def lab(tmp_path) -> Path:
    """A homelab.yaml of one machine."""
    file = tmp_path / "homelab.yaml"
    file.write_text(LAB, encoding="utf-8")
    return file


@pytest.fixture
def homelab(capsys, monkeypatch):
    """Call a command in this process, on a fixed day, without colour."""
    monkeypatch.delenv("HOMELAB_TRACEBACK", raising=False)

    def call(*words: object, stdin: bytes = b"", console: Console | None = None) -> Done:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        code = run([str(word) for word in words], console or Console(now=NOW))
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return call


@pytest.fixture
def process():
    """Call a command as a process of its own, as a shell would."""

    def call(*words: object, stdin: bytes = b"", env: dict[str, str] | None = None, cwd: Path | None = None) -> Done:
        source = Path(__file__).parents[2] / "src"
        argv = [sys.executable, "-c", "from homelab.cli.main import main; main()", *map(str, words)]
        environ = {
            "PYTHONPATH": str(source),
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", ""),
            **(env or {}),
        }
        done = subprocess.run(argv, input=stdin, capture_output=True, env=environ, cwd=cwd, check=False, timeout=120)
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    return call
