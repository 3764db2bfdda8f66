"""Whom the API server trusts when it calls: the twin's authority, written where somebody at home writes one after the chart.

At home that is cert-manager's cainjector, a hook Job or the operator itself; none of them runs here. Of the charts that were
read (versions of the test data), the bundle comes from

- cainjector, asked by `cert-manager.io/inject-ca-from` or `-from-secret`: cert-manager itself, kube-prometheus-stack with
  `admissionWebhooks.certManager`, ECK with `certManagerCert`, redis-operator, metrics-server and opentelemetry-operator so set;
- a hook Job: Envoy Gateway (certgen, `envoy-gateway-topology-injector`), kube-prometheus-stack with `admissionWebhooks.patch`;
- the operator when it starts: CloudNativePG, ECK with `manageCerts`, istiod, Loki's rollout-operator; Kyverno makes its
  configurations whole, bundle and all, and there is none of them while it does not run;
- the chart, which renders the Secret with the key beside it: redis-operator without cert-manager, metrics-server with
  `tls.type: helm`, opentelemetry-operator and snapshot-controller with generated certificates. That one stays: see `certificates`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from homelab.cluster.api import Object

INJECTED = "cert-manager.io/inject-"
"""How the annotations begin by which an object asks for a bundle (cert-manager.io/docs/concepts/ca-injector)."""
PEM = b"-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True, slots=True)
class Caller:
    """One place at which an object tells the API server to call a Service.

    Attributes:
        place: where it stands in the object, as a JSON pointer.
        by: the name of the webhook, `conversion`, or the group of an aggregated API.
        service: who is called, as `web.shop.svc`.
        path: what is asked for there.
        bundle: the certificates that are trusted, empty where there are none.
    """

    place: str
    by: str
    service: str
    path: str
    bundle: bytes


def callers(body: Object) -> list[Caller]:
    """Where an object calls a Service and checks whom it reaches."""
    found = []
    for place, by, client in _clients(body):
        if service := client.get("service"):
            name = f"{service['name']}.{service['namespace']}.svc"
            found.append(Caller(place, by, name, service.get("path") or "/", _bundle(client.get("caBundle"))))
    return found


def trusting(body: Object, authority: bytes) -> list[dict[str, Any]]:
    """The JSON patch by which an object trusts an authority, wherever it trusts nobody yet or asks for it."""
    asks = any(name.startswith(INJECTED) for name in body["metadata"].get("annotations") or ())
    value = base64.b64encode(authority).decode()
    return [
        {"op": "add", "path": f"{each.place}/caBundle", "value": value}
        for each in callers(body)
        if each.bundle != authority and (asks or not each.bundle)
    ]


def _bundle(text: str | None) -> bytes:
    """Certificates; a filler such as `Cg==`, which stands for none, is none."""
    try:
        found = base64.b64decode(text or "")
    except binascii.Error:
        return b""
    return found if PEM in found else b""


def _clients(body: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Where an object names a Service to call, with its place and who calls."""
    for number, hook in enumerate(body.get("webhooks") or ()):
        yield f"/webhooks/{number}/clientConfig", hook.get("name", ""), hook.get("clientConfig") or {}
    spec = body.get("spec") or {}
    if body["kind"] == "APIService" and not spec.get("insecureSkipTLSVerify"):
        yield "/spec", spec.get("group", ""), spec
    conversion = (spec.get("conversion") or {}).get("webhook") or {}
    if conversion.get("clientConfig"):
        yield "/spec/conversion/webhook/clientConfig", "conversion", conversion["clientConfig"]
