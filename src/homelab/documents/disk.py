"""Disk: the bytes of one file that somebody named; a pipe where a file should be is told, not waited for."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

OF_THE_SHELL = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")
"""Where a shell hands over what another command writes, as in `homelab check <(…)`: pipes that are meant."""


def bytes_of(path: str | Path, most: int = -1) -> bytes:
    """The bytes of a file, no more than `most` where that is given.

    Raises:
        OSError: there is none, it cannot be read, or it is a pipe into which nobody may ever write.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        if stat.S_ISFIFO(os.fstat(handle).st_mode):
            if not str(path).startswith(OF_THE_SHELL):
                raise OSError(errno.EINVAL, "a pipe stands there, and a file is expected", str(path))
            os.set_blocking(handle, True)
        return file.read(most)
