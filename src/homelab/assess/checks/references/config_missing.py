"""A configuration nobody declares: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.references import missing


@check(severity=Severity.HIGH, aliases=("dangling-configmap",))
def config_missing(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A pod needs a ConfigMap or a claim that nothing declares: it never starts."""
    for kind in ("ConfigMap", "PersistentVolumeClaim"):
        for found in missing(inventory, kind):
            resource = found.workload.resource
            if resource.origin.maker != "file":
                continue
            if why := found.answer.why:
                yield Unjudged(f"{resource.subject} → {kind} {found.name}", why, inventory.place(resource, found.path))
                continue
            yield Accusation(
                resource,
                f"{resource.name} needs {kind} {found.name}, which nothing in {resource.namespace or 'its namespace'} declares",
                field=found.path,
                hint="declare it, correct the name, or mark it optional",
                absent=(resource.namespace,),
            )
