"""Argo CD's chart: server, repository server, controllers, Dex, and the objects that configure them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homelab.kube.resource import Manifest
from homelab.software.argo_cd.frame import (
    DEX_TLS,
    GPG,
    PARAMS,
    REPO_TLS,
    SSH,
    STYLES,
    TLS,
    TMP,
    Frame,
    Piece,
    add_budget,
    add_monitor,
    add_service_monitor,
    pod,
    probes,
    strategy,
)
from homelab.software.shapes import container, http_probe, kept, port, service, thing, workload

CONTROLLER = Piece("controller", "application-controller", http_probe("/healthz", "metrics"), {"metrics": 8082})
SERVER = Piece("server", "server", http_probe("/healthz", "server"), {"server": 8080, "metrics": 8083})
REPO_SERVER = Piece(
    "repoServer", "repo-server", http_probe("/healthz", "metrics"), {"repo-server": 8081, "metrics": 8084}
)
APPLICATION_SET = Piece(
    "applicationSet",
    "applicationset-controller",
    {"tcpSocket": {"port": "probe"}},
    {"metrics": 8080, "probe": 8081, "webhook": 7000},
)
NOTIFICATIONS = Piece(
    "notifications", "notifications-controller", {"tcpSocket": {"port": "metrics"}}, {"metrics": 9001}
)
DEX = Piece("dex", "dex-server", http_probe("/healthz/live", "metrics"), {"http": 5556, "grpc": 5557, "metrics": 5558})


def deployment(frame: Frame, piece: Piece, template: Mapping[str, Any], replicas: int | None) -> None:
    """A part's Deployment; `replicas` None leaves the count to an autoscaler."""
    rolled = strategy(frame, frame.of(piece))
    selector = frame.selector(piece.name)
    name = frame.named(piece.name)
    made = workload(
        "Deployment", name, frame.namespace, template, selector, replicas=replicas, strategy=rolled
    )  # fmt: skip
    made["metadata"]["labels"] = frame.labels(piece.name, piece.name)
    frame.draft.add(made, piece.key)


def add_service(frame: Frame, piece: Piece, ports: list[Manifest], kind: str = "ClusterIP") -> None:
    """A part's Service."""
    made = service(frame.named(piece.name), frame.namespace, frame.selector(piece.name), ports, type=kind)
    made["metadata"]["labels"] = frame.labels(piece.name, piece.name)
    frame.draft.add(made, f"{piece.key}.service")


def add_rights(frame: Frame, piece: Piece, *, cluster: bool) -> None:
    """A part's account, Role and, where it acts on the whole cluster, ClusterRole."""
    values, name = frame.of(piece), frame.named(piece.name)
    if values["serviceAccount"]["create"]:
        frame.draft.names("ServiceAccount", [frame.account(values, piece.name)], frame.namespace, piece.key)
    frame.draft.names("Role", [name], frame.namespace, piece.key)
    frame.draft.names("RoleBinding", [name], frame.namespace, piece.key)
    if cluster and frame.values["createClusterRoles"]:
        frame.draft.names("ClusterRole", [name], key=piece.key)
        frame.draft.names("ClusterRoleBinding", [name], key=piece.key)


def add_controller(frame: Frame) -> None:
    """The application controller: a StatefulSet whose replicas share out clusters, not work."""
    values = frame.of(CONTROLLER)
    ready = {"readinessProbe": dict(CONTROLLER.probes), **probes(values, CONTROLLER.probes, ["startupProbe"])}
    more: dict[str, Any] = {kind: ready.get(kind) for kind in ("livenessProbe", "readinessProbe", "startupProbe")}
    volumes = [{"name": "argocd-home", "emptyDir": {}}, TMP, REPO_TLS, PARAMS]
    template = pod(frame, CONTROLLER, volumes, init=(), **more)
    made = workload(
        "StatefulSet",
        frame.named(CONTROLLER.name),
        frame.namespace,
        template,
        frame.selector(CONTROLLER.name),
        replicas=values["replicas"],
        serviceName=frame.named(CONTROLLER.name),
    )
    made["metadata"]["labels"] = frame.labels(CONTROLLER.name, CONTROLLER.name)
    frame.draft.add(made, CONTROLLER.key)
    add_rights(frame, CONTROLLER, cluster=True)
    add_budget(frame, CONTROLLER.key, CONTROLLER.name)
    add_monitor(frame, CONTROLLER.key, CONTROLLER.name, number=values["metrics"]["service"]["servicePort"])
    rules = values["metrics"]["rules"]
    if frame.monitors and values["metrics"]["enabled"] and rules["enabled"]:
        where = rules.get("namespace") or frame.namespace
        frame.draft.names("PrometheusRule", [frame.named(CONTROLLER.name)], where, "controller.metrics.rules")


def add_server(frame: Frame) -> None:
    """The API and user interface."""
    values = frame.of(SERVER)
    volumes = [{"name": "plugins-home", "emptyDir": {}}, TMP, SSH, TLS, STYLES, REPO_TLS, DEX_TLS, PARAMS]
    scaled = values["autoscaling"]["enabled"]
    deployment(frame, SERVER, pod(frame, SERVER, volumes), None if scaled else values["replicas"])
    add_service(frame, SERVER, [port("http", 80, 8080), port("https", 443, 8080)], values["service"]["type"])
    add_rights(frame, SERVER, cluster=True)
    add_budget(frame, SERVER.key, SERVER.name)
    number = values["metrics"]["service"]["servicePort"]
    add_monitor(frame, SERVER.key, SERVER.name, service_name="server-metrics", number=number)
    add_scaling(frame, SERVER)


def add_repo_server(frame: Frame) -> None:
    """The repository server, which renders manifests; a first container copies its own binary for plugins."""
    values = frame.of(REPO_SERVER)
    copy = container(
        "copyutil",
        frame.image(values),
        resources=values["copyutil"]["resources"] or values["resources"],
        securityContext=values["containerSecurityContext"] or None,
    )
    empty: list[dict[str, Any]] = [
        {"name": name, "emptyDir": {}} for name in ("helm-working-dir", "plugins", "var-files", "gpg-keyring")
    ]
    template = pod(frame, REPO_SERVER, [*empty, TMP, SSH, TLS, GPG, REPO_TLS], init=[copy])
    scaled = values["autoscaling"]["enabled"]
    deployment(frame, REPO_SERVER, template, None if scaled else values["replicas"])
    add_service(frame, REPO_SERVER, [port("tcp-repo-server", 8081, "repo-server")])
    add_rights(frame, REPO_SERVER, cluster=False)
    add_budget(frame, REPO_SERVER.key, REPO_SERVER.name)
    number = values["metrics"]["service"]["servicePort"]
    add_monitor(frame, REPO_SERVER.key, REPO_SERVER.name, service_name="repo-server-metrics", number=number)
    add_scaling(frame, REPO_SERVER)


def add_application_set(frame: Frame) -> None:
    """The ApplicationSet controller: with several replicas one leads and the others wait."""
    values = frame.of(APPLICATION_SET)
    volumes = [SSH, TLS, GPG, {"name": "gpg-keyring", "emptyDir": {}}, TMP, REPO_TLS, PARAMS]
    deployment(frame, APPLICATION_SET, pod(frame, APPLICATION_SET, volumes), values["replicas"])
    add_service(frame, APPLICATION_SET, [port("http-webhook", 7000, "webhook")], values["service"]["type"])
    add_rights(frame, APPLICATION_SET, cluster=False)
    add_budget(frame, APPLICATION_SET.key, APPLICATION_SET.name)
    number = values["metrics"]["service"]["servicePort"]
    add_monitor(frame, APPLICATION_SET.key, APPLICATION_SET.name, number=number)


def add_notifications(frame: Frame) -> None:
    """The notifications controller: one by its chart."""
    values = frame.of(NOTIFICATIONS)
    if not values["enabled"]:
        return
    deployment(frame, NOTIFICATIONS, pod(frame, NOTIFICATIONS, [TLS, REPO_TLS]), 1)
    add_rights(frame, NOTIFICATIONS, cluster=True)
    add_budget(frame, NOTIFICATIONS.key, NOTIFICATIONS.name)
    add_monitor(frame, NOTIFICATIONS.key, NOTIFICATIONS.name, number=9001)
    if values["cm"]["create"]:
        frame.draft.names("ConfigMap", ["argocd-notifications-cm"], frame.namespace, "notifications.cm")
    if values["secret"]["create"]:
        frame.draft.names("Secret", [values["secret"]["name"]], frame.namespace, "notifications.secret")


def add_dex(frame: Frame) -> None:
    """Dex, the login broker: one by its chart, on by default even where nobody configures it."""
    values = frame.of(DEX)
    if not values["enabled"]:
        return
    copy = container(
        "copyutil",
        frame.image({"image": {"repository": "", "tag": "", **_without_size(values["initImage"])}}),
        resources=values["initImage"]["resources"] or values["resources"],
        securityContext=values["containerSecurityContext"] or None,
    )
    empty: list[dict[str, Any]] = [{"name": name, "emptyDir": {}} for name in ("static-files", "dexconfig")]
    deployment(frame, DEX, pod(frame, DEX, [*empty, DEX_TLS], init=[copy]), 1)
    ports = [port("http", 5556, "http"), port("grpc", 5557, "grpc")]
    if values["metrics"]["enabled"]:
        ports.append(port(values["metrics"]["service"]["portName"], 5558, "metrics"))
    add_service(frame, DEX, ports)
    add_rights(frame, DEX, cluster=False)
    add_budget(frame, DEX.key, DEX.name)
    add_service_monitor(frame, DEX.key, DEX.name, DEX.name)


def _without_size(image: Mapping[str, Any]) -> dict[str, Any]:
    return {key: image[key] for key in ("repository", "tag") if image.get(key)}


def add_scaling(frame: Frame, piece: Piece) -> None:
    """The autoscaler of a part, where it is switched on."""
    wanted = frame.of(piece)["autoscaling"]
    if not wanted["enabled"]:
        return
    made = [("memory", "targetMemoryUtilizationPercentage"), ("cpu", "targetCPUUtilizationPercentage")]
    metrics = [
        {
            "type": "Resource",
            "resource": {"name": name, "target": {"type": "Utilization", "averageUtilization": wanted[key]}},
        }
        for name, key in made
        if wanted[key]
    ]
    name = frame.named(piece.name)
    spec = kept(
        scaleTargetRef={"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
        minReplicas=wanted["minReplicas"],
        maxReplicas=wanted["maxReplicas"],
        metrics=wanted["metrics"] or metrics or None,
        behavior=wanted["behavior"] or None,
    )
    scaler = thing("HorizontalPodAutoscaler", name, frame.namespace, spec=spec)
    frame.draft.add(scaler, f"{piece.key}.autoscaling")


def add_configuration(frame: Frame) -> None:
    """ConfigMaps, Secrets and CRDs."""
    configs, draft = frame.values["configs"], frame.draft
    maps = {"cm": "argocd-cm", "params": "argocd-cmd-params-cm", "rbac": "argocd-rbac-cm"}
    maps |= {"ssh": "argocd-ssh-known-hosts-cm", "tls": "argocd-tls-certs-cm", "cmp": "argocd-cmp-cm"}
    draft.names("ConfigMap", [name for key, name in maps.items() if configs[key]["create"]], frame.namespace, "configs")
    draft.names("ConfigMap", ["argocd-gpg-keys-cm"], frame.namespace, "configs.gpg")
    if configs["styles"]:
        draft.names("ConfigMap", ["argocd-styles-cm"], frame.namespace, "configs.styles")
    if configs["secret"]["createSecret"]:
        draft.names("Secret", ["argocd-secret"], frame.namespace, "configs.secret")
    named = {"repositories": "repo", "credentialTemplates": "repo-creds"}
    for key, infix in named.items():
        draft.names("Secret", [f"argocd-{infix}-{name}" for name in configs[key]], frame.namespace, f"configs.{key}")
    base = frame.values["nameOverride"] or "argo-cd"
    clusters = [f"{base}-cluster-{name}" for name in configs["clusterCredentials"]]
    draft.names("Secret", clusters, frame.namespace, "configs.clusterCredentials")
    if frame.values["crds"]["install"]:
        kinds = ("applications", "applicationsets", "appprojects")
        draft.names("CustomResourceDefinition", [f"{kind}.argoproj.io" for kind in kinds], key="crds")
    if frame.values["createAggregateRoles"]:
        roles = [frame.named(f"aggregate-to-{level}") for level in ("view", "edit", "admin")]
        draft.names("ClusterRole", roles, key="createAggregateRoles")
