"""Each status that a stand-in says, judged by Argo CD's own health scripts under the lab's own settings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from homelab.catalog.infrastructure.controllers.argo_cd.health import DEGRADED, HEALTHY
from homelab.documents.emit import emit
from homelab.documents.read import load
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.lab.charts import Charts, Options
from homelab.lab.pipeline import Lab
from homelab.twin.keys import Keys
from homelab.twin.standins.authority import Authority
from twin.standins.cases import CASES, brought

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="a twin runs on Linux only")]
EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "enterprise" / "homelab.yaml"
UNJUDGED = {"Alertmanager"}
"""Kinds for which Argo CD 3.2 has no script: whatever they say counts for nothing."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory, test_data):
    """The `argocd-cm` that the example `enterprise` deploys, in a file."""
    files = Lab.load(str(EXAMPLE)).tree.files
    texts = {path: file.text for path, file in files.items()}
    charts = Charts(Options(folders=(test_data / "charts",)))
    found = read(of_texts(texts), helm=charts).get("ConfigMap", "argocd", "argocd-cm")
    file = tmp_path_factory.mktemp("settings") / "argocd-cm.yaml"
    file.write_text(emit(found.body), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def argocd(tmp_path_factory, twin_program):
    """Argo CD's command under the name by which it is one."""
    link = tmp_path_factory.mktemp("bin") / "argocd"
    link.symlink_to(twin_program("argocd"))
    return link


def judged(argocd, settings, file):
    """What Argo CD calls the health of the object in a file; empty where it has no script."""
    command = [str(argocd), "admin", "settings", "resource-overrides", "health", str(file)]
    answer = subprocess.run(
        [*command, "--argocd-cm-path", str(settings)], capture_output=True, text=True, check=True, timeout=60
    )
    said = [line.partition(":")[2].strip() for line in answer.stdout.splitlines() if line.startswith("STATUS")]
    return said[0] if said else ""


@pytest.mark.parametrize(("kind", "name", "state"), CASES)
def test_argo_cd_sees_what_a_stand_in_means(argocd, settings, tmp_path, kind, name, state):
    """Argo CD judges a status of a stand-in as the state that it is meant to be."""
    sign = Authority(Keys(tmp_path / "keys").folder)
    file = tmp_path / "object.yaml"
    file.write_text(emit(brought(kind, name, state, sign=sign)), encoding="utf-8")
    assert load(file.read_text(), "object")[0]["kind"] == kind
    assert judged(argocd, settings, file) == ("" if kind in UNJUDGED else state)


DATABASE = {
    "apiVersion": "postgresql.cnpg.io/v1",
    "kind": "Cluster",
    "metadata": {"name": "db", "namespace": "shop"},
    "spec": {"instances": 2},
}


def hibernating(status):
    """A status of a database that is put to sleep (True), or woken (False)."""
    condition = {"type": "cnpg.io/hibernation", "status": status, "message": "as you wish", "reason": "Asked"}
    return {"phase": HEALTHY, "conditions": [condition]}


SAID = {
    "nothing": ({}, {}, "Progressing"),
    "no phase": ({}, {"status": {"instances": 0}}, "Progressing"),
    "well": ({}, {"status": {"phase": HEALTHY}}, "Healthy"),
    "switching over": ({}, {"status": {"phase": "Switchover in progress"}}, "Progressing"),
    "a phase of next year": ({}, {"status": {"phase": "Reticulating splines"}}, "Progressing"),
    "left alone": ({"cnpg.io/reconciliation": "disabled"}, {"status": {"phase": DEGRADED[0]}}, "Suspended"),
    "asleep": ({}, {"status": hibernating("True")}, "Suspended"),
    "waking up": ({}, {"status": hibernating("False")}, "Progressing"),
    **{phase: ({}, {"status": {"phase": phase}}, "Degraded") for phase in DEGRADED},
}
"""What a database says of itself: annotations, other fields, and what Argo CD is to call it."""


def database(tmp_path, notes, fields):
    """A database that says so, in a file."""
    file = tmp_path / "database.yaml"
    file.write_text(emit({**DATABASE, "metadata": {**DATABASE["metadata"], "annotations": notes}, **fields}), "utf-8")
    return file


@pytest.mark.parametrize("what", SAID)
def test_the_lab_judges_databases_by_what_they_say(argocd, settings, tmp_path, what):
    """The lab's own script calls a database what its operator says, and fails on none."""
    notes, fields, state = SAID[what]
    assert judged(argocd, settings, database(tmp_path, notes, fields)) == state


def test_argo_cds_own_script_fails_before_the_operator_has_looked(argocd, tmp_path):
    """Argo CD's own script still fails on a database without a status: the day it does not, ours can go."""
    settings = tmp_path / "argocd-cm.yaml"
    settings.write_text(emit({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"}}), "utf-8")
    with pytest.raises(subprocess.CalledProcessError) as failed:
        judged(argocd, settings, database(tmp_path, {}, {}))
    assert "phaseReason" in failed.value.stderr + failed.value.stdout
