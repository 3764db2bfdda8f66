"""Two databases that archive into one folder: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.buckets import Writer, logs
from homelab.kube.inventory import Inventory


@check(severity=Severity.HIGH)
def archive_written_twice(inventory: Inventory) -> Iterator[Accusation]:
    """Two databases archive their logs into one folder of one bucket: neither can be restored from it."""
    first: dict[tuple[str, str, tuple[str, ...]], Writer] = {}
    for writer in logs(inventory):
        other = first.setdefault((writer.endpoint, writer.bucket, writer.prefix), writer)
        if other is writer:
            continue
        where = f"s3://{writer.bucket}/{'/'.join(writer.prefix)}"
        yield Accusation(
            writer.resource,
            f"{writer.resource.name} archives into {where}, where Cluster {other.resource.namespace}/{other.resource.name}"
            " archives too: their logs overwrite each other, and neither can be restored",
            field=writer.field,
            hint="give each database a destinationPath or a serverName of its own",
            evidence=((f"Cluster {other.resource.name} writes there", inventory.place(other.resource, other.field)),),
        )
