"""Sealed Secrets as its chart makes it: one controller by template, which only opens what is new or changed.

Source: the chart 2.19.1 of https://bitnami.github.io/sealed-secrets (`templates/deployment.yaml`: `replicas: 1`).
"""

from __future__ import annotations

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Produces
from homelab.kube.resource import Manifest
from homelab.software.sealed_secrets.programs import PROGRAMS
from homelab.software.software import ChartSource, KindTruth, Software


def opened(body: Manifest, _lookup: object) -> Expansion:
    """A SealedSecret becomes the Secret of its own name and namespace."""
    meta = body["metadata"]
    space = meta.get("namespace", "")
    secret = Subject("Secret", meta["name"], space)
    return Expansion(facts=(Produces(Subject("SealedSecret", meta["name"], space), (secret,)),))


SEALED_SECRETS = Software(
    name="sealed-secrets",
    programs=PROGRAMS,
    charts=(
        ChartSource("sealed-secrets", ("bitnami.github.io/sealed-secrets", "bitnami-labs.github.io/sealed-secrets")),
    ),
    kinds=(KindTruth("bitnami.com", "SealedSecret", opened),),
    images={"sealed-secrets-controller": "sealed-secrets"},
)
