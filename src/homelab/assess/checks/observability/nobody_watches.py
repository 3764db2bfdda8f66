"""A lab without eyes and without copies: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.domains import place
from homelab.findings import Severity, Subject
from homelab.kube.existence import ask
from homelab.kube.facts import Backup
from homelab.kube.inventory import Inventory

WATCHERS = (
    "prometheus", "victoria", "vmagent", "vmsingle", "grafana", "alloy", "mimir", "opentelemetry", "otel", "telegraf",
    "netdata", "zabbix", "checkmk", "datadog", "newrelic", "uptime-kuma", "gatus", "beszel", "signoz", "coroot", "kuvasz",
)  # fmt: skip
"""Parts of the names of images of programs that watch."""
COPIERS = (
    "velero",
    "restic",
    "kopia",
    "borg",
    "volsync",
    "k8up",
    "duplicati",
    "rclone",
    "backup",
    "longhorn",
    "barman",
)
"""Parts of the names of images of programs that copy."""
KINDS = ("Prometheus", "Alertmanager", "VMAgent", "VMSingle", "VMCluster", "OpenTelemetryCollector")


@check(severity=Severity.MEDIUM)
def nobody_watches(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """Nothing is measured, nobody is told, and nothing is copied: a failure is found by whoever needs what failed."""
    ground = inventory.ground
    running = [each for each in inventory.workloads if each.long_running]
    if ground is None or not ground.nodes or not running:
        return
    cared_for = bool(inventory.of(*KINDS)) or bool(inventory.facts_of(Backup))
    if cared_for or _run(inventory, (*WATCHERS, *COPIERS)):
        return
    if why := ask.anything(inventory):
        yield Unjudged("whether anything watches the lab", why)
        return
    yield Accusation(
        Subject("Homelab", ground.name or "lab"),
        f"{len(running)} workloads run, and nothing measures them, tells anybody or copies what they keep",
        hint="switch one of the three on first, the copies (in homelab.yaml `backup.targets`, then metrics and `alerts`)",
        place=place(inventory, "nodes"),
        option="backup",
    )


def _run(inventory: Inventory, words: tuple[str, ...]) -> bool:
    """Whether any pod runs an image that has one of the words in its name."""
    images = (c.image.partition("@")[0] for each in inventory.workloads for c in each.containers)
    return any(word in image for image in images for word in words)
