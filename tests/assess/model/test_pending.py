"""Pods that wait for ever: by which filter of the scheduler, how many of them, and what a service is worth without them."""

from __future__ import annotations

import pytest

from homelab.assess.model.pending import never, pending
from homelab.assess.uptime import uptime
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.ground import FILE
from homelab.kube.workload import Workload

MINUTES = 525_600
GROUND = """
name: lab
hosts: {one: {cpu: 8, memory: 32Gi}, two: {cpu: 8, memory: 32Gi}}
nodes:
  a: {role: control-plane, schedulable: true, host: one, cpu: 4, memory: 8Gi, labels: {topology.kubernetes.io/zone: one}}
  b: {role: worker, host: two, cpu: 4, memory: 8Gi, labels: {topology.kubernetes.io/zone: two, disk: fast}}
"""
HARD = "requiredDuringSchedulingIgnoredDuringExecution"
OWN = "labelSelector: {matchLabels: {app: web}}"


def lab(pod: str, replicas: int = 2, more: str = "", ground: str = GROUND):
    """A routed Deployment with these fields in its pods."""
    text = f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: shop}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec: {{containers: [{{name: main, image: "example/web:1.2"}}], {pod}}}
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: web, namespace: shop}}
spec: {{rules: [{{host: web.example.net, http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}}}]}}
"""
    return read(of_texts({FILE: ground, "shop/all.yaml": f"{text}---\n{more}" if more else text}))


def found(inventory):
    workload = Workload(inventory.get("Deployment", "shop", "web"))
    return [(each.because.value, each.pods) for each in pending(inventory, inventory.ground, workload)]


def spread(key: str, more: str = "whenUnsatisfiable: DoNotSchedule", own: str = OWN) -> str:
    return f"topologySpreadConstraints: [{{maxSkew: 1, topologyKey: {key}, {more}, {own}}}]"


@pytest.mark.parametrize(
    ("pod", "replicas", "expected"),
    [
        ("nodeName: c", 1, [("node", None)]),
        ("nodeName: b", 1, []),
        ("nodeSelector: {disk: slow}", 2, [("node", None)]),
        ("nodeSelector: {disk: fast}", 2, []),
        ("nodeSelector: {feature.node.kubernetes.io/gpu: 'true'}", 2, []),
        ("priorityClassName: gold", 2, [("priority", None)]),
        ("priorityClassName: system-node-critical", 2, []),
        ("resources: {requests: {memory: 12Gi}}", 1, [("room", None)]),
        ("resources: {requests: {cpu: '6'}}", 1, [("room", None)]),
        ("initContainers: [{name: first, image: 'example/first:1', resources: {requests: {memory: 12Gi}}}]", 1, [("room", None)]),
        (f"affinity: {{podAffinity: {{{HARD}: [{{topologyKey: kubernetes.io/hostname, labelSelector: {{matchLabels: {{app: db}}}}}}]}}}}", 2, [("node", None)]),
        (f"affinity: {{podAffinity: {{{HARD}: [{{topologyKey: kubernetes.io/hostname, {OWN}}}]}}}}", 2, []),
        (f"affinity: {{podAntiAffinity: {{{HARD}: [{{topologyKey: kubernetes.io/hostname, {OWN}}}]}}}}", 3, [("spread", 1)]),
        (f"affinity: {{podAntiAffinity: {{{HARD}: [{{topologyKey: kubernetes.io/hostname, {OWN}}}]}}}}", 2, []),
        (f"affinity: {{podAntiAffinity: {{{HARD}: [{{topologyKey: disk, {OWN}}}]}}}}", 3, []),
        (f"affinity: {{podAntiAffinity: {{{HARD}: [{{topologyKey: kubernetes.io/hostname, namespaces: [edge], {OWN}}}]}}}}", 3, []),
        (spread("topology.kubernetes.io/rack"), 2, [("spread", None)]),
        (spread("topology.kubernetes.io/rack", "whenUnsatisfiable: ScheduleAnyway"), 2, []),
        (spread("topology.kubernetes.io/zone"), 2, []),
        (spread("disk"), 2, []),
        (spread("topology.kubernetes.io/zone", "whenUnsatisfiable: DoNotSchedule, minDomains: 3"), 4, [("spread", 2)]),
        (spread("topology.kubernetes.io/zone", "whenUnsatisfiable: DoNotSchedule, minDomains: 3"), 2, []),
    ],
)  # fmt: skip
def test_each_filter_says_whom_it_keeps_waiting(pod, replicas, expected):
    """Names, labels, priorities, sizes, affinity and spread: each with how many pods wait, all of them where none is placed."""
    assert found(lab(pod, replicas)) == expected


def test_what_nobody_declares_is_not_missing():
    """Without any label on any node, zones may still be there; without nodes nothing is known of them."""
    bare = GROUND.replace(", labels: {topology.kubernetes.io/zone: one}", "").replace(
        ", labels: {topology.kubernetes.io/zone: two, disk: fast}", ""
    )
    assert found(lab(spread("topology.kubernetes.io/zone"), ground=bare)) == []
    assert found(lab(spread("topology.kubernetes.io/rack"), ground=bare)) == [("spread", None)]
    assert found(lab("nodeName: c", ground="name: lab\nhosts: {}\nnodes: {}\n")) == []


def test_a_service_whose_pods_are_never_placed_is_never_up():
    """Availability 0, and the reason among what was assumed; the same pods with a soft spread are up."""
    down, up = (
        lab(spread("topology.kubernetes.io/rack")),
        lab(spread("topology.kubernetes.io/rack", "whenUnsatisfiable: ScheduleAnyway")),
    )
    row = {each.name: each for each in uptime(down, deep=False).services}["web.example.net"]
    assert row.lan.minutes_per_year == MINUTES
    assert any("no pod of shop/Deployment/web is ever placed" in said for said in uptime(down, deep=False).assumptions)
    assert {each.name: each for each in uptime(up, deep=False).services}[
        "web.example.net"
    ].lan.minutes_per_year < MINUTES / 10
    workload = Workload(up.get("Deployment", "shop", "web"))
    assert never(up, up.ground, workload) is None
