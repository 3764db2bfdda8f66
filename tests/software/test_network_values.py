"""Strange values of the network's charts end in a sentence, never in a stumble."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from homelab.software.cert_manager import system as cert_manager
from homelab.software.cilium import system as cilium
from homelab.software.cloudflared import system as cloudflared
from homelab.software.envoy_gateway import system as envoy_gateway
from homelab.software.gateway_api import system as gateway_api
from homelab.software.software import Release

SYSTEMS = {
    "cert-manager": cert_manager,
    "cilium": cilium,
    "cloudflared": cloudflared,
    "gateway-crds-helm": gateway_api,
    "gateway-helm": envoy_gateway,
}
STRANGE: tuple[Any, ...] = (None, "x", 7, [], {}, True)
# Everything that makes more than the defaults do, so that strange values are met everywhere.
ON: dict[str, dict[str, Any]] = {
    "cilium": {
        "prometheus": {"enabled": True, "serviceMonitor": {"enabled": True}},
        "operator": {"podDisruptionBudget": {"enabled": True}},
        "hubble": {
            "metrics": {"enabled": ["dns"]},
            "relay": {"enabled": True, "podDisruptionBudget": {"enabled": True}, "prometheus": {"enabled": True}},
            "ui": {"enabled": True},
        },
    },
    "cloudflared": {"replica": {"allNodes": False}},
    "gateway-helm": {"podDisruptionBudget": {"maxUnavailable": 1}},
}


def ways(defaults: Mapping[str, Any], before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every path of the defaults, inner ones too."""
    for key, value in defaults.items():
        yield (*before, key)
        if isinstance(value, Mapping):
            yield from ways(value, (*before, key))


def nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """A map that holds a value at a path."""
    for key in reversed(path):
        value = {key: value}
    return dict(value)


@pytest.mark.parametrize("chart", SYSTEMS)
def test_no_value_makes_an_expansion_stumble(chart: str) -> None:
    """Whatever stands at any key we read, there is an expansion; it may say that it does not know."""
    stumbled = []
    for path in ways(SYSTEMS[chart].DEFAULTS):
        for value in STRANGE:
            values = _laid(ON.get(chart, {}), nested(path, value))
            try:
                SYSTEMS[chart].expand(Release(chart, "", "1", "r", "n", values))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a stumble
                stumbled.append(f"{'.'.join(path)} as {value!r}: {error!r}")
    assert stumbled == []


def _laid(values: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Values with more on top; unlike Helm's merge, null stays."""
    laid = dict(values)
    for key, value in more.items():
        below = laid.get(key)
        laid[key] = _laid(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return laid
