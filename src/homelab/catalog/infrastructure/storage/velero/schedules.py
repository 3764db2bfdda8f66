"""When Velero copies what to where: a schedule for each rhythm and each target, and what no schedule copies.

Targets take turns within the hour: at the same minute one reading of every volume would fight the other for disks and
line, and what disturbs one copy would disturb both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from homelab.catalog.infrastructure.storage.velero.settings import Settings
from homelab.catalog.infrastructure.storage.velero.targets import NAMESPACE
from homelab.catalog.offers.turns import in_turn
from homelab.catalog.plan import Plan, practice, uncopied
from homelab.kube.resource import Manifest

RHYTHMS = ("daily", "weekly", "monthly")
POLICIES = "volume-policies"
"""The ConfigMap that says which volumes are not copied."""


def rhythms(plan: Plan, settings: Settings) -> tuple[str, ...]:
    """The rhythms in which copies are made; none where the practice is off or there is no target."""
    return RHYTHMS if practice(plan, settings, "backup_schedules") and plan.homelab.backup.targets else ()


def schedules(plan: Plan, settings: Settings) -> Iterator[Manifest]:
    """A schedule for each rhythm and each target, as `daily-offsite`."""
    targets = plan.homelab.backup.targets
    for index, target in enumerate(targets):
        for rhythm in rhythms(plan, settings):
            when = getattr(plan.homelab.backup, rhythm)
            yield {
                "apiVersion": "velero.io/v1",
                "kind": "Schedule",
                "metadata": {"name": f"{rhythm}-{target}", "namespace": NAMESPACE},
                "spec": {
                    "schedule": in_turn(when.at, index, len(targets)),
                    "template": _template(settings, target, when.keep),
                },
            }


def _template(settings: Settings, target: str, keep: float) -> dict[str, Any]:
    excluded = {"excludedNamespaces": list(settings.excluded_namespaces)} if settings.excluded_namespaces else {}
    chosen = {"resourcePolicy": {"kind": "configmap", "name": POLICIES}} if settings.volumes else {}
    return {
        "storageLocation": target,
        "ttl": f"{int(keep // 3600)}h0m0s",
        "includedNamespaces": ["*"],
        **excluded,
        "defaultVolumesToFsBackup": settings.volumes,
        "snapshotVolumes": False,
        **chosen,
    }


def policies(plan: Plan, settings: Settings) -> Iterator[Manifest]:
    """What no schedule copies: scratch space, and the volumes whose owners save their contents themselves or can lose them.

    Velero takes the first policy of which every condition holds, knows claims by their labels only, and reads the one key
    of the ConfigMap, strictly (velero 1.18.1 internal/resourcepolicies).
    """
    if not rhythms(plan, settings) or not settings.volumes:
        return
    lines = ["version: v1", "volumePolicies:", *_skipped("scratch space", ["volumeTypes: [emptyDir]"])]
    seen: dict[tuple[tuple[str, str], ...], str] = {}
    for item in uncopied(plan):
        seen.setdefault(tuple(item.labels.items()), item.why)
    for labels, why in seen.items():
        lines += _skipped(why, ["pvcLabels:", *(f"  {key}: {value}" for key, value in labels)])
    yield {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": POLICIES, "namespace": NAMESPACE},
        "data": {"policies.yaml": "\n".join(lines) + "\n"},
    }


def _skipped(why: str, conditions: list[str]) -> list[str]:
    return [f"# {why}", "- conditions:", *(f"    {line}" for line in conditions), "  action: {type: skip}"]
