"""Routes: hostnames, parents and backends of Gateway API routes and Ingresses."""

from __future__ import annotations

from homelab.findings import Subject
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Manifest, Origin, Resource
from homelab.kube.routes import Parent, gateway_of, routes, routes_to


def of(*bodies: Manifest) -> Inventory:
    return Inventory(tuple(Resource(b, Origin("a.yaml", n)) for n, b in enumerate(bodies)))


def route(name: str, **spec: object) -> Manifest:
    return {"kind": "HTTPRoute", "metadata": {"name": name, "namespace": "web"}, "spec": spec}


INGRESS: Manifest = {
    "kind": "Ingress",
    "metadata": {"name": "i", "namespace": "web"},
    "spec": {
        "rules": [
            {"host": "b.c", "http": {"paths": [{"backend": {"service": {"name": "app", "port": {"number": 80}}}}]}},
            {"http": None},
        ]
    },
}


def test_a_route_knows_its_parents_and_backends() -> None:
    """Names default to the route's namespace, kinds to Gateway and Service; paths point into the object."""
    full = route(
        "full",
        hostnames=["a.b"],
        parentRefs=[{"name": "gate", "namespace": "edge", "sectionName": "https"}, {"name": "near", "kind": "Service"}],
        rules=[
            {"backendRefs": [{"name": "app", "port": 80}, {"name": "far", "namespace": "x", "port": "http"}]},
            {"filters": [{}]},
        ],
    )
    gateway = {"kind": "Gateway", "metadata": {"name": "gate", "namespace": "edge"}}
    found = of(full, gateway)
    (only,) = routes(found)
    assert only.hostnames == ("a.b",)
    assert only.parents == (
        Parent("Gateway", "edge", "gate", "https", "spec.parentRefs.0"),
        Parent("Service", "web", "near", "", "spec.parentRefs.1"),
    )
    assert [(b.namespace, b.name, b.port, b.path) for b in only.backends] == [
        ("web", "app", 80, "spec.rules.0.backendRefs.0"),
        ("x", "far", None, "spec.rules.0.backendRefs.1"),
    ]
    assert gateway_of(found, only.parents[0]) is found.resources[1]
    assert gateway_of(found, only.parents[1]) is None
    assert not only.redirects
    assert routes(found) is routes(found)


def test_a_route_without_backends_redirects() -> None:
    """Only filters: nothing stands behind it."""
    (only,) = routes(of(route("r", rules=[{"filters": [{"type": "RequestRedirect"}]}])))
    assert only.redirects


def test_an_ingress_is_a_route() -> None:
    """Hosts and backends of rules; a rule without a host names none."""
    (only,) = routes(of(INGRESS))
    assert only.hostnames == ("b.c",)
    assert [(b.name, b.port, b.path) for b in only.backends] == [("app", 80, "spec.rules.0.http.paths.0.backend")]


def test_routes_are_found_by_service() -> None:
    """Each route once, however often it names the Service."""
    twice = route("twice", rules=[{"backendRefs": [{"name": "app"}, {"name": "app"}]}])
    found = of(twice, INGRESS)
    assert [r.resource.name for r in routes_to(found, Subject("Service", "app", "web"))] == ["twice", "i"]
    assert routes_to(found, Subject("Service", "app", "other")) == ()
