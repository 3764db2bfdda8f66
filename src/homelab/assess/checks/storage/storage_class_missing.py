"""A claim nobody fulfils: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.model.storage import default_class
from homelab.findings import Severity
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource, dig


@check(severity=Severity.HIGH)
def storage_class_missing(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A claim asks for a class that nothing declares, or for a default that does not exist: it stays pending."""
    for resource, name, field in _wanted(inventory):
        answer = ask.volume_class(inventory, name) if name else _default(inventory)
        if answer.there:
            continue
        if why := answer.why or ("" if inventory.of("StorageClass") else "no class is declared at all"):
            yield Unjudged(f"class {name or 'by default'} of {resource.subject}", why, inventory.place(resource, field))
            continue
        known = ", ".join(sorted(c.name for c in inventory.of("StorageClass")))
        yield Accusation(
            resource,
            f"{resource.name} asks for {f'class {name}' if name else 'the default class'}, which does not exist; there are {known}",
            field=field,
            hint="use the name of a StorageClass, not that of a pool, or mark one of them as default",
        )


def _default(inventory: Inventory) -> ask.Answer:
    """Whether there is a default class; what was not read may bring one."""
    return ask.Answer(there=bool(default_class(inventory)), why=ask.anything(inventory))


def _wanted(inventory: Inventory) -> Iterator[tuple[Resource, str, str]]:
    """(who asks, class or nothing, field) of every claim that is to be provisioned."""
    for claim in inventory.of("PersistentVolumeClaim"):
        name = claim.get("spec.storageClassName")
        if name != "" and not claim.get("spec.volumeName"):
            yield claim, str(name or ""), "spec.storageClassName"
    for workload in inventory.workloads:
        for index, template in enumerate(workload.claim_templates):
            name = dig(template, ["spec", "storageClassName"])
            if name != "":
                field = f"spec.volumeClaimTemplates.{index}.spec.storageClassName"
                yield workload.resource, str(name or ""), field
