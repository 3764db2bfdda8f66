"""A key that is not there: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity, Subject
from homelab.kube.existence import ask
from homelab.kube.existence.keys import keys
from homelab.kube.inventory import Inventory
from homelab.kube.references import references


@check(severity=Severity.HIGH)
def reference_key_missing(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A pod needs a key of a Secret or ConfigMap that is there and does not have it: it never starts."""
    seen: set[tuple[Subject, Subject, str]] = set()
    for kind in ("ConfigMap", "Secret"):
        for found in references(inventory, kind):
            resource = found.workload.resource
            asked = Subject(kind, found.name, resource.namespace)
            if not found.key or resource.origin.maker != "file" or (resource.subject, asked, found.key) in seen:
                continue
            seen.add((resource.subject, asked, found.key))
            if not inventory.exists(kind, resource.namespace, found.name):
                continue  # whoever is not there at all has a check of its own
            answer = ask.key(inventory, asked, found.key, asker=resource)
            place = inventory.place(resource, found.path)
            if answer.why:
                yield Unjudged(f"{resource.subject} → key {found.key} of {kind} {found.name}", answer.why, place)
            if answer.missing:
                known = ", ".join(sorted(keys(inventory, asked) or ())[:6])
                yield Accusation(
                    resource,
                    f"{resource.name} needs key {found.key} of {kind} {found.name}, which has {known}",
                    field=found.path,
                    hint="use a key that it has, or add this one",
                )
