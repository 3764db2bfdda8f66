"""Alert rules of n8n, each for one namespace, because environments are watched apart.

Metrics: https://docs.n8n.io/hosting/configuration/configuration-examples/prometheus (`n8n_*`), scraped from main and workers.
"""

from __future__ import annotations

from collections.abc import Callable

from homelab.catalog.apps.n8n.environment import DATABASE, labels
from homelab.catalog.flows import Pods
from homelab.catalog.offers.monitoring import absent, listed
from homelab.catalog.upkeep import Alert


def main_down(namespace: str) -> Alert:
    """Nothing answers for the editor and the timers."""
    return Alert(
        "N8nMainDown",
        f'absent(up{{namespace="{namespace}",service="n8n"}} == 1)',
        5,
        "critical",
        f"n8n's main in {namespace} does not answer: the editor and every timer stand still",
        f"`kubectl -n {namespace} get pods`, then the log: `kubectl -n {namespace} logs deployment/n8n`. Most often it waits "
        f"for the database: `kubectl -n {namespace} get cluster {DATABASE}`. Webhooks are still taken where they have pods of their own.",
    )


def lagging(namespace: str) -> Alert:
    """A process is too busy to answer."""
    return Alert(
        "N8nEventLoopLag",
        f'max by (pod) (n8n_nodejs_eventloop_lag_p99_seconds{{namespace="{namespace}"}}) > 1',
        15,
        "warning",
        f"A process of n8n in {namespace} is too busy to answer within a second",
        "A workflow computes too much in one step, or there are too few workers. Look at the running executions in the "
        "editor, then raise `workers` or split the workflow.",
    )


def queue_waiting(namespace: str) -> Alert:
    """Executions pile up."""
    return Alert(
        "N8nQueueWaiting",
        f'max(n8n_scaling_mode_queue_jobs_waiting{{namespace="{namespace}"}}) > 50',
        15,
        "warning",
        f"More than 50 executions wait in {namespace}",
        f"`{listed(Pods(namespace, labels('worker')))}`: when workers run, raise `workers`; "
        "when they restart, look at their log for the database or Redis.",
    )


def database_absent(namespace: str) -> Alert:
    """No instance of the database answers: rules over its own metrics are silent then."""
    pods = Pods(namespace, {"cnpg.io/cluster": DATABASE, "cnpg.io/podRole": "instance"})
    return absent("N8nDatabaseAbsent", f"the database of {namespace}", pods, f"{namespace}/{DATABASE}", minutes=5)


def workers_absent(namespace: str) -> Alert:
    """Nothing executes, and the queue may still be too short to be told."""
    pods = Pods(namespace, labels("worker"))
    return absent("N8nWorkersAbsent", f"the workers of {namespace}", pods, f"{namespace}/n8n-worker", minutes=5)


ALERTS: tuple[Callable[[str], Alert], ...] = (main_down, lagging, database_absent)
"""Rules of every environment."""
QUEUE_ALERTS: tuple[Callable[[str], Alert], ...] = (queue_waiting, workers_absent)
"""Rules of queue mode."""
