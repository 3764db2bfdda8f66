"""Whom the API server trusts when it calls: the twin's authority, written where nobody else has written one.

At home cert-manager's cainjector, a hook Job or the operator itself writes `caBundle`; none of them runs here. What a chart
writes into Git stays: the key to it is nowhere, and such calls fail, which is told.
"""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from homelab.cluster.api import Api, ApiRefused, Object

HOOKS = "admissionregistration.k8s.io/v1"
KINDS = (
    (HOOKS, "MutatingWebhookConfiguration"),
    (HOOKS, "ValidatingWebhookConfiguration"),
    ("apiregistration.k8s.io/v1", "APIService"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
)
"""Kinds that tell the API server to call a Service, and whom to trust there."""


def trust(api: Api, authority: bytes) -> list[str]:
    """Write the authority wherever one is missing; what was written, as `kind/name`."""
    bundle = base64.b64encode(authority).decode()
    found = []
    for version, kind in KINDS:
        for body in api.list(version, kind):
            if patch := trusting(body, bundle):
                with contextlib.suppress(ApiRefused):  # it went, or changed, in between; the next look sees it
                    api.edit(body, patch)
                    found.append(f"{kind}/{body['metadata']['name']}")
    return found


def trusting(body: Object, bundle: str) -> list[dict[str, Any]]:
    """The JSON patch by which an object trusts the bundle wherever it calls a Service and trusts nobody yet."""
    found = []
    for path, client in _clients(body):
        if client.get("service") and not client.get("caBundle"):
            found.append({"op": "add", "path": f"{path}/caBundle", "value": bundle})
    return found


def _clients(body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Where an object names a Service to call, each with its path."""
    for number, hook in enumerate(body.get("webhooks") or ()):
        yield f"/webhooks/{number}/clientConfig", hook.get("clientConfig") or {}
    spec = body.get("spec") or {}
    if body["kind"] == "APIService" and not spec.get("insecureSkipTLSVerify"):
        yield "/spec", spec
    conversion = (spec.get("conversion") or {}).get("webhook") or {}
    if conversion.get("clientConfig"):
        yield "/spec/conversion/webhook/clientConfig", conversion["clientConfig"]


def services(bodies: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The Services that objects call, as `web.shop.svc`."""
    found = (client.get("service") for body in bodies for _, client in _clients(body))
    return frozenset(f"{each['name']}.{each['namespace']}.svc" for each in found if each)
