"""docs/storage-and-backups.md: where data lies, what survives which loss, and what is copied where and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from homelab.catalog.offers.lab import host_of
from homelab.catalog.plan import Plan
from homelab.documents.duration import format_duration
from homelab.documents.quantity import format_bytes
from homelab.kube.tree import File, YamlFile
from homelab.render import layout
from homelab.render.ground import ground_of
from homelab.render.guide import markdown as md

DEFAULT = "storageclass.kubernetes.io/is-default-class"


def bodies(made: Mapping[str, File], *kinds: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Path and manifest of every resource of these kinds, in the order of paths."""
    for path in sorted(made):
        file = made[path]
        for body in file.documents if isinstance(file, YamlFile) else ():
            if isinstance(body, Mapping) and body.get("kind") in kinds:
                yield path, body


def storage_page(plan: Plan, made: Mapping[str, File]) -> str:
    """The page."""
    return md.page(
        "Storage and backups",
        md.section(
            "Storage classes", md.table(("Class", "Provisioner", "When its claim goes", "File"), _classes(made))
        ),
        md.section("Disks", md.table(("Physical machine", "Nodes", "Ceph disks"), _disks(plan)), _ceph(plan)),
        md.section("Databases", md.table(("Database", "Namespace", "Instances", "Copies", "File"), _databases(made))),
        md.section("Backups", _targets(plan), *_backups(plan, made)),
        md.section("Restore", *_restore(made)),
    )


def _classes(made: Mapping[str, File]) -> Iterator[tuple[str, ...]]:
    for path, body in bodies(made, "StorageClass"):
        meta = body["metadata"]
        default = (meta.get("annotations") or {}).get(DEFAULT) == "true"
        kept = "the volume stays" if body.get("reclaimPolicy") == "Retain" else "the volume goes"
        yield f"`{meta['name']}`" + (" (default)" if default else ""), f"`{body['provisioner']}`", kept, f"`{path}`"


def _disks(plan: Plan) -> Iterator[tuple[str, ...]]:
    nodes = plan.homelab.nodes
    for host in dict.fromkeys(host_of(name, node) for name, node in nodes.items()):
        own = {name: node for name, node in nodes.items() if host_of(name, node) == host}
        ceph = [f"{name}: {format_bytes(size)}" for name, node in own.items() for size in node.ceph]
        yield host, ", ".join(own), ", ".join(ceph)


def _ceph(plan: Plan) -> str:
    if not any(node.ceph for node in plan.homelab.nodes.values()) or "rook-ceph" not in plan.by_name:
        return ""
    carry = {host_of(name, node) for name, node in plan.homelab.nodes.items() if node.ceph}
    size = plan.settings("rook-ceph").pool_size
    wanted = f"{size} copies" if size else "as many copies as the machines allow"
    return (
        f"Ceph keeps {wanted}; its disks stand in {len(carry)} physical machine{'s' * (len(carry) != 1)}. Count those, "
        "not virtual machines or disks: copies on one machine go together, and I/O stops earlier than data is lost."
    )


def _databases(made: Mapping[str, File]) -> Iterator[tuple[str, ...]]:
    for path, body in bodies(made, "Cluster"):
        meta, space = body["metadata"], body["metadata"].get("namespace", "")
        plans = [
            f"{other['metadata']['name']} at `{other['spec']['schedule']}`"
            for _, other in bodies(made, "ScheduledBackup")
            if other["metadata"].get("namespace", "") == space and other["spec"]["cluster"]["name"] == meta["name"]
        ]
        yield f"`{meta['name']}`", f"`{space}`", str(body["spec"]["instances"]), ", ".join(plans) or "none", f"`{path}`"


def _targets(plan: Plan) -> str:
    rows = [
        (
            name,
            target.kind,
            f"`{found.endpoint}`" if found.endpoint else "",
            f"`{target.bucket}`",
            _away(found.off_site),
        )
        for (name, target), found in zip(plan.homelab.backup.targets.items(), ground_of(plan).targets, strict=True)
    ]
    return md.table(("Place", "Kind", "Endpoint", "Bucket", "Where"), rows)


def _away(off_site: bool) -> str:
    return "elsewhere" if off_site else "in the house"


def _backups(plan: Plan, made: Mapping[str, File]) -> Iterator[str]:
    targets = ground_of(plan).targets
    if not targets:
        yield (
            "**Nothing is copied anywhere.** Name a place under `backup.targets`: what the disks of this lab lose is "
            "lost until then, and Git has only the configuration."
        )
        return
    rows = [
        (
            f"`{b['metadata']['name']}`",
            f"`{b['spec']['schedule']}`",
            _kept(b),
            f"`{b['spec']['template']['storageLocation']}`",
        )
        for _, b in bodies(made, "Schedule")
    ]
    yield md.table(("Schedule", "When (UTC)", "Kept", "Place"), rows)
    if not any(target.off_site for target in targets):
        yield "No place is outside the house: fire, theft or a mistake in it takes the copies along with what they are of."
    if any(target.kind == "ceph" for target in targets):
        yield "Ceph cannot back itself up: a copy in the lab's own object store goes with the disks that it is a copy of."
    if rows:
        yield (
            "Velero runs once and is no more available with two pods: what matters is the age of the newest backup, "
            "for which there are alerts, and a restore that was tried."
        )


def _kept(body: Mapping[str, Any]) -> str:
    from homelab.documents.duration import parse_duration

    ttl = str(body["spec"]["template"].get("ttl", ""))
    return format_duration(parse_duration(ttl)) if ttl else ""


def _restore(made: Mapping[str, File]) -> Iterator[str]:
    yield f"How each kind of data comes back is in [{layout.RESTORE}](restore.md)."
    for _path, body in bodies(made, "ScheduledBackup"):
        name, space = body["spec"]["cluster"]["name"], body["metadata"].get("namespace", "")
        yield f"A base backup of the database `{name}` now, and what there is to restore from:"
        yield md.code(
            f"kubectl cnpg backup {name} --namespace {space} --method plugin \\\n"
            "  --plugin-name barman-cloud.cloudnative-pg.io\n"
            f"kubectl get backups.postgresql.cnpg.io --namespace {space}"
        )
        yield (
            "`barmanObjectStore` in a Cluster, which guides advise, is on its way out of CloudNativePG: the archive is an "
            "ObjectStore of the plugin, and the schedule has six fields, seconds first."
        )
        break
