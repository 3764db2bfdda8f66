"""Gateways, routes and policies: programmed when there is an address and a proxy, accepted when what they name is there."""

from __future__ import annotations

from homelab.software.envoy_gateway.proxies import hashed
from homelab.twin.standins.envoy_gateway import ENVOY_GATEWAY
from homelab.twin.standins.world import b64, has
from twin.standins import cases
from twin.standins.scenes import Cluster, thing

API, ENVOY = "gateway.networking.k8s.io/v1", "gateway.envoyproxy.io/v1alpha1"
SPACE = "envoy-gateway-system"


def programmed(cluster):
    """Whether the Gateway is programmed, and if not why."""
    conditions = cluster.get("Gateway", "web", "shop")["status"]["conditions"]
    return next(each["reason"] for each in conditions if each["type"] == "Programmed")


def test_a_gateway_has_proxies_and_an_address():
    """A Gateway whose proxies run and whose Service has an address is programmed at that address."""
    cluster = Cluster(*cases.gateway("")).settle(ENVOY_GATEWAY)
    assert cluster.get("Deployment", hashed("shop", "web"), SPACE) is not None
    assert programmed(cluster) == "Programmed"
    assert cluster.get("Gateway", "web", "shop")["status"]["addresses"] == [{"type": "IPAddress", "value": "192.0.2.9"}]


def test_a_gateway_without_an_address_waits():
    """A Gateway whose Service got no address says so."""
    bodies = [each for each in cases.gateway("") if each["kind"] != "Service"]
    assert programmed(Cluster(*bodies).settle(ENVOY_GATEWAY)) == "AddressNotAssigned"


def test_a_gateway_without_proxies_waits():
    """A Gateway whose proxies do not run is not programmed, however good its address."""
    assert programmed(Cluster(*cases.gateway("")).settle(ENVOY_GATEWAY, pods=False)) == "NoResources"


def test_a_gateway_of_another_controller_is_left_alone():
    """Nothing is made of a Gateway whose class is another controller's."""
    bodies = cases.gateway("")
    bodies[0]["spec"]["controllerName"] = "example.org/other"
    cluster = Cluster(*bodies).settle(ENVOY_GATEWAY)
    assert "status" not in cluster.get("Gateway", "web", "shop")
    assert cluster.world().of("apps", "Deployment") == []


def test_a_listener_needs_its_certificate():
    """A listener whose certificate is not there says so, and is well once it is."""
    bodies = cases.gateway("")
    bodies[2]["spec"]["listeners"][0]["tls"] = {"certificateRefs": [{"name": "tls"}]}
    cluster = Cluster(*bodies).settle(ENVOY_GATEWAY)
    (listener,) = cluster.get("Gateway", "web", "shop")["status"]["listeners"]
    assert "Secret shop/tls does not exist." in [each["message"] for each in listener["conditions"]]
    cluster.put(thing("Secret", "tls", "shop", data={"tls.crt": b64("a certificate")}))
    cluster.settle(ENVOY_GATEWAY)
    (listener,) = cluster.get("Gateway", "web", "shop")["status"]["listeners"]
    assert {each["status"] for each in listener["conditions"]} == {"True"}


def test_a_route_is_accepted_and_counted():
    """A route to a Gateway of ours is accepted there, and the listener counts it."""
    cluster = Cluster(*cases.route("")).settle(ENVOY_GATEWAY)
    (parent,) = cluster.get("HTTPRoute", "shop", "shop")["status"]["parents"]
    assert {each["type"]: each["status"] for each in parent["conditions"]} == {
        "Accepted": "True",
        "ResolvedRefs": "True",
    }
    assert cluster.get("Gateway", "web", "shop")["status"]["listeners"][0]["attachedRoutes"] == 1


def test_a_route_without_its_backend_says_so():
    """A route to a Service that is not there has no resolved references."""
    bodies = [each for each in cases.route("") if each["metadata"]["name"] != "shop" or each["kind"] != "Service"]
    (parent,) = Cluster(*bodies).settle(ENVOY_GATEWAY).get("HTTPRoute", "shop", "shop")["status"]["parents"]
    assert {each["reason"] for each in parent["conditions"]} == {"Accepted", "BackendNotFound"}


def test_a_policy_is_accepted_by_its_target():
    """A policy on a Gateway that is there is accepted; one on nothing says nothing."""
    found = [
        thing("BackendTrafficPolicy", name, "shop", ENVOY, spec={"targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": target}]})
        for name, target in (("good", "web"), ("lost", "gone"))
    ]  # fmt: skip
    cluster = Cluster(*cases.gateway(""), *found).settle(ENVOY_GATEWAY)
    (ancestor,) = cluster.get("BackendTrafficPolicy", "good", "shop")["status"]["ancestors"]
    assert ancestor["conditions"][0]["status"] == "True"
    assert "status" not in cluster.get("BackendTrafficPolicy", "lost", "shop")


def test_a_class_of_ours_is_accepted():
    """A GatewayClass of this controller is accepted."""
    assert has(Cluster(*cases.gateway("")).settle(ENVOY_GATEWAY).get("GatewayClass", "envoy"), "Accepted")
