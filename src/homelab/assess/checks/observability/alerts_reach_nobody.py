"""Alerts that nobody hears: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.alerting import told_by
from homelab.kube.inventory import Inventory


@check(severity=Severity.MEDIUM)
def alerts_reach_nobody(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """Alertmanager runs, and every route of it ends at a receiver without an address: nobody is told."""
    for alertmanager in inventory.of("Alertmanager"):
        if alertmanager.group != "monitoring.coreos.com":
            continue
        told = told_by(inventory, alertmanager)
        if told is None:
            why = "its configuration is not to be seen here"
            yield Unjudged(f"whom {alertmanager.name} tells", why, inventory.place(alertmanager))
        elif not told:
            yield Accusation(
                alertmanager,
                f"Alertmanager {alertmanager.name} tells nobody: no route of an alert ends at a receiver with an address",
                field="spec",
                hint="give it a way to you (in homelab.yaml `alerts.webhook` or `alerts.slack`), and a heartbeat that "
                "somebody else misses (`alerts.heartbeat`)",
            )
