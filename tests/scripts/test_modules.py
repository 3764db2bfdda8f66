"""The scripts that write Go modules of our own around published ones."""

from __future__ import annotations

import json

import pytest

from conftest import REPOSITORY


@pytest.fixture
def gomodule(monkeypatch):
    """The script that both use."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "scripts"))
    import gomodule

    return gomodule


def test_local_replacements_stay_at_home(gomodule):
    """Of a module's replace lines only those that point to published modules are taken over."""
    lines = {"Replace": [
        {"Old": {"Path": "a"}, "New": {"Path": "./local"}},
        {"Old": {"Path": "b", "Version": "v1"}, "New": {"Path": "c", "Version": "v2"}},
    ]}  # fmt: skip
    assert gomodule.replacements(lines) == ["replace b v1 => c v2"]
    assert gomodule.replacements({"Replace": None}) == []


def test_staged_modules_come_at_a_version_of_their_own(gomodule):
    """What Kubernetes keeps in its own folder and publishes beside is taken from where it is published."""
    lines = {"Replace": [
        {"Old": {"Path": "k8s.io/api"}, "New": {"Path": "./staging/src/k8s.io/api"}},
        {"Old": {"Path": "b"}, "New": {"Path": "./local"}},
    ]}  # fmt: skip
    assert gomodule.replacements(lines, "v0.36.1") == ["replace k8s.io/api => k8s.io/api v0.36.1"]


def test_a_module_is_written_from_what_the_other_one_says(gomodule, monkeypatch, tmp_path):
    """The Go version and the replacements are the other's, and a version that is not served gives way to the one named."""
    staged = [
        {"Old": {"Path": f"k8s.io/{name}"}, "New": {"Path": f"./staging/src/k8s.io/{name}"}} for name in ("api", "jwt")
    ]
    answers = {"download": {"GoMod": "theirs.mod"}, "edit": {"Go": "1.25.0", "Replace": staged}}
    monkeypatch.setattr(gomodule, "run", lambda *argv, **_: json.dumps(answers[argv[2]]))
    gomodule.write(tmp_path, "ours", ("k8s.io/k", "v1.35.4"), staging="v0.35.4", instead={"k8s.io/jwt": "v0.35.5"})
    assert (tmp_path / "go.mod").read_text().split("\n\n") == [
        "module ours",
        "go 1.25.0",
        "require k8s.io/k v1.35.4",
        "replace k8s.io/api => k8s.io/api v0.35.4",
        "replace k8s.io/jwt => k8s.io/jwt v0.35.5\n",
    ]


def test_only_modules_of_the_table_are_written(gomodule, capsys):
    """A name that no program has is refused with those that there are."""
    import modules

    assert modules.main(["nothing"]) == 2
    assert "no module is called nothing; there are kubernetes-1.33, " in capsys.readouterr().err
