"""Programs that go on running beside us: each with a log of its own, none left when we end, however we end.

They are started without a shell, see a minimal environment, and are ended youngest first. Linux only: see `leash`.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from homelab.errors import ToolError
from homelab.tools.process import environment

LEASH = Path(__file__).with_name("leash.py")
LOOPBACK = "127.0.0.1"
PATIENCE = 20.0
"""Seconds a program has to end by itself before it is killed."""
PACE = 0.05
"""Seconds between two looks at whether a program is ready."""
TAIL = 3000
"""Characters of a log that are shown when its program did not do what it should."""


GIVEN: set[int] = set()
"""Ports that were given out: whoever asked may not listen there yet."""


def free_port() -> int:
    """A port of the loopback on which nobody listens, and that was not given out before."""
    while True:
        with socket.socket() as one:
            one.bind((LOOPBACK, 0))
            port: int = one.getsockname()[1]
        if port not in GIVEN:
            GIVEN.add(port)
            return port


@dataclass(frozen=True, slots=True)
class Service:
    """A program that goes on running.

    Attributes:
        name: of its log, and what it is called in sentences.
        argv: the program's file and its arguments.
        env: variables added to the minimal environment.
        cwd: the folder to run in; that of the logs when absent.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    cwd: Path | None = None


class Services:
    """The running programs of one owner; `logs` is the folder of their logs."""

    def __init__(self, logs: Path, environ: Mapping[str, str] = os.environ) -> None:
        self.logs = logs
        self._environ = environ
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._started: dict[str, Service] = {}
        self._ended: set[str] = set()
        self._lock = threading.RLock()
        self._maker = ThreadPoolExecutor(1, "services")
        """Programs end with the thread that made them (`man 2 prctl`, PR_SET_PDEATHSIG): it is one that stays."""

    def start(self, service: Service) -> None:
        """Start a program; it may need a while until it is ready.

        Raises:
            ToolError: its file cannot be run, or one of its name runs already.
        """
        with self._lock:
            if self.code(service.name) is None and service.name in self._running:
                raise ToolError(f"{service.name} runs already")
            self.logs.mkdir(parents=True, exist_ok=True)
            command = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *service.argv]
            if not os.access(service.argv[0], os.X_OK):
                raise ToolError(f"{service.name} cannot be started: {service.argv[0]} is no program")
            with self.log(service.name).open("ab") as log:
                self._running[service.name] = self._maker.submit(
                    subprocess.Popen,
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=service.cwd or self.logs,
                    env=environment(service.env, self._environ),
                    start_new_session=True,
                ).result()
            self._started[service.name] = service
            self._ended.discard(service.name)

    def log(self, name: str) -> Path:
        """The file of what a program says."""
        return self.logs / f"{name}.log"

    def tail(self, name: str) -> str:
        """The end of what a program has said."""
        try:
            return self.log(name).read_text(encoding="utf-8", errors="replace")[-TAIL:]
        except OSError:
            return ""

    def pids(self) -> dict[str, int]:
        """Programs that run, and their process ids."""
        return {name: each.pid for name, each in self._running.items() if each.poll() is None}

    def code(self, name: str) -> int | None:
        """With which code a program ended; None while it runs, and for one that was never started."""
        running = self._running.get(name)
        return None if running is None else running.poll()

    def fallen(self) -> tuple[str, ...]:
        """Programs that ended without being told to."""
        return tuple(name for name in self._running if name not in self._ended and self.code(name) is not None)

    def ready(self, name: str, asked: Callable[[], bool], seconds: float) -> None:
        """Wait until `asked` says yes.

        Raises:
            ToolError: the program ended before, or did not answer in time; with the end of its log.
        """
        late = time.monotonic() + seconds
        while not asked():
            if (code := self.code(name)) is not None:
                raise ToolError(f"{name} ended with code {code}: {self.tail(name)}", hint=f"its log: {self.log(name)}")
            if time.monotonic() > late:
                raise ToolError(
                    f"{name} is not ready after {seconds:g} s: {self.tail(name)}", hint=f"its log: {self.log(name)}"
                )
            time.sleep(PACE)

    def again(self, name: str, changed: Service | None = None) -> None:
        """Start a program anew after it ended, with the same words or with others."""
        self.stop(name)
        self.start(changed or self._started[name])

    def exchange(self, name: str, file: Path) -> None:
        """Let a program end by itself, and start another file with the same words."""
        before = self._started[name]
        self.again(name, replace(before, argv=(str(file), *before.argv[1:])))

    def kill(self, name: str) -> None:
        """End a program at once, as a power cut does; nothing happens to one that has ended."""
        self._end(name, signal.SIGKILL)

    def stop(self, name: str) -> None:
        """Let a program end by itself, and kill it where it does not."""
        self._end(name, signal.SIGTERM)

    def close(self) -> None:
        """End all, youngest first."""
        for name in reversed(self._running):
            self.stop(name)
        self._maker.shutdown()

    def _end(self, name: str, how: signal.Signals) -> None:
        self._ended.add(name)
        running = self._running.get(name)
        if running is None or running.poll() is not None:
            return
        _signal(running.pid, how)
        try:
            running.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            _signal(running.pid, signal.SIGKILL)
            running.wait()
        _signal(running.pid, signal.SIGKILL)  # what it started and left behind


def _signal(group: int, how: signal.Signals) -> None:
    try:
        os.killpg(group, how)
    except (ProcessLookupError, PermissionError):
        return
