"""What is true of a program is known by its image, in whatever way it was installed."""

from __future__ import annotations

import pytest

from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.kube.facts import Calls, Failover, Produces, Quorum, Relies, Role, Singleton, Standby

POD = """
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}, namespace: lab}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
      - {{name: {container}, image: "{image}", args: [{args}], env: [{env}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: lab}}
spec: {{selector: {{app: {name}}}, ports: [{{port: 8081}}]}}
"""


def pod(image, *, name="app", kind="Deployment", replicas=1, args="", env="", container="main"):
    return POD.format(image=image, name=name, kind=kind, replicas=replicas, args=args, env=env, container=container)


def facts(*texts: str):
    found = read(of_texts({f"{number}.yaml": text for number, text in enumerate(texts)}))
    return [fact for fact in found.facts if fact.subject.kind != "Kubernetes"]


def about(found, name, kind):
    return [fact for fact in found if fact.subject.name == name and isinstance(fact, kind)]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"image": "quay.io/jetstack/cert-manager-controller:v1.20.0"}, {Role, Standby}),
        ({"image": "mirror.local:5000/quay/jetstack/cert-manager-webhook@sha256:00"}, {Role}),
        ({"image": "quay.io/jetstack/cert-manager-controller:v1.20.0", "args": "--leader-elect=false"}, {Role}),
        ({"image": "docker.io/bitnami/sealed-secrets-controller:0.38.4"}, {Role, Singleton}),
        ({"image": "velero/velero:v1.18.1", "args": "server"}, {Role, Singleton}),
        ({"image": "velero/velero:v1.18.1", "kind": "DaemonSet"}, {Role}),
        ({"image": "rook/ceph:v1.20.6", "args": "ceph, operator"}, {Role, Singleton}),
        ({"image": "rook/ceph:v1.20.6", "args": "ceph, mon"}, set()),
        ({"image": "quay.io/cilium/operator-generic:v1.19.5"}, {Role, Standby, Produces}),
        ({"image": "quay.io/opstree/redis-operator:v0.26.1"}, {Role, Standby}),
        ({"image": "registry.k8s.io/metrics-server/metrics-server:v0.8.1"}, {Role}),
        (
            {"image": "quay.io/argoproj/argocd:v3.4.4", "args": "/usr/local/bin/argocd-applicationset-controller"},
            {Role},
        ),
        ({"image": "example.org/web:1"}, set()),
    ],
)
def test_an_image_tells_what_is_true(given, wanted):
    """A plain manifest gives the facts that a chart gives; a word in the command tells one program of an image apart."""
    assert {type(fact) for fact in facts(pod(**given))} == wanted


def test_a_wrong_suffix_is_another_image():
    """An image whose name only ends alike is not the one that is known."""
    assert facts(pod("example.org/not-velero/velero-ui:1")) == []
    assert facts(pod("example.org/myredis-operator:1")) == []


def test_the_cache_of_argo_cd_is_a_quorum_when_it_has_sentinels():
    """One cache is single; with Sentinels a majority elects, without asking the API."""
    (single,) = about(facts(pod("redis:8", name="argocd-redis")), "argocd-redis", Singleton)
    assert "redis-ha" in single.reason
    found = facts(pod("redis:8", name="argocd-redis-ha-server", kind="StatefulSet", replicas=3, container="sentinel"))
    (quorum,) = about(found, "argocd-redis-ha-server", Quorum)
    assert (quorum.need, quorum.size) == (2, 3)
    assert [fact.api for fact in about(found, "argocd-redis-ha-server", Failover)] == [False]
    assert facts(pod("redis:8", name="shop-cache")) == []


def test_argo_cd_calls_its_cache_and_its_renderer():
    """By the Services that select them, whatever they are called."""
    image = "quay.io/argoproj/argocd:v3.4.4"
    found = facts(
        pod(image, name="cd-server", args="argocd-server"),
        pod(image, name="cd-renderer", args="argocd-repo-server"),
        pod("redis:8", name="argocd-redis"),
    )
    calls = {(fact.host, fact.port, fact.phase) for fact in about(found, "cd-server", Calls)}
    assert calls == {("argocd-redis", 6379, "run"), ("cd-renderer", 8081, "change")}


def test_n8n_is_told_by_its_command_and_its_environment():
    """Main, webhook and worker differ by a word; database and queue stand in variables, there or in a ConfigMap."""
    config = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: db, namespace: lab}\ndata: {DB_POSTGRESDB_HOST: pg-rw}\n"
    )
    by_reference = "{name: DB_POSTGRESDB_HOST, valueFrom: {configMapKeyRef: {name: db, key: DB_POSTGRESDB_HOST}}}"
    queue = '{name: QUEUE_BULL_REDIS_HOST, value: redis}, {name: QUEUE_BULL_REDIS_PORT, value: "6380"}'
    found = facts(
        pod("n8nio/n8n:2", name="main", env=f"{by_reference}, {queue}"),
        pod("n8nio/n8n:2", name="worker", args="worker"),
        config,
    )
    assert {(c.host, c.port) for c in about(found, "main", Calls)} == {("pg-rw", 5432), ("redis", 6380)}
    assert [fact.on.name for fact in about(found, "main", Relies)] == ["worker"]
    assert about(found, "main", Singleton)
    assert not about(found, "worker", Singleton)
    assert not about(
        facts(pod("n8nio/n8n:2", env='{name: N8N_MULTI_MAIN_SETUP_ENABLED, value: "true"}')), "app", Singleton
    )
