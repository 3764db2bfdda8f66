"""Run a program as a container runs it, without a container: `python pod.py SPEC`, started by `services`.

SPEC is a JSON file: `root` is the folder that the program sees as `/`, `program` its file, `argv` and `env`
are its words and variables, `calls` says
which ports of its loopback lead to which ports of this machine's (`{"6443": 40123}`), `answers` which ports of this machine's
loopback lead to which of its own (`{"40124": 9443}`). It has a loopback of its own, on which every port is free, and reaches
nothing else; it has no privilege, and the user of whoever started it.

Three processes: this one carries bytes; its child enters namespaces of its own (`man 7 namespaces`; none of it takes root) and
stays there to make connections; its child in turn becomes the program. Each ends with the one before, all with the code of
the program. Sockets go between the namespaces by `SCM_RIGHTS` (`man 7 unix`). Standard library only; nothing of homelab is
imported.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import socket
import struct
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

LOOPBACK = "127.0.0.1"
USER = 65532
"""Whom the program takes itself for; outside it is whoever started it."""
CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
PR_SET_PDEATHSIG = 1
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
"""`man 7 netdevice`."""
LARGEST = 1 << 16
SHOWN = ("proc", "dev")
"""Folders of this machine that the program sees as they are."""
_libc = ctypes.CDLL(None, use_errno=True)


def _done(code: int) -> None:
    if code != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def enter() -> None:
    """Enter namespaces for users, mounts and the network, with all privileges in there and none outside.

    Raises:
        OSError: this machine does not let everybody.
    """
    user, group = os.geteuid(), os.getegid()
    _done(_libc.unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET))
    with contextlib.suppress(OSError):
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{USER} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{USER} {group} 1", encoding="ascii")
    _mount(None, Path("/"), MS_REC | MS_PRIVATE)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        import fcntl

        asked = struct.pack("16sh22x", b"lo", 0)
        flags: int = struct.unpack("16sh22x", fcntl.ioctl(one, SIOCGIFFLAGS, asked))[1]
        fcntl.ioctl(one, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", flags | IFF_UP))


def _mount(source: Path | None, target: Path, flags: int) -> None:
    _done(_libc.mount(str(source).encode() if source else None, str(target).encode(), None, flags, None))


def follow(parent: int) -> None:
    """End as soon as the process that made this one does; asked for after every change of user, which forgets it."""
    _done(_libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
    if os.getppid() != parent:
        os._exit(1)


def ended(pid: int) -> NoReturn:
    """Wait for a child, and end as it did."""
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(128 - code if code < 0 else code)


def program(root: Path, argv: list[str], env: dict[str, str], parent: int) -> NoReturn:
    """Become the program."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.chroot(root)
    os.chdir("/")
    follow(parent)
    os.execve(argv[0], argv, env)  # noqa: S606 - no shell; the file is written by homelab


def inside(spec: dict[str, Any], talk: socket.socket, parent: int) -> NoReturn:
    """In the namespaces: hand out what listens there, start the program, make connections until it has ended."""
    enter()
    follow(parent)
    root = Path(spec["root"])
    for name in SHOWN:
        (root / name).mkdir(exist_ok=True)
        _mount(Path("/", name), root / name, MS_BIND | MS_REC)
    seen = root / spec["argv"][0].lstrip("/")
    if not seen.exists():
        seen.touch()
    _mount(Path(spec["program"]), seen, MS_BIND)
    for port in spec["calls"]:
        with socket.create_server((LOOPBACK, int(port)), backlog=64) as listening:
            socket.send_fds(talk, [b"l"], [listening.fileno()])
            talk.recv(1)  # it is taken
    here = os.getpid()
    child = os.fork()
    if not child:
        program(root, spec["argv"], spec["env"], here)
    threading.Thread(target=_connect, args=(talk,), daemon=True).start()
    ended(child)


def _connect(talk: socket.socket) -> None:
    """Hand out a connection to a port in here for each one that is asked for."""
    while asked := talk.recv(2):
        try:
            with socket.create_connection((LOOPBACK, struct.unpack(">H", asked)[0]), 5) as made:
                socket.send_fds(talk, [b"y"], [made.fileno()])
        except OSError:
            talk.send(b"n")


class Outside:
    """Out here: carries bytes between the program and this machine."""

    def __init__(self, talk: socket.socket) -> None:
        self._talk, self._lock = talk, threading.Lock()

    def serve(self, spec: dict[str, Any]) -> None:
        """Open every way, a thread each.

        Raises:
            OSError: a port of this machine is taken.
        """
        for port, target in spec["calls"].items():
            _, handed, _, _ = socket.recv_fds(self._talk, 1, 1)
            if not handed:
                raise OSError(f"no way from port {port} could be opened")
            self._talk.send(b"t")
            self._keep(socket.socket(fileno=handed[0]), lambda target=target: _reached(target))
        for port, inner in spec["answers"].items():
            self._keep(socket.create_server((LOOPBACK, int(port)), backlog=64), lambda inner=inner: self._made(inner))

    def _made(self, port: int) -> socket.socket | None:
        with self._lock:
            self._talk.send(struct.pack(">H", port))
            _, handed, _, _ = socket.recv_fds(self._talk, 1, 1)
        return socket.socket(fileno=handed[0]) if handed else None

    def _keep(self, listening: socket.socket, reach: Any) -> None:
        def run() -> None:
            while True:
                try:
                    caller, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=_carried, args=(caller, reach), daemon=True).start()

        threading.Thread(target=run, daemon=True).start()


def _reached(port: int) -> socket.socket | None:
    try:
        return socket.create_connection((LOOPBACK, port), 5)
    except OSError:
        return None


def _carried(caller: socket.socket, reach: Any) -> None:
    with caller:
        other = reach()
        if other is None:
            return
        with other:
            other.settimeout(None)
            back = threading.Thread(target=_carry, args=(other, caller), daemon=True)
            back.start()
            _carry(caller, other)
            back.join()


def _carry(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while more := source.recv(LARGEST):
            target.sendall(more)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def main(spec: dict[str, Any]) -> NoReturn:
    """Run a program until it ends; an end that is asked for is the program's to make, the others follow it."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    out, there = socket.socketpair()
    here = os.getpid()
    child = os.fork()
    if not child:
        out.close()
        try:
            inside(spec, there, here)
        except OSError as error:
            print(f"no pod can be made on this machine: {error}", file=sys.stderr, flush=True)  # noqa: T201 - its log
            os._exit(126)
    there.close()
    try:
        Outside(out).serve(spec)
    except OSError as error:
        print(f"the pod cannot be reached: {error}", file=sys.stderr, flush=True)  # noqa: T201 - its log
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    ended(child)


if __name__ == "__main__":
    if len(sys.argv) == 1:  # whether it would go
        try:
            enter()
        except OSError as error:
            sys.exit(str(error))
    else:
        main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
