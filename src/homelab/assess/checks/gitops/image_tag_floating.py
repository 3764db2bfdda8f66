"""An image that changes under its name: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.upkeep import group_of

FLOATING = frozenset(
    {"latest", "nightly", "edge", "main", "master", "dev", "develop", "canary", "stable", "rolling", ""}
)


@check(severity=Severity.MEDIUM, aliases=("latest-tag", "tagNotSpecified", "container-image-tag"))
def image_tag_floating(inventory: Inventory) -> Iterator[Accusation]:
    """An image without a version: the next start of the pod may run something else."""
    for workload in inventory.workloads:
        if workload.resource.origin.maker == "operator":
            continue
        for container in (*workload.containers, *(c for c in workload.init_containers if not c.sidecar)):
            image = container.image
            if image and "@" not in image and _tag(image) in FLOATING:
                yield Accusation(
                    workload.resource,
                    f"container {container.name} of {workload.name} runs {image}, which may be another image tomorrow",
                    field=f"{container.path}.image",
                    hint="pin a version; an update bot keeps it fresh",
                    group=group_of(workload),
                )


def _tag(image: str) -> str:
    return image.rpartition("/")[2].partition(":")[2]
