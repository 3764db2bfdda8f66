"""The chart gateway-helm, beside what we say it makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homelab.kube.facts import Produces
from homelab.software.envoy_gateway.system import expand
from homelab.software.software import Release
from software.compare import assert_same

SIZE = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}
SPREAD = [{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}]
GRID: dict[str, dict[str, Any]] = {
    "defaults": {},
    "no crds": {"crds": {"enabled": False}},
    "two with budget": {
        "deployment": {"replicas": 2},
        "podDisruptionBudget": {"minAvailable": None, "maxUnavailable": 1},
    },
    "budget of none": {"podDisruptionBudget": {"minAvailable": 0, "unhealthyPodEvictionPolicy": "AlwaysAllow"}},
    "budget of one": {"podDisruptionBudget": {"minAvailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"}},
    "placed": {
        "deployment": {
            "priorityClassName": "system-cluster-critical",
            "pod": {
                "topologySpreadConstraints": SPREAD,
                "labels": {"a": "b"},
                "nodeSelector": {"a": "b"},
                "tolerations": [{"operator": "Exists"}],
                "affinity": {"nodeAffinity": {}},
            },
        }
    },
    "sized": {"deployment": {"envoyGateway": {"resources": SIZE}}, "certgen": {"job": {"resources": SIZE}}},
    "no injector": {"topologyInjector": {"enabled": False}},
    "scaled": {"hpa": {"enabled": True, "minReplicas": 2, "maxReplicas": 3}},
    "other image": {"global": {"images": {"envoyGateway": {"image": "registry.lan/envoyproxy/gateway:v1.9.0"}}}},
    "exposed": {
        "service": {"type": "LoadBalancer"},
        "deployment": {"envoyGateway": {"strategy": {"type": "Recreate"}}},
    },
}


def release(values: dict[str, Any], name: str = "envoy-gateway") -> Release:
    return Release("gateway-helm", "oci://docker.io/envoyproxy", "v1.9.0", name, "envoy-gateway-system", values)


@pytest.mark.slow
@pytest.mark.parametrize("point", GRID)
def test_same_as_the_chart(point: str, oracle: Callable[[str], Path], test_data: Path) -> None:
    """At every point of the grid the expansion equals what real helm renders."""
    made = release(GRID[point], "gateway-helm" if point == "defaults" else "envoy-gateway")
    expansion = expand(made)
    assert expansion.unknown == ()
    assert_same(oracle("helm"), test_data / "charts" / "gateway-helm", made, expansion)


def test_what_we_do_not_model_is_named() -> None:
    """Proxies in the namespaces of their Gateways are another world, and said to be unknown."""
    values = {"config": {"envoyGateway": {"provider": {"kubernetes": {"deploy": {"type": "GatewayNamespace"}}}}}}
    assert expand(release(values)).unknown == ("values key config.envoyGateway.provider.kubernetes is not modelled",)


def test_the_certificates_of_the_proxies_appear_at_run_time() -> None:
    """The Secrets that controller and proxies mount are made by the chart's job: references to them hold."""
    made = {made.name for fact in expand(release({})).facts if isinstance(fact, Produces) for made in fact.objects}
    assert {"envoy", "envoy-gateway"} <= made
