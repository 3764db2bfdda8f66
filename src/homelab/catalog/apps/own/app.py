"""An application of your own in one of its environments: its names, and how much of it there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from homelab.catalog.apps.own.settings import Environment, Name, Settings
from homelab.catalog.flows import Pods
from homelab.catalog.offers.lab import copies
from homelab.catalog.offers.postgres import Postgres
from homelab.catalog.offers.redis import Redis
from homelab.catalog.plan import Plan
from homelab.documents.quantity import format_bytes

SHORT: Mapping[str, str] = {"production": "prod", "staging": "staging", "dev": "dev"}
"""Environment to the ending of its namespace."""
LONGEST = 40
"""Letters of a name: with its endings it is still that of a namespace, a Service, a database and a release."""


@dataclass(frozen=True)
class App:
    """An application with its settings, in one environment."""

    name: str
    settings: Settings
    environment: Name

    @property
    def wanted(self) -> Environment:
        """What this environment has otherwise."""
        return self.settings.environments[self.environment]

    @property
    def namespace(self) -> str:
        """Where it lives."""
        return namespace(self.name, self.environment)

    @property
    def host(self) -> str:
        """First label of its hostname, should it have one."""
        label = (self.settings.route and self.settings.route.host) or self.name
        return label if self.environment == "production" else f"{label}-{self.environment}"

    @property
    def labels(self) -> dict[str, str]:
        """Labels by which its pods are known."""
        if self.settings.chart:
            return dict(self.settings.labels) or {"app.kubernetes.io/instance": self.name}
        return {"app.kubernetes.io/name": self.name, "app.kubernetes.io/instance": self.name}

    @property
    def pods(self) -> Pods:
        """Its pods."""
        return Pods(self.namespace, self.labels)

    @property
    def port(self) -> str | None:
        """The name of the port that its hostname leads to, and that is asked how it is; None where nobody can say."""
        named = self.settings.route.port if self.settings.route else None
        return named or (next(iter(self.settings.ports), None) if len(self.settings.ports) == 1 else None)

    @property
    def image(self) -> str:
        """The image by its full name, as Renovate reads it: with registry and path."""
        return full(self.wanted.image or self.settings.image or "")

    @property
    def variables(self) -> dict[str, str]:
        """The variables of its environment."""
        return {**self.settings.variables, **self.wanted.variables}

    @property
    def values(self) -> dict[str, Any]:
        """The values of its chart."""
        return laid(self.settings.values, self.wanted.values)

    @property
    def secret(self) -> str:
        """The Secret with what its owner supplies."""
        return f"{self.name}-secrets"

    def claim(self, volume: str) -> str:
        """The claim of a volume."""
        return f"{self.name}-{volume}"


def each(name: str, settings: Settings) -> tuple[App, ...]:
    """An application in all its environments."""
    return tuple(App(name, settings, environment) for environment in settings.environments)


def namespace(name: str, environment: Name) -> str:
    """The namespace of an environment."""
    return f"{name}-{SHORT[environment]}"


def alone(app: App) -> str:
    """Why only one pod of it may run at a time; empty where several may."""
    if app.settings.alone:
        return app.settings.alone
    bound = [name for name, volume in app.settings.volumes.items() if not volume.shared]
    if app.settings.chart or not bound:
        return ""
    names = bound[0] if len(bound) == 1 else f"{', '.join(bound[:-1])} and {bound[-1]}"
    return f"{'its volume' if len(bound) == 1 else 'its volumes'} {names} can be used on one node at a time"


def replicas(plan: Plan, app: App) -> int:
    """How many pods of it run."""
    production = app.environment == "production"
    asked = app.wanted.replicas or (app.settings.replicas if production else None)
    return asked or (copies(plan, 2) if production and not alone(app) else 1)


def postgres(plan: Plan, app: App) -> Postgres | None:
    """Its PostgreSQL."""
    wanted = app.settings.databases.postgres
    if wanted is None:
        return None
    count = wanted.instances or _usual(plan, app)
    database = app.name.replace("-", "_")
    return Postgres(f"{app.name}-postgres", app.namespace, database, count, format_bytes(wanted.storage))


def redis(plan: Plan, app: App) -> Redis | None:
    """Its Redis."""
    wanted = app.settings.databases.redis
    if wanted is None:
        return None
    return Redis(f"{app.name}-redis", app.namespace, wanted.replicas or _usual(plan, app), format_bytes(wanted.storage))


def _usual(plan: Plan, app: App) -> int:
    return copies(plan, 2) if app.environment == "production" else 1


def full(image: str) -> str:
    """An image by its whole name: `nginx:1` is `docker.io/library/nginx:1`."""
    head, slash, _rest = image.partition("/")
    if slash and ("." in head or ":" in head):
        return image
    return f"docker.io/{image}" if slash or not image else f"docker.io/library/{image}"


def laid(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """One mapping laid over another, as Helm lays values over each other."""
    found = dict(below)
    for key, value in above.items():
        own = found.get(key)
        found[key] = laid(own, value) if isinstance(own, Mapping) and isinstance(value, Mapping) else value
    return found
