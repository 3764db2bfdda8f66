"""How long the way in waits, whom it believes, and what it tries again: one policy towards callers, one towards applications.

Every default of Envoy Gateway that applications feel is decided here, so that none cuts an answer unseen. What is left at its
default is listed with the reason; `translator` in the tests asks Envoy Gateway itself whether one was missed.
Source: Envoy Gateway 1.9 `api/v1alpha1`, https://gateway.envoyproxy.io/docs/api/extension_types/.

Left as they are:
- buffers of 32 KiB a connection: they bound memory, not the size of an upload, which streams through them; without
  `requestBuffer` no body is ever refused as too large;
- 1024 connections, waiting and running requests to each Service: a lab never has as many, and the bound keeps one Service from
  taking all memory of the proxy;
- no limit of connections from callers: the addresses of the LAN are behind nodes, so a limit would count them together;
- HTTP/2 with 100 streams a connection, and websockets by upgrade, which are on;
- no PROXY protocol: neither the tunnel nor the load balancer in front speaks it;
- no active health checks: the kubelet asks the pods, and Kubernetes takes away those that are not ready.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from homelab.capabilities import Capability
from homelab.catalog.offers.gateway import GATEWAY, GATEWAY_NAMESPACE
from homelab.catalog.plan import Plan
from homelab.kube.resource import Manifest

API_VERSION = "gateway.envoyproxy.io/v1alpha1"
SILENCE = "1h"
"""How long a request may go without a byte in either direction: websockets and streams of events send more often, a workflow
that answers when it is done may be silent for long."""
KEEPALIVE = {"idleTime": "30s", "interval": "10s", "probes": 3}
"""A peer that died without a word is noticed after a minute; with no time-out on requests nothing else would notice."""


def policies(plan: Plan) -> Iterator[Manifest]:
    """Both policies of the lab's Gateway."""
    yield _policy("BackendTrafficPolicy", _towards_applications())
    yield _policy("ClientTrafficPolicy", _towards_callers(plan))


def _policy(kind: str, spec: dict[str, Any]) -> Manifest:
    target = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": GATEWAY}
    meta = {"name": GATEWAY, "namespace": GATEWAY_NAMESPACE}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": meta, "spec": {"targetRefs": [target], **spec}}


def _towards_applications() -> dict[str, Any]:
    return {
        "timeout": {
            "tcp": {"connectTimeout": "5s"},
            "http": {
                # Envoy's own 15 s would cut answers of workflows, uploads and streams.
                "requestTimeout": "0s",
                "streamIdleTimeout": SILENCE,
                "connectionIdleTimeout": "1h",
                "maxConnectionDuration": "0s",
            },
        },
        "tcpKeepalive": KEEPALIVE,
        # Only what no application has received is sent to another pod: a request that was begun may have had its effect.
        "retry": {"numRetries": 2, "retryOn": {"triggers": ["connect-failure", "refused-stream"]}},
    }


def _towards_callers(plan: Plan) -> dict[str, Any]:
    found: dict[str, Any] = {
        "timeout": {
            "tcp": {"idleTimeout": "1h", "connectionInspectionTimeout": "15s", "tlsHandshakeTimeout": "15s"},
            "http": {
                "requestHeadersReceivedTimeout": "60s",
                # An upload over a slow line takes as long as it takes.
                "requestReceivedTimeout": "0s",
                "idleTimeout": "1h",
                "streamIdleTimeout": SILENCE,
            },
        },
        "tcpKeepalive": KEEPALIVE,
    }
    if plan.has(Capability.ACCESS_PUBLIC):
        # Who called the tunnel stands in X-Forwarded-For, which is believed from pods only; all others are who they are.
        trusted = {"trustedCIDRs": [plan.homelab.network.pods]}
        found["clientIPDetection"] = {"xForwardedFor": trusted}
    return found
