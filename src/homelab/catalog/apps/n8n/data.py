"""What holds an environment's data: its database and its queue, in an Application of their own.

The operators' webhooks are asked about each of these objects, and refuse while nobody answers. Beside n8n they would keep a
mend of n8n from being compared, and so from being applied, for as long as an operator is away.
Source: https://github.com/argoproj/argo-cd/issues/23752 (what a dry run through webhooks cannot answer ends in ComparisonError).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from homelab.catalog.apps.n8n.environment import SHORT, Name, database, namespace, queue
from homelab.catalog.component import Part
from homelab.catalog.offers.postgres import postgres_cluster
from homelab.catalog.offers.redis import redis
from homelab.catalog.plan import Plan
from homelab.kube.resource import Manifest


def data(plan: Plan, settings: Any, name: Name) -> Iterator[Manifest]:
    """The database with its archive, and the queue where there is one."""
    wanted = settings.environments[name]
    yield from postgres_cluster(plan, settings, database(plan, name, wanted))
    if cache := queue(plan, name, wanted):
        yield from redis(plan, settings, cache)


def data_part(name: Name) -> Part:
    """The Application of an environment's data."""
    return Part(
        f"n8n-{SHORT[name]}-data",
        namespace(name),
        resources=lambda plan, settings: data(plan, settings, name),
        stateful=True,
        environment=name,
        folder="data",
    )
