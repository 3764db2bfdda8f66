"""Who is scraped: every flow for metrics ends at a target of a monitor, every target has its flow, and rules ask for jobs that are there."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from alerts.labs import EXAMPLES, alerts, example
from homelab.catalog.flows import Serves
from homelab.catalog.plan import flows_of
from homelab.kube.monitoring import pods_of, services_of

OF_THE_CLUSTER = {"coredns", "kube-controller-manager", "kube-scheduler", "kubelet", "apiserver", "kube-etcd"}
"""Jobs whose targets Talos makes; no object of the repository is behind them."""


class Target(NamedTuple):
    """A port of pods that a monitor scrapes."""

    job: str
    workload: object
    ports: frozenset[int]


def targets(inventory):
    """Every target of every monitor: its job, the workload, and the numbers of the port."""
    for monitor in inventory.of("ServiceMonitor"):
        for service in services_of(inventory, monitor):
            job = service.labels.get(monitor.get("spec.jobLabel", ""), service.name)
            for end in monitor.get("spec.endpoints", []):
                for port in service.get("spec.ports", []):
                    # One endpoint may name the Service's port, or the container's.
                    if end.get("port", port.get("name")) == port.get("name"):
                        wanted = end.get("targetPort", port.get("targetPort", port["port"]))
                        for workload in inventory.workloads_of(service):
                            yield Target(job, workload, numbers(workload, wanted))
    for monitor in inventory.of("PodMonitor"):
        for workload in pods_of(inventory, monitor):
            for end in monitor.get("spec.podMetricsEndpoints", []):
                yield Target(f"{monitor.namespace}/{monitor.name}", workload, numbers(workload, end["port"]))


def numbers(workload, port):
    """The numbers of a container port, by name or number."""
    if isinstance(port, int):
        return frozenset({port})
    ports = [p for c in (*workload.containers, *workload.init_containers) for p in c.ports]
    return frozenset(int(p["containerPort"]) for p in ports if p.get("name") == port)


def scraped(lab):
    """The pods and ports that flows open to the metrics store."""
    every = [flow for choice in lab.plan.choices for flow in flows_of(lab.plan, choice)]
    return [flow for flow in every if isinstance(flow, Serves) and flow.audience == "metrics"]


def meets(flow, target):
    """Whether a flow leads to a target."""
    pods = target.workload.namespace == flow.pods.namespace
    return pods and flow.pods.labels.items() <= dict(target.workload.labels).items() and flow.port in target.ports


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_scrape_flow_has_a_monitor_and_the_reverse(name):
    """No policy is open for a scrape that nobody makes, and no scrape is made that a policy stops; nodes have a rule of their own."""
    lab = example(name)
    found, flows = list(targets(lab.inventory)), scraped(lab)
    open_for_nothing = [f for f in flows if f.pods.namespace != "kube-system" and not any(meets(f, t) for t in found)]
    assert open_for_nothing == []
    closed = [t for t in found if t.ports and not t.workload.host_network and not any(meets(f, t) for f in flows)]
    assert [(t.job, t.workload.namespace, t.workload.name, set(t.ports)) for t in closed] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_rules_ask_for_jobs_that_are_scraped(name):
    """A job in a rule is the job of a target: a misspelt one would be absent for ever, or never."""
    jobs = {(target.workload.namespace, target.job) for target in targets(example(name).inventory)}
    for entry in alerts(name):
        for namespace, job in re.findall(r'up\{(?:namespace="([^"]+)",)?job="([^"]+)"', entry.rule["expr"]):
            known = {found for space, found in jobs if namespace in ("", space)}
            assert job in known | OF_THE_CLUSTER, f"{entry.rule['alert']} asks for {namespace} {job}"


@pytest.mark.parametrize("name", EXAMPLES)
def test_metrics_keep_the_namespace_they_speak_of(name):
    """What counts objects of other namespaces is scraped with honorLabels; else `namespace` would be the counter's own."""
    lab = example(name)
    speaking = {
        "cert-manager",
        "redis-operator",
        "sealed-secrets-controller",
        "kube-prometheus-stack-kube-state-metrics",
    }
    seen = set()
    for monitor in lab.inventory.of("ServiceMonitor", "PodMonitor"):
        if monitor.name in speaking:
            ends = [*monitor.get("spec.endpoints", []), *monitor.get("spec.podMetricsEndpoints", [])]
            assert [end.get("honorLabels") for end in ends] == [True] * len(ends), monitor.name
            seen.add(monitor.name)
    assert seen == speaking - ({"redis-operator"} - set(lab.plan.by_name))


@pytest.mark.parametrize("name", EXAMPLES)
def test_routed_services_are_those_that_components_say(name):
    """The Services that a component names behind its hostnames are those of its HTTPRoutes, so that none is unwatched."""
    from homelab.catalog.plan import routes

    lab = example(name)
    said = {(route.namespace, service) for _choice, route in routes(lab.plan) for service in route.services}
    routed = {
        (route.namespace, backend["name"])
        for route in lab.inventory.of("HTTPRoute")
        for rule in route.get("spec.rules", [])
        for backend in rule.get("backendRefs", [])
    }
    assert said == routed
