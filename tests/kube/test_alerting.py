"""Whom Alertmanager tells: receivers with an address at the end of a route that takes more than what fires always."""

from __future__ import annotations

import base64

import pytest

from homelab.findings import Subject
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.kube.alerting import receivers, told_by
from homelab.software.kube_prometheus_stack.system import routed
from homelab.software.software import Release

PEOPLE = {"name": "people", "webhook_configs": [{"url": "https://a.example.net"}]}
SLACK = {"name": "slack", "slack_configs": [{"channel": "#lab"}]}
NOBODY = {"name": "null"}
EMPTY = {"name": "empty", "webhook_configs": []}


@pytest.mark.parametrize(
    ("route", "told"),
    [
        ({"receiver": "people"}, ("people",)),
        ({"receiver": "null"}, ()),
        ({"receiver": "empty"}, ()),
        ({"receiver": "elsewhere"}, ()),
        ({"receiver": "null", "routes": [{"receiver": "people", "matchers": ['severity = "critical"']}]}, ("people",)),
        ({"receiver": "null", "routes": [{"receiver": "people", "matchers": ['alertname = "Watchdog"']}]}, ()),
        ({"receiver": "null", "routes": [{"receiver": "people", "matchers": ['alertname =~ "Watchdog|InfoInhibitor"']}]}, ()),
        ({"receiver": "null", "routes": [{"receiver": "people", "matchers": ['alertname =~ "Watchdog|HostDown"']}]}, ("people",)),
        ({"receiver": "null", "routes": [{"receiver": "people", "match": {"alertname": "Watchdog"}}]}, ()),
        ({"receiver": "null", "routes": [{"receiver": "people", "match_re": {"alertname": "Watchdog"}}]}, ()),
        ({"receiver": "people", "routes": [{"matchers": ["a = b"]}, {"receiver": "slack"}, "odd"]}, ("people", "slack")),
    ],
)  # fmt: skip
def test_routes_end_at_receivers(route, told):
    """A receiver counts where it has an address and an ordinary alert may reach it, inherited from above or its own."""
    assert receivers({"route": route, "receivers": [PEOPLE, SLACK, NOBODY, EMPTY]}) == told


@pytest.mark.parametrize("config", [None, "text", {}, {"route": {}}, {"route": {}, "receivers": ["a"]}, {"route": 1}])
def test_what_is_no_configuration_is_unknown(config):
    """What cannot be read is unknown, never nobody."""
    assert receivers(config) is None


def asked(secret: str, *, more: str = "", labels: str = "{}"):
    text = (
        "apiVersion: monitoring.coreos.com/v1\nkind: Alertmanager\n"
        f"metadata: {{name: a, namespace: m, labels: {labels}}}\nspec: {{replicas: 1}}\n"
    )
    if secret:
        text += f"---\napiVersion: v1\nkind: Secret\nmetadata: {{name: alertmanager-a, namespace: m}}\n{secret}\n"
    found = read(of_texts({"a.yaml": text + more}))
    return told_by(found, found.of("Alertmanager")[0])


CONFIG = "route: {receiver: people}\nreceivers: [{name: people, webhook_configs: [{url: x}]}]\n"


def test_configuration_is_read_from_its_secret():
    """Plain and packed texts are read; what is neither, or no YAML, is unknown."""
    packed = base64.b64encode(CONFIG.encode()).decode()
    assert asked(f"data: {{alertmanager.yaml: {packed}}}") == ("people",)
    assert asked("stringData: {alertmanager.yaml: '{route: {receiver: a}, receivers: [{name: a}]}'}") == ()
    for odd in ("data: {alertmanager.yaml: '%%%'}", "data: {other: YQ==}", "stringData: {alertmanager.yaml: '{'}", ""):
        assert asked(odd) is None


def test_configurations_of_the_operator_are_unknown():
    """An AlertmanagerConfig may add receivers, so nothing is said of nobody."""
    more = (
        "---\napiVersion: monitoring.coreos.com/v1alpha1\nkind: AlertmanagerConfig\nmetadata: {name: c, namespace: m}\n"
    )
    assert asked("stringData: {alertmanager.yaml: '{route: {receiver: a}, receivers: [{name: a}]}'}", more=more) is None


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, ()),
        ({"alertmanager": {"config": {"receivers": [PEOPLE], "route": {"receiver": "people"}}}}, ("people",)),
        ({"alertmanager": {"config": {"receivers": [PEOPLE]}}}, ()),
        ({"alertmanager": {"stringConfig": "route: {}"}}, None),
        ({"alertmanager": {"alertmanagerSpec": {"useExistingSecret": True}}}, None),
        ({"alertmanager": None}, ()),
    ],
)
def test_values_of_the_chart_say_whom_it_tells(values, told):
    """The chart begins with a receiver that reaches nobody; what the values say lies over it, and texts are unknown."""
    release = Release("kube-prometheus-stack", "", "88.5.3", "stack", "monitoring", values)
    (fact,) = routed(release)
    assert (fact.subject, fact.receivers) == (Subject("Release", "stack", "monitoring"), told)
