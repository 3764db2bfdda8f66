"""K8up: restic for every claim of a namespace.

Sources: k8up v2.13 `api/v1/{schedule,backup,backend}_types.go`, docs references/annotations (`k8up.io/backup: "false"`),
how-tos/schedules (`@daily-random` picks a time of the day).
"""

from __future__ import annotations

import json

from homelab.findings import Subject
from homelab.kube.facts import Backup, Destination, Expansion
from homelab.kube.resource import Manifest, dig
from homelab.software.made import made
from homelab.software.software import KindTruth, Software

GROUP = "k8up.io"


def schedule(body: Manifest, _lookup: object) -> Expansion:
    """A Schedule whose `backup` says when copies the claims of its namespace that do not say no."""
    meta, spec = body["metadata"], body.get("spec") or {}
    wanted = spec.get("backup") or {}
    if not wanted.get("schedule"):
        return Expansion()
    space = str(meta.get("namespace") or "")
    backend = wanted.get("backend") or spec.get("backend") or {}
    chosen = tuple(json.dumps(each, sort_keys=True, default=str) for each in wanted.get("labelSelectors") or ())
    where = Destination(str(dig(backend, ["s3", "endpoint"], "")), str(dig(backend, ["s3", "bucket"], "")))
    fact = Backup(
        Subject("Schedule", str(meta["name"]), space),
        str(wanted["schedule"]).removesuffix("-random"),
        5,
        where,
        namespaces=(space,),
        selectors=chosen,
        kept_out=("k8up.io/backup", "false"),
    )
    return Expansion(facts=(fact,))


K8UP = Software(
    name="k8up",
    kinds=(
        KindTruth(GROUP, "Schedule", schedule),
        *made(GROUP, "Archive Backup Check PreBackupPod Prune Restore Snapshot"),
    ),
)
