"""Host keys: a Git server that Argo CD would refuse is told, with the command that prints its keys."""

from __future__ import annotations

from datetime import date

import pytest

from homelab.assess.notices import HOST_KEY
from homelab.findings import Severity
from homelab.lab.pipeline import Lab

TODAY = date(2026, 7, 1)
SMALL = """\
homelab: v1
name: small
network: {nodes: 10.0.7.0/24, gateway: 10.0.7.1, load_balancers: 10.0.7.200-10.0.7.210}
nodes: {mini: {role: control-plane, address: 10.0.7.20, cpu: 4, memory: 16Gi, disk: 100GB}}
"""
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFKoaltZD/zykxDOAQyxw1SHAt583i/Dx1BPBSzRiX5C"
FORGE = "ssh://git@nas.lan:2222/me/lab.git"


def found(tmp_path, address="", *keys):
    """The findings of a small lab with this repository and these host keys."""
    lines = "".join(f'\n    - "{key}"' for key in keys)
    git = f'git:\n  repository: "{address}"\n' + (f"  host_keys:{lines}\n" if keys else "") if address else ""
    file = tmp_path / "homelab.yaml"
    file.write_text(SMALL + git)
    return [f for f in Lab.load(str(file)).assessment(TODAY).findings if f.check == HOST_KEY.id]


def test_a_server_that_nobody_knows_is_told_with_what_prints_its_keys(tmp_path):
    """Nothing would be deployed: high, at the address, with the command and the advice to compare."""
    (said,) = found(tmp_path, FORGE)
    assert said.severity is Severity.HIGH
    assert said.option_place.line == 6
    assert said.message.startswith("Argo CD does not know the SSH host key of [nas.lan]:2222, and reads no repository")
    assert said.message.endswith("git.host_keys is empty")
    assert said.hint.startswith("`ssh-keyscan -p 2222 nas.lan` prints the keys of whoever answers: compare them")


def test_the_key_of_another_port_is_none(tmp_path):
    """A key counts for the name and the port that its line says, and what is there is said."""
    (said,) = found(tmp_path, FORGE, f"nas.lan {KEY}", f"[nas.lan]:2022 {KEY}")
    assert said.message.endswith("git.host_keys has those of [nas.lan]:2022, nas.lan only")


@pytest.mark.slow
@pytest.mark.parametrize(("address", "keys"), [
    ("", ()),
    ("https://nas.lan:3000/me/lab.git", ()),
    ("git@github.com:me/lab.git", ()),
    ("ssh://git@ssh.github.com:443/me/lab.git", ()),
    (FORGE, (f"nas.lan,[nas.lan]:2222 {KEY}",)),
    ("git@nas.lan:me/lab.git", (f"NAS.lan {KEY}",)),
])  # fmt: skip
def test_servers_that_argo_cd_knows_or_is_told_are_left_alone(tmp_path, address, keys):
    """Public forges at the ports that the chart names, whatever is read by HTTPS, and every server with a key."""
    assert found(tmp_path, address, *keys) == []
