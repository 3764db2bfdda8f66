"""An environment of n8n: how many pods of which kind, where they live, and the database and queue that belong to them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from homelab.catalog.offers.lab import copies
from homelab.catalog.offers.postgres import Postgres
from homelab.catalog.offers.redis import Redis
from homelab.catalog.plan import Plan
from homelab.documents.quantity import format_bytes
from homelab.spec.section import Section
from homelab.spec.units import LARGEST_VOLUME, Bytes

Name = Literal["production", "staging", "dev"]
SHORT: dict[str, str] = {"production": "prod", "staging": "staging", "dev": "dev"}
"""Environment to the ending of its namespace."""
PORT = 5678
DATABASE = "n8n-postgres"
GIB = 1 << 30


class Environment(Section):
    """One n8n with its own namespace, database, queue and hostname."""

    webhooks: int | None = Field(default=None, ge=0, le=20)
    """Pods that take webhooks; derived: two in production (one on a lab of one node), else none: main takes them."""
    workers: int | None = Field(default=None, ge=0, le=50)
    """Pods that execute workflows; derived as `webhooks`. None at all means no queue: main executes itself."""
    postgres_instances: int | None = Field(default=None, ge=1, le=9)
    """Instances of PostgreSQL; derived: two in production (one on a lab of one node), else one."""
    redis_replicas: int | None = Field(default=None, ge=1, le=9)
    """Pods of Redis, which holds the queue; derived: two in production (one on a lab of one node), else one."""
    storage: Bytes = Field(default=10 * GIB, ge=GIB, le=LARGEST_VOLUME)
    """Volume of each instance of PostgreSQL: workflows, credentials, executions and their binary data."""
    mcp: bool = False
    """A pod of its own for MCP triggers: one, because a session lives in one process; off: MCP triggers do not work in queue mode."""

    @model_validator(mode="after")
    def _webhooks_need_workers(self) -> Environment:
        if self.webhooks and self.workers == 0:
            raise ValueError("webhooks need workers: what they take is executed from a queue")
        return self


def workers(plan: Plan, name: str, wanted: Environment) -> int:
    """How many pods execute; 0 is no queue mode."""
    if wanted.workers is not None:
        return wanted.workers
    if name == "production":
        return copies(plan, 2)
    return 1 if wanted.webhooks else 0


def webhooks(plan: Plan, name: str, wanted: Environment) -> int:
    """How many pods take webhooks; 0 leaves them to main."""
    if not workers(plan, name, wanted):
        return 0
    if wanted.webhooks is not None:
        return wanted.webhooks
    return copies(plan, 2) if name == "production" else 0


def namespace(name: str) -> str:
    """The namespace of an environment."""
    return f"n8n-{SHORT[name]}"


def host(name: str) -> str:
    """First label of an environment's hostname."""
    return "n8n" if name == "production" else f"n8n-{name}"


def database(plan: Plan, name: str, wanted: Environment) -> Postgres:
    """The environment's database."""
    count = wanted.postgres_instances or (copies(plan, 2) if name == "production" else 1)
    return Postgres(DATABASE, namespace(name), "n8n", count, format_bytes(wanted.storage))


def queue(plan: Plan, name: str, wanted: Environment) -> Redis | None:
    """The environment's queue; None where main executes itself."""
    if not workers(plan, name, wanted):
        return None
    count = wanted.redis_replicas or (copies(plan, 2) if name == "production" else 1)
    return Redis("n8n-redis", namespace(name), count)


def labels(role: str) -> dict[str, str]:
    """Labels that the chart puts on a role's pods."""
    return {"app.kubernetes.io/name": "n8n" if role == "main" else f"n8n-{role}", "app.kubernetes.io/instance": "n8n"}
