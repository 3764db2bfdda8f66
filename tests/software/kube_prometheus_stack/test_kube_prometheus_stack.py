"""kube-prometheus-stack's chart, as we say it is and as it is; and what the operator makes of its resources."""

from __future__ import annotations

from typing import Any

import pytest

from homelab.kube.facts import Produces, Singleton
from homelab.software.kube_prometheus_stack.kinds import RELOADER, alertmanager, prometheus
from homelab.software.kube_prometheus_stack.system import expand
from homelab.software.software import Release
from software.compare import assert_same

CHART = "kube-prometheus-stack"
OFF = {"enabled": False}
SIZED = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}
SPREAD = [
    {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "prometheus"}},
    }
]
CLAIM = {"volumeClaimTemplate": {"spec": {"storageClassName": "ceph", "resources": {"requests": {"storage": "9Gi"}}}}}
STATIC = ("kubeControllerManager", "coreDns", "kubeEtcd", "kubeScheduler", "kubeProxy")
NIL = {
    f"{kind}SelectorNilUsesHelmValues": False
    for kind in ("serviceMonitor", "podMonitor", "rule", "probe", "scrapeConfig")
}

GRID: dict[str, tuple[str, dict[str, Any]]] = {
    "defaults": (CHART, {}),
    "another release name": ("monitoring", {}),
    "names of its own": (
        "x",
        {"fullnameOverride": "prom", "cleanPrometheusOperatorObjectNames": True, "namespaceOverride": "elsewhere"},
    ),
    "operator only": (
        CHART,
        dict.fromkeys(
            ("prometheus", "alertmanager", "kubeStateMetrics", "nodeExporter", "kubernetesServiceMonitors"), OFF
        ),
    ),
    "no operator": (CHART, {"prometheusOperator": OFF, "crds": OFF, "defaultRules": {"create": False}}),
    "no webhooks, no TLS": (CHART, {"prometheusOperator": {"admissionWebhooks": OFF, "tls": OFF}}),
    "certificates by cert-manager": (
        CHART,
        {"prometheusOperator": {"admissionWebhooks": {"failurePolicy": "Fail", "certManager": {"enabled": True}}}},
    ),
    "certificates by an issuer": (
        CHART,
        {
            "prometheusOperator": {
                "admissionWebhooks": {
                    "certManager": {"enabled": True, "issuerRef": {"name": "ca", "kind": "ClusterIssuer"}},
                    "patch": OFF,
                }
            }
        },
    ),
    "selecting everything": (CHART, {"prometheus": {"prometheusSpec": NIL}}),
    "selecting by label": (
        CHART,
        {
            "prometheus": {
                "prometheusSpec": {
                    "ruleSelector": {"matchLabels": {"a": "b"}},
                    "podMonitorNamespaceSelector": {"any": True},
                }
            }
        },
    ),
    "several with volumes": (
        CHART,
        {
            "prometheus": {
                "podDisruptionBudget": {"enabled": True, "minAvailable": None, "maxUnavailable": 1},
                "prometheusSpec": {
                    "replicas": 2,
                    "shards": 2,
                    "retention": "30d",
                    "retentionSize": "8GB",
                    "resources": SIZED,
                    "storageSpec": CLAIM,
                    "topologySpreadConstraints": SPREAD,
                    "podAntiAffinity": "hard",
                    "externalUrl": "https://prometheus.example.org",
                    "externalLabels": {"cluster": "lab"},
                    "containers": [{"name": "config-reloader", "resources": SIZED}],
                },
            },
            "alertmanager": {
                "podDisruptionBudget": {"enabled": True},
                "config": {"route": {"receiver": "none"}},
                "alertmanagerSpec": {
                    "replicas": 3,
                    "storage": CLAIM,
                    "resources": SIZED,
                    "podAntiAffinity": "",
                    "secrets": ["slack"],
                    "topologySpreadConstraints": SPREAD,
                },
            },
            "prometheusOperator": {"podDisruptionBudget": {"enabled": True}},
        },
    ),
    "sized and probed": (
        CHART,
        {
            "prometheusOperator": {
                "resources": SIZED,
                "livenessProbe": OFF,
                "prometheusConfigReloader": {"enableProbe": True, "resources": SIZED},
                "admissionWebhooks": {"patch": {"resources": SIZED}},
            },
            "kube-state-metrics": {
                "resources": SIZED,
                "startupProbe": {"enabled": True},
                "selfMonitor": {"enabled": True},
            },
            "prometheus-node-exporter": {"resources": SIZED},
        },
    ),
    "control plane elsewhere": (
        CHART,
        {
            "kubeProxy": OFF,
            "kubeEtcd": {"endpoints": ["192.168.1.10"], "service": {"port": 2379}},
            "kubeScheduler": {"service": OFF, "serviceMonitor": OFF},
            "kubeControllerManager": {"service": {"selector": {"k8s-app": "kube-controller-manager"}}},
            "coreDns": {"serviceMonitor": OFF},
            "kubelet": {"serviceMonitor": {"cAdvisor": False, "resource": True}},
            "kubeApiServer": {"serviceMonitor": OFF},
        },
    ),
    "unwatched": (
        CHART,
        {
            **{
                key: {"serviceMonitor": {"selfMonitor": False}}
                for key in ("prometheus", "alertmanager", "prometheusOperator")
            },
            "kube-state-metrics": {"prometheus": {"monitor": OFF}},
            "prometheus-node-exporter": {"prometheus": {"monitor": OFF}},
            **dict.fromkeys(("kubeApiServer", "kubelet"), OFF),
        },
    ),
    "fewer rules": (
        CHART,
        {
            "defaultRules": {
                "rules": {"etcd": False, "node": False},
                "disabled": {"KubeSchedulerDown": True},
            },
            "additionalPrometheusRulesMap": {"own": {"groups": []}},
        },
    ),
    "placed": (
        CHART,
        {
            "kube-state-metrics": {
                "replicas": 2,
                "podDisruptionBudget": {"maxUnavailable": 1},
                "affinity": {"nodeAffinity": {}},
                "tolerations": [{"operator": "Exists"}],
                "nodeSelector": {"disk": "ssd"},
                "topologySpreadConstraints": SPREAD,
                "priorityClassName": "high",
                "updateStrategy": "Recreate",
            },
            "prometheus-node-exporter": {
                "tolerations": [{"operator": "Exists"}],
                "affinity": {"podAntiAffinity": {}},
                "priorityClassName": "system-node-critical",
                "hostNetwork": False,
                "hostRootFsMount": OFF,
                "image": {"distroless": False},
                "podLabels": {"more": "yes"},
            },
            "prometheusOperator": {
                "affinity": {"nodeAffinity": {}},
                "nodeSelector": {"disk": "ssd"},
                "tolerations": [{"operator": "Exists"}],
                "priorityClassName": "high",
                "hostNetwork": True,
                "strategy": {"type": "Recreate"},
                "service": {"type": "NodePort"},
            },
            "prometheus": {
                "service": {"type": "LoadBalancer"},
                "prometheusSpec": {"shards": None, "routePrefix": "/p"},
            },
            "alertmanager": {"service": OFF, "alertmanagerSpec": {"useExistingSecret": True, "configSecret": "am"}},
            "global": {"rbac": {"create": False}},
        },
    ),
}


def released(values: dict[str, Any], name: str = CHART) -> Release:
    whole = {"grafana": {"enabled": False}, **values}
    return Release(CHART, "https://prometheus-community.github.io/helm-charts", "88.5.3", name, "monitoring", whole)


@pytest.mark.slow
@pytest.mark.parametrize("point", GRID)
def test_the_expansion_makes_what_the_chart_makes(point, oracle, test_data):
    """Objects, custom resources, budgets, probes, monitors, names of rules: equal over the grid of values."""
    name, values = GRID[point]
    release = released(values, name)
    expansion = expand(release)
    assert expansion.unknown == ()
    assert_same(oracle("helm"), test_data / "charts" / CHART, release, expansion)


def test_its_grafana_is_unknown_and_so_is_what_nobody_models():
    """What the expansion leaves out it names."""
    values = {"grafana": {"enabled": True}, "prometheus": {"ingress": {"enabled": True}}}
    assert expand(released(values)).unknown == (
        "values key prometheus.ingress is not modelled",
        "values key grafana.enabled: the Grafana inside this chart is not modelled",
    )


def objects(expansion):
    return {(body["kind"], body["metadata"]["name"]): body for body in expansion.objects}


def made_by_operator(values):
    chart = objects(expand(released(values)))
    kinds = {"Prometheus": prometheus, "Alertmanager": alertmanager}
    found = {}
    for (kind, _), body in chart.items():
        if kind in kinds:
            found |= objects(kinds[kind](body, lambda kind, _, name: chart.get((kind, name))))
    return found


def test_the_operator_makes_a_set_for_each_shard_with_its_volume():
    """Replicas, spread, resources and claims of the custom resource reach the pods; the Service governs all shards."""
    found = made_by_operator(GRID["several with volumes"][1])
    name = "prometheus-kube-prometheus-stack-prometheus"
    sets = {key[1] for key in found if key[0] == "StatefulSet"}
    assert sets == {name, f"{name}-shard-1", "alertmanager-kube-prometheus-stack-alertmanager"}
    spec = found["StatefulSet", name]["spec"]
    pod = spec["template"]["spec"]
    assert spec["replicas"] == 2
    assert pod["topologySpreadConstraints"] == SPREAD
    assert [each["name"] for each in pod["containers"]] == ["prometheus", "config-reloader"]
    assert pod["containers"][0]["resources"] == SIZED
    assert pod["containers"][1]["resources"] == SIZED
    (claim,) = spec["volumeClaimTemplates"]
    assert claim["metadata"]["name"] == f"{name}-db"
    assert claim["spec"]["resources"] == {"requests": {"storage": "9Gi"}}
    selector = found["Service", "prometheus-operated"]["spec"]["selector"]
    assert selector.items() <= spec["template"]["metadata"]["labels"].items()


def test_the_budget_of_the_chart_matches_the_pods_of_the_operator():
    """The selectors of budgets and Services that the chart writes find the pods that the operator makes."""
    values = GRID["several with volumes"][1]
    chart, found = objects(expand(released(values))), made_by_operator(values)
    for name, section in (("prometheus", "prometheus"), ("alertmanager", "alertmanager")):
        title = f"kube-prometheus-stack-{section}"
        labels = found["StatefulSet", f"{name}-{title}"]["spec"]["template"]["metadata"]["labels"]
        for kind in ("PodDisruptionBudget", "Service"):
            spec = chart[kind, title]["spec"]["selector"]
            assert spec.get("matchLabels", spec).items() <= labels.items(), (kind, title)


def test_config_reloaders_are_what_the_operator_is_told():
    """Their size and probes stand in the operator's arguments; without an operator in sight they are its defaults."""
    told = made_by_operator(GRID["sized and probed"][1])
    beside = told["StatefulSet", "prometheus-kube-prometheus-stack-prometheus"]["spec"]["template"]["spec"]
    reloader = beside["containers"][1]
    assert reloader["resources"] == SIZED
    assert "livenessProbe" in reloader
    assert beside["initContainers"][0]["resources"] == SIZED
    unsized = made_by_operator({})["StatefulSet", "prometheus-kube-prometheus-stack-prometheus"]
    assert unsized["spec"]["template"]["spec"]["containers"][1]["resources"] == {}
    body = {"metadata": {"name": "k8s", "namespace": "m"}}
    lonely = objects(prometheus(body, lambda *_: None))["StatefulSet", "prometheus-k8s"]["spec"]
    assert lonely["template"]["spec"]["containers"][1]["resources"] == RELOADER
    assert lonely["replicas"] == 1


def test_what_the_operator_makes_at_run_time_is_said():
    """The kubelets' Service, the webhooks' certificate and the generated configuration exist, though no file has them."""
    facts = expand(released({})).facts
    made = {thing.name for fact in facts if isinstance(fact, Produces) for thing in fact.objects}
    assert made == {"kube-prometheus-stack-kubelet", "kube-prometheus-stack-admission"}
    single = {fact.subject.name for fact in facts if isinstance(fact, Singleton)}
    assert single == {"kube-prometheus-stack-operator", "kube-prometheus-stack-kube-state-metrics"}
    body = {"metadata": {"name": "main", "namespace": "m"}, "spec": {"secrets": ["slack"]}}
    (fact,) = alertmanager(body, lambda *_: None).facts
    assert {thing.name for thing in fact.objects} == {"alertmanager-main-generated", "alertmanager-main-web-config"}
