"""An open door to the world: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.ground import FILE
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource
from homelab.kube.routing.routes import TRAEFIK, Route, gateway_of, routes
from homelab.kube.selector import matches

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
    # middlewares of Traefik ask by entry point, chain and plugin, which nobody reads here
    for route in (route for route in routes(inventory) if route.resource.group not in TRAEFIK):
        for index, hostname in enumerate(route.hostnames):
            if hostname not in ground.public or hostname in ground.authenticated or route.redirects:
                continue
            if _guarded(inventory, route):
                continue
            spaces = {route.resource.namespace, *(parent.namespace for parent in route.parents)}
            why = next((why for space in sorted(spaces) if (why := ask.anything(inventory, space))), "")
            if why:
                yield Unjudged(f"who may reach {hostname}", why, inventory.place(route.resource, "spec"))
            else:
                ingress = route.resource.kind == "Ingress"
                yield Accusation(
                    route.resource,
                    f"the Internet reaches {hostname}, and neither a policy nor a login that anybody declared asks who is there",
                    field=f"spec.rules.{index}.host" if ingress else f"spec.hostnames.{index}",
                    hint="put a SecurityPolicy in front of it, or declare that the application has a login of its own",
                    group=f"hostname {hostname}",
                )


def _guarded(inventory: Inventory, route: Route) -> bool:
    """Whether a policy asks who is there: that of the route where it has one, else that of its Gateway or listener."""
    if any(key in route.resource.annotations for key in ANNOTATIONS):
        return True
    policies = inventory.of("SecurityPolicy")
    near = [p for p in policies if _attached(p, route.resource, {""})]
    if near and not any(policy.get("spec.mergeType") for policy in near):
        return any(_asks(policy) for policy in near)
    far = [
        policy
        for parent in route.parents
        if (gateway := gateway_of(inventory, parent))
        for policy in policies
        if _attached(policy, gateway, {"", parent.section})
    ]
    return any(_asks(policy) for policy in (*near, *far))


def _asks(policy: Resource) -> bool:
    return any(policy.get(f"spec.{method}") is not None for method in METHODS)


def _attached(policy: Resource, target: Resource, sections: set[str]) -> bool:
    """Whether a policy is attached to an object, by name or by labels; targets are in its own namespace."""
    if policy.namespace != target.namespace:
        return False
    refs = [*policy.get("spec.targetRefs", []), *filter(None, [policy.get("spec.targetRef")])]
    named = any(
        (ref.get("kind"), ref.get("name")) == (target.kind, target.name)
        and str(ref.get("sectionName") or "") in sections
        for ref in refs
    )
    chosen = [s for s in policy.get("spec.targetSelectors", []) if s.get("kind") == target.kind]
    return named or any(matches(_labels(wanted), target.labels) for wanted in chosen)


def _labels(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The label selector inside of a target selector."""
    return {key: wanted[key] for key in ("matchLabels", "matchExpressions") if key in wanted}
