"""A Python script kept running beside us, asked one JSON question a line and answering one JSON answer a line."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from homelab.errors import ToolError
from homelab.tools.process import bound, end, environment

LARGEST = 256 << 20
"""Bytes of one answer; whoever says more is ended."""


class Worker:
    """One process for one script: started by the first question, replaced after it died, ended by `close`.

    It is started afresh, never forked, so that it may load what does not survive a fork. Questions are asked one at a time,
    from any thread.
    """

    def __init__(
        self,
        script: Path,
        name: str,
        *,
        env: Mapping[str, str] | None = None,
        memory: int | None = None,
        largest: int | None = None,
    ) -> None:
        self._script = script
        self._name = name
        self._env = env or {}
        self._memory, self._largest = memory, largest
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    def ask(self, question: dict[str, Any], timeout: float) -> dict[str, Any]:
        """The answer to one question.

        Raises:
            ToolError: the worker took longer than `timeout` seconds, said too much, or ended; the next question starts a new one.
        """
        with self._lock:
            process = self._running()
            late = threading.Event()

            def expire() -> None:
                late.set()
                process.kill()

            timer = threading.Timer(timeout, expire)
            timer.start()
            try:
                line = self._exchange(process, json.dumps(question).encode() + b"\n")
            finally:
                timer.cancel()
            if line.endswith(b"\n"):
                answer: dict[str, Any] = json.loads(line)
                return answer
            complaint = self._stop()
            if len(line) >= LARGEST:
                raise ToolError(f"{self._name} said more than {LARGEST >> 20} MiB and was ended")
            if late.is_set():
                raise ToolError(f"{self._name} took longer than {timeout:g} s and was ended")
            raise ToolError(f"{self._name} ended without an answer: {complaint or 'it says nothing'}")

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._stop()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own script
                [sys.executable, "-P", str(self._script)],
                env=environment(self._env, os.environ),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                start_new_session=True,
            )
            bound(self._process.pid, memory=self._memory, largest=self._largest)
        return self._process

    @staticmethod
    def _exchange(process: subprocess.Popen[bytes], question: bytes) -> bytes:
        if process.stdin is None or process.stdout is None:
            return b""
        with contextlib.suppress(OSError):
            process.stdin.write(question)
            process.stdin.flush()
            return process.stdout.readline(LARGEST)
        return b""

    def _stop(self) -> str:
        """End the process and return the end of what it complained about."""
        if self._process is None or self._log is None:
            return ""
        end(self._process)
        self._log.seek(0)
        complaint = self._log.read().decode("utf-8", "replace").strip()[-2000:]
        self._log.close()
        self._process, self._log = None, None
        return complaint
