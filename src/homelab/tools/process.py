"""Real programs, started without a shell and ended with everything they started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO

from homelab.errors import ToolError
from homelab.tools.find import require
from homelab.tools.run import Call, Result, checked

KEPT = (
    "HOME",
    "PATH",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "KUBECONFIG",
    "TALOSCONFIG",
)
"""The variables a program inherits; whatever else it needs, its Call names."""

_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Programs:
    """Runs calls as processes of this machine.

    Attributes:
        environ: where the inherited variables come from.
        limit: bytes that one output may have; a program that says more is ended.
    """

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    limit: int = 256 << 20

    def run(self, call: Call) -> Result:
        """Run to the end and return the answer.

        Raises:
            ToolError: the program is missing, took too long, said too much, or ended with a code that is not allowed.
        """
        program = require(call.argv[0], self.environ)
        began = time.monotonic()
        try:
            process = subprocess.Popen(  # noqa: S603 - no shell; argv is built by the callers of this room
                [str(program), *call.argv[1:]],
                cwd=call.cwd,
                env=environment(call.env, self.environ),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise ToolError(
                f"{call.program} cannot be started: {error.strerror or error}", hint=f"the command was: {call}"
            ) from None
        bound(process.pid, memory=call.memory, largest=call.largest)
        talk = _Conversation(process, self.limit)
        try:
            stdout, stderr = talk.finish(call)
        finally:
            end(process)
        return checked(call, Result(process.returncode, stdout, stderr, time.monotonic() - began))


def environment(added: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """The minimal environment of a program: what is kept, a locale in which output is the same everywhere, what is added."""
    kept = {name: environ[name] for name in (*KEPT, *map(str.lower, KEPT)) if name in environ}
    return {**kept, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **added}


def bound(pid: int, *, memory: int | None = None, largest: int | None = None) -> None:
    """Bound what a started process may take: address space, and the size of a file it writes; Linux only.

    It is set from outside, right after the start: code between fork and exec does not go with threads.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    if not hasattr(resource, "prlimit"):  # macOS
        return
    for what, limit in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, largest)):
        if limit is not None:
            with contextlib.suppress(
                OSError, ValueError
            ):  # it ended already, or has a lower bound that we may not lift
                resource.prlimit(pid, what, (limit, limit))


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process with its whole group, and wait, so that none is left; nothing happens to one that has ended."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            with contextlib.suppress(OSError):
                stream.close()


class _Conversation:
    """Feeds one process and reads both its outputs at the same time, so that neither side waits for the other."""

    def __init__(self, process: subprocess.Popen[bytes], limit: int) -> None:
        self._process = process
        self._limit = limit
        self._overflow = threading.Event()

    def finish(self, call: Call) -> tuple[bytes, bytes]:
        """Both outputs, once the process has ended and closed them."""
        outputs: tuple[list[bytes], list[bytes]] = ([], [])
        threads = [
            threading.Thread(target=self._feed, args=(call.stdin or b"",), daemon=True),
            threading.Thread(target=self._drain, args=(self._process.stdout, outputs[0]), daemon=True),
            threading.Thread(target=self._drain, args=(self._process.stderr, outputs[1]), daemon=True),
        ]
        for thread in threads:
            thread.start()
        late = time.monotonic() + call.timeout
        for thread in threads[1:]:
            thread.join(max(0.0, late - time.monotonic()))
        stuck = any(thread.is_alive() for thread in threads[1:])
        try:
            self._process.wait(max(0.0, late - time.monotonic()) if not stuck else 0)
        except subprocess.TimeoutExpired:
            stuck = True
        if stuck:
            raise ToolError(
                f"{call.program} took longer than {call.timeout:g} s and was ended", hint=f"to repeat it: {call}"
            )
        if self._overflow.is_set():
            raise ToolError(
                f"{call.program} said more than {self._limit >> 20} MiB and was ended", hint=f"to repeat it: {call}"
            )
        threads[0].join(1.0)
        return b"".join(outputs[0]), b"".join(outputs[1])

    def _feed(self, stdin: bytes) -> None:
        stream = self._process.stdin
        with contextlib.suppress(OSError, ValueError):  # the program may end without reading all of its input
            if stream:
                stream.write(stdin)
                stream.close()

    def _drain(self, stream: IO[bytes], into: list[bytes]) -> None:
        size = 0
        with contextlib.suppress(OSError, ValueError):
            while chunk := os.read(stream.fileno(), _CHUNK):
                size += len(chunk)
                if size > self._limit:
                    self._overflow.set()
                    os.killpg(self._process.pid, signal.SIGKILL)
                    return
                into.append(chunk)
