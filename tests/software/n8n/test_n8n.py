"""n8n: the expansion beside the real chart."""

from __future__ import annotations

import pytest

from homelab.findings import Subject
from homelab.kube.facts import Calls, Singleton
from homelab.software.n8n.system import expand
from homelab.software.software import Release
from software.compare import assert_same

POSTGRES = {
    "db": {"type": "postgresdb"},
    "externalPostgresql": {"host": "n8n-postgres-rw", "existingSecret": "n8n-postgres-app"},
    "existingEncryptionKeySecret": "n8n-encryption-key",
}
QUEUE = {
    **POSTGRES,
    "externalRedis": {"host": "n8n-redis-master", "existingSecret": "n8n-redis-password"},
    "worker": {"mode": "queue"},
    "webhook": {"mode": "queue"},
}
SIZED = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}
AFFINITY = {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}}


def queue(**more):
    merged = dict(QUEUE)
    for key, value in more.items():
        merged[key] = {**merged[key], **value} if isinstance(merged.get(key), dict) else value
    return merged


GRID = {
    "defaults": {},
    "postgres": POSTGRES,
    "own secrets": {"db": {"type": "postgresdb"}, "externalPostgresql": {"host": "db"}, "worker": {"mode": "queue"}},
    "queue": QUEUE,
    "one of each": queue(worker={"count": 1}, webhook={"count": 1}),
    "no mcp": queue(webhook={"mcp": {"enabled": False}}),
    "workers only": queue(webhook={"mode": "regular"}),
    "webhooks only": queue(worker={"mode": "regular"}),
    "recreate": queue(strategy={"type": "Recreate"}),
    "one at a time": queue(strategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}),
    "budgets": queue(
        main={"pdb": {"enabled": False}},
        worker={"pdb": {"minAvailable": 1, "maxUnavailable": None}},
        webhook={"pdb": {"enabled": False}},
    ),
    "sizes": queue(resources=SIZED, main={"resources": {"requests": {"cpu": "1"}}}),
    "probes": queue(
        livenessProbe={"periodSeconds": 20},
        main={"livenessProbe": {"failureThreshold": 12}},
        worker={"startupProbe": {"failureThreshold": 60}},
    ),
    "waiting": queue(webhook={"waitMainNodeReady": {"enabled": True}}, worker={"waitMainNodeReady": {"enabled": True}}),
    "placement": queue(
        affinity=AFFINITY,
        worker={"affinity": {"nodeAffinity": {}}},
        nodeSelector={"a": "b"},
        tolerations=[{"operator": "Exists"}],
        podLabels={"x": "y"},
    ),
    "autoscaling": queue(worker={"autoscaling": {"enabled": True}}, webhook={"autoscaling": {"enabled": True}}),
    "monitors": queue(serviceMonitor={"enabled": True}),
    "monitors elsewhere": {"serviceMonitor": {"enabled": True, "namespace": "monitoring", "labels": {}}},
    "volume": {"main": {"persistence": {"enabled": True, "storageClass": "fast"}}},
    "own volume": {"main": {"persistence": {"enabled": True, "existingClaim": "mine"}}},
    "licence": {**POSTGRES, "main": {"count": 2}, "license": {"enabled": True, "activationKey": "x"}},
    "own names": {"fullnameOverride": "flows", "nameOverride": "flow", "serviceAccount": {"create": False}},
    "own image": {"image": {"tag": "2.0.0"}, "service": {"port": 8080, "name": "web", "type": "NodePort"}},
    "no service": queue(service={"enabled": False}),
    "contexts": queue(securityContext={"runAsUser": 5}, podSecurityContext={"fsGroup": 5}),
}


def release(values, name="n8n"):
    return Release("n8n", "https://community-charts.github.io/helm-charts", "1.24.32", name, "n8n-prod", values)


@pytest.mark.slow
@pytest.mark.parametrize("values", GRID.values(), ids=GRID.keys())
def test_expansion_equals_the_chart(oracle, test_data, values):
    """For each switch we read, the expansion and the real chart make the same objects."""
    made = release(values)
    expansion = expand(made)
    assert expansion.unknown == ()
    assert_same(oracle("helm"), test_data / "charts" / "n8n", made, expansion)


@pytest.mark.slow
def test_names_follow_the_release(oracle, test_data):
    """A release that does not carry the chart's name has it added, as in the real chart."""
    made = release(QUEUE, "flows")
    assert_same(oracle("helm"), test_data / "charts" / "n8n", made, expand(made))


def test_unmodelled_values_are_named():
    """What we do not understand is said to be unknown, never ignored."""
    assert expand(release({"taskRunners": {"mode": "external"}})).unknown == (
        "values key taskRunners.mode is not modelled",
    )
    values = {"main": {"count": 2, "persistence": {"enabled": True}}}
    assert expand(release(values)).unknown == ("several mains with a volume are not modelled",)


def test_main_is_a_singleton_without_a_licence():
    """Advice to run two mains would run every timer twice; with a licence it is good advice."""
    (fact,) = [fact for fact in expand(release(POSTGRES)).facts if isinstance(fact, Singleton)]
    assert fact.subject == Subject("Deployment", "n8n", "n8n-prod")
    licensed = expand(release({**POSTGRES, "license": {"enabled": True}}))
    assert not [fact for fact in licensed.facts if isinstance(fact, Singleton)]


def test_every_role_calls_database_and_queue():
    """In queue mode main, webhooks and workers all stop without PostgreSQL or Redis."""
    calls = {(f.subject.name, f.host, f.phase) for f in expand(release(QUEUE)).facts if isinstance(f, Calls)}
    names = ("n8n", "n8n-worker", "n8n-webhook", "n8n-mcp-webhook")
    assert calls == {(name, host, "run") for name in names for host in ("n8n-postgres-rw", "n8n-redis-master")}
