"""Every alert that a lab renders, tried by Prometheus' own tool: it fires when it should, and silence never means that all is well."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest

from alerts.labs import EXAMPLES, alerts, example
from alerts.scenarios import ITSELF, cases_of, scenarios
from catalog.plans import METRICS, lab, plan
from homelab.catalog.apps.own.component import own
from homelab.catalog.infrastructure.monitoring.metrics_server import METRICS_SERVER
from homelab.catalog.infrastructure.storage.proxmox_csi import PROXMOX_CSI
from homelab.catalog.offers.monitoring import prometheus_rule

ELSEWHERE = ("Velero", "CNPGLastFailedArchive", "CNPGBackup", "CNPGArchiveUnseen")
"""Beginnings of the alerts whose cases last days, and stand beside their component."""
OWN: dict[str, Any] = {
    "chart": {"repository": "https://charts.example.org", "name": "miniflux", "version": "1.2.3"},
    "ports": {"http": 8080},
    "metrics": {"port": "http"},
    "databases": {"postgres": {}},
}
"""An application of one's own with every alert that such a one may have."""
UNUSED = ((METRICS_SERVER, {}), (PROXMOX_CSI, {}), (own("miniflux"), OWN))
"""Components with alerts that no example of these has, and their settings."""


def groups():
    """Each different set of rules of a component: its plan, its namespace, its rules, each set once over all examples."""
    found = {}
    for name in EXAMPLES:
        spaces = {}
        for entry in alerts(name):
            spaces.setdefault((entry.component, entry.namespace), []).append(dict(entry.rule))
        for (component, namespace), rules in spaces.items():
            found.setdefault(json.dumps([component, rules]), (example(name).plan, namespace, rules))
    for component, settings in UNUSED:
        made = plan(lab(), METRICS, component, settings={component.name: settings})
        body = prometheus_rule(component.name, "x", component.alerts(made, made.settings(component.name)))
        found[component.name] = made, "x", body["spec"]["groups"][0]["rules"]
    return list(found.values())


def waits(rule):
    """Minutes that an alert waits."""
    return int(re.fullmatch(r"(\d+)m", rule.get("for", "0m"))[1])


def test_every_alert_has_its_cases():
    """An alert without cases for never there, good, broken and gone again is no alert; nor are there cases for nothing."""
    rendered = {rule["alert"] for _plan, _namespace, rules in groups() for rule in rules}
    assert {alert for alert in rendered if not alert.startswith(ELSEWHERE)} == set(scenarios())
    for alert, scenario in scenarios().items():
        assert scenario.good, alert
        assert scenario.broken, alert
        assert scenario.silence == ITSELF or scenarios()[scenario.silence].silence == ITSELF, alert


@pytest.mark.slow
def test_alerts_fire_when_they_should_and_only_then(oracle, tmp_path):
    """Never there, there and good, broken, gone again: one run of promtool over the rules of all examples."""
    everything = groups()
    known = {rule["alert"]: rule for _plan, _namespace, rules in everything for rule in rules}
    files = []
    for made, namespace, rules in everything:
        beside = known | {rule["alert"]: rule for rule in rules}
        for rule in rules:
            if rule["alert"].startswith(ELSEWHERE):
                continue
            loaded = [beside[name] for name in sorted({rule["alert"], scenarios()[rule["alert"]].silence} - {ITSELF})]
            limits = {each["alert"]: waits(each) for each in loaded}
            at = tmp_path / f"{len(files)}.json"
            at.with_suffix(".rules").write_text(json.dumps({"groups": [{"name": "x", "rules": loaded}]}))
            cases = list(cases_of(made, namespace, rule, limits))
            whole = {"rule_files": [at.with_suffix(".rules").name], "evaluation_interval": "1m", "tests": cases}
            at.write_text(json.dumps(whole))
            files.append(at)
    done = subprocess.run([oracle("promtool"), "test", "rules", *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(files) >= len(scenarios())


@pytest.mark.slow
def test_every_rule_parses(oracle, tmp_path):
    """Prometheus accepts every expression and every template of every example."""
    files = []
    for index, (_plan, _namespace, rules) in enumerate(groups()):
        files.append(tmp_path / f"{index}.json")
        files[-1].write_text(json.dumps({"groups": [{"name": "x", "rules": rules}]}))
    done = subprocess.run([oracle("promtool"), "check", "rules", *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
