"""CloudNativePG: PostgreSQL clusters with failover, continuous log archive and restore to any point in time.

The operator is no part of a query's way: while it is away databases serve on, but nothing fails over. Two operators
elect a leader. The Barman Cloud plugin joins it where a backup target exists: the archiver built into the operator is
deprecated, and the plugin's sidecars run beside each database.
Chart 0.28 carries the operator that its makers support on Kubernetes 1.33; the line kept here runs there unsupported.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from homelab.capabilities import Capability
from homelab.catalog import component
from homelab.catalog.component import Area, Chart, Component, Namespace, Part, Values
from homelab.catalog.flows import Flow, Pods, Serves, Uses
from homelab.catalog.infrastructure.controllers.cloudnative_pg.alerts import (
    DATABASES,
    NAMESPACE,
    OPERATOR,
    archive,
    labels,
)
from homelab.catalog.needs import Need, change, start
from homelab.catalog.offers.lab import copies, sized, spread_over_hosts
from homelab.catalog.offers.monitoring import monitored
from homelab.catalog.offers.postgres import CLUSTER, archived
from homelab.catalog.plan import Choice, Plan, needs_of, practice
from homelab.catalog.upkeep import Alert
from homelab.kube.resource import Manifest

REPOSITORY = "https://cloudnative-pg.github.io/charts"
PLUGIN = "plugin-barman-cloud"
WEBHOOK_PORT = 9443
PLUGIN_PORT = 9090


class Settings(component.Settings):
    """The operator and its archive plugin."""

    replicas: int | None = Field(default=None, ge=1, le=3)
    """Operators, of which one leads; derived: two, one on a lab of one node."""
    plugin_replicas: int | None = Field(default=None, ge=1, le=3)
    """Controllers of the archive plugin, of which one leads; derived: two, one on a lab of one node."""


def replicas(plan: Plan, settings: Settings) -> int:
    """How many operators run."""
    return settings.replicas or copies(plan, 2)


def plugin_replicas(plan: Plan, settings: Settings) -> int:
    """How many controllers of the plugin run."""
    return settings.plugin_replicas or copies(plan, 2)


def values(plan: Plan, settings: Settings) -> Values:
    """Values of the operator's chart."""
    found = _controller(plan, settings, "cloudnative-pg", replicas(plan, settings))
    if monitored(plan, settings):
        found["monitoring"] = {"podMonitorEnabled": True}
    return found


def plugin_values(plan: Plan, settings: Settings) -> Values:
    """Values of the plugin's chart."""
    return _controller(plan, settings, PLUGIN, plugin_replicas(plan, settings))


def _controller(plan: Plan, settings: Settings, name: str, count: int) -> Values:
    found: Values = {"replicaCount": count}
    if count > 1 and (spread := spread_over_hosts(plan, settings, labels(name))):
        found["topologySpreadConstraints"] = spread
    if resources := sized(plan, settings, cpu="50m", memory="128Mi", limit="512Mi"):
        found["resources"] = resources
    return found


def resources(plan: Plan, settings: Settings) -> Iterator[Manifest]:
    """What the operator's chart lacks: a budget."""
    yield from _budget(plan, settings, "cloudnative-pg", replicas(plan, settings))


def plugin_resources(plan: Plan, settings: Settings) -> Iterator[Manifest]:
    """What the plugin's chart lacks: a budget."""
    yield from _budget(plan, settings, PLUGIN, plugin_replicas(plan, settings))


def _budget(plan: Plan, settings: Settings, name: str, count: int) -> Iterator[Manifest]:
    if count > 1 and practice(plan, settings, "budgets"):
        yield {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {"maxUnavailable": 1, "selector": {"matchLabels": labels(name)}},
        }


def parts(plan: Plan, settings: Settings) -> tuple[Part, ...]:
    """The operator, and the plugin where databases are archived."""
    # Renovate matches the literals; a lab on Kubernetes 1.33 runs this line outside of its makers' support.
    operator = Part(
        "cloudnative-pg",
        NAMESPACE,
        chart=Chart(REPOSITORY, "cloudnative-pg", "0.29.0"),
        values=values,
        resources=resources,
        folder=".",
        stateful=True,
    )
    plugin = Part(
        PLUGIN,
        NAMESPACE,
        chart=Chart(REPOSITORY, PLUGIN, "0.7.0"),
        values=plugin_values,
        resources=plugin_resources,
        stateful=True,
    )
    return (operator, plugin) if archived(plan, settings) else (operator,)


def needs(plan: Plan, settings: Settings) -> tuple[Need, ...]:
    """The API; certificates where the plugin talks to the operator."""
    found = [start(Capability.CLUSTER_API, "clusters are read and pods are made there")]
    if archived(plan, settings):
        found.append(
            change(Capability.TLS_ISSUER, "the operator and the archive plugin know each other by certificate")
        )
    return tuple(found)


def flows(plan: Plan, settings: Settings) -> tuple[Flow, ...]:
    """The API server asks the webhooks; the operator asks every instance for its state, and the plugin for its hooks."""
    operator, plugin = Pods(NAMESPACE, labels("cloudnative-pg")), Pods(NAMESPACE, labels(PLUGIN))
    found: list[Flow] = [
        Serves(operator, WEBHOOK_PORT, audience="api-server"),
        Serves(operator, 8080, audience="metrics"),
        Uses(operator, outside="api-server"),
        Uses(operator, capability=Capability.DATABASE_POSTGRES),
    ]
    if archived(plan, settings):
        found += [Serves(plugin, PLUGIN_PORT, audience="namespace"), Uses(plugin, outside="api-server")]
    return tuple(found)


def alerts(plan: Plan, settings: Settings) -> tuple[Alert, ...]:
    """Rules over the databases of the lab that are scraped, which their own component decides, and over the operator.

    A lab that declares no database may have some of its owner's: then the rules stand while the operator is scraped.
    """
    own, users = monitored(plan, settings), _users(plan)
    scraped = [choice for choice in users if monitored(plan, choice.settings)]
    saved = [choice for choice in scraped if archived(plan, choice.settings)]
    spaces = (item.namespace for choice in saved for item in choice.component.uncopied(plan, choice.settings) if CLUSTER in item.labels)  # fmt: skip
    others = own and not users
    return (
        *(DATABASES if scraped or others else ()),
        *(archive(tuple(dict.fromkeys(spaces))) if saved or (others and archived(plan, settings)) else ()),
        *((OPERATOR,) if own else ()),
    )


def _users(plan: Plan) -> list[Choice]:
    """The components that have databases of their own."""
    wanted = Capability.DATABASE_POSTGRES
    return [choice for choice in plan.choices if any(need.capability is wanted for need in needs_of(plan, choice))]


CLOUDNATIVE_PG = Component(
    name="cloudnative-pg",
    area=Area.INFRASTRUCTURE,
    group="controllers",
    summary="PostgreSQL clusters with failover, continuous archive and point-in-time restore.",
    settings=Settings,
    parts=parts,
    namespaces=(Namespace(NAMESPACE),),
    provides=frozenset({Capability.DATABASE_POSTGRES}),
    needs=needs,
    flows=flows,
    alerts=alerts,
    homepage="https://cloudnative-pg.io",
)
