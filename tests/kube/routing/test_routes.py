"""Routes: hostnames, parents and backends of Gateway API routes and Ingresses."""

from __future__ import annotations

from homelab.findings import Subject
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Manifest, Origin, Resource
from homelab.kube.routing.routes import Parent, gateway_of, routes, routes_to


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


def test_a_copy_of_requests_is_no_backend() -> None:
    """RequestMirror in a rule, or in one of its backends, names where copies go: a route of copies alone redirects."""
    mirror = {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "copy", "port": 80}}}
    (only,) = routes(
        of(route("r", rules=[{"filters": [mirror]}, {"backendRefs": [{"name": "a", "filters": [mirror]}]}]))
    )
    assert [b.name for b in only.backends] == ["a"]
    assert [b.path for b in only.mirrors] == [
        "spec.rules.0.filters.0.requestMirror.backendRef",
        "spec.rules.1.backendRefs.0.filters.0.requestMirror.backendRef",
    ]


def test_backends_of_an_ingress_are_services_of_either_form() -> None:
    """A port by number or name, the default backend, the form before v1; a resource is no Service."""

    def backends(**spec: object) -> list[tuple[str, int | None, str, str]]:
        (only,) = routes(of({"kind": "Ingress", "metadata": {"name": "i", "namespace": "web"}, "spec": spec}))
        return [(b.name, b.port, b.named, b.path) for b in only.backends]

    def rule(backend: object) -> list[object]:
        return [{"http": {"paths": [{"backend": backend}]}}]

    place = "spec.rules.0.http.paths.0.backend"
    assert backends(rules=rule({"service": {"name": "a", "port": {"name": "http"}}})) == [("a", None, "http", place)]
    assert backends(rules=rule({"serviceName": "a", "servicePort": 80})) == [("a", 80, "", place)]
    assert backends(rules=rule({"serviceName": "a", "servicePort": "web"})) == [("a", None, "web", place)]
    assert backends(rules=rule({"resource": {"kind": "Bucket", "name": "b"}})) == []
    assert backends(defaultBackend={"service": {"name": "a"}}) == [("a", None, "", "spec.defaultBackend")]


def test_routes_of_traefik_are_routes() -> None:
    """Hostnames of matchers, those that are denied left out; Services by number and name, in their own namespace or another."""
    body: Manifest = {
        "apiVersion": "traefik.io/v1alpha1",
        "kind": "IngressRoute",
        "metadata": {"name": "r", "namespace": "web"},
        "spec": {
            "routes": [
                {
                    "match": '(Host(`a.b`, `c.d`) || Host("e.f")) && !Host(`x.y`) && PathPrefix(`/p`)',
                    "services": [{"name": "one", "port": "80"}, {"name": "two", "namespace": "far", "port": "http"}],
                },
                {"match": "Host(`a.b`)", "services": [{"name": "dash@internal", "kind": "TraefikService"}]},
            ]
        },
    }
    (only,) = routes(of(body))
    assert only.hostnames == ("a.b", "c.d", "e.f")
    assert [(b.kind, b.namespace, b.name, b.port, b.named) for b in only.backends] == [
        ("Service", "web", "one", 80, ""),
        ("Service", "far", "two", None, "http"),
        ("TraefikService", "web", "dash@internal", None, ""),
    ]
    assert routes(of({**body, "apiVersion": "example.org/v1"})) == ()
