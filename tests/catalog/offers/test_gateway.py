"""The route helper that every published component uses."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from catalog.plans import lab, plan
from homelab.catalog.offers.gateway import http_route, only_below


@pytest.mark.parametrize("paths", [(), ("/webhook/", "/webhook-test/")])
def test_a_route_satisfies_the_kinds_schema(test_data: Path, paths: tuple[str, ...]) -> None:
    """What is built is what the Gateway API accepts."""
    route = http_route(plan(lab()), name="n8n", namespace="n8n-prod", host="n8n", service="n8n", port=80)
    route = only_below(route, paths)
    file = test_data / "schemas" / "gateway.networking.k8s.io" / "httproute_v1.json"
    errors = [str(error) for error in jsonschema_rs.validator_for(json.loads(file.read_text())).iter_errors(route)]
    assert errors == []


def test_a_route_names_the_host_below_the_labs_domain() -> None:
    """A route hangs on the https listener and carries the lab's domain."""
    spec = http_route(plan(lab()), name="a", namespace="a", host="a", service="b", port=80)["spec"]
    assert spec["hostnames"] == ["a.example.org"]
    assert spec["parentRefs"] == [{"name": "homelab", "namespace": "gateway", "sectionName": "https"}]
    assert spec["rules"] == [{"backendRefs": [{"name": "b", "port": 80}]}]


def test_a_route_for_some_paths_keeps_all_else() -> None:
    """Naming paths narrows each rule and changes neither its backend nor the route it was made from."""
    route = http_route(plan(lab()), name="a", namespace="a", host="a", service="b", port=80)
    narrowed = only_below(route, ["/webhook/"])
    (rule,) = narrowed["spec"]["rules"]
    assert rule["matches"] == [{"path": {"type": "PathPrefix", "value": "/webhook/"}}]
    assert rule["backendRefs"] == route["spec"]["rules"][0]["backendRefs"]
    assert "matches" not in route["spec"]["rules"][0]
    assert only_below(route, ()) is route
