"""Lock: one homelab at a time writes into a repository. The kernel keeps it, so that whoever is killed holds nothing.

It lies on the folder itself: no file has to be made, ignored or cleared away.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from homelab.errors import Unwritable

try:
    import fcntl
except ImportError:  # Windows knows no such lock
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only one who writes into a folder; where a file system has no locks, as if there were nobody else.

    Raises:
        Unwritable: another homelab is writing there now.
    """
    if fcntl is None or not folder.is_dir():
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            hint = "nothing was changed: wait until it is done, and run this again"
            raise Unwritable(f"another homelab is writing into {folder} now", hint=hint) from None
        except OSError:  # a network's file system without locks
            pass
        yield
    finally:
        os.close(handle)
