"""A version of an API that is gone: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Patch, Severity
from homelab.kube.admission.served import GONE, minor
from homelab.kube.inventory import Inventory


@check(severity=Severity.HIGH)
def api_version_removed(inventory: Inventory) -> Iterator[Accusation]:
    """An object in a version of its API that the lab's Kubernetes does not serve: it is not applied."""
    known = minor(inventory)
    for resource in inventory.resources:
        gone = GONE.get((resource.api_version, resource.kind))
        if gone is None or (known is not None and known < gone.minor):
            continue
        alike = gone.alike and resource.origin.maker == "file"
        yield Accusation(
            resource,
            f"{resource.api_version} {resource.kind} is not served since Kubernetes 1.{gone.minor}: {resource.name} is not"
            f" applied",
            field="apiVersion",
            hint=f"write {gone.instead}{'' if gone.alike else ', whose fields differ'}"
            if gone.instead
            else "remove it",
            fix=Patch(resource.subject, "apiVersion", gone.instead) if alike else None,
        )
