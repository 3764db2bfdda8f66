"""Gateway API: the kinds in which a lab says which hostname leads where, before anything serves them.

One owner: Envoy Gateway's own chart would bring a second, experimental copy, and two owners of a definition undo each
other. The policy that refuses older or experimental copies over these comes with them.
"""

from __future__ import annotations

from homelab.capabilities import Capability
from homelab.catalog import component
from homelab.catalog.component import Area, Chart, Component, Part, Values, because
from homelab.catalog.needs import start
from homelab.catalog.offers.gateway import GATEWAY_NAMESPACE
from homelab.catalog.plan import Plan


class Settings(component.Settings):
    """Nothing to set: the standard channel is what every gateway understands."""


def values(_plan: Plan, _settings: Settings) -> Values:
    """Only the kinds of the Gateway API; Envoy Gateway's own come with Envoy Gateway."""
    standard = because("standard", "kinds of the experimental channel may change without a way back")
    return {"crds": {"gatewayAPI": {"enabled": True, "channel": standard}}}


GATEWAY_API = Component(
    name="gateway-api",
    area=Area.INFRASTRUCTURE,
    group="network",
    summary="The kinds Gateway and HTTPRoute, in the standard channel.",
    settings=Settings,
    parts=(
        Part(
            "gateway-api",
            GATEWAY_NAMESPACE,
            chart=Chart("oci://docker.io/envoyproxy", "gateway-crds-helm", "v1.9.0"),
            values=values,
            stateful=True,  # deleting the kinds would delete every route of the lab
            folder=".",
        ),
    ),
    provides=frozenset({Capability.GATEWAY_API}),
    needs=(start(Capability.CLUSTER_API, "the kinds are installed there"),),
    homepage="https://gateway-api.sigs.k8s.io",
)
