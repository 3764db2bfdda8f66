"""n8n: workflow automation, in up to three environments that share nothing.

Production runs in queue mode: main keeps the editor, the API and the timers, webhook processors take calls from outside,
workers execute. Without a licence there is one main, so it is made quick to replace instead: it has no volume, and a
rollout stops the old one before it starts the new one, because two mains run every timer twice. While main is away
webhooks are still taken and executed; the editor and timers wait.
Binary data stays in the database: several pods can share it nowhere else without a licence.
Source: chart n8n 1.24.32 `values.yaml`, https://docs.n8n.io/hosting/scaling/queue-mode.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from homelab.capabilities import Capability
from homelab.catalog.apps.n8n.alerts import ALERTS, QUEUE_ALERTS
from homelab.catalog.apps.n8n.data import data_part
from homelab.catalog.apps.n8n.environment import (
    PORT,
    SHORT,
    Environment,
    Name,
    database,
    host,
    labels,
    namespace,
    queue,
    webhooks,
    workers,
)
from homelab.catalog.component import Area, Chart, Component, Namespace, Part, Values, because
from homelab.catalog.flows import Flow, Pods, Route, Serves, Uses
from homelab.catalog.needs import Need, run, start
from homelab.catalog.offers import egress
from homelab.catalog.offers.gateway import http_route, only_below, public_hosts
from homelab.catalog.offers.lab import HOST_KEY, NODE_KEY, hostname, schedulable, schedulable_hosts, sized
from homelab.catalog.offers.monitoring import alerted, monitored, prometheus_rule
from homelab.catalog.offers.postgres import (
    postgres_flows,
    postgres_generated,
    postgres_needs,
    postgres_secrets,
    postgres_uncopied,
)
from homelab.catalog.offers.redis import redis_flows, redis_secrets
from homelab.catalog.plan import Plan, practice
from homelab.catalog.upkeep import Alert, Generated, SecretRequest, Uncopied
from homelab.kube.resource import Manifest
from homelab.spec.forms import TimeZone
from homelab.spec.source import Problem

PATIENCE = 60
"""Seconds that n8n waits for its queue before it ends itself (n8n 2.35 `redis-client.service`): more than twice the takeover."""
IDLE = "448Mi"
"""Memory of a process without work: 419 MiB were seen in 2.35, in a webhook processor."""
ENCRYPTION = "n8n-encryption-key"
MEASURED = ("main", "worker")
"""Roles that answer /metrics; webhook processors of n8n 2.35 say 404 there, and the chart has no monitor for them."""
WEBHOOK_PATHS = ("/webhook", "/webhook-waiting", "/form", "/form-waiting")
"""What arrives from outside; test webhooks and the rest belong to main."""


def _production() -> dict[Name, Environment]:
    return {"production": Environment()}


class Settings(egress.Settings):
    """The environments."""

    environments: dict[Name, Environment] = Field(default_factory=_production)
    """Environments by name; only those named here exist."""
    timezone: TimeZone | None = None
    """Time zone in which timers are meant; derived: `site.timezone`."""


def values(plan: Plan, settings: Settings, name: Name) -> Values:
    """Values of the chart for an environment."""
    wanted = settings.environments[name]
    postgres, cache = database(plan, name, wanted), queue(plan, name, wanted)
    address = f"https://{hostname(plan, host(name))}"
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
    found: Values = {
        "timezone": settings.timezone or plan.homelab.site.timezone,
        "existingEncryptionKeySecret": because(ENCRYPTION, "without it the credentials in the database cannot be read"),
        "strategy": because(rolling, "two mains at once would run every timer twice"),
        "db": {"type": "postgresdb"},
        "externalPostgresql": {
            "host": postgres.host,
            "username": postgres.database,
            "database": postgres.database,
            "existingSecret": postgres.secret,
            "existingSecretPasswordKey": "password",
        },
        "extraEnvVars": _environment(plan, name),
        "main": _main(plan, settings, address),
        "worker": {"mode": "regular"},
        "webhook": {"mode": "regular", "url": f"{address}/", "mcp": {"enabled": False}},
    }
    if cache:
        found["externalRedis"] = {"host": cache.host, "existingSecret": cache.secret}
        found["worker"] = _role(plan, settings, "worker", workers(plan, name, wanted))
        found["webhook"] |= _webhook(plan, settings, name, wanted)
    if monitored(plan, settings):
        found["serviceMonitor"] = {"enabled": True, "include": {"queueMetrics": cache is not None}}
    return found


def _environment(plan: Plan, name: Name) -> Values:
    """What all roles are told and the chart has no key for.

    The address of webhooks goes by a key of the chart, as WEBHOOK_URL. n8n warns of that name at each start: "Use N8N_WEBHOOK_URL
    instead, which sets the base URL for both test and production webhooks", and reads both: `globalConfig.webhookUrl ||
    WEBHOOK_URL || baseUrl` (npm package n8n 2.35.7, dist/services/url.service.js and dist/deprecation/deprecation.service.js). Told
    here, the new name would make the chart's record answer for the hostnames that it was recorded with, and no others.
    """
    hops = because("1", "the Gateway stands in front and says who called")
    if host(name) in public_hosts(plan):
        hops = because("2", "the tunnel and the Gateway stand in front and say who called")
    return {
        "N8N_PROXY_HOPS": hops,
        "N8N_DEFAULT_BINARY_DATA_MODE": because(
            "database", "the chart says memory, which n8n gives up, and knows no other"
        ),
        "QUEUE_BULL_REDIS_TIMEOUT_THRESHOLD": because(
            str(PATIENCE * 1000), "n8n's own 10 s are shorter than a promotion by Sentinel, and end every execution"
        ),
    }


def _main(plan: Plan, settings: Settings, address: str) -> Values:
    found: Values = {
        "editorBaseUrl": f"{address}/",
        "pdb": {"enabled": because(False, "a budget over one pod protects nothing")},
    }
    if practice(plan, settings, "probes"):
        patient = {"periodSeconds": 10, "failureThreshold": 18}
        found["livenessProbe"] = because(
            patient, "the chart has no startup probe for main, and an upgrade migrates first"
        )
    if resources := sized(plan, settings, cpu="250m", memory="512Mi", limit="1Gi", least=IDLE):
        found["resources"] = resources
    return found


def _webhook(plan: Plan, settings: Settings, name: Name, wanted: Environment) -> Values:
    count = webhooks(plan, name, wanted)
    if not count:
        return {}
    found = _role(plan, settings, "webhook", count)
    mcp: Values = {"enabled": wanted.mcp and count > 1}
    if mcp["enabled"] and "resources" in found:
        mcp["resources"] = found["resources"]
    return {**found, "mcp": mcp}


def _role(plan: Plan, settings: Settings, role: str, count: int) -> Values:
    found: Values = {"mode": "queue", "count": count, "pdb": {"enabled": practice(plan, settings, "budgets")}}
    memory = "512Mi" if role == "worker" else IDLE
    if resources := sized(plan, settings, cpu="100m", memory=memory, limit="1Gi", least=IDLE):
        found["resources"] = resources
    if count > 1 and practice(plan, settings, "spread") and len(schedulable(plan)) > 1:
        found["affinity"] = because({"podAntiAffinity": _apart(plan, role)}, "the chart knows no topology spread")
    return found


def _apart(plan: Plan, role: str) -> dict[str, Any]:
    """Prefer other hosts, then other nodes."""
    keys = [HOST_KEY, NODE_KEY] if len(schedulable_hosts(plan)) > 1 else [NODE_KEY]
    terms = [
        {
            "weight": 100 - 50 * index,
            "podAffinityTerm": {"labelSelector": {"matchLabels": labels(role)}, "topologyKey": key},
        }
        for index, key in enumerate(keys)
    ]
    return {"preferredDuringSchedulingIgnoredDuringExecution": terms}


def resources(plan: Plan, settings: Settings, name: Name) -> Iterator[Manifest]:
    """An environment's routes and alerts."""
    wanted = settings.environments[name]
    if plan.has(Capability.GATEWAY_HTTP):
        yield from _routes(plan, name, wanted)
    if alerted(plan, settings) and monitored(plan, settings):
        yield prometheus_rule("n8n", namespace(name), _alerts(name, queued=queue(plan, name, wanted) is not None))


def _served(plan: Plan, name: Name, wanted: Environment) -> list[tuple[str, tuple[str, ...]]]:
    """Service to the paths that lead to it; without any, all others."""
    count = webhooks(plan, name, wanted)
    served: list[tuple[str, tuple[str, ...]]] = [("n8n", ())]
    if count:
        served.append(("n8n-webhook", WEBHOOK_PATHS))
    if wanted.mcp and count > 1:
        served.append(("n8n-mcp-webhook", ("/mcp",)))
    return served


def _routes(plan: Plan, name: Name, wanted: Environment) -> Iterator[Manifest]:
    for service, paths in _served(plan, name, wanted):
        route = http_route(plan, name=service, namespace=namespace(name), host=host(name), service=service, port=PORT)
        yield only_below(route, paths)


def parts(_plan: Plan, settings: Settings) -> tuple[Part, ...]:
    """Two Applications for each environment: n8n, and what holds its data."""
    return tuple(part for name in settings.environments for part in (_part(name), data_part(name)))


def _part(name: Name) -> Part:
    return Part(
        f"n8n-{SHORT[name]}",
        namespace(name),
        chart=Chart("https://community-charts.github.io/helm-charts", "n8n", "1.24.32"),
        release="n8n",
        values=lambda plan, settings: values(plan, settings, name),
        resources=lambda plan, settings: resources(plan, settings, name),
        stateful=True,
        environment=name,
        folder=".",
    )


def _queued(plan: Plan, settings: Settings) -> bool:
    return any(workers(plan, name, wanted) for name, wanted in settings.environments.items())


def needs(plan: Plan, settings: Settings) -> tuple[Need, ...]:
    """A database always; a queue where workers run; the Gateway for whoever calls."""
    found = [
        run(Capability.DATABASE_POSTGRES, "workflows, credentials and executions are there"),
        run(Capability.GATEWAY_HTTP, "the editor and webhooks are called through it"),
        start(Capability.SECRETS_GIT, "the encryption key is sealed in the repository"),
        start(Capability.STORAGE_BLOCK, "the database keeps its files there"),
        *postgres_needs(plan, settings),
    ]
    if _queued(plan, settings):
        found.insert(1, run(Capability.CACHE_REDIS, "the queue of executions is there"))
    return tuple(found)


def flows(plan: Plan, settings: Settings) -> tuple[Flow, ...]:
    """The Gateway and Prometheus reach whom they call; workflows call out; the database and the queue have flows of their own."""
    found: list[Flow] = []
    for name, wanted in settings.environments.items():
        roles = ["main"]
        if workers(plan, name, wanted):
            roles.append("worker")
        if webhooks(plan, name, wanted):
            roles.append("webhook")
        if wanted.mcp and webhooks(plan, name, wanted) > 1:
            roles.append("mcp-webhook")
        for role in roles:
            pods = Pods(namespace(name), labels(role))
            found += [Uses(pods, outside="world", ports=(80, 443)), *egress.egress(plan, settings, pods)]
            if role in MEASURED:
                found.append(Serves(pods, PORT, audience="metrics"))
            if role != "worker":
                found.append(Serves(pods, PORT, audience="gateway"))
        found += postgres_flows(plan, settings, database(plan, name, wanted))
        if cache := queue(plan, name, wanted):
            found += redis_flows(cache)
    return tuple(found)


def secrets(plan: Plan, settings: Settings) -> tuple[SecretRequest, ...]:
    """The encryption key, the queue's password, and the keys of the archive where they are not made by a claim."""
    found: list[SecretRequest] = []
    for name, wanted in settings.environments.items():
        purpose = f"encrypts n8n's credentials in {name}: keep a copy, without it a restored database is useless"
        found.append(SecretRequest(ENCRYPTION, namespace(name), purpose, {"N8N_ENCRYPTION_KEY": "generate:48"}))
        if cache := queue(plan, name, wanted):
            found += redis_secrets(cache)
        found += postgres_secrets(plan, settings, database(plan, name, wanted))
    return tuple(found)


def generated(plan: Plan, settings: Settings) -> tuple[Generated, ...]:
    """The databases' passwords."""
    wanted = (database(plan, name, each) for name, each in settings.environments.items())
    return tuple(item for each in wanted for item in postgres_generated(each))


def uncopied(plan: Plan, settings: Settings) -> tuple[Uncopied, ...]:
    """The databases' own files."""
    return tuple(
        item
        for name, wanted in settings.environments.items()
        for item in postgres_uncopied(plan, settings, database(plan, name, wanted))
    )


def _alerts(name: str, *, queued: bool) -> tuple[Alert, ...]:
    chosen = (*ALERTS, *(QUEUE_ALERTS if queued else ()))
    return tuple(alert(namespace(name)) for alert in chosen)


def alerts(plan: Plan, settings: Settings) -> tuple[Alert, ...]:
    """Rules over production; the other environments have the same in their own namespace."""
    if "production" not in settings.environments or not monitored(plan, settings):
        return ()
    return _alerts("production", queued=bool(workers(plan, "production", settings.environments["production"])))


def routes(plan: Plan, settings: Settings) -> tuple[Route, ...]:
    """A hostname for each environment."""
    if not plan.has(Capability.GATEWAY_HTTP):
        return ()
    found = []
    for name, wanted in settings.environments.items():
        services = tuple(service for service, _paths in _served(plan, name, wanted))
        found.append(Route(host(name), namespace(name), name, services=services))
    return tuple(found)


def refuses(plan: Plan, settings: Settings) -> Iterator[Problem]:
    """Hosts that no rule can open, and pods for MCP triggers where other pods take them."""
    yield from egress.refused(plan, settings, "apps.n8n.egress")
    for name, wanted in settings.environments.items():
        if wanted.mcp and webhooks(plan, name, wanted) < 2:
            message = "has no effect with fewer than two webhooks: what takes them takes MCP triggers as well"
            yield Problem(f"apps.n8n.environments.{name}.mcp", message, "take it out, or give it two webhooks")


N8N = Component(
    name="n8n",
    area=Area.APPS,
    summary="Workflow automation: editor, webhooks and workers.",
    settings=Settings,
    parts=parts,
    namespaces=lambda _plan, settings: tuple(Namespace(namespace(name)) for name in settings.environments),
    may_have=tuple(map(namespace, SHORT)),
    needs=needs,
    flows=flows,
    alerts=alerts,
    routes=routes,
    secrets=secrets,
    generated=generated,
    uncopied=uncopied,
    refuses=refuses,
    homepage="https://n8n.io",
    application=True,
)
