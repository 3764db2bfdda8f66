"""Alert rules of an application of your own, each for one of its environments.

Whether it serves is read from the state of its pods, which kube-state-metrics counts for every image and every chart; those of
its databases are left out by their names. Restarts, full volumes and claims are watched for all namespaces by the rules that
come with kube-prometheus-stack.
"""

from __future__ import annotations

from collections.abc import Iterator

from homelab.catalog.apps.own.app import App, alone, postgres
from homelab.catalog.offers.monitoring import STATE_METRICS_UP, absent, listed, monitored
from homelab.catalog.offers.storage import outlives_node
from homelab.catalog.plan import Plan
from homelab.catalog.upkeep import Alert

MINUTES = 5


def alerts(plan: Plan, app: App) -> Iterator[Alert]:
    """It is down, its figures or its database are gone."""
    title = titled(app.name)
    yield _down(plan, app, f"{title}Down")
    if not monitored(plan, app.settings):
        return
    if app.settings.metrics:
        job = f"{app.namespace}/{app.name}"
        yield absent(f"{title}MetricsAbsent", f"{app.name} in {app.namespace}", app.pods, job)
    if database := postgres(plan, app):
        job = f"{app.namespace}/{database.name}"
        what = f"the database of {app.namespace}"
        yield absent(f"{title}DatabaseAbsent", what, database.pods, job, minutes=5)


def titled(name: str) -> str:
    """A name as alerts are called: `paper-less` is `PaperLess`; a digit at the beginning follows a word."""
    found = "".join(word[:1].upper() + word[1:] for word in name.split("-"))
    return found if found[:1].isalpha() else f"App{found}"


def _down(plan: Plan, app: App, name: str) -> Alert:
    chosen = f'namespace="{app.namespace}",condition="true",pod!~"{app.name}-(postgres|redis)-.*"'
    ready = f"sum(kube_pod_status_ready{{{chosen}}})"
    pods = listed(app.pods)
    return Alert(
        name,
        f"({ready} == 0 or absent({ready})) and {STATE_METRICS_UP}",
        MINUTES,
        "critical",
        f"No pod of {app.name} in {app.namespace} is ready",
        f"`{pods}`, then its events and its log: `kubectl -n {app.namespace} describe pods` says what it waits for. "
        f"{_recovery(plan, app)}",
    )


def _recovery(plan: Plan, app: App) -> str:
    """What a person may expect while it is away."""
    reason = alone(app)
    if not reason:
        return "Where its node is lost, its pods are started elsewhere after some 5 minutes."
    said = f"One pod runs at a time ({reason}), and a drain of its node stops it for as long as it starts."
    if not app.settings.volumes:
        return f"{said} Where its node is lost, it is started elsewhere after some 5 minutes."
    if outlives_node(plan):
        return f"{said} Where its node is lost, it is back after some 11 minutes: 5 until the pod is given up, 6 until its volumes are freed."
    return f"{said} Its data is on the disk of its node: where that is lost, it comes back with it, or from a backup."
