"""Start a program that ends when its keeper does: `python leash.py KEEPER PROGRAM ARGUMENT …`, run by `services`.

Linux sends the signal named here as soon as the process KEEPER is gone, however it went: a keeper killed with -9 leaves
nothing behind. It is asked for between start and `exec`, in a process of its own, because code between fork and exec does not
go with the threads of the keeper. Standard library only; nothing of homelab is imported.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""`man 2 prctl`: the signal that a process gets when the thread that made it ends; it survives `exec`."""


def main(argv: list[str]) -> None:
    """Ask for the signal, look whether the keeper is gone already, become the program."""
    keeper, program = int(argv[0]), argv[1]
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != keeper:
        sys.exit(1)
    os.execv(program, argv[1:])  # noqa: S606 - no shell; argv is built by services


if __name__ == "__main__":
    main(sys.argv[1:])
