"""The real prometheus-operator beside a real control plane: what it makes is what we say that it makes."""

from __future__ import annotations

import sys

import pytest

from twin.operated import beside, installed, made_by, namespaces, said, until

pytestmark = [pytest.mark.judge, pytest.mark.skipif(sys.platform != "linux", reason="a twin runs on Linux only")]
OFF = {"enabled": False}
VALUES = {
    "fullnameOverride": "watch",
    "grafana": OFF,
    "kubeStateMetrics": OFF,
    "nodeExporter": OFF,
    "defaultRules": {"create": False},
    "prometheusOperator": {"admissionWebhooks": OFF, "tls": OFF},
    "prometheus": {"prometheusSpec": {"replicas": 2, "shards": 2, "resources": {"requests": {"memory": "1Gi"}}}},
    "alertmanager": {
        "alertmanagerSpec": {
            "replicas": 3,
            "storage": {
                "volumeClaimTemplate": {
                    "spec": {"storageClassName": "disks", "resources": {"requests": {"storage": "2Gi"}}}
                }
            },
        }
    },
}
DISKS = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "disks"}}
MADE = (("apps/v1", "StatefulSet"), ("v1", "Service"))
SHAPES = {
    "Prometheus": "watch-prometheus",
    "Alertmanager": "watch-alertmanager",
}


@pytest.fixture(scope="module")
def watched(tmp_path_factory, twin_program, test_data, oracle):
    """kube-prometheus-stack installed with its operator, a Prometheus in two shards and an Alertmanager of three."""
    with beside(tmp_path_factory.mktemp("prometheus"), twin_program, "prometheus-operator") as made:
        namespaces(made.api, "monitoring")
        made.api.create(
            {**DISKS, "provisioner": "example.org/disks"}
        )  # the operator makes nothing for a class that is not there
        installed(made, oracle("helm"), test_data / "charts" / "kube-prometheus-stack", "watch", "monitoring", VALUES)
        yield made


@pytest.mark.parametrize(("kind", "name"), SHAPES.items())
def test_it_becomes_what_we_say(watched, kind, name):
    """StatefulSets and the Service that governs them are those that `software` tells."""
    count = 2 if kind == "Prometheus" else 1
    api, owner = watched.api, f"{kind}/{name}"

    def there():
        return len(made_by(api, owner, "monitoring", MADE[0])) == count and made_by(api, owner, "monitoring", MADE[1])

    until(there, 120, lambda: watched.log("prometheus-operator"))
    body = api.get("monitoring.coreos.com/v1", kind, name, "monitoring")
    assert said(api, body | {"apiVersion": "monitoring.coreos.com/v1", "kind": kind}) == made_by(
        api, owner, "monitoring", *MADE
    )


def test_it_acts_as_its_account(watched):
    """The chart's own role is enough for all of that: no answer of the API is `forbidden`."""
    assert "forbidden" not in watched.log("prometheus-operator").lower()
