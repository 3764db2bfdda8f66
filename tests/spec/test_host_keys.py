"""Host keys: which lines are taken, what is said of those that are not, and how a server is called."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, SECP521R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as curve
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import TypeAdapter, ValidationError

from homelab.spec.endpoint import Endpoint
from homelab.spec.host_keys import HostKey, known_as, names, scan, server_of

KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIFKoaltZD/zykxDOAQyxw1SHAt583i/Dx1BPBSzRiX5C"
LINE = f"nas.lan ssh-ed25519 {KEY}"
LINES = TypeAdapter(HostKey)
MADE = {
    "ed25519": Ed25519PrivateKey.generate,
    "rsa": lambda: rsa(65537, 2048),
    "nistp256": lambda: curve(SECP256R1()),
    "nistp384": lambda: curve(SECP384R1()),
    "nistp521": lambda: curve(SECP521R1()),
}


def refusal(line):
    """What is said of a line that is not taken: what was expected, and the hint."""
    with pytest.raises(ValidationError) as caught:
        LINES.validate_python(line)
    error = caught.value.errors()[0]["ctx"]["error"]
    return str(error), error.hint


@pytest.mark.parametrize("kind", MADE)
def test_keys_of_every_type_are_taken_whole_and_not_otherwise(kind):
    """What a real library writes is taken; a key that is cut, longer, or of another type than it says, is not."""
    said, blob = MADE[kind]().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode().split()
    assert LINES.validate_python(f"nas.lan {said} {blob}") == f"nas.lan {said} {blob}"
    raw = b64decode(blob)
    for wrong in (raw[:-1], raw[:-33], raw + b"\0", raw[1:], b"", raw.replace(b"s", b"t", 1)):
        expected, hint = refusal(f"nas.lan {said} {b64encode(wrong).decode()}")
        assert expected == (f"expected a whole {said} key")
        assert "copy the line as ssh-keyscan prints it" in hint
    assert refusal(f"nas.lan {said} {blob}!")[0] == f"expected a whole {said} key"


@pytest.mark.parametrize("host", ["nas", "[nas.lan]:2222", "nas.lan,10.0.0.9", "10.0.0.9", "fd00::5", "[fd00::5]:2222"])
def test_servers_are_named_as_ssh_keyscan_names_them(host):
    """Names, addresses, several of them, and a port behind brackets."""
    line = f"{host} ssh-ed25519 {KEY}"
    assert LINES.validate_python(line) == line
    assert names(line) == tuple(host.split(","))


@pytest.mark.parametrize(("line", "hint"), [
    ("", "ssh-keyscan HOST prints such lines"),
    ("nas.lan", "ssh-keyscan HOST prints such lines"),
    (f"nas.lan ssh-dss {KEY}", "ssh-keyscan HOST prints such lines"),
    (f"nas.lan:2222 ssh-ed25519 {KEY}", "ssh-keyscan -p PORT HOST"),
    (f"[nas.lan]:99999 ssh-ed25519 {KEY}", "ssh-keyscan -p PORT HOST"),
    (f"[nas.lan]:22 ssh-ed25519 {KEY}", "those of another port than 22"),
    (f"*.lan ssh-ed25519 {KEY}", "ssh-keyscan HOST prints such lines"),
    (f"!nas.lan ssh-ed25519 {KEY}", "ssh-keyscan HOST prints such lines"),
    (f"nas.lan, ssh-ed25519 {KEY}", "ssh-keyscan HOST prints such lines"),
    (f"fe80::1%eth0 ssh-ed25519 {KEY}", "ssh-keyscan HOST prints such lines"),
    (f"{LINE} root@nas", "ssh-keyscan HOST prints such lines"),
    (f"{LINE}\nevil.lan ssh-ed25519 {KEY}", "ssh-keyscan HOST prints such lines"),
    ("# nas.lan:22 SSH-2.0-OpenSSH_9.6", "a remark of ssh-keyscan"),
    ("256 SHA256:WSbJYwm6EQ1bDXhGq3y6lzSYbNiNkSJyZZOcb7eQPSM nas (ED25519)", "the fingerprint of a key"),
    ("MD5:e2:e7:90:98:4f:40:3c:7c:30:bb:15:a6:a8:2e:5a:f2", "the fingerprint of a key"),
    (f"|1|c2FsdA==|aGFzaA== ssh-ed25519 {KEY}", "is hashed"),
    (f"@cert-authority *.lan ssh-ed25519 {KEY}", "marks are not understood"),
    (f"ssh-ed25519 {KEY} root@nas", "the name of the server comes first"),
])  # fmt: skip
def test_other_lines_are_refused_with_what_they_are(line, hint):
    """A fingerprint, a remark, a public key, a hashed name: each is told from a line of known_hosts, and what prints one."""
    expected, said = refusal(line)
    assert expected.startswith("expected a line of known_hosts such as '[nas.lan]:2222 ssh-ed25519")
    assert hint in said


@pytest.mark.parametrize(("address", "name", "command"), [
    ("ssh://git@nas.lan:2222/me/lab.git", "[nas.lan]:2222", "ssh-keyscan -p 2222 nas.lan"),
    ("git@NAS.lan:me/lab.git", "nas.lan", "ssh-keyscan nas.lan"),
    ("ssh://forgejo@[fd00::5]/lab.git", "fd00::5", "ssh-keyscan fd00::5"),
    ("ssh://nas.lan/lab.git", "nas.lan", "ssh-keyscan nas.lan"),
])  # fmt: skip
def test_the_server_of_an_address_is_called_as_its_keys_are(address, name, command):
    """By its name alone at SSH's own port, else with the port; the command that prints the keys asks there."""
    server = server_of(address)
    assert server is not None
    assert known_as(server) == name
    assert " ".join(scan(server)) == command


def test_only_ssh_has_host_keys():
    """Of a repository that is read by HTTPS, or is not named yet, no server is asked for a key."""
    assert server_of("https://nas.lan/me/lab.git") is None
    assert server_of(None) is None
    assert server_of("git@nas.lan:x") == Endpoint("nas.lan", 22)
