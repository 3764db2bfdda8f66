"""Killed while starting: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Patch, Severity
from homelab.kube.inventory import Inventory
from homelab.kube.upkeep import group_of, kept_running
from homelab.kube.workload import Container, Workload

SLOW = (
    "keycloak", "elasticsearch", "opensearch", "kafka", "n8n", "jenkins", "sonarqube", "nextcloud", "gitlab", "immich",
    "paperless", "ollama", "authentik", "wikijs", "confluence", "minecraft", "logstash", "cassandra", "nexus3",
)  # fmt: skip
"""Images that migrate a database, load a model or start a virtual machine before they answer."""
PATIENCE = 90
"""Seconds of tolerated silence that a slow starter should have."""


@check(severity=Severity.LOW)
def startup_missing_for_slow_starter(inventory: Inventory) -> Iterator[Accusation]:
    """An image known to start slowly has a liveness probe and no startup probe: it is killed while it starts."""
    for workload in kept_running(inventory):
        for container in workload.containers:
            name = container.image.partition("@")[0].rpartition("/")[2].partition(":")[0]
            probe = container.body.get("livenessProbe")
            if not probe or "startupProbe" in container.body or not any(word in name for word in SLOW):
                continue
            patience = _patience(container)
            if patience >= PATIENCE:
                continue
            field = f"{container.path}.startupProbe"
            yield Accusation(
                workload.resource,
                f"{container.name} of {workload.name} is killed {patience} s after its start if it does not answer by then",
                field=field,
                hint="add a startup probe that waits for minutes, or give liveness more patience where none can be set",
                fix=_patient(workload, container),
                group=group_of(workload),
            )


def _patience(container: Container) -> int:
    probe = container.body["livenessProbe"]
    return int(probe.get("initialDelaySeconds", 0)) + int(probe.get("periodSeconds", 10)) * int(
        probe.get("failureThreshold", 3)
    )


def _patient(workload: Workload, container: Container) -> Patch:
    """Liveness that waits long enough: what every chart lets one set, where not all know startup probes."""
    period = int(container.body["livenessProbe"].get("periodSeconds", 10))
    field = f"{container.path}.livenessProbe.failureThreshold"
    return Patch(workload.subject, field, -(-PATIENCE // max(1, period)))
