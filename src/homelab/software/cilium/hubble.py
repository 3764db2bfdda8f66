"""Hubble as Cilium's chart makes it: relay, UI, certificates, and how flows are counted.

Source: the published chart 1.19.5 of https://helm.cilium.io.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Calls, Produces
from homelab.software.cilium.nodes import image, monitored, number, placed
from homelab.software.shapes import (
    Draft,
    budget,
    container,
    http_probe,
    job,
    kept,
    port,
    service,
    template,
    thing,
    workload,
)

RELAY = {"k8s-app": "hubble-relay"}
UI = {"k8s-app": "hubble-ui"}
CERTGEN = "hubble-generate-certs"
PART = {"app.kubernetes.io/part-of": "cilium"}


def spread(block: Mapping[str, Any], selector: Mapping[str, str]) -> list[dict[str, Any]] | None:
    """Spread constraints; the chart adds its own selector where one has none."""
    own = {"labelSelector": {"matchLabels": dict(selector)}}
    return [{**own, **each} for each in block.get("topologySpreadConstraints") or ()] or None


def guarded(
    draft: Draft, name: str, space: str, selector: Mapping[str, str], block: Mapping[str, Any], key: str
) -> None:
    """The disruption budget of one of the chart's Deployments, where it is switched on."""
    bound = block["podDisruptionBudget"]
    if bound["enabled"]:
        limits = {
            each: bound.get(each) or None for each in ("maxUnavailable", "minAvailable", "unhealthyPodEvictionPolicy")
        }
        draft.add(budget(name, space, selector, **limits), f"{key}.podDisruptionBudget")


def hubble(draft: Draft, space: str, values: dict[str, Any]) -> None:
    """Everything of Hubble."""
    block = values["hubble"]
    peer = [port("peer-service", 443 if block["tls"]["enabled"] else 80, block["peerService"]["targetPort"])]
    draft.add(service("hubble-peer", space, {"k8s-app": "cilium"}, peer), "hubble")
    counted = block["metrics"]
    if counted.get("enabled"):
        ports = [port("hubble-metrics", counted["port"], "hubble-metrics")]
        draft.add(service("hubble-metrics", space, {"k8s-app": "cilium"}, ports, clusterIP="None"), "hubble.metrics")
        if counted["serviceMonitor"]["enabled"]:
            draft.add(monitored("hubble", space, {"k8s-app": "hubble"}, "hubble-metrics"), "hubble.metrics")
    if block["relay"]["enabled"]:
        _relay(draft, space, block)
    if block["ui"]["enabled"]:
        _ui(draft, space, block)
    if block["tls"]["enabled"]:
        _certificates(draft, space, values)


def _relay(draft: Draft, space: str, block: dict[str, Any]) -> None:
    relay = block["relay"]
    watched = relay["prometheus"]
    secure = relay["tls"]["server"]["enabled"]
    listens = number(relay["listenPort"])
    main = container(
        "hubble-relay",
        image(relay["image"]),
        ports={"grpc": listens, **({"prometheus": watched["port"]} if watched["enabled"] else {})},
        resources=relay.get("resources") or None,
        securityContext=relay.get("securityContext") or None,
        **{name: {"grpc": {"port": 4222}} for name in ("startupProbe", "livenessProbe", "readinessProbe")},
    )
    pod = template(
        {**RELAY, "app.kubernetes.io/name": "hubble-relay", **PART, **(relay.get("podLabels") or {})},
        [main],
        serviceAccountName="hubble-relay",
        topologySpreadConstraints=spread(relay, RELAY),
        securityContext=relay.get("podSecurityContext") or None,
        volumes=[{"name": "config", "configMap": {"name": "hubble-relay-config"}}],
        **placed(relay),
    )
    made = workload(
        "Deployment", "hubble-relay", space, pod, RELAY,
        replicas=relay["replicas"], strategy=relay.get("updateStrategy"),
    )  # fmt: skip
    draft.add(made, "hubble.relay")
    guarded(draft, "hubble-relay", space, RELAY, relay, "hubble.relay")
    draft.names("ConfigMap", ("hubble-relay-config",), space, "hubble.relay")
    draft.names("ServiceAccount", ("hubble-relay",), space, "hubble.relay")
    serving = {"port": 443 if secure else 80, "targetPort": "grpc"}
    draft.add(service("hubble-relay", space, RELAY, [serving], type=relay["service"]["type"]), "hubble.relay")
    if watched["enabled"]:
        ports = [port("metrics", watched["port"], "prometheus")]
        draft.add(service("hubble-relay-metrics", space, RELAY, ports, clusterIP="None"), "hubble.relay.prometheus")
        if watched["serviceMonitor"]["enabled"]:
            draft.add(monitored("hubble-relay", space, RELAY, "metrics"), "hubble.relay.prometheus")
    peers = 443 if block["tls"]["enabled"] else 80
    draft.facts.append(
        Calls(
            Subject("Deployment", "hubble-relay", space), "hubble-peer", peers, "run", "it asks every agent for flows"
        )
    )


def _ui(draft: Draft, space: str, block: dict[str, Any]) -> None:
    ui = block["ui"]
    front, back = ui["frontend"], ui["backend"]
    probes = [name for name in ("livenessProbe", "readinessProbe") if back[name]["enabled"]]
    containers = [
        container(
            "frontend",
            image(front["image"]),
            ports={"http": 8081},
            resources=front.get("resources") or None,
            securityContext=front.get("securityContext") or None,
            livenessProbe=http_probe("/healthz", "http"),
            readinessProbe=http_probe("/", "http"),
        ),
        container(
            "backend",
            image(back["image"]),
            ports={"grpc": 8090},
            resources=back.get("resources") or None,
            securityContext=back.get("securityContext") or None,
            **dict.fromkeys(probes, http_probe("/healthz", 8090)),
        ),
    ]
    pod = template(
        {**UI, "app.kubernetes.io/name": "hubble-ui", **PART, **(ui.get("podLabels") or {})},
        containers,
        serviceAccountName="hubble-ui",
        topologySpreadConstraints=spread(ui, UI),
        securityContext=ui.get("securityContext") or None,
        volumes=[{"name": "hubble-ui-nginx-conf", "configMap": {"name": "hubble-ui-nginx"}}],
        **placed(ui),
    )
    made = workload(
        "Deployment", "hubble-ui", space, pod, UI, replicas=ui["replicas"], strategy=ui.get("updateStrategy")
    )
    draft.add(made, "hubble.ui")
    guarded(draft, "hubble-ui", space, UI, ui, "hubble.ui")
    draft.add(service("hubble-ui", space, UI, [port("http", 80, 8081)], type=ui["service"]["type"]), "hubble.ui")
    draft.names("ConfigMap", ("hubble-ui-nginx",), space, "hubble.ui")
    draft.names("ServiceAccount", ("hubble-ui",), space, "hubble.ui")
    draft.names("ClusterRole", ("hubble-ui",), key="hubble.ui")
    draft.names("ClusterRoleBinding", ("hubble-ui",), key="hubble.ui")
    relay = 443 if block["relay"]["tls"]["server"]["enabled"] else 80
    draft.facts.append(
        Calls(
            Subject("Deployment", "hubble-ui", space), "hubble-relay", relay, "run", "it shows what the relay collects"
        )
    )


def _certificates(draft: Draft, space: str, values: dict[str, Any]) -> None:
    """Who makes the certificates between relay, UI and agents: Helm at each render, a job, or cert-manager."""
    block = values["hubble"]
    secure = block["relay"]["enabled"] and block["relay"]["tls"]["server"]["enabled"]
    names = ["hubble-server-certs"]
    names += ["hubble-relay-client-certs"] if block["relay"]["enabled"] else []
    names += ["hubble-relay-server-certs"] if secure else []
    names += ["hubble-ui-client-certs"] if secure and block["ui"]["enabled"] else []
    auto = block["tls"]["auto"]
    key = "hubble.tls.auto"
    if auto["method"] == "helm":
        draft.names("Secret", ("cilium-ca", *names), space, key)
    elif auto["method"] == "cronJob":
        _certgen(draft, space, values, names)
    else:
        draft.unknown.append(f"hubble.tls.auto.method {auto['method']} is not modelled")


def _certgen(draft: Draft, space: str, values: dict[str, Any], names: list[str]) -> None:
    block, key = values["certgen"], "hubble.tls.auto"
    main = container(
        "certgen",
        image(block["image"]),
        resources=block.get("resources") or None,
        securityContext={"capabilities": {"drop": ["ALL"]}, "allowPrivilegeEscalation": False},
    )
    labels = {"k8s-app": CERTGEN, **(block.get("podLabels") or {})}
    pod = template(labels, [main], serviceAccountName=CERTGEN, **kept(**placed(block)))
    # The chart ends the Job's name with a hash of the Job's text, so that a changed Job is a new one. Ours is a hash
    # of what we know of it: another name of the same shape, which changes when the Job does.
    digest = sha256(json.dumps([pod, names], sort_keys=True).encode()).hexdigest()[:10]
    made = draft.add(job(f"{CERTGEN}-{digest}", space, pod), key)
    if schedule := values["hubble"]["tls"]["auto"].get("schedule"):
        spec = {"schedule": schedule, "jobTemplate": {"spec": {"template": pod}}}
        draft.add(thing("CronJob", CERTGEN, space, spec=spec), key)
    draft.names("ServiceAccount", (CERTGEN,), space, key)
    for kind in ("Role", "RoleBinding"):
        draft.names(kind, (CERTGEN,), space, key)
    secrets = tuple(Subject("Secret", name, space) for name in ("cilium-ca", *names))
    draft.facts.append(Produces(Subject("Job", str(made["metadata"]["name"]), space), secrets))
