"""kube-prometheus-stack: Prometheus, Alertmanager, their operator and the exporters, as one chart.

Sources: chart kube-prometheus-stack 88.5.3; prometheus-operator v0.93.1, Documentation/platform/high-availability.md.
"""

from __future__ import annotations

from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Calls, Expansion, Produces, Role, Singleton
from homelab.software.kube_prometheus_stack.exporters import (
    KSM,
    NODE,
    add_control_plane,
    add_node_exporter,
    add_state_metrics,
)
from homelab.software.kube_prometheus_stack.frame import CHART, DEFAULTS, Frame, known
from homelab.software.kube_prometheus_stack.kinds import KINDS
from homelab.software.kube_prometheus_stack.operator import add_operator
from homelab.software.kube_prometheus_stack.rules import rule_names
from homelab.software.kube_prometheus_stack.spec import alertmanager_spec, prometheus_spec
from homelab.software.shapes import Draft, budget, port, service, service_monitor, thing
from homelab.software.software import ChartTruth, Release, Software, Support
from homelab.software.values import over, unmodelled, whole

API = "monitoring.coreos.com/v1"
CRDS = (
    "alertmanagerconfigs", "alertmanagers", "podmonitors", "probes", "prometheusagents", "prometheuses",
    "prometheusrules", "scrapeconfigs", "servicemonitors", "thanosrulers",
)  # fmt: skip
MINORS = tuple(f"1.{minor}" for minor in range(25, 37))
SOURCE = "chart kube-prometheus-stack 88.5.3"


def expand(release: Release) -> Expansion:
    """What the chart makes with these values; its Grafana is not modelled and must be off."""
    draft = Draft(unknown=list(unmodelled(release.values, known())))
    frame = Frame(release, whole(over(DEFAULTS, release.values), DEFAULTS), draft)
    if frame.values["grafana"]["enabled"]:
        draft.unknown.append("values key grafana.enabled: the Grafana inside this chart is not modelled")
    if frame.values["crds"]["enabled"]:
        draft.names("CustomResourceDefinition", [f"{name}.monitoring.coreos.com" for name in CRDS], key="crds")
    draft.names("PrometheusRule", rule_names(frame.values, frame.full), frame.namespace, "defaultRules")
    more = [f"{frame.full}-{name}"[:63].rstrip("-") for name in frame.values["additionalPrometheusRulesMap"] or ()]
    draft.names("PrometheusRule", more, frame.namespace, "additionalPrometheusRulesMap")
    add_operator(frame)
    _add_prometheus(frame)
    _add_alertmanager(frame)
    add_state_metrics(frame)
    add_node_exporter(frame)
    add_control_plane(frame)
    _add_facts(frame)
    return draft.expansion()


def _add_prometheus(frame: Frame) -> None:
    values, name = frame.values["prometheus"], frame.custom("prometheus")
    if not values["enabled"]:
        return
    spec = prometheus_spec(
        values["prometheusSpec"],
        {
            "release": frame.release.name,
            "name": name,
            "account": frame.account("prometheus", "prometheus"),
            "url": f"http://{frame.full}-prometheus.{frame.namespace}:{values['service']['port']}",
        },
        _alerting(frame),
    )
    selector = {"app.kubernetes.io/name": "prometheus", "operator.prometheus.io/name": name}
    frame.add(
        thing("Prometheus", name, frame.namespace, API, spec=spec),
        "prometheus.prometheusSpec",
        frame.labels("prometheus"),
    )
    if frame.values["global"]["rbac"]["create"]:
        for kind in ("ClusterRole", "ClusterRoleBinding"):
            frame.draft.names(kind, [f"{frame.full}-prometheus"], key="prometheus")
    _add_common(frame, "prometheus", selector, values["prometheusSpec"]["portName"])


def _alerting(frame: Frame) -> dict[str, Any]:
    if not frame.values["alertmanager"]["enabled"]:
        return {}
    spec = frame.values["alertmanager"]["alertmanagerSpec"]
    one = {"namespace": frame.namespace, "name": f"{frame.full}-alertmanager", "port": spec["portName"]}
    one |= {"pathPrefix": spec["routePrefix"]} if spec["routePrefix"] else {}
    one |= {"scheme": spec["scheme"]} if spec["scheme"] else {}
    return {"alertmanagers": [{**one, "apiVersion": frame.values["alertmanager"]["apiVersion"]}]}


def _add_alertmanager(frame: Frame) -> None:
    values, name = frame.values["alertmanager"], frame.custom("alertmanager")
    if not values["enabled"]:
        return
    names = {
        "name": name,
        "account": frame.account("alertmanager", "alertmanager"),
        "url": f"http://{frame.full}-alertmanager.{frame.namespace}:{values['service']['port']}",
    }
    spec = alertmanager_spec(values["alertmanagerSpec"], names)
    made = thing("Alertmanager", name, frame.namespace, API, spec=spec)
    frame.add(made, "alertmanager.alertmanagerSpec", frame.labels("alertmanager"))
    if not values["alertmanagerSpec"]["useExistingSecret"]:
        frame.draft.names("Secret", [f"alertmanager-{name}"], frame.namespace, "alertmanager.config")
    selector = {"app.kubernetes.io/name": "alertmanager", "alertmanager": name}
    _add_common(frame, "alertmanager", selector, values["alertmanagerSpec"]["portName"])


def _add_common(frame: Frame, section: str, selector: dict[str, str], port_name: str) -> None:
    """Account, Service, budget and monitor: alike for both."""
    values, name = frame.values[section], f"{frame.full}-{section}"
    if values["serviceAccount"]["create"]:
        frame.draft.names("ServiceAccount", [frame.account(section, section)], frame.namespace, section)
    labels = frame.labels(section)
    watched = str(bool(values["serviceMonitor"]["selfMonitor"])).lower()
    if values["service"]["enabled"]:
        front = values["service"]
        ports = [port(port_name, front["port"], front["targetPort"]), port("reloader-web", 8080, "reloader-web")]
        made = service(name, frame.namespace, selector, ports, type=front["type"])
        frame.add(made, f"{section}.service", {**labels, "self-monitor": watched})
    bound = dict(values["podDisruptionBudget"])
    if bound.pop("enabled"):
        frame.add(budget(name, frame.namespace, selector, **bound), f"{section}.podDisruptionBudget", labels)
    if values["serviceMonitor"]["selfMonitor"]:
        found = {"app": f"{CHART}-{section}", "release": frame.release.name, "self-monitor": "true"}
        where = {"matchNames": [frame.namespace]}
        ends = [port_name, "reloader-web"]
        monitor = service_monitor(name, frame.namespace, found, ends, namespaceSelector=where)
        frame.add(monitor, f"{section}.serviceMonitor", labels)


def _add_facts(frame: Frame) -> None:
    facts, where = frame.draft.facts, frame.release.namespace
    operator = Subject("Deployment", f"{frame.full}-operator", frame.namespace)
    if frame.values["prometheusOperator"]["enabled"]:
        facts.append(Singleton(operator, "the chart writes one replica", SOURCE))
        facts.append(Role(operator, "change", "Prometheus and Alertmanager run on without it"))
        facts.append(Produces(operator, tuple(_produced(frame))))
    if frame.values["kubeStateMetrics"]["enabled"]:
        state = Subject("Deployment", frame.sub(KSM), where)
        facts.append(Singleton(state, "a second one would tell every series twice", "kube-state-metrics README"))
        facts.append(Role(state, "change", "the state of objects is not recorded meanwhile"))
    if frame.values["nodeExporter"]["enabled"]:
        facts.append(Role(Subject("DaemonSet", frame.sub(NODE), where), "change", "a node is not measured meanwhile"))
    if frame.values["prometheus"]["enabled"] and frame.values["alertmanager"]["enabled"]:
        prometheus = Subject("StatefulSet", f"prometheus-{frame.custom('prometheus')}", frame.namespace)
        host, number = f"{frame.full}-alertmanager", frame.values["alertmanager"]["service"]["port"]
        facts.append(Calls(prometheus, host, number, "change", "alerts leave through it"))


def _produced(frame: Frame) -> list[Subject]:
    values = frame.values["prometheusOperator"]
    found = []
    kubelet = values["kubeletService"]
    if kubelet["enabled"]:
        found.append(Subject("Service", kubelet["name"] or f"{frame.full}-kubelet", kubelet["namespace"]))
    if values["admissionWebhooks"]["enabled"]:
        found.append(Subject("Secret", f"{frame.full}-admission", frame.namespace))
    return found


KUBE_PROMETHEUS_STACK = Software(
    name="kube-prometheus-stack",
    charts=(
        ChartTruth(
            chart=CHART,
            repositories=("prometheus-community.github.io/helm-charts", "ghcr.io/prometheus-community/charts"),
            stamped=frozenset({"88.5.3"}),
            expand=expand,
        ),
    ),
    kinds=KINDS,
    support=(
        Support(
            line="0.93",
            runs=MINORS,
            supported=MINORS,
            source="chart kube-prometheus-stack 88.5.3, Chart.yaml: kubeVersion >=1.25.0-0",
            chart="88",
        ),
    ),
)
