"""Upgrade: what breaks on another Kubernetes, and nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from homelab.errors import UsageError
from homelab.lab.pipeline import Repository
from homelab.lab.upgrade import on_kubernetes

CRON = "{apiVersion: batch/v1beta1, kind: CronJob, metadata: {name: a, namespace: b}}\n"
APPLICATION = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: certs, namespace: argocd}
spec:
  source: {repoURL: https://charts.jetstack.io, chart: cert-manager, targetRevision: v1.20.1}
  destination: {namespace: cert-manager}
"""
LAB = "{kubernetes: 1.24.3, talos: 1.13.9, nodes: {a: {role: control-plane, schedulable: true, virtual: false}}}"


@pytest.fixture
def repository(tmp_path) -> Repository:
    """A repository of an old lab that pins a chart."""
    (tmp_path / ".homelab").mkdir()
    (tmp_path / ".homelab" / "lab.yaml").write_text(LAB, encoding="utf-8")
    (tmp_path / "app.yaml").write_text(APPLICATION, encoding="utf-8")
    return Repository(tmp_path, prefix="")


def found(repository: Repository, version: str) -> set[tuple[str, str]]:
    said = on_kubernetes(repository, version, date(2026, 11, 27)).findings
    return {(each.check, each.message.partition(";")[0].partition(" (")[0]) for each in said}


COMBINATION = "version-combination-unsupported"


@pytest.mark.parametrize(("version", "expected"), [
    ("1.35", set()),
    ("1.37", {
        (COMBINATION, "cert-manager v1.20.1"),
        (COMBINATION, "Talos 1.13.9 does not run on Kubernetes 1.37"),
    }),
    ("v1.36.2", {(COMBINATION, "cert-manager v1.20.1")}),
])  # fmt: skip
def test_tables_of_operators_are_asked(repository, version, expected):
    """What a chart's makers support, and what Talos runs, on the version that is asked about."""
    assert found(repository, version) == expected


def test_removed_versions_of_apis_are_told(tmp_path):
    """An object that the present Kubernetes serves and the next does not."""
    (tmp_path / ".homelab").mkdir()
    (tmp_path / ".homelab" / "lab.yaml").write_text(LAB, encoding="utf-8")
    (tmp_path / "cron.yaml").write_text(CRON, encoding="utf-8")
    removed = [
        version
        for version in ("1.24", "1.25", "1.37")
        if ("api-version-removed", "batch/v1beta1 CronJob is not served since Kubernetes 1.25: a is not applied")
        in found(Repository(tmp_path), version)
    ]
    assert removed == ["1.25", "1.37"]


def test_a_repository_that_says_no_version_can_be_asked(tmp_path):
    """Without a lab file the version that is asked about is all that has to be known."""
    Path(tmp_path, "app.yaml").write_text(APPLICATION, encoding="utf-8")
    said = on_kubernetes(Repository(tmp_path), "1.37", date(2026, 11, 27))
    assert [each.check for each in said.findings] == [COMBINATION]
    assert [each.check for each in said.unknown if each.check == COMBINATION] == []


@pytest.mark.parametrize("version", ["2.0", "1", "next", "1.37.x", ""])
def test_what_is_no_version_is_said(repository, version):
    """A sentence with how one is written."""
    with pytest.raises(UsageError, match="is no version of Kubernetes"):
        on_kubernetes(repository, version, date(2026, 11, 27))
