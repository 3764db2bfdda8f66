"""What a running twin says of itself in its folder, so that other processes find it, and end it.

A process id is believed only together with the time at which its process began: ids are given out again.
"""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from homelab.errors import HomelabError
from homelab.tools.find import cache

FILE = "twin.json"
PATIENCE = 60.0
"""Seconds a keeper has to end everything; each program has a third of that before it is killed."""
PACE = 0.1
BEGAN = 19
"""The place of a process's beginning among the fields of /proc/<pid>/stat behind its name (`man 5 proc`: field 22)."""


@dataclass(frozen=True, slots=True)
class State:
    """A twin that somebody keeps.

    Attributes:
        source: the homelab.yaml or the folder that it was made of.
        keeper: process id of who keeps it, and `began`, when that process began, in ticks since the machine's start.
        ready: whether it is there whole.
        kubeconfig: the file with which one reaches it.
        kubernetes: the version of its control plane.
    """

    source: str
    keeper: int
    began: int
    ready: bool = False
    kubeconfig: str = ""
    kubernetes: str = ""

    @property
    def runs(self) -> bool:
        """Whether its keeper still runs."""
        return began(self.keeper) == self.began


def home() -> Path:
    """The folder of all twins of this person."""
    return cache() / "twins"


def own(source: str, **more: Any) -> State:
    """The state of a twin that this process keeps."""
    return State(source, os.getpid(), began(os.getpid()) or 0, **more)


def write(folder: Path, state: State) -> None:
    """Say how a twin is; in one step, so that nobody reads half of it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f"{FILE}.new"
    draft.write_text(json.dumps(asdict(state), indent=1), encoding="utf-8")
    draft.replace(folder / FILE)


def read(folder: Path) -> State | None:
    """How the twin in a folder is; None where there is none, or where its file is of another shape."""
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return State(**found)
    except (OSError, ValueError, TypeError):
        return None


def began(pid: int) -> int | None:
    """When a process began, in ticks since the machine's start; None where there is none."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = said.rpartition(")")[2].split()
    return None if fields[0] == "Z" else int(fields[BEGAN])


def stop(folder: Path) -> bool:
    """End the twin of a folder and wait until all of it is gone; whether there was one.

    Raises:
        HomelabError: its keeper does not end.
    """
    state = read(folder)
    if state is None or not state.runs:
        return False
    os.kill(state.keeper, signal.SIGTERM)
    late = time.monotonic() + PATIENCE
    while state.runs:
        if time.monotonic() > late:
            os.kill(state.keeper, signal.SIGKILL)  # its programs end with it: see tools.leash
            raise HomelabError(f"the twin in {folder} did not end by itself within {PATIENCE:g} s, and was killed")
        time.sleep(PACE)
    return True
