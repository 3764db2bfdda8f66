"""A caller less patient than a takeover: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.assess.model.mobile import failover_of
from homelab.assess.model.services import resolve
from homelab.findings import Severity
from homelab.kube.facts import Calls
from homelab.kube.inventory import Inventory


@check(severity=Severity.MEDIUM)
def gives_up_before_takeover(inventory: Inventory) -> Iterator[Accusation]:
    """Pods that end themselves while what they call is still replacing its leader."""
    for call in inventory.facts_of(Calls):
        caller = inventory.subject(call.subject)
        service = resolve(inventory, call.subject.namespace, call.host)
        if call.patience is None or caller is None or service is None:
            continue
        for workload in inventory.workloads_of(service):
            takeover = failover_of(inventory, workload)
            if (
                takeover is None
                or takeover.by_hand
                or (workload.replicas or 0) < 2
                or takeover.seconds <= call.patience
            ):
                continue
            yield Accusation(
                caller,
                f"{caller.name} ends itself when {call.host} is away for {call.patience:g} s, and a new leader there takes "
                f"{takeover.seconds:g} s: each failover ends what it is doing",
                field="metadata.name",
                hint=f"set {call.knob} to more than twice the takeover, in milliseconds",
            )
