"""Sealed Secrets as its chart makes it: one controller by template, which only opens what is new or changed.

Source: the chart 2.19.1 of https://bitnami.github.io/sealed-secrets (`templates/deployment.yaml`: `replicas: 1`).
"""

from __future__ import annotations

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Keyed, Produces
from homelab.kube.resource import Manifest, dig
from homelab.software.sealed_secrets.programs import PROGRAMS
from homelab.software.software import ChartSource, KindTruth, Software


def opened(body: Manifest, _lookup: object) -> Expansion:
    """A SealedSecret becomes the Secret of its own name and namespace, with the keys that are sealed and those of its template.

    Source: sealed-secrets v0.34 `pkg/apis/sealedsecrets/v1alpha1/sealedsecret_expansion.go`, Unseal.
    """
    meta = body["metadata"]
    space = meta.get("namespace", "")
    secret = Subject("Secret", meta["name"], space)
    owner = Subject("SealedSecret", meta["name"], space)
    spec = body.get("spec") or {}
    keys = (*(spec.get("encryptedData") or ()), *dig(spec, ["template", "data"], {}))
    told = (Keyed(owner, secret, tuple(map(str, keys))),) if keys else ()
    return Expansion(facts=(Produces(owner, (secret,)), *told))


SEALED_SECRETS = Software(
    name="sealed-secrets",
    programs=PROGRAMS,
    charts=(
        ChartSource("sealed-secrets", ("bitnami.github.io/sealed-secrets", "bitnami-labs.github.io/sealed-secrets")),
    ),
    kinds=(KindTruth("bitnami.com", "SealedSecret", opened),),
    images={"sealed-secrets-controller": "sealed-secrets"},
)
