"""An image that changes under its name: see the page beside this file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.upkeep import group_of

CHANNELS = frozenset(
    {"latest", "nightly", "edge", "main", "master", "mainline", "trunk", "head", "dev", "devel", "develop", "development",
     "canary", "stable", "unstable", "testing", "rolling", "lts", "current", "release", "prod", "production", "staging",
     "beta", "alpha", "rc", "next", "preview", "snapshot", "experimental"}
)  # fmt: skip
"""Words that name a channel: whatever is newest in it has the tag."""
PLATFORM = re.compile(
    r"(?:alpine|debian|ubuntu|bookworm|bullseye|trixie|noble|jammy|focal|jdk|jre|java|pg|php|py|python|node|ruby|go|cuda|"
    r"rocm|el|ubi|fedora|rhel|ls|amd|arm|x|rootless|slim)\d[\d.]*"
)
"""What an image is built upon, with its version: that of the program is another."""


@check(severity=Severity.MEDIUM)
def image_tag_floating(inventory: Inventory) -> Iterator[Accusation]:
    """An image without a version: the next start of the pod may run something else."""
    for workload in inventory.workloads:
        if workload.resource.origin.maker == "operator":
            continue
        for container in (*workload.containers, *(c for c in workload.init_containers if not c.sidecar)):
            image = container.image
            if image and "@" not in image and _floats(_tag(image)):
                yield Accusation(
                    workload.resource,
                    f"container {container.name} of {workload.name} runs {image}, which may be another image tomorrow",
                    field=f"{container.path}.image",
                    hint="pin a version; an update bot keeps it fresh",
                    group=group_of(workload),
                )


def _tag(image: str) -> str:
    return image.rpartition("/")[2].partition(":")[2]


def _floats(tag: str) -> bool:
    """Whether a tag names no version, date, build or commit: nothing but words, or a channel and what it is built upon."""
    if "{" in tag or "$" in tag:
        return False
    parts = re.split(r"[-_+]", tag.lower())
    if not any(map(str.isdigit, tag)):
        return True
    return any(part in CHANNELS for part in parts) and not any(map(_pins, parts))


def _pins(part: str) -> bool:
    return any(map(str.isdigit, part)) and not PLATFORM.fullmatch(part)
