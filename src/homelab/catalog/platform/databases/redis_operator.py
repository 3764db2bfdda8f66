"""The Redis operator: queues and caches with replicas and Sentinels, one for each application.

It is in the way of a failover, not of a request: Sentinel promotes a replica, and the operator moves the label by which
clients' Service finds the new master. Two operators elect a leader, so that the loss of one node takes neither both
the master and the one that points to its successor.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from homelab.capabilities import Capability
from homelab.catalog import component
from homelab.catalog.component import Area, Chart, Component, Namespace, Part, Values, because
from homelab.catalog.flows import Flow, Pods, Serves, Uses
from homelab.catalog.needs import start
from homelab.catalog.offers.lab import HOST_KEY, NODE_KEY, copies, schedulable_hosts, sized
from homelab.catalog.offers.monitoring import absent, endpoint, monitored, pod_monitor
from homelab.catalog.plan import Plan, practice
from homelab.catalog.upkeep import Alert
from homelab.kube.resource import Manifest

NAMESPACE = "redis-operator"
LABELS = {"name": "redis-operator"}
METRICS_PORT = 8080


class Settings(component.Settings):
    """The operator."""

    replicas: int | None = Field(default=None, ge=1, le=3)
    """Operators, of which one leads; derived: two, one on a lab of one node."""


def replicas(plan: Plan, settings: Settings) -> int:
    """How many operators run."""
    return settings.replicas or copies(plan, 2)


def values(plan: Plan, settings: Settings) -> Values:
    """Values of the chart."""
    found: Values = {"replicas": replicas(plan, settings)}
    if resources := sized(plan, settings, cpu="50m", memory="128Mi", limit="512Mi"):
        limits = {"cpu": because(None, "the chart's half a core would throttle it"), **resources["limits"]}
        found["resources"] = {"requests": resources["requests"], "limits": limits}
    else:
        found["resources"] = None
    if practice(plan, settings, "security_contexts"):
        found["podSecurityContext"] = {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        found["securityContext"] = {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    if replicas(plan, settings) > 1 and practice(plan, settings, "spread"):
        found["affinity"] = because({"podAntiAffinity": _apart(plan)}, "the chart knows no topology spread")
    return found


def _apart(plan: Plan) -> dict[str, object]:
    keys = [HOST_KEY, NODE_KEY] if len(schedulable_hosts(plan)) > 1 else [NODE_KEY]
    return {
        "preferredDuringSchedulingIgnoredDuringExecution": [
            {
                "weight": 100 - 50 * index,
                "podAffinityTerm": {"labelSelector": {"matchLabels": dict(LABELS)}, "topologyKey": key},
            }
            for index, key in enumerate(keys)
        ]
    }


def resources(plan: Plan, settings: Settings) -> Iterator[Manifest]:
    """What the chart lacks: a budget, a monitor, and the alerts of every Redis."""
    if replicas(plan, settings) > 1 and practice(plan, settings, "budgets"):
        yield {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "redis-operator", "namespace": NAMESPACE},
            "spec": {"maxUnavailable": 1, "selector": {"matchLabels": dict(LABELS)}},
        }
    if monitored(plan, settings):
        # Its metrics name the Redis by `namespace` and `instance`: without honorLabels the operator's own stand there.
        yield pod_monitor("redis-operator", NAMESPACE, LABELS, [endpoint("metrics", honorLabels=True)])


def flows(_plan: Plan, _settings: Settings) -> tuple[Flow, ...]:
    """It asks every Redis for its role, and the API server for everything else."""
    pods = Pods(NAMESPACE, LABELS)
    return (
        Serves(pods, METRICS_PORT, audience="metrics"),
        Uses(pods, outside="api-server"),
        Uses(pods, capability=Capability.CACHE_REDIS),
    )


def alerts(plan: Plan, settings: Settings) -> tuple[Alert, ...]:
    """A Redis without a master, and the operator away; none where nothing is scraped."""
    if not monitored(plan, settings):
        return ()
    return (
        Alert(
            "RedisHasNoMaster",
            "max by (namespace, instance) (redisreplication_has_master) == 0",
            5,
            "critical",
            "The Redis {{ $labels.namespace }}/{{ $labels.instance }} has no master: nothing can be written to it",
            "`kubectl get pods -A -l role=replication` lists its pods. Where there are Sentinels (`role=sentinel`), two of the "
            "three must agree: `redis-cli -p 26379 sentinel masters` in one says what it sees. When all pods call themselves "
            "replicas, delete the newest one.",
        ),
        Alert(
            "RedisReplicaMissing",
            "max by (namespace, instance) (redisreplication_replicas_size_mismatch) == 1",
            15,
            "warning",
            "The Redis {{ $labels.namespace }}/{{ $labels.instance }} has fewer pods than it should",
            "Look at the pods' events: most often a volume that does not attach, or a node without room. Losing the "
            "master now may lose what is not yet written to another pod.",
        ),
        absent("RedisOperatorAbsent", "redis-operator", Pods(NAMESPACE, LABELS), "redis-operator/redis-operator"),
    )


REDIS_OPERATOR = Component(
    name="redis-operator",
    area=Area.PLATFORM,
    group="databases",
    summary="Redis with replicas and Sentinels, one for each application.",
    settings=Settings,
    parts=(
        Part(
            "redis-operator",
            NAMESPACE,
            chart=Chart("https://ot-container-kit.github.io/helm-charts", "redis-operator", "0.26.1"),
            values=values,
            resources=resources,
            folder=".",
            stateful=True,
        ),
    ),
    namespaces=(Namespace(NAMESPACE),),
    provides=frozenset({Capability.CACHE_REDIS}),
    needs=(start(Capability.CLUSTER_API, "Redis resources are read and pods are made there"),),
    flows=flows,
    alerts=alerts,
    homepage="https://redis-operator.opstree.dev",
)
