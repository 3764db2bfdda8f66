"""The examples as our own checks judge them: the enterprise is what we ask for, the reference lab is what its README says."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from homelab.findings import Severity
from homelab.lab.charts import Charts, Options
from homelab.lab.pipeline import Lab

FILES = {path.parent.name: path for path in (Path(__file__).parents[2] / "examples").glob("*/homelab.yaml")}
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def judged():
    """Name of an example to its assessment."""
    return {name: Lab.load(str(path)).assessment(TODAY) for name, path in FILES.items()}


def serious(assessment):
    """Findings that fail a gate at medium, as lines to read."""
    return [f"{f.check} {f.subject}: {f.message}" for f in assessment.findings if f.severity >= Severity.MEDIUM]


@pytest.mark.slow
def test_enterprise_passes_at_medium(judged):
    """Own medicine: the example that is to be copied has nothing that we would call serious, and excuses nothing."""
    assert serious(judged["enterprise"]) == []
    assert judged["enterprise"].accepted == ()


@pytest.mark.slow
def test_starter_passes_with_its_exceptions_recorded(judged):
    """One machine has what one machine has: each exception is written down with its reason and still needed."""
    assert serious(judged["starter"]) == []
    accepted = {(a.finding.check, bool(a.reason)) for a in judged["starter"].accepted}
    assert accepted == {
        ("alerts-reach-nobody", True),
        ("single-control-plane-node", True),
        ("database-without-backup", True),
        ("namespace-without-backup", True),
    }
    assert not [f for f in judged["starter"].findings if f.check.startswith("exception-")]


def test_an_image_of_your_own_passes_as_it_is_shown(judged):
    """The example that is to be copied has nothing serious but what one machine has, and nothing of it is unknown."""
    assert serious(judged["own-app"]) == []
    assert [a.finding.check for a in judged["own-app"].accepted] == ["single-control-plane-node"]
    assert judged["own-app"].unknown == ()


def test_a_chart_that_nobody_recorded_is_said_to_be_unknown(judged):
    """Without helm and the chart nothing is guessed of it, and nobody is accused of it."""
    assert serious(judged["own-chart"]) == []
    assert {"app-template 4.1.1" in str(each) for each in judged["own-chart"].unknown} == {True}


@pytest.mark.slow
def test_a_chart_of_your_own_passes_as_it_is_shown(oracle, test_data):
    """With helm and the chart all of it is judged: nothing is unknown, nothing serious, and it has its row of minutes."""
    oracle("helm")
    with closing(Charts(Options((test_data / "charts",)))) as helm:
        lab = Lab.load(str(FILES["own-chart"]), helm=helm)
        found, computed = lab.assessment(TODAY), lab.computed
    assert (serious(found), found.unknown) == ([], ())
    assert computed.minutes("lan:feeds.home.arpa") > computed.minutes("lan:database.postgres") > 0


@pytest.mark.parametrize(
    ("check", "subject"),
    [
        ("single-control-plane-node", "Node/ctrl-0"),
        ("gateway-data-plane-single-replica", "envoy-gateway-system/EnvoyProxy/homelab"),
        ("metrics-stack-single-replica", "monitoring/Prometheus/kube-prometheus-stack-prometheus"),
        ("pdb-missing", "n8n-prod/Deployment/n8n-webhook"),
        ("backup-target-in-same-cluster", "velero/BackupStorageLocation/local"),
        ("database-without-backup", "n8n-prod/Cluster/n8n-postgres"),
        ("failure-domain-too-low", "rook-ceph/CephBlockPool/ssd-pool"),
        ("version-combination-unsupported", "argocd/Application/cloudnative-pg"),
    ],
)
def test_reference_lab_is_accused_of_what_its_readme_lists(judged, check, subject):
    """What the README calls work to do is found, on the object that has to change, with a place to change it."""
    found = [f for f in judged["two-boxes"].findings if f.check == check and str(f.subject) == subject]
    assert found, f"{check} does not name {subject}"
    assert all(f.place is not None and f.severity >= Severity.MEDIUM for f in found)


def test_reference_lab_says_which_operator_its_kubernetes_leaves_behind(judged):
    """CloudNativePG 1.30 is not supported on Kubernetes 1.33, and the finding says on which it is."""
    found = [f for f in judged["two-boxes"].findings if f.check == "version-combination-unsupported"]
    assert any("cloudnative-pg" in f.message and "1.33" in f.message and "1.34" in f.message for f in found)


def test_guide_is_one_machine_short(judged):
    """Two of three control planes on one of two machines: the guide's lab loses its quorum with that machine."""
    found = {(f.check, str(f.subject)) for f in judged["guide"].findings if f.severity >= Severity.MEDIUM}
    assert ("quorum-majority-on-one-host", "Host/pve-1") in found
    assert ("single-control-plane-node", "Node/ctrl-0") not in found


@pytest.mark.parametrize("name", sorted(FILES.keys() - {"own-chart"}))
def test_only_one_thing_is_not_known_of_an_example(judged, name):
    """Our own repositories are read whole: labels of Services that a chart keeps to itself are all that is unknown."""
    assert {u.check for u in judged[name].unknown} <= {"monitor-selects-nothing"}


THIRD_MACHINE = (
    ("  pve-2: {cpu: 24, memory: 64Gi, disks: {nvme: 2TB}}\n",
     "  pve-2: {cpu: 24, memory: 64Gi, disks: {nvme: 2TB}}\n  pve-3: {cpu: 24, memory: 64Gi, disks: {nvme: 2TB}}\n"),
    ("ctrl-2: {role: control-plane, host: pve-1", "ctrl-2: {role: control-plane, host: pve-3"),
    ("worker-3: {role: worker, host: pve-1", "worker-3: {role: worker, host: pve-3"),
    ("\nversions: {kubernetes: 1.33.2, talos: 1.10.6}\n",
     ("  worker-5: {role: worker, host: pve-1, address: 192.168.68.108, cpu: 8, memory: 16Gi, disk: 100GB, ceph: [500GB]}\n"
     "  worker-6: {role: worker, host: pve-3, address: 192.168.68.109, cpu: 8, memory: 16Gi, disk: 100GB, ceph: [500GB]}\n"
     "\nversions: {kubernetes: 1.35.2, talos: 1.13.9}\n")),
    (", failure_domain: node}", "}"),
    ("  public: [n8n]\n", "  public: [n8n]\n  own_login: [n8n]\n"),
    ("    local: {kind: ceph}\n",
     ("    local: {kind: ceph}\n"
     "    offsite: {kind: s3, endpoint: https://s3.example.net, bucket: homelab-backups, region: eu-central-1}\n")),
)  # fmt: skip
"""What the guide's file lacks: a third host with its share of the nodes, a place elsewhere, supported versions, a word about the login."""


@pytest.mark.slow
def test_guide_with_a_third_machine_passes(tmp_path):
    """The guide's lab needs a machine, two workers, a place elsewhere and current versions, and no exception."""
    text = FILES["guide"].read_text(encoding="utf-8")
    for old, new in THIRD_MACHINE:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file = tmp_path / "homelab.yaml"
    file.write_text(text, encoding="utf-8")
    assessment = Lab.load(str(file)).assessment(TODAY)
    assert serious(assessment) == []
    assert assessment.accepted == ()
