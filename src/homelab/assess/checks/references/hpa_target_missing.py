"""An autoscaler of nothing: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory


@check(severity=Severity.MEDIUM)
def hpa_target_missing(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """An autoscaler whose target does not exist: nothing is scaled, and nothing says so but its status."""
    for scaler in inventory.of("HorizontalPodAutoscaler", "ScaledObject"):
        target = scaler.get("spec.scaleTargetRef", {})
        kind, name = str(target.get("kind", "Deployment")), str(target.get("name", ""))
        if scaler.origin.maker == "operator" or not name or "{" in name or "$" in name:
            continue
        answer = ask.thing(inventory, kind, scaler.namespace, name, asker=scaler)
        if answer.why:
            place = inventory.place(scaler, "spec.scaleTargetRef.name")
            yield Unjudged(f"{scaler.subject} → {kind} {name}", answer.why, place)
        if not answer.missing:
            continue
        yield Accusation(
            scaler,
            f"{scaler.name} scales {kind} {name}, which nothing in {scaler.namespace or 'its namespace'} declares",
            field="spec.scaleTargetRef.name",
            hint="correct the name or kind, or delete it",
            absent=(scaler.namespace,),
        )
