"""The script that makes the oracles: complete, idempotent, and clear about what it cannot make."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import re
import sys

import pytest

from conftest import REPOSITORY
from homelab.twin.programs import BROUGHT, every


@pytest.fixture
def oracles(tmp_path, monkeypatch):
    """The script, with an empty cache of its own."""
    monkeypatch.setenv("HOMELAB_CACHE", str(tmp_path))
    monkeypatch.syspath_prepend(str(REPOSITORY / "scripts"))
    spec = importlib.util.spec_from_file_location("oracles", REPOSITORY / "scripts" / "oracles.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "oracles", module)
    spec.loader.exec_module(module)
    return module


def echo(oracles, name, says, version="1.2.3"):
    """An oracle that is made by writing a shell script, and counts how often."""

    def make(target):
        made.append(name)
        target.write_text(f"#!/bin/sh\necho {says}\n")
        target.chmod(0o755)

    made = []
    return oracles.Oracle(name, version, ("--version",), "echoes", make), made


def test_every_oracle_a_test_asks_for_is_made():
    """No test waits for a program that `make oracles` never makes."""
    script = (REPOSITORY / "scripts" / "oracles.py").read_text(encoding="utf-8")
    known = set(re.findall(r'Oracle\(\s*"([a-z-]+)"', script))
    files = (
        file for file in (REPOSITORY / "tests").rglob("*.py") if file != REPOSITORY / "tests/scripts/test_oracles.py"
    )
    asked = {name for file in files for name in re.findall(r'\boracle\("([\w-]+)"\)', file.read_text(encoding="utf-8"))}
    assert asked - known == set()
    assert {"kubectl", "helm", "kubeseal", "tofu", "promtool"} <= known


def test_every_program_of_a_twin_that_a_test_asks_for_is_one():
    """No test waits for a program that `make twin` never makes."""
    known = {program.name for program in (*every(), *BROUGHT)}
    files = (
        file for file in (REPOSITORY / "tests").rglob("*.py") if file != REPOSITORY / "tests/scripts/test_oracles.py"
    )
    asked = {
        name for file in files for name in re.findall(r'twin_program\("([\w-]+)"\)', file.read_text(encoding="utf-8"))
    }
    assert {"etcd", "kube-apiserver", "kustomize"} <= asked <= known


def test_an_oracle_is_made_once(oracles, monkeypatch, capsys):
    """What is there and says the right version is kept; another version is made anew."""
    oracle, made = echo(oracles, "cheese", "cheese 1.2.3")
    monkeypatch.setattr(oracles, "ORACLES", (oracle,))
    assert oracles.main([]) == 0
    assert oracles.main([]) == 0
    assert made == ["cheese"]
    (oracles.BIN / "cheese").write_text("#!/bin/sh\necho cheese 0.9\n")
    assert oracles.main(["cheese"]) == 0
    assert made == ["cheese", "cheese"]
    assert "cheese      kept     cheese 1.2.3" in capsys.readouterr().out


def test_a_program_of_ours_is_made_anew_when_its_text_changes(oracles):
    """The repo-server that is wanted names the text it was compiled from, so that an earlier one is not kept."""
    text = (REPOSITORY / "scripts" / oracles.REPO_SERVER).read_bytes()
    wanted = next(oracle.version for oracle in oracles.ORACLES if oracle.name == "repo-server")
    assert wanted.endswith(hashlib.sha256(text).hexdigest()[:12])


def test_what_cannot_be_made_is_said(oracles, monkeypatch, capsys):
    """A missing or wrong oracle makes the run fail and names what is not proved; HOMELAB_SKIP leaves it out."""
    wrong, _ = echo(oracles, "wrong", "version 9")

    def cannot(target):
        raise oracles.NotMade(f"{target.name} grows on trees")

    monkeypatch.setattr(oracles, "ORACLES", (wrong, oracles.Oracle("none", "1", (), "trees", cannot)))
    assert oracles.main([]) == 1
    said = capsys.readouterr().out
    assert "wrong       missing  it was made, but does not say that it is 1.2.3" in said
    assert "none        missing  none grows on trees" in said
    assert "not proved without them: echoes (wrong); trees (none)" in said
    monkeypatch.setenv("HOMELAB_SKIP", "wrong,none")
    assert oracles.main([]) == 0
    assert oracles.main(["gouda"]) == 2


def test_a_program_without_a_word_about_itself_is_read(oracles, monkeypatch):
    """A program that says no version is not run: Go reads out of it what it was made of."""
    quiet, _ = echo(oracles, "quiet", "never asked", "example.com/quiet\tv1.2.3")
    quiet = dataclasses.replace(quiet, ask=())
    oracles.BIN.mkdir()
    quiet.make(oracles.BIN / "quiet")
    asked = []
    monkeypatch.setattr(oracles, "run", lambda *argv: asked.append(argv) or "\tdep\texample.com/quiet\tv1.2.3\th1:x=\n")
    assert oracles.present(quiet) == "dep\texample.com/quiet\tv1.2.3\th1:x="
    assert asked == [("go", "version", "-m", str(oracles.BIN / "quiet"))]
