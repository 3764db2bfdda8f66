"""Envoy Gateway, where it does not run itself: proxies for each Gateway, and what it says of classes, routes and policies.

Words of the conditions: envoyproxy/gateway 1.9.0 internal/gatewayapi/status/{gateway,gatewayclass,policy}.go, route.go,
validate.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from homelab.cluster.api import Object
from homelab.kube.resource import dig
from homelab.software.envoy_gateway.proxies import CONTROLLER, labels_of
from homelab.twin.standins import operated
from homelab.twin.standins.acts import Act, Say
from homelab.twin.standins.standin import Program, StandIn
from homelab.twin.standins.world import World, condition, decoded

API = "gateway.networking.k8s.io"
ENVOY = "gateway.envoyproxy.io"
ROUTES = ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")
POLICIES = ("BackendTrafficPolicy", "ClientTrafficPolicy", "SecurityPolicy", "EnvoyExtensionPolicy")
SERVED = {
    "HTTP": ("HTTPRoute", "GRPCRoute"),
    "HTTPS": ("HTTPRoute", "GRPCRoute"),
    "TLS": ("TLSRoute",),
    "TCP": ("TCPRoute",),
    "UDP": ("UDPRoute",),
}


def gateway_class(body: Object, world: World) -> Iterator[Act]:
    """A GatewayClass of this controller: accepted."""
    if dig(body, ["spec", "controllerName"]) != CONTROLLER or world.mood(body) == "progressing":
        return
    broken = world.mood(body) == "degraded"
    said = ("InvalidParameters", "Invalid parametersRef") if broken else ("Accepted", "Valid GatewayClass")
    yield Say(body, {"conditions": [condition(body, world, "Accepted", not broken, *said)]})


def ours(gateway: Object | None, world: World) -> bool:
    """Whether a Gateway is of a class of this controller."""
    known = world.get(API, "GatewayClass", "", str(dig(gateway or {}, ["spec", "gatewayClassName"], "")))
    return bool(dig(known or {}, ["spec", "controllerName"]) == CONTROLLER)


def gateway(body: Object, world: World) -> Iterator[Act]:
    """A Gateway: its proxies, its address, and how each listener fares."""
    if not ours(body, world):
        return
    made = operated.expansion(body, world)
    yield from operated.acts(body, made)
    listeners = [_listener(body, each, world) for each in dig(body, ["spec", "listeners"], [])]
    accepted = [condition(body, world, "Accepted", True, "Accepted", "The Gateway has been scheduled by Envoy Gateway")]
    if world.mood(body) == "degraded":
        accepted = [condition(body, world, "Accepted", False, "Invalid", "held back by a drill")]
    found = _addresses(body, world)
    programmed = condition(body, world, "Programmed", *_programmed(body, world, found))
    listed = [{"type": "IPAddress", "value": each} for each in found]
    yield Say(body, {"addresses": listed or None, "conditions": [*accepted, programmed], "listeners": listeners})


def _mine(body: Object, world: World, group: str, kind: str) -> Object | None:
    """The object of a kind that was made for a Gateway."""
    wanted = labels_of(body["metadata"]["namespace"], body["metadata"]["name"])
    for each in world.of(group, kind):
        have = (each["metadata"].get("labels") or {}) | dig(each, ["spec", "selector", "matchLabels"], {})
        if wanted.items() <= have.items():
            return each
    return None


def _addresses(body: Object, world: World) -> list[str]:
    made = _mine(body, world, "", "Service") or {}
    balanced = [each["ip"] for each in dig(made, ["status", "loadBalancer", "ingress"], []) if each.get("ip")]
    if dig(made, ["spec", "type"]) == "LoadBalancer":
        return balanced
    return [each for each in dig(made, ["spec", "clusterIPs"], []) if each != "None"]


def _programmed(body: Object, world: World, addresses: list[str]) -> tuple[bool, str, str]:
    if not addresses:
        return False, "AddressNotAssigned", "No addresses have been assigned to the Gateway"
    for kind in ("Deployment", "DaemonSet"):
        found = _mine(body, world, "apps", kind)
        wanted, ready = operated.copies(found) if found else (0, 0)
        if ready and world.mood(body) != "progressing":
            words = f"Address assigned to the Gateway, {ready}/{wanted} envoy replicas available"
            return True, "Programmed", words
    return False, "NoResources", "Envoy replicas unavailable"


def _listener(body: Object, listener: Object, world: World) -> Object:
    had = dig(body, ["status", "listeners"], [])
    old: list[Object] = next((each.get("conditions", []) for each in had if each.get("name") == listener["name"]), [])
    missing = _missing(body, listener, world)

    def said(kind: str, status: bool, reason: str, words: str) -> Object:
        return condition(body, world, kind, status, reason, words, old=old)

    if missing:
        found = [
            said("ResolvedRefs", False, "InvalidCertificateRef", missing),
            said("Accepted", True, "Accepted", "Listener has been successfully translated"),
            said("Programmed", False, "Invalid", "Listener is invalid, see other Conditions for details."),
        ]
    else:
        found = [
            said("Programmed", True, "Programmed", "Sending translated listener configuration to the data plane"),
            said("Accepted", True, "Accepted", "Listener has been successfully translated"),
            said("ResolvedRefs", True, "ResolvedRefs", "Listener references have been resolved"),
        ]
    kinds = [{"group": API, "kind": kind} for kind in SERVED.get(listener.get("protocol", ""), ())]
    routes = sum(_attached(each, body, listener) for kind in ROUTES for each in world.of(API, kind))
    return {"name": listener["name"], "attachedRoutes": routes, "supportedKinds": kinds, "conditions": found}


def _missing(body: Object, listener: Object, world: World) -> str:
    """What a listener's certificates lack; empty where all are there."""
    for reference in dig(listener, ["tls", "certificateRefs"], []):
        space = reference.get("namespace") or body["metadata"]["namespace"]
        secret = world.get("", "Secret", space, reference["name"])
        if not decoded(secret, "tls.crt"):
            return f"Secret {space}/{reference['name']} does not exist."
    return ""


def _attached(route: Object, gateway_body: Object, listener: Object) -> bool:
    return any(
        _points(each, route, gateway_body) and each.get("sectionName", listener["name"]) == listener["name"]
        for each in dig(route, ["spec", "parentRefs"], [])
    )


def _points(reference: Object, source: Object, gateway_body: Object) -> bool:
    space = reference.get("namespace") or source["metadata"]["namespace"]
    here = gateway_body["metadata"]
    same = reference.get("kind", "Gateway") == "Gateway" and reference.get("group", API) == API
    return bool(same and (space, reference["name"]) == (here["namespace"], here["name"]))


def route(body: Object, world: World) -> Iterator[Act]:
    """A route: accepted by each of its Gateways that are ours, its backends looked up."""
    parents = []
    for reference in dig(body, ["spec", "parentRefs"], []):
        space = reference.get("namespace") or body["metadata"]["namespace"]
        target = world.get(API, "Gateway", space, reference["name"])
        if ours(target, world) and world.mood(body) != "progressing":
            parents.append(_parent(body, reference, world))
    if parents:
        yield Say(body, {"parents": parents})


def _parent(body: Object, reference: Object, world: World) -> Object:
    had = dig(body, ["status", "parents"], [])
    old: list[Object] = next((each.get("conditions", []) for each in had if each.get("parentRef") == reference), [])
    accepted = (
        ("NotAllowedByListeners", "held back by a drill") if world.mood(body) else ("Accepted", "Route is accepted")
    )
    lost = _lost(body, world)
    resolved = (
        ("BackendNotFound", lost) if lost else ("ResolvedRefs", "Resolved all the Object references for the Route")
    )
    found = [
        condition(body, world, "Accepted", not world.mood(body), *accepted, old=old),
        condition(body, world, "ResolvedRefs", not lost, *resolved, old=old),
    ]
    return {"controllerName": CONTROLLER, "parentRef": reference, "conditions": found}


def _lost(body: Object, world: World) -> str:
    """A backend that is not there; empty where all are."""
    for rule in dig(body, ["spec", "rules"], []):
        for each in rule.get("backendRefs") or ():
            space = each.get("namespace") or body["metadata"]["namespace"]
            if each.get("kind", "Service") == "Service" and world.get("", "Service", space, each["name"]) is None:
                return f"Failed to process route rule 0 backendRef 0: service {space}/{each['name']} not found."
    return ""


def policy(body: Object, world: World) -> Iterator[Act]:
    """A policy of Envoy Gateway on a Gateway or a route: accepted for each target that is there."""
    targets = [*dig(body, ["spec", "targetRefs"], []), *filter(None, [dig(body, ["spec", "targetRef"])])]
    space, mood = body["metadata"]["namespace"], world.mood(body)
    found = []
    for target in targets:
        there = world.get(str(target.get("group", API)), target["kind"], space, target["name"])
        if there is None or mood == "progressing":
            continue
        reference = {"group": API, "kind": target["kind"], "name": target["name"], "namespace": space}
        if target.get("sectionName"):
            reference["sectionName"] = target["sectionName"]
        had = [each for each in dig(body, ["status", "ancestors"], []) if each.get("ancestorRef") == reference]
        old = [each for one in had for each in one.get("conditions") or ()]
        said = ("Invalid", "held back by a drill") if mood else ("Accepted", "Policy has been accepted.")
        conditions = [condition(body, world, "Accepted", not mood, *said, old=old)]
        found.append({"ancestorRef": reference, "controllerName": CONTROLLER, "conditions": conditions})
    if found:
        yield Say(body, {"ancestors": found})


ENVOY_GATEWAY = StandIn(
    "Envoy Gateway",
    {
        (API, "GatewayClass"): gateway_class,
        (API, "Gateway"): gateway,
        **{(API, kind): route for kind in ROUTES},
        **{(ENVOY, kind): policy for kind in POLICIES},
    },
    sees=(*operated.SEES, (ENVOY, "EnvoyProxy")),
    replaced="envoy-gateway",
    unsaid={(ENVOY, "EnvoyProxy"): "the controller says nothing of one that is valid"},
    operator=Program("envoyproxy/gateway", "envoy-gateway"),
)
