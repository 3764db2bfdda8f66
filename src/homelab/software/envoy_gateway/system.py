"""Envoy Gateway: the controller that turns Gateways into proxies. What the proxies are stands in `envoy_proxies`.

The chart brings the controller only; requests go through Deployments of their own, one for each Gateway.
Source: the chart gateway-helm v1.9.0 of oci://docker.io/envoyproxy, and its compatibility matrix for Kubernetes.
"""

from __future__ import annotations

from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Produces, Role, Standby
from homelab.software.envoy_gateway.proxies import GATEWAY_KIND
from homelab.software.gateway_api.system import envoy_kinds, gateway_kinds
from homelab.software.shapes import (
    Draft,
    budget,
    container,
    http_probe,
    job,
    port,
    service,
    template,
    thing,
    webhooks,
    workload,
)
from homelab.software.software import ChartTruth, Release, Software, Support
from homelab.software.values import misshapen, over, unmodelled

NOBODY = {"runAsNonRoot": True, "runAsGroup": 65532, "runAsUser": 65532}
POD = {**NOBODY, "fsGroup": 65532, "seccompProfile": {"type": "RuntimeDefault"}}
CONTAINER = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "privileged": False,
    "readOnlyRootFilesystem": True,
    **NOBODY,
    "seccompProfile": {"type": "RuntimeDefault"},
}
PORTS = {"grpc": 18000, "ratelimit": 18001, "wasm": 18002, "metrics": 19001}
DEFAULTS: dict[str, Any] = {
    "global": {"images": {"envoyGateway": {"image": "docker.io/envoyproxy/gateway:v1.9.0"}}},
    "crds": {"enabled": True},
    "podDisruptionBudget": {"minAvailable": 0},
    "deployment": {
        "envoyGateway": {
            "resources": {"limits": {"memory": "1024Mi"}, "requests": {"cpu": "100m", "memory": "256Mi"}},
            "securityContext": CONTAINER,
            "startupProbe": http_probe("/healthz", 8081),
            "livenessProbe": http_probe("/healthz", 8081),
            "readinessProbe": http_probe("/readyz", 8081),
        },
        "replicas": 1,
        "pod": {"securityContext": POD},
    },
    "service": {"type": "ClusterIP"},
    "hpa": {"enabled": False, "minReplicas": 1, "maxReplicas": 1},
    "certgen": {"job": {"pod": {"securityContext": POD}, "securityContext": CONTAINER}},
    "topologyInjector": {"enabled": True},
}
MODELLED = (
    "global.images.envoyGateway.image", "crds.enabled", "podDisruptionBudget", "deployment.replicas",
    "deployment.priorityClassName", "deployment.envoyGateway.resources", "deployment.envoyGateway.securityContext",
    "deployment.envoyGateway.startupProbe", "deployment.envoyGateway.livenessProbe", "deployment.envoyGateway.readinessProbe",
    "deployment.envoyGateway.strategy", "deployment.pod.affinity", "deployment.pod.labels",
    "deployment.pod.topologySpreadConstraints", "deployment.pod.tolerations", "deployment.pod.nodeSelector",
    "deployment.pod.securityContext", "service.type", "hpa", "certgen.job.resources", "certgen.job.affinity",
    "certgen.job.tolerations", "certgen.job.nodeSelector", "certgen.job.securityContext", "certgen.job.pod",
    "topologyInjector.enabled",
)  # fmt: skip
INERT = (
    "commonLabels", "config.envoyGateway.gateway", "config.envoyGateway.logging", "config.envoyGateway.extensionApis",
    "config.envoyGateway.provider.type", "config.envoyGateway.telemetry", "config.envoyGateway.rateLimit",
    "deployment.annotations", "deployment.envoyGateway.imagePullPolicy", "deployment.envoyGateway.extraEnv",
    "deployment.pod.annotations", "service.annotations", "service.trafficDistribution", "kubernetesClusterDomain",
    "certgen.job.annotations", "certgen.job.ttlSecondsAfterFinished", "certgen.job.args", "certgen.rbac",
    "topologyInjector.annotations",
)  # fmt: skip
"""Keys that change configuration, and nothing that judgement looks at."""

NULLABLE = ("podDisruptionBudget.minAvailable", "certgen.job.resources")
"""Keys that null may delete: the chart then leaves the field out."""


def expand(release: Release) -> Expansion:
    """What the chart `gateway-helm` makes with these values: the controller, its hooks, and perhaps the kinds."""
    if wrong := misshapen(release.values, DEFAULTS, NULLABLE):
        return Expansion(unknown=wrong)
    draft = Draft(unknown=list(unmodelled(release.values, MODELLED + INERT)))
    values = over(DEFAULTS, release.values)
    if values["crds"]["enabled"]:
        gateway_kinds(draft, "experimental", "crds")
        envoy_kinds(draft, "crds")
    _controller(draft, release, values)
    _certgen(draft, release, values)
    _accounts(draft, release, injects=values["topologyInjector"]["enabled"])
    return draft.expansion()


def _fullname(release: Release) -> str:
    return release.name if "gateway-helm" in release.name else f"{release.name}-gateway-helm"


def _controller(draft: Draft, release: Release, values: dict[str, Any]) -> None:
    space, block = release.namespace, values["deployment"]
    injects = values["topologyInjector"]["enabled"]
    selector = {
        "control-plane": "envoy-gateway",
        "app.kubernetes.io/name": "gateway-helm",
        "app.kubernetes.io/instance": release.name,
    }
    ports = {**PORTS, **({"webhook": 9443} if injects else {})}
    scaled = values["hpa"]["enabled"]
    made = workload(
        "Deployment",
        "envoy-gateway",
        space,
        _pod(values, selector, ports),
        selector,
        replicas=None if scaled else block["replicas"],
        strategy=block["envoyGateway"].get("strategy") or None,
    )
    draft.add(made, "deployment")
    if scaled:
        draft.add(_autoscaler(space, values["hpa"]), "hpa")
    bound = values["podDisruptionBudget"]
    if any(isinstance(bound.get(key), int) and bound[key] >= 1 for key in ("minAvailable", "maxUnavailable")):
        limits = {key: value or None for key, value in bound.items()}
        draft.add(budget("envoy-gateway", space, selector, **limits), "podDisruptionBudget")
    listed = [port(name, number, number) for name, number in ports.items()]
    listening = service("envoy-gateway", space, selector, listed, type=values["service"]["type"])
    listening["metadata"]["labels"] = dict(selector)  # what a ServiceMonitor finds it by; the chart adds more
    draft.add(listening, "service")
    draft.names("ConfigMap", ("envoy-gateway-config",), space)
    subject = Subject("Deployment", "envoy-gateway", space)
    draft.facts += [
        Standby(subject, 15.0, "leader election is on by default: Envoy Gateway API, LeaderElection"),
        Role(subject, "change", "proxies go on with the routes they know; new routes and new proxies wait"),
    ]


def _pod(values: dict[str, Any], selector: dict[str, str], ports: dict[str, int]) -> dict[str, Any]:
    block = values["deployment"]
    main, pods = block["envoyGateway"], block["pod"]
    said = ("resources", "securityContext", "startupProbe", "livenessProbe", "readinessProbe")
    placing = ("affinity", "nodeSelector", "topologySpreadConstraints", "tolerations", "securityContext")
    image = values["global"]["images"]["envoyGateway"]["image"]
    return template(
        {**selector, **(pods.get("labels") or {})},
        [container("envoy-gateway", image, ports=ports, **{name: main.get(name) or None for name in said})],
        **{name: pods.get(name) or None for name in placing},
        priorityClassName=block.get("priorityClassName") or None,
        serviceAccountName="envoy-gateway",
        volumes=[
            {"name": "envoy-gateway-config", "configMap": {"name": "envoy-gateway-config"}},
            {"name": "certs", "secret": {"secretName": "envoy-gateway"}},
        ],
    )


def _autoscaler(space: str, block: dict[str, Any]) -> dict[str, Any]:
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "envoy-gateway"},
        **{key: block[key] for key in ("minReplicas", "maxReplicas", "behavior", "metrics") if block.get(key)},
    }
    return thing("HorizontalPodAutoscaler", "envoy-gateway", space, spec=spec)


def _certgen(draft: Draft, release: Release, values: dict[str, Any]) -> None:
    """Certificates between controller and proxies are made by a Job before install and upgrade."""
    name, block, space = f"{_fullname(release)}-certgen", values["certgen"]["job"], release.namespace
    pod = template(
        {"app": "certgen", **(block["pod"].get("labels") or {})},
        [
            container(
                "envoy-gateway-certgen",
                values["global"]["images"]["envoyGateway"]["image"],
                resources=block.get("resources") or None,
                securityContext=block.get("securityContext") or None,
            )
        ],
        **{key: block.get(key) or None for key in ("affinity", "nodeSelector", "tolerations")},
        securityContext=block["pod"].get("securityContext") or None,
        serviceAccountName=name,
    )
    draft.add(job(name, space, pod, hook="pre-install, pre-upgrade"), "certgen.job")
    secrets = ("envoy-gateway", "envoy", "envoy-rate-limit", "envoy-oidc-hmac")
    draft.facts.append(Produces(Subject("Job", name, space), tuple(Subject("Secret", each, space) for each in secrets)))


def _accounts(draft: Draft, release: Release, *, injects: bool) -> None:
    full, space = _fullname(release), release.namespace
    draft.names("ServiceAccount", ("envoy-gateway", f"{full}-certgen"), space)
    draft.names("ClusterRole", (f"{full}-envoy-gateway-role",))
    draft.names("ClusterRoleBinding", (f"{full}-envoy-gateway-rolebinding",))
    draft.names("Role", (f"{full}-certgen", f"{full}-infra-manager", f"{full}-leader-election-role"), space)
    bindings = (f"{full}-certgen", f"{full}-infra-manager", f"{full}-leader-election-rolebinding")
    draft.names("RoleBinding", bindings, space)
    if injects:
        for kind in ("ClusterRole", "ClusterRoleBinding"):
            draft.names(kind, (f"{full}-certgen:{space}",), key="topologyInjector")
        hooks = ("topology.webhook.gateway.envoyproxy.io",)
        name = f"envoy-gateway-topology-injector.{space}"
        made = webhooks("MutatingWebhookConfiguration", name, hooks, "envoy-gateway", space, "Ignore")
        draft.add(made, "topologyInjector")


ENVOY_GATEWAY = Software(
    name="envoy-gateway",
    charts=(ChartTruth("gateway-helm", ("docker.io/envoyproxy",), frozenset({"1.9.0"}), expand),),
    kinds=(GATEWAY_KIND,),
    support=(
        Support(
            "1.9",
            ("1.33", "1.34", "1.35", "1.36"),
            ("1.33", "1.34", "1.35", "1.36"),
            ends="2027-02-14",
            source="https://gateway.envoyproxy.io/news/releases/matrix/",
        ),
    ),
    images={"envoyproxy/gateway": "envoy-gateway"},
)
