"""Owners: what whoever deploys a workload says of it by an annotation, because no image and no chart tells it."""

from __future__ import annotations

from collections.abc import Iterable

from homelab.findings import Subject
from homelab.kube.facts import Singleton
from homelab.kube.resource import ALONE, Manifest, dig
from homelab.kube.workload import GROUPS, TEMPLATES
from homelab.software.software import Software


def alone(body: Manifest) -> Iterable[Singleton]:
    """Why a workload must stay at one replica, in its owner's words."""
    reason = dig(body, ["metadata", "annotations", ALONE], "")
    kind, group = str(body.get("kind")), str(body.get("apiVersion", "")).rpartition("/")[0]
    if not isinstance(reason, str) or not reason.strip() or kind not in TEMPLATES or group not in GROUPS:
        return
    subject = Subject(kind, str(dig(body, ["metadata", "name"], "")), str(dig(body, ["metadata", "namespace"], "")))
    yield Singleton(subject, reason.strip(), f"annotation {ALONE}")


OWNERS = Software(name="owners", annotated=alone)
