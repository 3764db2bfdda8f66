"""The way from the API server into the cluster: its egress proxy on a Unix socket, and who answers behind it.

The API server says CONNECT with the address of a pod, then speaks TLS and names the Service it means
(https://kubernetes.io/docs/tasks/extend-kubernetes/setup-konnectivity/; k8s.io/apiserver, egressselector and util/webhook:
the server name is `<service>.<namespace>.svc`). Which pod it is, the API server has chosen among the ready endpoints of the
Service (`--enable-aggregator-routing`; k8s.io/apiserver, util/proxy, ResolveEndpoint): where none is ready it calls nobody, and
refuses as it does at home. A Service with a process on this machine gets the bytes as they are, for any other the stand-in
shows a certificate that the caller believes, and answers.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

from homelab.errors import HomelabError, ToolError

LARGEST = 1 << 16
RECORD, HELLO, NAME, PLAIN = 22, 1, 0, 0
"""TLS: a record of a handshake, its message ClientHello, the extension server_name, and a host's name in it (RFC 8446, RFC 6066)."""
TIMEOUT = 30.0
PACE = 0.005
"""Seconds between two looks at a record that has not come whole."""
GREETING = b"HTTP/1.1 200 OK\r\n\r\n"
Serve = Callable[[ssl.SSLSocket, str], None]
"""Answers on a connection for a Service, by its name as `web.shop.svc`, until the other side has enough."""


class Door:
    """Listens on a Unix socket until it is closed.

    Attributes:
        context: of TLS with the certificate for a name.
        serve: answers where no process does.
        process: the port of the process that is a Service here, by its name and, where the caller says none, by the
            address it calls; None for most.

    Raises:
        ToolError: there can be no socket at the path.
    """

    def __init__(
        self,
        path: Path,
        context: Callable[[str], ssl.SSLContext],
        serve: Serve,
        process: Callable[[str, str], int | None],
    ) -> None:
        self._context, self._serve, self._process = context, serve, process
        self._socket = socket.socket(socket.AF_UNIX)
        path.unlink(missing_ok=True)
        try:
            self._socket.bind(str(path))
        except OSError as error:
            self._socket.close()
            raise ToolError(f"no socket can be made at {path}: {error}") from None
        path.chmod(0o600)
        self._socket.listen(128)

    def run(self) -> None:
        """Take connections, a thread each, until the door is closed."""
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._let_in, args=(caller,), daemon=True).start()

    def close(self) -> None:
        """Take no more."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _let_in(self, caller: socket.socket) -> None:
        with caller, contextlib.suppress(OSError, ValueError, HomelabError):
            caller.settimeout(TIMEOUT)
            address = _greeted(caller)
            if not address:
                return
            name = server_name(_peeked(caller)) or ""
            port = self._process(name, address)
            if port is not None:
                with socket.create_connection(("127.0.0.1", port), TIMEOUT) as other:
                    relay(caller, other)
                return
            with self._context(name).wrap_socket(caller, server_side=True) as talk:
                self._serve(talk, name)


def _greeted(caller: socket.socket) -> str:
    """Read the CONNECT, and nothing behind it: the caller waits for the answer before it goes on. The address it is for."""
    said = b""
    while b"\r\n\r\n" not in said:
        more = caller.recv(1)
        if not more or len(said) > LARGEST:
            return ""
        said += more
    verb, _, rest = said.partition(b" ")
    if verb != b"CONNECT":
        return ""
    caller.sendall(GREETING)
    return rest.partition(b" ")[0].decode("ascii")


def _peeked(caller: socket.socket) -> bytes:
    """The first record that the caller sends, left where it is; what is no TLS (a plain request to a pod) is not waited for."""
    late = time.monotonic() + TIMEOUT
    while time.monotonic() < late:
        seen = caller.recv(LARGEST, socket.MSG_PEEK)
        whole = len(seen) >= 5 and len(seen) >= 5 + struct.unpack(">H", seen[3:5])[0]
        if not seen or seen[0] != RECORD or whole:
            return seen
        time.sleep(PACE)
    return b""


def server_name(record: bytes) -> str | None:
    """The name of the server that a TLS ClientHello asks for; None where it names none.

    Raises:
        ValueError: the bytes are no ClientHello.
    """
    hello = _Reader(record)
    hello.skip(5)
    if hello.number(1) != HELLO:
        raise ValueError("no ClientHello")
    hello.skip(3 + 2 + 32)  # its length, the version, the random
    for width in (1, 2, 1):  # session, ciphers, compression
        hello.skip(hello.number(width))
    if hello.done:
        return None
    extensions = _Reader(hello.take(hello.number(2)))
    while not extensions.done:
        kind, text = extensions.number(2), extensions.take(extensions.number(2))
        if kind == NAME:
            names = _Reader(text)
            names.skip(2)
            if names.number(1) == PLAIN:
                return names.take(names.number(2)).decode("ascii")
    return None


class _Reader:
    """Bytes read one field after the other; whoever wants more than there is gets a ValueError."""

    def __init__(self, text: bytes) -> None:
        self._text, self._at = text, 0

    @property
    def done(self) -> bool:
        return self._at >= len(self._text)

    def take(self, count: int) -> bytes:
        found = self._text[self._at : self._at + count]
        if len(found) < count:
            raise ValueError("cut off")
        self._at += count
        return found

    def skip(self, count: int) -> None:
        self.take(count)

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")


def relay(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until one side ends."""

    def carry(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while more := source.recv(LARGEST):
                target.sendall(more)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    for each in (one, other):
        each.settimeout(None)
    back = threading.Thread(target=carry, args=(other, one), daemon=True)
    back.start()
    carry(one, other)
    back.join()
