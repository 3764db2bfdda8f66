"""The chart gateway-crds-helm, beside what we say it makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homelab.software.gateway_api.system import expand
from homelab.software.software import Release
from software.compare import assert_same

GRID: dict[str, dict[str, Any]] = {
    "defaults": {},
    "standard": {"gatewayAPI": {"enabled": True, "channel": "standard"}},
    "experimental": {"gatewayAPI": {"enabled": True}},
    "no channel": {"gatewayAPI": {"enabled": True, "channel": ""}},
    "channel of nothing": {"gatewayAPI": {"channel": "standard"}},
    "envoy": {"envoyGateway": {"enabled": True}},
    "both": {"gatewayAPI": {"enabled": True, "channel": "standard"}, "envoyGateway": {"enabled": True}},
    "envoy off": {"gatewayAPI": {"enabled": True}, "envoyGateway": {"enabled": False}},
}


@pytest.mark.slow
@pytest.mark.parametrize("point", GRID)
def test_same_as_the_chart(point: str, oracle: Callable[[str], Path], test_data: Path) -> None:
    """At every point of the grid the expansion equals what real helm renders."""
    where = "oci://docker.io/envoyproxy"
    made = Release(
        "gateway-crds-helm", where, "v1.9.0", "gateway-api", "gateway", {"crds": GRID[point]} if GRID[point] else {}
    )
    expansion = expand(made)
    assert expansion.unknown == ()
    assert_same(oracle("helm"), test_data / "charts" / "gateway-crds-helm", made, expansion)


def test_a_key_we_do_not_model_is_named() -> None:
    """A key outside of the model is said to be unknown."""
    made = expand(Release("gateway-crds-helm", "", "v1.9.0", "g", "g", {"crds": {"other": True}}))
    assert made.unknown == ("values key crds.other is not modelled",)
