"""An object that cannot be applied: see the page beside this file."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource
from homelab.software.large import LARGE

LIMIT = 262_144
"""Bytes of all annotations of an object: TotalAnnotationSizeLimitB of apimachinery."""
SERVER, REPLACE = "ServerSideApply=true", "Replace=true"
OPTIONS = "argocd.argoproj.io/sync-options"
TEXTS = frozenset({"CustomResourceDefinition", "ConfigMap", "Secret"})
"""Kinds that grow so large."""


@check(severity=Severity.HIGH)
def crd_too_large_for_client_apply(inventory: Inventory) -> Iterator[Accusation]:
    """An object larger than the annotation in which an apply by the client keeps a copy of it: the sync fails."""
    applications = {a.name: a.resource for a in inventory.applications if a.resource is not None}
    found: dict[tuple[str, str], list[tuple[Resource, int]]] = defaultdict(list)
    for resource in inventory.of(*sorted(TEXTS)):
        owner = applications.get(resource.origin.application)
        if owner is None or resource.origin.maker == "operator" or _by_server(owner, resource):
            continue
        if (size := _size(resource)) > LIMIT:
            found[resource.origin.application, resource.origin.via].append((resource, size))
    for (application, _), large in found.items():
        owner = applications[application]
        if owner is None:
            continue
        first, size = max(large, key=lambda pair: (pair[1], pair[0].name))
        more = f" and {len(large) - 1} more" if len(large) > 1 else ""
        options = "spec.syncPolicy.syncOptions"
        yield Accusation(
            owner,
            f"{application} cannot apply {first.kind} {first.name}{more}: metadata.annotations: Too long: a copy of"
            f" {size} bytes, and at most {LIMIT} are allowed",
            field=options if owner.get(options) is not None else "spec.syncPolicy",
            hint=f"add {SERVER} to the syncOptions of the Application",
        )


def _size(resource: Resource) -> int:
    """The bytes of the copy that `kubectl apply` writes: compact JSON and a line's end."""
    if resource.origin.maker == "chart" and resource.kind == "CustomResourceDefinition":
        return LARGE.get(resource.name, (0, ""))[0]
    # much more than a quick look costs is spent only on what may be large
    text = json.dumps(resource.body, separators=(",", ":"), ensure_ascii=False, default=str)
    return len(text.encode()) + 1


def _by_server(owner: Resource, resource: Resource) -> bool:
    """Whether no copy is kept: by the Application's options, unless the object's own say otherwise."""
    said = [str(option).replace(" ", "") for option in owner.get("spec.syncPolicy.syncOptions", [])]
    own = [part.strip() for part in str(resource.annotations.get(OPTIONS, "")).split(",")]
    if "ServerSideApply=false" in own and REPLACE not in (*said, *own):
        return False
    return any(option in (SERVER, REPLACE) for option in (*said, *own))
