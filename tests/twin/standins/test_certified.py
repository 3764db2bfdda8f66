"""Each status that a stand-in says, judged by Argo CD's own health scripts under the lab's own settings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

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
