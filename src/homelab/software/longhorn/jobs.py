"""Longhorn: recurring jobs that copy volumes to the backup target, and which volumes each of them takes.

Sources: longhorn v1.10 docs, snapshots-and-backups/scheduling-backups-and-snapshots: labels of a claim or the class's
`recurringJobSelector` put a volume into groups; a volume without any is in the group `default`; snapshots stay in the volume.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Backup, Destination, Expansion, Marked, Marks
from homelab.kube.resource import Manifest, dig

PROVISIONER = "driver.longhorn.io"
JOB, GROUP = "recurring-job.longhorn.io/", "recurring-job-group.longhorn.io/"
COPIES = frozenset({"backup", "backup-force-create"})


def recurring_job(body: Manifest, _lookup: object) -> Expansion:
    """A RecurringJob that copies takes the volumes of its groups, and those that name it."""
    meta, spec = body["metadata"], body.get("spec") or {}
    if spec.get("task") not in COPIES:
        return Expansion()
    groups = [str(group) for group in spec.get("groups") or ()]
    name = str(spec.get("name") or meta["name"])
    marked = Marked(PROVISIONER, (JOB + name, *(GROUP + group for group in groups)), (JOB, GROUP), "default" in groups)
    subject = Subject("RecurringJob", str(meta["name"]), str(meta.get("namespace") or ""))
    return Expansion(
        facts=(Backup(subject, str(spec.get("cron", "")), 5, Destination(""), namespaces=("*",), marked=marked),)
    )


def storage_class(body: Manifest, _lookup: object) -> Expansion:
    """The jobs and groups that a class gives to its volumes."""
    said = dig(body, ["parameters", "recurringJobSelector"], "")
    try:
        entries = json.loads(str(said)) if said else []
    except ValueError:
        entries = []
    marks = tuple((GROUP if entry.get("isGroup") else JOB) + str(entry.get("name")) for entry in _maps(entries))
    return Expansion(facts=(Marks(Subject("StorageClass", str(dig(body, ["metadata", "name"], ""))), marks),))


def _maps(entries: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []
