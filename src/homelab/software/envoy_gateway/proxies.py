"""What Envoy Gateway makes of a Gateway: the proxies, their Service, their budget.

Without an EnvoyProxy that says otherwise it is one pod: the ingress of the whole lab, whatever the controller's replicas.
Source: envoyproxy/gateway v1.9.0, internal/infrastructure/kubernetes/proxy and api/v1alpha1 (defaults).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Calls, Expansion, Role
from homelab.kube.resource import Manifest, dig
from homelab.software.shapes import Draft, budget, container, http_probe, kept, service, template, thing, workload
from homelab.software.software import ANY, KindTruth

Find = Callable[[str, str, str], Manifest | None]

CONTROLLER = "gateway.envoyproxy.io/gatewayclass-controller"
NAMESPACE = "envoy-gateway-system"
"""Where the controller stands as its documentation installs it, where it is not seen."""
RUNS = "envoy-gateway"
"""What the chart calls the controller's Deployment; its settings stand in the ConfigMap of that name with `-config`."""
IMAGE = "docker.io/envoyproxy/envoy:distroless-v1.39.0"
SIDECAR = "docker.io/envoyproxy/gateway:v1.9.0"
SIZE = {"requests": {"cpu": "100m", "memory": "512Mi"}}
SIDECAR_SIZE = {"requests": {"cpu": "10m", "memory": "32Mi"}}
RIGHTS = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "privileged": False,
    "runAsGroup": 65532,
    "runAsNonRoot": True,
    "runAsUser": 65532,
    "seccompProfile": {"type": "RuntimeDefault"},
}
LOWEST = 1024
SHIFT = 10000
"""Listeners below 1024 are served by pods that may not bind those ports: 443 becomes 10443."""


def hashed(namespace: str, name: str) -> str:
    """The name Envoy Gateway gives what it makes for a Gateway."""
    full = f"{namespace}/{name}"
    return f"envoy-{full.lower().replace('/', '-')[:48]}-{sha256(full.encode()).hexdigest()[:8]}"


def labels_of(namespace: str, name: str) -> dict[str, str]:
    """The labels of the proxies of a Gateway."""
    return {
        "app.kubernetes.io/name": "envoy",
        "app.kubernetes.io/component": "proxy",
        "app.kubernetes.io/managed-by": "envoy-gateway",
        "gateway.envoyproxy.io/owning-gateway-name": name,
        "gateway.envoyproxy.io/owning-gateway-namespace": namespace,
    }


def expand(gateway: Manifest, find: Find) -> Expansion:
    """What is made of a Gateway; nothing is known of Gateways of other controllers."""
    draft = Draft()
    class_name = str(dig(gateway, ["spec", "gatewayClassName"], ""))
    known = find("GatewayClass", "", class_name)
    controller = dig(known or {}, ["spec", "controllerName"])
    if controller != CONTROLLER:
        why = f"controller {controller}" if known else f"GatewayClass {class_name}, which is not declared here,"
        return Expansion(unknown=(f"what {why} makes of a Gateway is not known",))
    proxy, home = _parameters(gateway, known or {}, find), str(dig(gateway, ["metadata", "namespace"], ""))
    space = home if _beside_gateway(find) else _seen(find)
    if dig(proxy, ["spec", "mergeGateways"]):
        return Expansion(unknown=("Gateways merged into one fleet of proxies are not modelled",))
    _proxies(draft, gateway, dig(proxy, ["spec"], {}), space)
    return draft.expansion()


def _seen(find: Find) -> str:
    """Where proxies stand: beside the controller, wherever Gateway and EnvoyProxy are."""
    controller = find("Deployment", ANY, RUNS)
    return str(dig(controller or {}, ["metadata", "namespace"], "") or NAMESPACE)


def _beside_gateway(find: Find) -> bool:
    """Whether the controller is told to put proxies into the Gateway's namespace (`deploy.type: GatewayNamespace`)."""
    settings = find("ConfigMap", ANY, f"{RUNS}-config")
    return any("GatewayNamespace" in str(text) for text in dig(settings or {}, ["data"], {}).values())


def _parameters(gateway: Manifest, owner: Manifest, find: Find) -> Mapping[str, Any]:
    """The EnvoyProxy that shapes the proxies: the Gateway's own, else the class's."""
    shared = dig(owner, ["spec", "parametersRef"], {})
    space = str(shared.get("namespace") or NAMESPACE)
    own = dig(gateway, ["spec", "infrastructure", "parametersRef"], {})
    home = str(dig(gateway, ["metadata", "namespace"], ""))
    found = find("EnvoyProxy", home, str(own["name"])) if own else None
    if found is None and shared:
        found = find("EnvoyProxy", space, str(shared.get("name", "")))
    return found or {}


def _proxies(draft: Draft, gateway: Manifest, spec: Mapping[str, Any], space: str) -> None:
    home, name = str(dig(gateway, ["metadata", "namespace"], "")), str(gateway["metadata"]["name"])
    ours = dig(spec, ["provider", "kubernetes"], {})
    made, labels = hashed(home, name), labels_of(home, name)
    as_daemons = "envoyDaemonSet" in ours
    block = ours.get("envoyDaemonSet" if as_daemons else "envoyDeployment") or {}
    pod = _pod(block, spec, made, labels)
    title = str(block.get("name") or made)
    kind, more = ("DaemonSet", {}) if as_daemons else ("Deployment", {"replicas": block.get("replicas", 1)})
    scaled = None if as_daemons else ours.get("envoyHpa")
    if scaled is not None:
        more = {}
        target = {"apiVersion": "apps/v1", "kind": kind, "name": title}
        body = {
            "scaleTargetRef": target,
            "maxReplicas": 1,
            **{k: v for k, v in scaled.items() if k not in {"name", "patch"}},
        }
        draft.add(thing("HorizontalPodAutoscaler", str(scaled.get("name") or made), space, spec=body), "spec")
    field = "updateStrategy" if as_daemons else "strategy"
    more[field] = block.get("strategy") or {"type": "RollingUpdate"}
    draft.add(workload(kind, title, space, pod, labels, **more), "spec")
    draft.names("ServiceAccount", (str(dig(ours, ["envoyServiceAccount", "name"]) or made),), space, "spec")
    draft.names("ConfigMap", (made,), space, "spec")
    _service(draft, gateway, ours, space, labels)
    guard = ours.get("envoyPDB") or {}
    bound = {key: guard[key] for key in ("minAvailable", "maxUnavailable") if guard.get(key) is not None}
    if bound:
        draft.add(budget(str(guard.get("name") or made), space, labels, **bound), "spec")
    subject = Subject(kind, title, space)
    draft.facts += [
        Role(subject, "run", "every request of the lab's hostnames passes here"),
        Calls(subject, "envoy-gateway", 18000, "start", "a new proxy gets its routes from the controller"),
    ]


def _service(draft: Draft, gateway: Manifest, ours: Mapping[str, Any], space: str, labels: dict[str, str]) -> None:
    block = ours.get("envoyService") or {}
    as_is = bool(ours.get("useListenerPortAsContainerPort"))
    numbers = {int(each["port"]): str(each.get("protocol", "HTTP")) for each in dig(gateway, ["spec", "listeners"], [])}
    ports = [
        {
            "name": f"{protocol.lower()}-{number}",
            "port": number,
            "targetPort": number if as_is or number >= LOWEST else number + SHIFT,
            "protocol": "UDP" if protocol == "UDP" else "TCP",
        }
        for number, protocol in sorted(numbers.items())
    ]
    home, name = str(dig(gateway, ["metadata", "namespace"], "")), str(gateway["metadata"]["name"])
    made = service(
        str(block.get("name") or hashed(home, name)),
        space,
        labels,
        ports,
        type=block.get("type") or "LoadBalancer",
        externalTrafficPolicy=block.get("externalTrafficPolicy") or "Local",
        loadBalancerIP=block.get("loadBalancerIP"),
        loadBalancerClass=block.get("loadBalancerClass"),
    )
    made["metadata"] |= kept(labels=dict(labels), annotations=block.get("annotations"))
    draft.add(made, "spec")


def _pod(block: Mapping[str, Any], spec: Mapping[str, Any], made: str, labels: dict[str, str]) -> dict[str, Any]:
    pod, main = block.get("pod") or {}, block.get("container") or {}
    ready, alive = http_probe("/ready", 19003), http_probe("/healthz", 19002)
    metrics = {} if dig(spec, ["telemetry", "metrics", "prometheus", "disable"]) else {"metrics": 19001}
    rights = main.get("securityContext") or RIGHTS
    containers = [
        container(
            "envoy",
            str(main.get("image") or IMAGE),
            ports={**metrics, "readiness": 19003},
            resources=main.get("resources") or SIZE,
            securityContext=rights,
            startupProbe=ready,
            readinessProbe=ready,
            livenessProbe=ready,
        ),
        container(
            "shutdown-manager",
            SIDECAR,
            resources=SIDECAR_SIZE,
            securityContext=rights,
            startupProbe=alive,
            readinessProbe=alive,
            livenessProbe=alive,
        ),
    ]
    _patch(containers, block)
    placing = (
        "affinity",
        "tolerations",
        "nodeSelector",
        "topologySpreadConstraints",
        "securityContext",
        "priorityClassName",
    )
    return template(
        {**labels, **(pod.get("labels") or {})},
        containers,
        **{name: pod.get(name) or None for name in placing},
        initContainers=block.get("initContainers") or None,
        serviceAccountName=made,
        volumes=[
            {"name": "certs", "secret": {"secretName": "envoy"}},
            {"name": "sds", "configMap": {"name": made}},
            *(pod.get("volumes") or ()),
        ],
    )


def _patch(containers: list[dict[str, Any]], block: Mapping[str, Any]) -> None:
    """Take over what a strategic merge patch says about containers: the only way to bound the sidecar."""
    if dig(block, ["patch", "type"], "StrategicMerge") != "StrategicMerge":
        return
    for said in dig(block, ["patch", "value", "spec", "template", "spec", "containers"], []):
        for each in containers:
            if each["name"] == said.get("name"):
                each.update(
                    {key: value for key, value in said.items() if key in {"resources", "securityContext", "image"}}
                )


GATEWAY_KIND = KindTruth("gateway.networking.k8s.io", "Gateway", expand)
