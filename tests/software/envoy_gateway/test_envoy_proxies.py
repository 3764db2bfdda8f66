"""What Envoy Gateway makes of a Gateway."""

from __future__ import annotations

from typing import Any

import pytest

from homelab.kube.facts import Expansion
from homelab.kube.resource import Manifest
from homelab.software.envoy_gateway.proxies import CONTROLLER, expand, hashed, labels_of
from homelab.software.software import ANY

GATEWAY: Manifest = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "Gateway",
    "metadata": {"name": "eg", "namespace": "edge"},
    "spec": {
        "gatewayClassName": "eg",
        "listeners": [
            {"name": "http", "protocol": "HTTP", "port": 80},
            {"name": "https", "protocol": "HTTPS", "port": 443},
            {"name": "other", "protocol": "HTTPS", "port": 443, "hostname": "x.example.org"},
            {"name": "high", "protocol": "TCP", "port": 8443},
        ],
    },
}
CLASS: Manifest = {"metadata": {"name": "eg"}, "spec": {"controllerName": CONTROLLER}}
SHAPED: Manifest = {
    **CLASS,
    "spec": {
        "controllerName": CONTROLLER,
        "parametersRef": {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": "p", "namespace": "envoy"},
    },
}


def made(spec: dict[str, Any] | None = None, gateway: Manifest = GATEWAY, **more: Manifest) -> Expansion:
    """The expansion with an EnvoyProxy of this spec behind the class."""
    known: dict[tuple[str, str, str], Manifest] = {("GatewayClass", "", "eg"): CLASS if spec is None else SHAPED}
    if spec is not None:
        known["EnvoyProxy", "envoy", "p"] = {"spec": spec}
    known |= {("EnvoyProxy", "edge", name): body for name, body in more.items()}
    return expand(gateway, lambda *key: known.get(key))


def of(expansion: Expansion, kind: str) -> Any:
    (found,) = [body for body in expansion.objects if body["kind"] == kind]
    return found


def kubernetes(**fields: Any) -> dict[str, Any]:
    return {"provider": {"type": "Kubernetes", "kubernetes": fields}}


def test_without_parameters_the_ingress_is_one_pod() -> None:
    """The truth strangers miss: one proxy, no budget, under a hashed name, whatever the controller's replicas."""
    expansion = made()
    deployment = of(expansion, "Deployment")
    assert deployment["spec"]["replicas"] == 1
    assert deployment["metadata"]["name"] == hashed("edge", "eg")
    assert deployment["metadata"]["namespace"] == "envoy-gateway-system"
    assert not [body for body in expansion.objects if body["kind"] == "PodDisruptionBudget"]


def test_names_are_hashed_as_envoy_gateway_hashes_them() -> None:
    """`envoy-<namespace>-<name>-<hash>`: the names of its own documentation (default/eg is e41e7b31)."""
    assert hashed("default", "eg") == "envoy-default-eg-e41e7b31"
    assert len(hashed("n" * 63, "g" * 63)) == len("envoy-") + 48 + 9


def test_low_ports_are_shifted() -> None:
    """Pods may not bind ports below 1024, so 443 is served on 10443; listeners that share a port share it."""
    ports = {port["port"]: port["targetPort"] for port in of(made(), "Service")["spec"]["ports"]}
    assert ports == {80: 10080, 443: 10443, 8443: 8443}
    same = made(kubernetes(useListenerPortAsContainerPort=True))
    assert [port["targetPort"] for port in of(same, "Service")["spec"]["ports"]] == [80, 443, 8443]


def test_proxies_stand_beside_the_controller() -> None:
    """Neither the Gateway's namespace nor that of its parameters counts, unless the controller is told to go by the Gateway.

    Source: Envoy Gateway, `EnvoyGatewayKubernetesProvider.deploy.type`: ControllerNamespace is the default.
    """
    controller = {"metadata": {"namespace": "front"}}
    keys = [("Deployment", "envoy-gateway"), ("ConfigMap", "envoy-gateway-config")]

    def space(**known: Manifest) -> str:
        objects = {
            ("GatewayClass", "", "eg"): SHAPED,
            **{(k, ANY, n): body for (k, n), body in zip(keys, known.values(), strict=False)},
        }
        return str(of(expand(GATEWAY, lambda *key: objects.get(key)), "Deployment")["metadata"]["namespace"])

    assert space(controller=controller) == "front"
    assert (
        space(controller=controller, settings={"data": {"envoy-gateway.yaml": "deploy: {type: ControllerNamespace}"}})
        == "front"
    )
    assert (
        space(controller=controller, settings={"data": {"envoy-gateway.yaml": "deploy: {type: GatewayNamespace}"}})
        == "edge"
    )


def test_an_envoy_proxy_shapes_all_of_it() -> None:
    """Replicas, names, budget, Service and sizes are those of the EnvoyProxy behind the class."""
    limits = {"limits": {"memory": "64Mi"}}
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "shutdown-manager", "resources": limits}]}}}}
    expansion = made(
        kubernetes(
            envoyDeployment={
                "name": "edge",
                "replicas": 2,
                "container": {"resources": {"limits": {"memory": "1Gi"}}},
                "pod": {"labels": {"a": "b"}, "topologySpreadConstraints": [{"maxSkew": 1}]},
                "patch": {"type": "StrategicMerge", "value": patch},
            },
            envoyPDB={"maxUnavailable": 1, "name": "edge"},
            envoyService={"name": "edge", "externalTrafficPolicy": "Cluster", "annotations": {"a": "b"}},
        )
    )
    deployment, service = of(expansion, "Deployment"), of(expansion, "Service")
    pod = deployment["spec"]["template"]
    assert (deployment["metadata"]["name"], deployment["spec"]["replicas"]) == ("edge", 2)
    assert deployment["metadata"]["namespace"] == "envoy-gateway-system"
    assert pod["metadata"]["labels"] == {**labels_of("edge", "eg"), "a": "b"}
    assert [each["resources"] for each in pod["spec"]["containers"]] == [{"limits": {"memory": "1Gi"}}, limits]
    assert of(expansion, "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
    assert (service["metadata"]["name"], service["spec"]["externalTrafficPolicy"]) == ("edge", "Cluster")


def test_a_gateways_own_parameters_win() -> None:
    """Parameters in the Gateway's infrastructure outrank those of its class."""
    infrastructure = {"parametersRef": {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": "own"}}
    gateway = {**GATEWAY, "spec": {**GATEWAY["spec"], "infrastructure": infrastructure}}
    own = {"spec": kubernetes(envoyDeployment={"replicas": 3})}
    assert (
        of(made(kubernetes(envoyDeployment={"replicas": 2}), gateway, own=own), "Deployment")["spec"]["replicas"] == 3
    )


def test_daemons_and_autoscalers_have_no_replicas() -> None:
    """A DaemonSet runs everywhere, an autoscaler decides alone: neither leaves a number in the workload."""
    assert "replicas" not in of(made(kubernetes(envoyDaemonSet={})), "DaemonSet")["spec"]
    scaled = made(kubernetes(envoyHpa={"minReplicas": 2, "maxReplicas": 4}))
    assert "replicas" not in of(scaled, "Deployment")["spec"]
    assert of(scaled, "HorizontalPodAutoscaler")["spec"]["minReplicas"] == 2


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        ({}, "what GatewayClass eg, which is not declared here, makes of a Gateway is not known"),
        (
            {("GatewayClass", "", "eg"): {"spec": {"controllerName": "istio.io/gateway-controller"}}},
            "what controller istio.io/gateway-controller makes of a Gateway is not known",
        ),
    ],
)
def test_other_controllers_are_unknown(known: dict[Any, Manifest], sentence: str) -> None:
    """Nothing is made up about a Gateway that another controller serves, or whose class nobody declares."""
    expansion = expand(GATEWAY, lambda *key: known.get(key))
    assert expansion.objects == ()
    assert expansion.unknown == (sentence,)


def test_merged_gateways_are_unknown() -> None:
    """Several Gateways on one fleet of proxies are not modelled, and said so."""
    assert made({"mergeGateways": True}).unknown == ("Gateways merged into one fleet of proxies are not modelled",)
