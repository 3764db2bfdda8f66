"""Host keys: the lines of known_hosts by which whoever comes by SSH knows a server.

Argo CD reads them with golang.org/x/crypto/ssh/knownhosts, which gives up the whole file for one line that it cannot read
(`New`: "if err := db.Read(f, fn); err != nil { return nil, err }"), so no such line is taken; git reads them with OpenSSH,
which also compares the type with the key (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from homelab.spec.endpoint import PORTS, Endpoint, endpoint
from homelab.spec.forms import FormError, is_address, is_name

_CURVES = {"nistp256": 65, "nistp384": 97, "nistp521": 133}
"""Curve to the bytes of a point on it, uncompressed (RFC 5656, 3.1)."""
_TYPES = ("ssh-ed25519", "ssh-rsa", *(f"ecdsa-sha2-{curve}" for curve in _CURVES))
"""What OpenSSH makes for a server (ssh-keygen(1), -A)."""
_PORTED = re.compile(r"\[([^\]]+)\]:([1-9][0-9]{0,4})")
_EXPECTED = "a line of known_hosts such as '[nas.lan]:2222 ssh-ed25519 AAAA…'"


def server_of(repository: str | None) -> Endpoint | None:
    """The server that a repository is read from by SSH; None where it is read otherwise, or there is none."""
    return endpoint(repository) if repository and not repository.startswith("https://") else None


def known_as(server: Endpoint) -> str:
    """A server as known_hosts calls it: `nas.lan`, or `[nas.lan]:2222` where the port is not SSH's own."""
    return server.host if server.port == PORTS["ssh"] else f"[{server.host}]:{server.port}"


def names(line: str) -> tuple[str, ...]:
    """The servers whose key a line holds, as known_hosts calls them."""
    return tuple(line.split(maxsplit=1)[0].lower().split(","))


def scan(server: Endpoint) -> tuple[str, ...]:
    """The words of the command that prints a server's keys as lines of known_hosts (ssh-keyscan(1))."""
    port = () if server.port == PORTS["ssh"] else ("-p", str(server.port))
    return ("ssh-keyscan", *port, server.host)


def _host_key(line: str) -> str:
    hosts, kind, blob = (line.split(" ") + [""] * 3)[:3]
    if line.count(" ") != 2 or kind not in _TYPES or not all(map(_named, hosts.split(","))):
        raise FormError(_EXPECTED, _hint(line))
    if not _whole(kind, blob):
        raise FormError(
            f"a whole {kind} key", "part of it is missing or another: copy the line as ssh-keyscan prints it"
        )
    return line


def _named(host: str) -> bool:
    """Whether a name, an address or either with a port; no pattern, as it would know servers that nobody looked at.

    OpenSSH looks for SSH's own port by the name alone.
    """
    ported = _PORTED.fullmatch(host)
    bare = ported[1] if ported else host
    usual = ported is None or (int(ported[2]) < 1 << 16 and int(ported[2]) != PORTS["ssh"])
    return usual and (is_name(bare) or is_address(bare))


def _hint(line: str) -> str:
    """What somebody most likely has in hand who wrote another line."""
    first = line.split(maxsplit=1)[0] if line.split() else ""
    for told, said in (
        (first.startswith("#"), "this is a remark of ssh-keyscan, not a key: leave it out"),
        (
            re.search(r"SHA256:|MD5:|([0-9a-f]{2}:){8}", line) is not None,
            "this is the fingerprint of a key, to compare it by; ssh-keyscan prints the key itself",
        ),
        (first.startswith("|"), "the name in this line is hashed: ssh-keyscan prints it plainly"),
        (first.startswith("@"), "marks are not understood here: name the key of the server itself"),
        (first in _TYPES, "the name of the server comes first: ssh-keyscan prints the line with it"),
    ):
        if told:
            return said
    return "ssh-keyscan HOST prints such lines, ssh-keyscan -p PORT HOST those of another port than 22"


def _whole(kind: str, blob: str) -> bool:
    """Whether a key is what its type says, to the last byte (RFC 4253, 6.6; RFC 5656, 3.1; RFC 8709, 4)."""
    try:
        name, *parts = _strings(b64decode(blob, validate=True))
    except ValueError:
        return False
    if name != kind.encode():
        return False
    if kind == "ssh-ed25519":
        return [len(part) for part in parts] == [32]
    if kind == "ssh-rsa":  # an exponent and a modulus of 1024 bits or more
        return len(parts) == 2 and 0 < len(parts[0]) <= 5 and len(parts[1]) >= 128
    curve = kind.rpartition("-")[2]
    return len(parts) == 2 and parts[0] == curve.encode() and len(parts[1]) == _CURVES[curve] and parts[1][0] == 4


def _strings(data: bytes) -> Iterator[bytes]:
    """The strings that some bytes hold, each behind its length.

    Raises:
        ValueError: the last is cut.
    """
    rest = data
    while rest:
        length = int.from_bytes(rest[:4])
        if len(rest) < 4 + length or not length:
            raise ValueError("a string is cut")
        yield rest[4 : 4 + length]
        rest = rest[4 + length :]


HostKey = Annotated[str, Field(max_length=4096), AfterValidator(_host_key)]
"""A line of known_hosts: names, type and key of a server."""
