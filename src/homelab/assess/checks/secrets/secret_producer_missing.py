"""A secret nobody makes: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.references import missing


@check(severity=Severity.HIGH)
def secret_producer_missing(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A pod needs a Secret that nothing declares, seals or makes: it never starts."""
    for found in missing(inventory, "Secret"):
        resource = found.workload.resource
        if resource.origin.maker == "operator":
            continue
        if why := found.answer.why:
            yield Unjudged(f"{resource.subject} → Secret {found.name}", why, inventory.place(resource, found.path))
            continue
        pulls = found.pulls
        need = "pulls its images with" if pulls else "needs"
        yield Accusation(
            resource,
            f"{resource.name} {need} Secret {found.name}; nothing in {resource.namespace or 'its namespace'} seals or makes it",
            field=found.path,
            hint="seal it, correct the name, or declare it in the lab file as one that a person supplies",
            absent=(resource.namespace,),
            severity=Severity.MEDIUM if pulls else None,
        )
