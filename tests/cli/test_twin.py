"""`homelab twin install` and `status`: what is there, what is missing, what building takes."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from homelab.cli.schema import published
from homelab.documents.quantity import rounded_bytes
from homelab.tools import go as golang
from homelab.twin.install import VARIABLE, Bill
from homelab.twin.programs import programs
from twin.compiler import Compiler, machine, program

SAYS = {
    **dict.fromkeys(("kube-apiserver", "kube-controller-manager", "kube-scheduler"), "Kubernetes v1.35.4\n"),
    "etcd": "etcd Version: 3.6.13\n",
    "etcdutl": "etcdutl version: 3.6.6\n",
    "kwok": "kwok version v0.8.0 go1.26\n",
    "argocd": "argocd: v3.2.6\n",
    "kustomize": "v5.7.1\n",
}


@pytest.fixture
def go(tmp_path, monkeypatch):
    """A machine with a Go that compiles nothing, git and helm, and an empty cache."""
    for name, value in machine(tmp_path, "go", "git", "helm").items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(golang, "_wheel", lambda: None)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.chdir(tmp_path)
    compiler = Compiler(dict(SAYS))
    monkeypatch.setattr("homelab.tools.process.Programs", lambda: compiler)
    return compiler


def answered(done):
    """The answer for programs, as its schema says."""
    data = json.loads(done.out)
    jsonschema_rs.validator_for(published("twin")).validate(data)
    return data


def test_what_is_missing_is_built_and_the_rest_is_named(homelab, lab, go):
    """What it takes is said first, each program as soon as it is there, and at the end what the system must bring."""
    done = homelab("twin", "install", lab)
    said = done.out.splitlines()
    assert said[0].startswith("to be built: kube-apiserver 1.35.4, kube-controller-manager 1.35.4, ")
    wanted = programs("1.35")
    bill = Bill(wanted)
    assert said[1] == (
        f"  this took {round(bill.seconds / 60)} min on two cores with empty caches; it takes"
        f" {sum(each.mebibytes for each in wanted)} MiB for the programs, and up to {rounded_bytes(bill.room)} that Go keeps"
    )
    assert said[2].startswith("kube-apiserver 1.35.4: built in 0 s, ")
    assert said[-2].startswith("redis-server is missing: install Redis or Valkey")
    assert said[-1] == "10 programs of 11 are there"
    assert (done.code, done.err, len(go.built())) == (1, "", 8)
    again = homelab("twin", "install", lab)
    assert again.out.splitlines()[0].startswith("kube-apiserver 1.35.4: was there, ")
    assert len(go.built()) == 8


def test_the_status_says_where_everything_is(homelab, lab, go, tmp_path, monkeypatch):
    """Each program has its version, its size and where it is from; another version and a missing one are told apart."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "mine"))
    program(tmp_path / "mine" / "etcd")
    program(tmp_path / "mine" / "kwok")
    go.says["kwok"] = "kwok version v0.7.0\n"
    homelab("twin", "install", "--only", "kustomize")
    done = homelab("twin", "status", lab, "--json")
    data = answered(done)
    assert (done.code, data["kubernetes"]) == (1, "1.35")
    rows = {row["name"]: row for row in data["programs"]}
    origins = {name: rows[name]["from"] for name in ("etcd", "kwok", "kustomize", "argocd", "git", "redis-server")}
    assert origins == {
        "etcd": VARIABLE,
        "kwok": "wrong",
        "kustomize": "cache",
        "argocd": "missing",
        "git": "system",
        "redis-server": "missing",
    }
    assert rows["kwok"]["why"] == "it says that it is `kwok version v0.7.0`"
    assert rows["argocd"]["path"] is None
    shown = homelab("twin", "status", lab).out
    row = next(line for line in shown.splitlines() if line.startswith("argocd "))
    assert row.split("  ")[-1].strip() == "`homelab twin install` builds it, in about 3.5 min"
    lacking = [row for row in data["programs"] if row["from"] in {"missing", "wrong"}]
    assert shown.endswith(f"11 programs for a twin of Kubernetes 1.35, {len(lacking)} missing\n")


def test_the_minor_is_that_of_the_file_unless_it_is_named(homelab, lab, go):
    """--minor wins over FILE, FILE over what a lab has that says none; a minor that no twin has is refused."""
    lab.write_text(lab.read_text() + "versions: {kubernetes: 1.33.7}\n")

    def minor(*words: object) -> str:
        return answered(homelab("twin", "status", *words, "--json"))["kubernetes"]

    assert minor(lab) == minor() == "1.33"
    assert minor(lab, "--minor", "1.36") == "1.36"
    lab.unlink()
    assert minor() == "1.35"
    refused = homelab("twin", "status", "--minor", "1.20")
    assert (refused.code, refused.out) == (2, "")
    assert "a twin cannot be Kubernetes 1.20" in refused.err


def test_operators_are_built_when_they_are_wanted(homelab, go):
    """Operators come with --operators, or one by one; the status says how to get them."""
    rows = answered(homelab("twin", "status", "--operators", "--json"))["programs"]
    assert next(r["why"] for r in rows if r["name"] == "kyverno") == "`homelab twin install --operators` builds it"
    go.says["sealed-secrets-controller"] = "controller version: 0.38.4\n"
    done = homelab("twin", "install", "--only", "sealed-secrets-controller", "--json")
    assert [row["from"] for row in answered(done)["programs"]] == ["cache"]
    assert (done.code, go.built()) == (0, ["sealed-secrets-controller"])
    unknown = homelab("twin", "install", "--only", "nix")
    assert (unknown.code, unknown.err.splitlines()[0]) == (2, "no program of a twin is called nix")


def test_a_file_with_a_mistake_builds_nothing(homelab, lab, go):
    """The mistakes of a file are told, and nothing is built for it."""
    lab.write_text(lab.read_text() + "versions: {kubernetes: latest}\n")
    done = homelab("twin", "install", lab)
    assert (done.code, done.out) == (2, "")
    assert "versions.kubernetes" in done.err
    assert go.calls == []
