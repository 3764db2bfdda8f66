"""A second replica is advised only where nothing seen speaks against it."""

from __future__ import annotations

import pytest

from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.kube.alone import alone_because, image_name

POD = """
apiVersion: apps/v1
kind: {kind}
metadata: {{name: app, namespace: shop}}
spec:
  {spec}
  selector: {{matchLabels: {{app: app}}}}
  template:
    metadata: {{labels: {{app: app}}}}
    spec:
      {pod}
      containers: [{{name: main, image: "{image}"}}]
"""
CLAIM = "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: shop}\nspec: {accessModes: [MODE]}\n"
MOUNT = "volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]"
NODES = "name: x\nnodes: {a: {role: control-plane, cpu: 2, memory: 4Gi, schedulable: true}}\n"


def reason(kind="Deployment", spec="replicas: 1", pod="hostNetwork: false", image="web:1", more=""):
    text = POD.format(kind=kind, spec=spec, pod=pod, image=image) + more
    found = read(of_texts({"app.yaml": text}))
    return alone_because(found, next(w for w in found.workloads if w.name == "app"))


def test_a_pod_that_nothing_ties_down_may_be_two():
    """No volume, no node, no data of its own: nothing speaks against a second replica."""
    assert reason() is None
    assert reason(pod=MOUNT, more=CLAIM.replace("MODE", "ReadWriteMany")) is None
    assert reason(pod="volumes: [{name: zone, hostPath: {path: /etc/localtime}}]") is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"pod": MOUNT, "more": CLAIM.replace("MODE", "ReadWriteOnce")}, "claim data can be used on one node"),
        ({"pod": MOUNT}, "claim data can be used on one node"),
        ({"pod": "nodeName: pi"}, "only run on pi"),
        ({"pod": "nodeSelector: {kubernetes.io/hostname: pi}"}, "only run on pi"),
        ({"pod": "volumes: [{name: usb, hostPath: {path: /dev/ttyUSB0}}]"}, "uses /dev/ttyUSB0 of the node"),
        ({"spec": "strategy: {type: Recreate}"}, "its strategy is Recreate"),
        ({"image": "registry.example.net:5000/library/postgres:17@sha256:0"}, "postgres is a database"),
        ({"image": "valkey/valkey:8"}, "valkey is a store"),
        ({"image": "docker.n8n.io/n8nio/n8n:1.120.0"}, "multi-main mode"),
        (
            {"kind": "StatefulSet", "spec": "volumeClaimTemplates: [{metadata: {name: d}, spec: {}}]"},
            "a volume of its own",
        ),
    ],
)
def test_what_ties_a_pod_down_is_the_reason(given, said):
    """A volume of one node, a node, a device, a strategy, an image that keeps data: each is told as the reason."""
    assert said in str(reason(**given))


def test_a_node_affinity_to_one_node_ties_down_and_to_two_does_not():
    """Required terms that name one host bind a pod to it."""
    term = "{key: kubernetes.io/hostname, operator: In, values: [%s]}"
    affinity = "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [%s]}]}}}"
    assert "only run on pi" in str(reason(pod=affinity % (term % "pi")))
    assert reason(pod=affinity % (term % "pi, nuc")) is None


def test_ports_of_registries_are_no_tags():
    """An image's name is what stands behind the last slash, without tag and digest."""
    assert image_name("registry:5000/a/redis") == "redis"
    assert image_name("redis:7.2") == "redis"
    assert image_name("ghcr.io/x/redis:7@sha256:00") == "redis"
