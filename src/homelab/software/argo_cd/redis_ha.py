"""Argo CD's chart: the cache as three Redis with Sentinels behind HAProxy (subchart redis-ha 4.38.0)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homelab.kube.resource import Manifest
from homelab.software.argo_cd.frame import Frame
from homelab.software.shapes import budget, container, http_probe, kept, port, service, template, thing, workload

VERSION = "4.38.0"
KEY = "redis-ha"
APP = "redis-ha"
HEALTHY = {"exec": {"command": ["sh", "-c", "/health/redis_liveness.sh"]}}
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def full(frame: Frame) -> str:
    """Prefix of the objects' names."""
    release = frame.release.name
    return (release if APP in release else f"{release}-{APP}")[:63]


def labels(frame: Frame, **more: str) -> dict[str, str]:
    """The labels of the subchart's objects."""
    return {"app": APP, "heritage": "Helm", "release": frame.release.name, "chart": f"{APP}-{VERSION}", **more}


def add_redis_ha(frame: Frame) -> None:
    """Everything of the subchart, where it is switched on."""
    values = frame.values[KEY]
    if not values["enabled"]:
        return
    name = full(frame)
    _add_servers(frame, values, name)
    _add_services(frame, values, name)
    maps = [f"{name}-configmap", f"{name}-health-configmap"]
    frame.draft.names("ConfigMap", maps, frame.release.namespace, KEY)
    accounts = [name, *([f"{name}-haproxy"] if values["haproxy"]["enabled"] else [])]
    for kind in ("ServiceAccount", "Role", "RoleBinding"):
        frame.draft.names(kind, accounts, frame.release.namespace, KEY)
    if values["podDisruptionBudget"]:
        bound = values["podDisruptionBudget"]
        selector = {"release": frame.release.name, "app": APP}
        frame.draft.add(budget(f"{name}-pdb", frame.release.namespace, selector, **bound), f"{KEY}.podDisruptionBudget")
    if values["haproxy"]["enabled"]:
        _add_proxy(frame, values, name)


def _spread(values: Mapping[str, Any], selector: Mapping[str, str]) -> list[Manifest] | None:
    rule = values["topologySpreadConstraints"]
    if not rule["enabled"]:
        return None
    return [
        {
            "maxSkew": rule["maxSkew"] or 1,
            "topologyKey": rule["topologyKey"] or "topology.kubernetes.io/zone",
            "whenUnsatisfiable": rule["whenUnsatisfiable"] or "ScheduleAnyway",
            "labelSelector": {"matchLabels": dict(selector)},
        }
    ]


def _apart(selector: Mapping[str, str], *, hard: bool) -> dict[str, Any]:
    term = {"labelSelector": {"matchLabels": dict(selector)}, "topologyKey": "kubernetes.io/hostname"}
    if hard:
        return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    soft = [{"weight": 100, "podAffinityTerm": term}]
    return {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": soft}}


def _containers(values: Mapping[str, Any]) -> list[Manifest]:
    image = f"{values['image']['repository']}:{values['image']['tag']}"
    env = {"name": "AUTH", "valueFrom": {"secretKeyRef": {"name": values["existingSecret"], "key": "auth"}}}
    same: dict[str, Any] = {
        "env": [env] if values["auth"] else None,
        "securityContext": values["containerSecurityContext"] or None,
    }
    ports = {"redis": 6379, "sentinel": 26379}
    made = [
        container(
            name,
            image,
            ports={name: number},
            resources=values[name]["resources"] or {},
            **{**same, **{kind: HEALTHY for kind in PROBES if values[name][kind]["enabled"]}},
        )
        for name, number in ports.items()
    ]
    watch: dict[str, Any] = {"livenessProbe": HEALTHY, "readinessProbe": HEALTHY}
    made.append(
        container("split-brain-fix", image, resources=values["splitBrainDetection"]["resources"] or {}, **same, **watch)
    )
    exporter = values["exporter"]
    if exporter["enabled"]:
        scraped = http_probe("/metrics", 9121)
        found = f"{exporter['image']}:{exporter['tag']}"
        ready: dict[str, Any] = {"livenessProbe": scraped, "readinessProbe": scraped}
        named = {"exporter-port": 9121}
        made.append(
            container("redis-exporter", found, ports=named, resources=exporter["resources"] or {}, **same, **ready)
        )
    return made


def _add_servers(frame: Frame, values: Mapping[str, Any], name: str) -> None:
    selector = {"app": APP, "release": frame.release.name, name: "replica"}
    image = f"{values['image']['repository']}:{values['image']['tag']}"
    context = values["containerSecurityContext"] or None
    first = container("config-init", image, resources=values["init"]["resources"] or {}, securityContext=context)
    keeps = values["persistentVolume"]
    volumes: list[Manifest] = [
        {"name": "config", "configMap": {"name": f"{name}-configmap"}},
        {"name": "health", "configMap": {"name": f"{name}-health-configmap"}},
    ]
    made = template(
        selector,
        _containers(values),
        initContainers=[first],
        affinity=_apart(selector, hard=values["hardAntiAffinity"]),
        topologySpreadConstraints=_spread(values, selector),
        nodeSelector=values["nodeSelector"] or None,
        tolerations=values["tolerations"] or None,
        priorityClassName=values["priorityClassName"] or None,
        securityContext={"runAsUser": 1000, "fsGroup": 1000, "runAsNonRoot": True},
        serviceAccountName=name,
        volumes=volumes if keeps["enabled"] else [*volumes, {"name": "data", "emptyDir": {}}],
    )
    chosen = {"release": frame.release.name, "app": APP}
    deployed = workload(
        "StatefulSet",
        f"{name}-server",
        frame.release.namespace,
        made,
        chosen,
        replicas=values["replicas"],
        serviceName=name,
        updateStrategy={"type": "RollingUpdate"},
        volumeClaimTemplates=[_claim(keeps)] if keeps["enabled"] else None,
    )
    deployed["metadata"]["labels"] = labels(frame, **{name: "replica"})
    frame.draft.add(deployed, KEY)


def _claim(keeps: Mapping[str, Any]) -> Manifest:
    spec = kept(
        accessModes=keeps["accessModes"],
        resources={"requests": {"storage": keeps["size"]}},
        storageClassName="" if keeps["storageClass"] == "-" else keeps["storageClass"] or None,
    )
    return {"metadata": {"name": "data"}, "spec": spec}


def _add_services(frame: Frame, values: Mapping[str, Any], name: str) -> None:
    exported = values["exporter"]["enabled"]
    both = [port("tcp-server", 6379, "redis"), port("tcp-sentinel", 26379, "sentinel")]
    selector = {"release": frame.release.name, "app": APP}
    ports = [*both, *([port("http-exporter-port", 9121, "exporter-port")] if exported else [])]
    made = service(name, frame.release.namespace, selector, ports, type="ClusterIP", clusterIP="None")
    made["metadata"]["labels"] = labels(frame, **({"exporter": "enabled"} if exported else {}))
    frame.draft.add(made, KEY)
    ports = [*both, *([port("http-exporter", 9121, "exporter-port")] if exported else [])]
    for index in range(int(values["replicas"] or 0)):
        one = {**selector, "statefulset.kubernetes.io/pod-name": f"{name}-server-{index}"}
        made = service(f"{name}-announce-{index}", frame.release.namespace, one, ports, type="ClusterIP")
        made["metadata"]["labels"] = labels(frame)
        frame.draft.add(made, KEY)
    wanted = values["exporter"]["serviceMonitor"]
    if frame.monitors and exported and wanted["enabled"]:
        _add_monitor(frame, name, {**selector, "exporter": "enabled"}, 9121, f"{KEY}.exporter.serviceMonitor")


def _add_proxy(frame: Frame, values: Mapping[str, Any], name: str) -> None:
    proxy = values["haproxy"]
    selector = {"app": f"{APP}-haproxy", "release": frame.release.name, "component": "haproxy"}
    image = f"{proxy['image']['repository']}:{proxy['image']['tag']}"
    context = proxy["containerSecurityContext"] or None
    metrics = proxy["metrics"]["enabled"]
    health = http_probe("/healthz", "probe")
    main = container(
        "haproxy",
        image,
        ports={"probe": 8888, "redis": 6379, **({"metrics-port": 9101} if metrics else {})},
        resources=proxy["resources"] or {},
        securityContext=context,
        livenessProbe=health,
        readinessProbe=health,
    )
    made = template(
        {**selector, **proxy["labels"]},
        [main],
        initContainers=[
            container("config-init", image, resources=proxy["init"]["resources"] or {}, securityContext=context)
        ],
        affinity=_apart(selector, hard=proxy["hardAntiAffinity"]),
        topologySpreadConstraints=_spread(values, selector),
        nodeSelector=values["nodeSelector"] or None,
        tolerations=values["tolerations"] or None,
        priorityClassName=proxy["priorityClassName"] or None,
        securityContext={"runAsUser": 99, "fsGroup": 99, "runAsNonRoot": True},
        serviceAccountName=f"{name}-haproxy",
        volumes=[{"name": "config-volume", "configMap": {"name": f"{name}-configmap"}}],
    )
    rolled = proxy["deploymentStrategy"] or None
    title, namespace = f"{name}-haproxy", frame.release.namespace
    count = proxy["replicas"]
    deployed = workload("Deployment", title, namespace, made, selector, replicas=count, strategy=rolled)
    deployed["metadata"]["labels"] = labels(frame, component="haproxy")
    frame.draft.add(deployed, f"{KEY}.haproxy")
    ports = [port("tcp-haproxy", 6379, "redis")]
    if metrics:
        ports.append(port("http-exporter-port", 9101, "metrics-port"))
    chosen = {"release": frame.release.name, "app": f"{APP}-haproxy"}
    front = service(title, namespace, chosen, ports, type="ClusterIP")
    front["metadata"]["labels"] = labels(frame, component="haproxy")
    frame.draft.add(front, f"{KEY}.haproxy")
    if proxy["podDisruptionBudget"]:
        made = budget(f"{title}-pdb", namespace, {**chosen, "component": "haproxy"}, **proxy["podDisruptionBudget"])
        frame.draft.add(made, f"{KEY}.haproxy.podDisruptionBudget")
    if frame.monitors and metrics and proxy["metrics"]["serviceMonitor"]["enabled"]:
        found = {"app": APP, "release": frame.release.name, "component": "haproxy"}
        _add_monitor(frame, title, found, 9101, f"{KEY}.haproxy.metrics.serviceMonitor")


def _add_monitor(frame: Frame, name: str, selector: Mapping[str, str], number: int, key: str) -> None:
    spec = {
        "endpoints": [{"targetPort": number}],
        "namespaceSelector": {"matchNames": [frame.release.namespace]},
        "selector": {"matchLabels": dict(selector)},
    }
    made = thing("ServiceMonitor", name, frame.release.namespace, spec=spec)
    made["metadata"]["labels"] = labels(frame)
    frame.draft.add(made, key)
