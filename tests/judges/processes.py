"""Programs that a test starts: each has a log of its own and sees nothing of our environment, and all are ended with the test."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from contextlib import ExitStack

END = 20
"""Seconds a program has to end by itself before it is killed."""


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def until(asked, what, seconds=60):
    """What `asked` answers as soon as that is something; `what` says what was waited for in vain."""
    end = time.monotonic() + seconds
    while not (found := asked()):
        assert time.monotonic() < end, f"after {seconds} s there is still no {what() if callable(what) else what}"
        time.sleep(0.2)
    return found


class Processes:
    """Programs in a folder that is their home, ended in the order of youngest first."""

    def __init__(self, folder):
        self.folder = folder
        self.made = {}
        self.ends = ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ends.close()

    def environment(self, **more):
        """What a program of ours sees: a path, a home and a place for what it throws away."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TMPDIR": str(self.folder), **more}

    def start(self, name, *argv, **environment):
        """Start a program under a name."""
        with (self.folder / f"{name}.log").open("wb") as log:
            done = subprocess.Popen(
                [str(each) for each in argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=self.environment(**environment),
            )
        self.made[name] = done
        self.ends.callback(self._end, done)

    @staticmethod
    def _end(process):
        process.terminate()
        try:
            process.wait(END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def log(self, name):
        """All that a program has said so far."""
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def ready(self, name, asked, seconds=60):
        """Wait until `asked` answers; a program that ends before, or never answers, is shown with the end of its log."""

        def alive():
            code = self.made[name].poll()
            assert code is None, f"{name} ended with code {code}:\n{self.log(name)[-3000:]}"
            return asked()

        return until(alive, lambda: f"{name}:\n{self.log(name)[-3000:]}", seconds)
