"""Applications of your own: whatever stands under `apps` and is not built in becomes a component like any other.

`own(name)` makes it: one image, or one chart, with the namespaces, policies, hostname, volumes, databases, alerts and
environments that its settings ask for. What a chart makes is the chart's: its probes, replicas and budgets are said in its
values, and judged like those of everybody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import Any

from homelab.capabilities import Capability
from homelab.catalog.apps.own.alerts import alerts as rules
from homelab.catalog.apps.own.app import SHORT, App, each, postgres, redis
from homelab.catalog.apps.own.data import data, has_data, uncopied_volumes
from homelab.catalog.apps.own.image import image
from homelab.catalog.apps.own.refused import refused
from homelab.catalog.apps.own.settings import Settings
from homelab.catalog.component import Area, Chart, Component, Namespace, Part
from homelab.catalog.flows import Flow, Route, Serves
from homelab.catalog.needs import Need, run, start
from homelab.catalog.offers import egress
from homelab.catalog.offers.gateway import http_route, routed
from homelab.catalog.offers.lab import sized
from homelab.catalog.offers.monitoring import alerted, endpoint, monitored, pod_monitor, prometheus_rule
from homelab.catalog.offers.postgres import (
    postgres_flows,
    postgres_generated,
    postgres_needs,
    postgres_secrets,
    postgres_uncopied,
)
from homelab.catalog.offers.redis import redis_flows, redis_secrets
from homelab.catalog.plan import Plan
from homelab.catalog.upkeep import Alert, Generated, SecretRequest, Uncopied
from homelab.documents.quantity import format_bytes, format_cpu
from homelab.kube.resource import Manifest

GENERATE = "generate"
"""The word for a secret that is made up."""


def resources(plan: Plan, app: App) -> Iterator[Manifest]:
    """What is ours of an environment, beside its data."""
    if app.settings.chart is None:
        yield from image(plan, app)
    elif bounds := sized(plan, app.settings, *_size(app.settings)):
        limit = {"type": "Container", "defaultRequest": bounds["requests"], "default": bounds["limits"]}
        metadata = {"name": app.name, "namespace": app.namespace}
        yield {"apiVersion": "v1", "kind": "LimitRange", "metadata": metadata, "spec": {"limits": [limit]}}
    yield from _route(plan, app)
    if app.settings.metrics and monitored(plan, app.settings):
        end = endpoint(app.settings.metrics.port, path=app.settings.metrics.path)
        yield pod_monitor(app.name, app.namespace, app.labels, [end])
    if alerted(plan, app.settings):
        yield prometheus_rule(app.name, app.namespace, rules(plan, app))


def _size(settings: Settings) -> tuple[str, str]:
    """Processor and memory that a container asks for, before the profile."""
    return format_cpu(round(settings.cpu * 1000)), format_bytes(settings.memory)


def _route(plan: Plan, app: App) -> Iterator[Manifest]:
    wanted = app.settings.route
    for route in routed(plan, *_routes(app)):
        port = (wanted.service_port if wanted else None) or app.settings.ports[app.port or ""]
        yield http_route(
            plan, name=app.name, namespace=app.namespace, host=route.host, service=route.services[0], port=port
        )


def _routes(app: App) -> Iterator[Route]:
    """Its hostname, where it has one."""
    wanted = app.settings.route
    if wanted is None or app.port not in app.settings.ports:
        return
    service = wanted.service or app.name
    port = wanted.service_port or app.settings.ports[app.port]
    login = app.settings.login != "none"
    yield Route(app.host, app.namespace, app.environment, login, str(port), (service,))


def parts(name: str, _plan: Plan, settings: Settings) -> tuple[Part, ...]:
    """For each environment the application, and what holds its data."""
    return tuple(part for app in each(name, settings) for part in _parts(app))


def _parts(app: App) -> Iterator[Part]:
    wanted = app.settings.chart
    yield Part(
        f"{app.name}-{SHORT[app.environment]}",
        app.namespace,
        chart=Chart(wanted.repository, wanted.name, app.wanted.version or wanted.version) if wanted else None,
        release=app.name if wanted else "",
        values=(lambda _plan, _settings: app.values) if wanted else None,
        resources=lambda plan, _settings: resources(plan, app),
        stateful=True,
        environment=app.environment,
        folder=".",
    )
    if has_data(app):
        yield Part(
            f"{app.name}-{SHORT[app.environment]}-data",
            app.namespace,
            resources=lambda plan, _settings: data(plan, app),
            stateful=True,
            environment=app.environment,
            folder="data",
        )


def namespaces(name: str, _plan: Plan, settings: Settings) -> tuple[Namespace, ...]:
    """A namespace for each environment."""
    rooted = settings.chart is None and settings.user == 0
    level = settings.security or ("baseline" if rooted else "restricted")
    return tuple(Namespace(app.namespace, level) for app in each(name, settings))


def needs(name: str, plan: Plan, settings: Settings) -> tuple[Need, ...]:
    """What its settings ask for, and nothing else."""
    found: list[Need] = []
    if settings.route:
        found.append(run(Capability.GATEWAY_HTTP, "it is called through it"))
    if settings.databases.postgres:
        found += [run(Capability.DATABASE_POSTGRES, "its data is there"), *postgres_needs(plan, settings)]
    if settings.databases.redis:
        found.append(run(Capability.CACHE_REDIS, "it keeps its cache there"))
    if any(not volume.shared for volume in settings.volumes.values()) or any(
        (settings.databases.postgres, settings.databases.redis)
    ):
        found.append(start(Capability.STORAGE_BLOCK, "its volumes are there"))
    if any(volume.shared for volume in settings.volumes.values()):
        found.append(start(Capability.STORAGE_FILE, "several pods write its shared volumes"))
    if secrets(name, plan, settings):
        found.append(start(Capability.SECRETS_GIT, "its secrets are sealed in the repository"))
    return tuple(found)


def flows(name: str, plan: Plan, settings: Settings) -> tuple[Flow, ...]:
    """The Gateway reaches the port of its hostname, Prometheus that of its figures, its neighbours all of them."""
    found: list[Flow] = []
    for app in each(name, settings):
        found += egress.egress(plan, settings, app.pods)
        found += [Serves(app.pods, port, audience="namespace") for port in settings.ports.values()]
        found += [Serves(app.pods, settings.ports[app.port or ""], audience="gateway") for _route in _routes(app)]
        if settings.metrics and settings.metrics.port in settings.ports:
            found.append(Serves(app.pods, settings.ports[settings.metrics.port], audience="metrics"))
        if database := postgres(plan, app):
            found += postgres_flows(plan, settings, database)
        if cache := redis(plan, app):
            found += redis_flows(cache)
    return tuple(found)


def secrets(name: str, plan: Plan, settings: Settings) -> tuple[SecretRequest, ...]:
    """What its owner supplies, the password of its Redis, and the keys of the archive where no claim makes them."""
    found: list[SecretRequest] = []
    for app in each(name, settings):
        if settings.secrets:
            keys = {key: "generate:32" if what == GENERATE else f"ask:{what}" for key, what in settings.secrets.items()}
            found.append(
                SecretRequest(app.secret, app.namespace, f"what {name} keeps secret in {app.environment}", keys)
            )
        if cache := redis(plan, app):
            found += redis_secrets(cache)
        if database := postgres(plan, app):
            found += postgres_secrets(plan, settings, database)
    return tuple(found)


def generated(name: str, plan: Plan, settings: Settings) -> tuple[Generated, ...]:
    """The databases' passwords."""
    databases = (postgres(plan, app) for app in each(name, settings))
    return tuple(item for database in databases if database for item in postgres_generated(database))


def uncopied(name: str, plan: Plan, settings: Settings) -> tuple[Uncopied, ...]:
    """The databases' own files, and volumes whose contents can be made again."""
    found: list[Uncopied] = []
    for app in each(name, settings):
        found += uncopied_volumes(app)
        if database := postgres(plan, app):
            found += postgres_uncopied(plan, settings, database)
    return tuple(found)


def alerts(name: str, plan: Plan, settings: Settings) -> tuple[Alert, ...]:
    """Rules over production; the other environments have the same in their own namespace."""
    chosen = [app for app in each(name, settings) if app.environment == "production"]
    return tuple(rule for app in chosen for rule in rules(plan, app))


def routes(name: str, plan: Plan, settings: Settings) -> tuple[Route, ...]:
    """A hostname for each environment, where it has any."""
    if not plan.has(Capability.GATEWAY_HTTP):
        return ()
    return tuple(route for app in each(name, settings) for route in _routes(app))


@cache
def own(name: str) -> Component:
    """The component of an application of that name."""

    def bound(function: Any) -> Any:
        return partial(function, name)

    return Component(
        name=name,
        area=Area.APPS,
        summary="An application of your own.",
        settings=Settings,
        parts=bound(parts),
        namespaces=bound(namespaces),
        may_have=tuple(f"{name}-{ending}" for ending in SHORT.values()),
        needs=bound(needs),
        flows=bound(flows),
        alerts=bound(alerts),
        routes=bound(routes),
        secrets=bound(secrets),
        generated=bound(generated),
        uncopied=bound(uncopied),
        refuses=bound(refused),
        application=True,
    )
