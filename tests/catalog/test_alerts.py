"""Alert rules of the platform, evaluated by Prometheus' own tool: they parse, fire when they should, and stay silent."""

from __future__ import annotations

import json
import subprocess

import pytest

from catalog.plans import METRICS, lab, plan
from homelab.catalog.infrastructure.controllers.argo_cd.component import ARGO_CD
from homelab.catalog.infrastructure.monitoring.kube_prometheus_stack.component import KUBE_PROMETHEUS_STACK
from homelab.catalog.offers.monitoring import prometheus_rule

ARGO = plan(lab(), METRICS, ARGO_CD)
STACK = plan(lab(), KUBE_PROMETHEUS_STACK)
READY = 'kube_node_status_condition{{condition="Ready",status="true",node="{}"}}'
LABELS = 'kube_node_labels{{node="{}",label_topology_kubernetes_io_zone="{}"}}'
APP = 'argocd_app_info{name="n8n",namespace="argocd",sync_status="%s",health_status="Healthy"}'
FAILED = 'argocd_app_sync_total{name="n8n",namespace="argocd",phase="Failed"}'
UP = 'up{job="x",namespace="y",instance="%s"}'

CASES = {
    "a node is left": ("AllNodesNotReady", {READY.format("a"): "0x30", READY.format("b"): "1x30"}, "20m", 0),
    "no node is left": ("AllNodesNotReady", {READY.format("a"): "0x30", READY.format("b"): "0x30"}, "20m", 1),
    "nobody knows of any node": ("AllNodesNotReady", {"other": "1x30"}, "20m", 1),
    "one host of two is away": (
        "HostDown",
        {
            READY.format("a"): "0x30", READY.format("b"): "0x30", READY.format("c"): "1x30",
            LABELS.format("a", "pve-1"): "1x30", LABELS.format("b", "pve-1"): "1x30", LABELS.format("c", "pve-2"): "1x30",
        },
        "20m", 1,
    ),
    "a node of a host is left": (
        "HostDown",
        {
            READY.format("a"): "0x30", READY.format("b"): "1x30",
            LABELS.format("a", "pve-1"): "1x30", LABELS.format("b", "pve-1"): "1x30",
        },
        "20m", 0,
    ),
    "one target of two is down": ("PrometheusTargetDown", {UP % "1": "0x30", UP % "2": "1x30"}, "20m", 1),
    "all targets are up": ("PrometheusTargetDown", {UP % "1": "1x30", UP % "2": "1x30"}, "20m", 0),
    "the exporter is gone": ("KubeStateMetricsAbsent", {"other": "1x30"}, "20m", 1),
    "the exporter answers": ("KubeStateMetricsAbsent", {'up{job="kube-state-metrics"}': "1x30"}, "20m", 0),
    "an application differs": ("ArgoCDApplicationOutOfSync", {APP % "OutOfSync": "1x60"}, "45m", 1),
    "an application is as it should be": ("ArgoCDApplicationOutOfSync", {APP % "Synced": "1x60"}, "45m", 0),
    "the first failure ever": ("ArgoCDSyncFailed", {FAILED: "_x10 1x40"}, "14m", 1),
    "a second failure": ("ArgoCDSyncFailed", {FAILED: "1x30 2x30"}, "35m", 1),
    "a failure of long ago": ("ArgoCDSyncFailed", {FAILED: "1x60"}, "50m", 0),
    "the controller is gone": ("ArgoCDControllerAbsent", {"other": "1x30"}, "20m", 1),
}  # fmt: skip


def rules(made):
    choice = made.choices[-1]
    alerts = choice.component.alerts(made, choice.settings)
    assert alerts
    return prometheus_rule(choice.name, "x", alerts)["spec"]


def promtool(oracle, *arguments):
    return subprocess.run([str(oracle("promtool")), *map(str, arguments)], capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("made", [ARGO, STACK], ids=["argo-cd", "kube-prometheus-stack"])
def test_every_rule_parses(made, oracle, tmp_path):
    """Prometheus accepts every expression and every template."""
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps(rules(made)))
    done = promtool(oracle, "check", "rules", file)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_alerts_fire_when_they_should_and_only_then(oracle, tmp_path):
    """Over series as the exporters write them, each alert fires in the case it is for and in no other."""
    both = [*rules(ARGO)["groups"], *rules(STACK)["groups"]]
    (tmp_path / "rules.yaml").write_text(json.dumps({"groups": both}))
    wanted = {rule["alert"]: rule for group in both for rule in group["rules"]}
    wrong = []
    for title, (alert, series, at, count) in CASES.items():
        listed = [{"series": name, "values": values} for name, values in series.items()]
        # An alert is expected with no labels at all, so that one that fires is reported with those it has.
        judged = {"eval_time": at, "alertname": alert, "exp_alerts": []}
        test = {"interval": "1m", "input_series": listed, "alert_rule_test": [judged]}
        whole = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [test]}
        (tmp_path / "test.yaml").write_text(json.dumps(whole))
        done = promtool(oracle, "test", "rules", tmp_path / "test.yaml")
        text = done.stdout + done.stderr
        assert alert in wanted, title
        fired = text.count(f'alertname="{alert}"') if "got:" in text else 0
        if bool(fired) != bool(count):
            wrong.append((title, text))
    assert wrong == []
