"""Whom alerts reach, asked of Alertmanager's own tool: the rendered configuration is valid, and each alert ends at the receiver meant."""

from __future__ import annotations

import subprocess

import pytest
import yaml

from alerts.labs import EXAMPLES, alerts, example
from catalog.plans import lab, plain, plan
from homelab.catalog.infrastructure.monitoring.kube_prometheus_stack.alerts import config
from homelab.catalog.infrastructure.monitoring.kube_prometheus_stack.component import KUBE_PROMETHEUS_STACK

HEARTBEAT, SLACK, WEBHOOK = "https://beat.example.net/x", {"channel": "#alerts"}, "https://hook.example.net/y"
LABS = {
    "everything": {"slack": SLACK, "webhook": WEBHOOK, "heartbeat": HEARTBEAT},
    "slack": {"slack": SLACK},
    "heartbeat alone": {"heartbeat": HEARTBEAT},
    "nothing": {},
}
"""Ways on which alerts may reach somebody."""
PLANS = {name: plan(lab(alerts=wanted), KUBE_PROMETHEUS_STACK) for name, wanted in LABS.items()}


def written(made, test_data, folder):
    """The configuration as the chart writes it: its own, with ours over it."""
    own = yaml.safe_load((test_data / "charts" / "kube-prometheus-stack" / "values.yaml").read_text(encoding="utf-8"))
    file = folder / "alertmanager.yaml"
    file.write_text(yaml.safe_dump({**own["alertmanager"]["config"], **plain(config(made))}), encoding="utf-8")
    return file


def amtool(oracle, *arguments):
    return subprocess.run([str(oracle("amtool")), *arguments], capture_output=True, text=True, check=False)


def receiver(oracle, file, **labels):
    """The receivers at which an alert with these labels ends."""
    named = [f"{key}={value}" for key, value in labels.items()]
    done = amtool(oracle, "config", "routes", "test", f"--config.file={file}", *named)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.mark.slow
@pytest.mark.parametrize("name", LABS)
def test_alertmanager_accepts_the_configuration(name, oracle, test_data, tmp_path):
    """A configuration that Alertmanager refuses would silence everything: it takes each that we write."""
    done = amtool(oracle, "check-config", str(written(PLANS[name], test_data, tmp_path)))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_alert_reaches_whom_it_is_for(name, oracle, test_data, tmp_path):
    """By its labels, each alert of an example reaches people where there is a way to them, whatever its severity."""
    made = example(name).plan
    file = written(made, test_data, tmp_path)
    wanted = made.homelab.alerts
    people = "people" if wanted.slack or wanted.webhook else "null"
    for severity in sorted({entry.rule["labels"]["severity"] for entry in alerts(name)}):
        named = next(entry for entry in alerts(name) if entry.rule["labels"]["severity"] == severity)
        found = receiver(oracle, file, alertname=named.rule["alert"], severity=severity, namespace=named.namespace)
        assert found == people, severity


@pytest.mark.slow
@pytest.mark.parametrize("name", LABS)
def test_the_heartbeat_is_no_alert_for_people(name, oracle, test_data, tmp_path):
    """The alert that always fires goes to the heartbeat and nowhere else; what only informs wakes nobody."""
    file = written(PLANS[name], test_data, tmp_path)
    beat = "heartbeat" if "heartbeat" in LABS[name] else "null"
    assert receiver(oracle, file, alertname="Watchdog", severity="none") == beat
    assert receiver(oracle, file, alertname="InfoInhibitor", severity="none") == "null"
    assert receiver(oracle, file, alertname="Anything", severity="info") == "null"


@pytest.mark.slow
def test_a_receiver_that_is_not_there_is_refused(oracle, test_data, tmp_path):
    """The tool tells: a route to a receiver that nobody defined does not pass."""
    file = written(PLANS["slack"], test_data, tmp_path)
    file.write_text(file.read_text().replace("receiver: people", "receiver: nobody"), encoding="utf-8")
    assert amtool(oracle, "check-config", str(file)).returncode != 0
