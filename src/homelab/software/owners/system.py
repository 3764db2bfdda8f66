"""Owners: what whoever deploys a workload says of it in its description, because no image and no chart tells it.

Source: https://kubernetes.io/docs/reference/labels-annotations-taints/#description
"""

from __future__ import annotations

from collections.abc import Iterable

from homelab.findings import Subject
from homelab.kube.facts import Singleton
from homelab.kube.resource import ALONE, DESCRIPTION, Manifest, dig
from homelab.kube.workload import GROUPS, TEMPLATES
from homelab.software.software import Software


def alone(body: Manifest) -> Iterable[Singleton]:
    """Why a workload must stay at one replica, in its owner's words: `One pod at a time: its database is one file`."""
    said = str(dig(body, ["metadata", "annotations", DESCRIPTION], "")).strip()
    reason = said[len(ALONE) :].strip() if said.lower().startswith(ALONE.lower()) else ""
    kind, group = str(body.get("kind")), str(body.get("apiVersion", "")).rpartition("/")[0]
    if reason and kind in TEMPLATES and group in GROUPS:
        meta = body["metadata"]
        subject = Subject(kind, str(meta.get("name", "")), str(meta.get("namespace", "")))
        yield Singleton(subject, reason, f"its annotation {DESCRIPTION}")


OWNERS = Software(name="owners", annotated=alone)
