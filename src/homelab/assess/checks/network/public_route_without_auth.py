"""An open door to the world: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.ground import FILE
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource
from homelab.kube.routes import Route, routes

METHODS = ("basicAuth", "oidc", "jwt", "extAuth", "apiKeyAuth")
"""Fields of an Envoy Gateway SecurityPolicy that ask who somebody is."""
ANNOTATIONS = ("nginx.ingress.kubernetes.io/auth-url", "nginx.ingress.kubernetes.io/auth-type")


@check(severity=Severity.HIGH)
def public_route_without_auth(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A hostname that the Internet reaches, and nothing in front of it or behind it asks who is there."""
    ground = inventory.ground
    if ground is None:
        if routes(inventory):
            yield Unjudged("public hostnames", f"nobody says which hostnames the Internet reaches; {FILE} may")
        return
    for route in routes(inventory):
        for index, hostname in enumerate(route.hostnames):
            if hostname not in ground.public or hostname in ground.authenticated or route.redirects:
                continue
            if not _guarded(inventory, route):
                ingress = route.resource.kind == "Ingress"
                yield Accusation(
                    route.resource,
                    f"the Internet reaches {hostname}, and neither a policy nor a login that anybody declared asks who is there",
                    field=f"spec.rules.{index}.host" if ingress else f"spec.hostnames.{index}",
                    hint="put a SecurityPolicy in front of it, or declare that the application has a login of its own",
                    group=f"hostname {hostname}",
                )


def _guarded(inventory: Inventory, route: Route) -> bool:
    resource = route.resource
    if any(key in resource.annotations for key in ANNOTATIONS):
        return True
    guarded = {(resource.kind, resource.namespace, resource.name)}
    guarded |= {(parent.kind, parent.namespace, parent.name) for parent in route.parents}
    return any(target in guarded for policy in inventory.of("SecurityPolicy") for target in _targets(policy))


def _targets(policy: Resource) -> Iterator[tuple[str, str, str]]:
    """What a policy that authenticates is attached to; targets are in its own namespace."""
    if not any(policy.get(f"spec.{method}") is not None for method in METHODS):
        return
    refs = [*policy.get("spec.targetRefs", []), *filter(None, [policy.get("spec.targetRef")])]
    for ref in refs:
        yield str(ref.get("kind")), policy.namespace, str(ref.get("name"))
