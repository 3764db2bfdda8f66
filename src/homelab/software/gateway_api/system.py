"""The Gateway API: the kinds Gateway, HTTPRoute and their like, and the policy that keeps an old copy from replacing them.

Source: the chart gateway-crds-helm v1.9.0 of oci://docker.io/envoyproxy, which carries Gateway API v1.6.1.
"""

from __future__ import annotations

from homelab.kube.facts import Expansion
from homelab.software.shapes import Draft
from homelab.software.software import ChartTruth, Release, Software
from homelab.software.values import misshapen, over, unmodelled

DEFAULTS = {"crds": {"gatewayAPI": {"enabled": False, "channel": "experimental"}, "envoyGateway": {"enabled": False}}}
GROUP = "gateway.networking.k8s.io"
STANDARD = (
    "backendtlspolicies", "gatewayclasses", "gateways", "grpcroutes", "httproutes", "listenersets", "referencegrants",
    "tcproutes", "tlsroutes", "udproutes",
)  # fmt: skip
EXPERIMENTAL = ("xbackends", "xbackendtrafficpolicies", "xmeshes")
ENVOY = (
    "backends", "backendtrafficpolicies", "clienttrafficpolicies", "envoyextensionpolicies", "envoypatchpolicies",
    "envoyproxies", "httproutefilters", "securitypolicies",
)  # fmt: skip
SAFE_UPGRADES = f"safe-upgrades.{GROUP}"


def gateway_kinds(draft: Draft, channel: str, key: str) -> None:
    """The kinds of the Gateway API in a channel, and the policy that comes with them."""
    draft.names("CustomResourceDefinition", (f"{kind}.{GROUP}" for kind in STANDARD), key=key)
    if channel != "standard":
        names = (f"{kind}.gateway.networking.x-k8s.io" for kind in EXPERIMENTAL)
        draft.names("CustomResourceDefinition", names, key=key)
    safe_upgrades(draft, key)


def safe_upgrades(draft: Draft, key: str) -> None:
    """The policy that refuses older or experimental definitions over newer, standard ones."""
    for kind in ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"):
        draft.names(kind, (SAFE_UPGRADES,), key=key)


def envoy_kinds(draft: Draft, key: str) -> None:
    """Envoy Gateway's own kinds."""
    draft.names("CustomResourceDefinition", (f"{kind}.gateway.envoyproxy.io" for kind in ENVOY), key=key)


def expand(release: Release) -> Expansion:
    """What the chart `gateway-crds-helm` makes with these values."""
    if wrong := misshapen(release.values, DEFAULTS):
        return Expansion(unknown=wrong)
    known = ("crds.gatewayAPI.enabled", "crds.gatewayAPI.channel", "crds.envoyGateway.enabled")
    draft = Draft(unknown=list(unmodelled(release.values, known)))
    crds = over(DEFAULTS, release.values)["crds"]
    if crds["gatewayAPI"]["enabled"]:
        gateway_kinds(draft, crds["gatewayAPI"]["channel"], "crds.gatewayAPI")
    if crds["envoyGateway"]["enabled"]:
        envoy_kinds(draft, "crds.envoyGateway")
    return draft.expansion()


GATEWAY_API = Software(
    name="gateway-api",
    charts=(ChartTruth("gateway-crds-helm", ("docker.io/envoyproxy",), frozenset({"1.9.0"}), expand),),
)
