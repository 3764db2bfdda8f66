"""Alerts of the storage components, judged by Prometheus' own tool."""

from __future__ import annotations

import json
import subprocess

import pytest

from catalog.plans import METRICS, lab, plan
from homelab.catalog.infrastructure.storage.local_path import LOCAL_PATH
from homelab.catalog.infrastructure.storage.proxmox_csi import PROXMOX_CSI
from homelab.catalog.infrastructure.storage.rook_ceph.component import ROOK_CEPH
from homelab.catalog.infrastructure.storage.velero.component import VELERO
from homelab.catalog.offers.monitoring import prometheus_rule

TARGETS = {"local": {"kind": "ceph"}, "off-site": {"kind": "s3", "endpoint": "https://s3.example.net"}}
COMPONENTS = (ROOK_CEPH, VELERO, LOCAL_PATH, PROXMOX_CSI)
LAB = plan(lab("three", backup={"targets": TARGETS}), METRICS, *COMPONENTS)


@pytest.mark.slow
@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.name)
def test_prometheus_reads_every_rule(component, oracle, tmp_path):
    """Promtool accepts every rule of the component."""
    made = prometheus_rule(component.name, "x", component.alerts(LAB, LAB.settings(component.name)))
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps(made["spec"]))
    done = subprocess.run([oracle("promtool"), "check", "rules", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.name)
def test_every_alert_says_what_to_do(component):
    """Each alert has a name of its own, a severity that is routed, and a runbook of more than a few words."""
    alerts = component.alerts(LAB, LAB.settings(component.name))
    assert len({alert.name for alert in alerts}) == len(alerts) > 0
    for alert in alerts:
        assert alert.severity in {"critical", "warning"}, alert.name
        assert alert.name.isalnum(), alert.name
        assert len(alert.runbook.split()) >= 10, alert.name
