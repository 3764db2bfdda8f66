"""`homelab contract`: what machine configurations are made for, what another would change, and moving it."""

from __future__ import annotations

import pytest

from cli.conftest import LAB
from homelab.render import layout

OLD = LAB.replace("cpu:", "mac: aa:bb:cc:00:11:22, cpu:") + "versions: {talos: 1.11.5, kubernetes: 1.33.0}  # ours\n"


@pytest.fixture
def upgraded(homelab, lab, tmp_path):
    """A lab whose first day was with 1.11 and whose nodes run 1.13: its file, with the repository beside it."""
    lab.write_text(OLD)
    assert homelab("render", lab, "--to", tmp_path, "--without-computed").code == 0
    lab.write_text(OLD.replace("1.11.5", "1.13.9"))
    assert homelab("render", lab, "--to", tmp_path, "--without-computed").code == 0
    return lab


def test_it_says_what_it_is_and_what_would_change(homelab, upgraded):
    """Without a version: the contract, where it comes from, each field that moving it changes, and the command; nothing is written."""
    before = upgraded.read_text()
    done = homelab("contract", upgraded)
    assert done.code == 0
    assert done.out.startswith(
        f"1.11.5, as {layout.VARIABLES} has it since its first day; the nodes run Talos 1.13.9\n"
    )
    assert "machine.install.grubUseUKICmdline" in done.out
    assert f"homelab contract --move-to 1.13.9 {upgraded}\n" in done.out
    assert upgraded.read_text() == before


def test_it_moves(homelab, upgraded, tmp_path):
    """With a version: the file says it, comments and all else as they were; what is rendered next is made for it; again, nothing changes."""
    done = homelab("contract", "--move-to", "1.13.9", upgraded)
    assert done.code == 0
    assert "versions.contract: 1.13.9\n" in done.out
    assert "# ours" in upgraded.read_text()
    assert "# the only machine" in upgraded.read_text()
    assert homelab("render", upgraded, "--to", tmp_path, "--without-computed").code == 0
    assert '"contract": "1.13.9"' in (tmp_path / layout.VARIABLES).read_text()
    again = homelab("contract", "--move-to", "1.13.9", upgraded)
    assert "nothing changes" in again.out
    assert f"{upgraded} is unchanged" in again.out


def test_the_repository_may_be_elsewhere(homelab, lab, tmp_path):
    """What the contract was is read from the folder that --to names, and the next command names it again."""
    lab.write_text(OLD)
    elsewhere = tmp_path / "out"
    assert homelab("render", lab, "--to", elsewhere, "--without-computed").code == 0
    lab.write_text(OLD.replace("1.11.5", "1.12.1"))
    assert homelab("contract", lab).out.startswith("1.12.1, as versions.talos says")
    done = homelab("contract", lab, "--to", elsewhere, "--move-to", "1.12.1")
    assert "from 1.11.5 to 1.12.1" in done.out
    assert f"next: homelab render {lab} --to {elsewhere}" in done.out


@pytest.mark.slow
@pytest.mark.parametrize(("version", "complaint"), [
    ("1.14.0", "Talos 1.13.9 refuses fields of a configuration for 1.14.0"),
    ("1.10.6", "1.10.6 is older than 1.11.5"),
    ("1.13", "1.13 is no version of Talos"),
    ("v1.13.9", "v1.13.9 is no version of Talos"),
])  # fmt: skip
def test_what_cannot_be_is_refused(homelab, upgraded, version, complaint):
    """A contract that no node knows yet, an older one and what is no version are sentences with a mend, and nothing is written."""
    before = upgraded.read_text()
    done = homelab("contract", "--move-to", version, upgraded)
    assert (done.code, upgraded.read_text()) == (2, before)
    assert done.err.startswith(complaint)
    assert "hint: " in done.err


def test_what_is_not_known_is_said(homelab, lab):
    """Where a contract is older or newer than what is known here, it is said that the list may not be whole."""
    lab.write_text(LAB + "versions: {talos: 1.13.9, kubernetes: 1.35.2, contract: 1.8.0}\n")
    assert "not all that lies between them is known here" in homelab("contract", lab).out
