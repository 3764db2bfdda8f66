"""Listeners and grants: which routes a Gateway takes, and what may be referred to across namespaces (Gateway API v1)."""

from __future__ import annotations

from typing import Any

import pytest

from homelab.kube.inventory import Inventory
from homelab.kube.resource import Origin, Resource
from homelab.kube.routing.listeners import granted, meant, serves, takes
from homelab.kube.routing.routes import GROUP, Parent

HOSTNAMES = [
    # Listener.hostname: equal, or one is a wildcard over any number of labels of the other; none takes all
    (None, "a.example.org", True),
    ("a.example.org", "a.example.org", True),
    ("A.example.org", "a.Example.org", True),
    ("a.example.org", "b.example.org", False),
    ("*.example.org", "a.example.org", True),
    ("*.example.org", "a.b.example.org", True),
    ("*.example.org", "example.org", False),
    ("*.example.org", "a.example.net", False),
    ("*.example.org", "notexample.org", False),
    ("a.example.org", "*.example.org", True),
    ("*.example.org", "*.a.example.org", True),
    ("*.a.example.org", "*.example.org", True),
    ("*.a.example.org", "*.b.example.org", False),
]


@pytest.mark.parametrize(("own", "hostname", "expected"), HOSTNAMES)
def test_hostnames_meet_as_the_gateway_api_says(own: str | None, hostname: str, expected: bool) -> None:
    """Each line is a listener's hostname, one of a route, and whether they have one in common."""
    assert serves({} if own is None else {"hostname": own}, hostname) is expected


KINDS = [
    ({"protocol": "HTTP"}, "HTTPRoute", True),
    ({"protocol": "HTTPS"}, "GRPCRoute", True),
    ({"protocol": "HTTP"}, "TCPRoute", False),
    ({"protocol": "TLS"}, "TLSRoute", True),
    ({"protocol": "UDP"}, "UDPRoute", True),
    ({"protocol": "example.org/own"}, "HTTPRoute", True),
    ({"protocol": "HTTP", "allowedRoutes": {"kinds": [{"kind": "GRPCRoute"}]}}, "HTTPRoute", False),
    (
        {"protocol": "HTTP", "allowedRoutes": {"kinds": [{"kind": "GRPCRoute"}, {"kind": "HTTPRoute"}]}},
        "HTTPRoute",
        True,
    ),
    ({"protocol": "HTTP", "allowedRoutes": {"kinds": [{"group": "x.io", "kind": "HTTPRoute"}]}}, "HTTPRoute", False),
]


@pytest.mark.parametrize(("listener", "kind", "expected"), KINDS)
def test_kinds_are_those_of_the_protocol_or_of_the_list(listener: dict[str, Any], kind: str, expected: bool) -> None:
    """A listener that lists kinds takes those, any other what its protocol can carry."""
    assert takes(listener, kind) is expected


def test_a_parent_means_listeners_by_name_and_port() -> None:
    """Without either all are meant, with both only what has both."""
    listeners = [{"name": "a", "port": 80}, {"name": "b", "port": 80}, {"name": "c", "port": 443}]
    gateway = Resource(
        {"kind": "Gateway", "metadata": {"name": "g"}, "spec": {"listeners": listeners}}, Origin("a.yaml", 0)
    )

    def names(section: str = "", port: int | None = None) -> list[str]:
        return [str(found["name"]) for found in meant(gateway, Parent("Gateway", "", "g", section, "", port))]

    assert names() == ["a", "b", "c"]
    assert names(port=80) == ["a", "b"]
    assert names("b", 80) == ["b"]
    assert names("c", 80) == []


FROM = {"group": GROUP, "kind": "HTTPRoute", "namespace": "edge"}
GRANTS = [
    ([], "shop", False),
    ([], "edge", True),
    ([("shop", FROM, {"group": "", "kind": "Service"})], "shop", True),
    ([("shop", FROM, {"kind": "Service"})], "shop", True),
    ([("shop", FROM, {"group": "", "kind": "Service", "name": "web"})], "shop", True),
    ([("shop", FROM, {"group": "", "kind": "Service", "name": "api"})], "shop", False),
    ([("shop", FROM, {"group": "", "kind": "Secret"})], "shop", False),
    ([("shop", {**FROM, "kind": "GRPCRoute"}, {"group": "", "kind": "Service"})], "shop", False),
    ([("shop", {**FROM, "namespace": "other"}, {"group": "", "kind": "Service"})], "shop", False),
    ([("shop", {**FROM, "group": ""}, {"group": "", "kind": "Service"})], "shop", False),
    ([("edge", FROM, {"group": "", "kind": "Service"})], "shop", False),
]


@pytest.mark.parametrize(("grants", "namespace", "expected"), GRANTS)
def test_another_namespace_has_to_consent(grants: list[Any], namespace: str, expected: bool) -> None:
    """ReferenceGrant: in the namespace of what is referred to, for the kind and namespace of who refers, for the kind or its name."""
    route = Resource(
        {"apiVersion": f"{GROUP}/v1", "kind": "HTTPRoute", "metadata": {"name": "r", "namespace": "edge"}},
        Origin("a.yaml", 0),
    )
    found = [
        Resource(
            {
                "kind": "ReferenceGrant",
                "metadata": {"name": "g", "namespace": space},
                "spec": {"from": [one], "to": [two]},
            },
            Origin("a.yaml", 1),
        )
        for space, one, two in grants
    ]
    assert granted(Inventory((route, *found)), route, "Service", namespace, "web") is expected
