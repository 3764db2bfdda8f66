"""A secret nobody makes: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity, Subject
from homelab.kube.inventory import Inventory
from homelab.kube.references import missing
from homelab.kube.unread import unread


@check(severity=Severity.HIGH)
def secret_producer_missing(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A pod needs a Secret that nothing declares, seals or makes: it never starts."""
    for found in missing(inventory, "Secret"):
        resource = found.workload.resource
        if (
            resource.origin.maker == "operator"
            or Subject("Secret", found.name, resource.namespace) in inventory.pending
        ):
            continue
        if why := unread(inventory, resource.namespace):
            yield Unjudged(f"{resource.subject} → Secret {found.name}", why, inventory.place(resource, found.path))
            continue
        yield Accusation(
            resource,
            f"{resource.name} needs Secret {found.name}; nothing in {resource.namespace or 'its namespace'} seals or makes it",
            field=found.path,
            hint="seal it, correct the name, or declare it in the lab file as one that a person supplies",
            absent=(resource.namespace,),
        )
