"""Prometheus operator: what it makes of a Prometheus and of an Alertmanager.

Sources: prometheus-operator pkg/prometheus/server/statefulset.go, pkg/alertmanager/statefulset.go,
pkg/operator/config_reloader.go, Documentation/platform/high-availability.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Calls, Expansion, Produces
from homelab.kube.resource import Manifest, dig
from homelab.software.shapes import Draft, container, http_probe, kept, port, service, template, workload
from homelab.software.software import KindTruth

GROUP = "monitoring.coreos.com"
Lookup = Callable[[str, str, str], Manifest | None]
BOUND = {"readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
RELOADER_IMAGE = "quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1"
RELOADER = {"requests": {"cpu": "10m", "memory": "50Mi"}, "limits": {"cpu": "10m", "memory": "50Mi"}}
"""What the operator gives a config reloader when nobody says otherwise."""
PLACED = (
    "affinity",
    "topologySpreadConstraints",
    "nodeSelector",
    "tolerations",
    "priorityClassName",
    "securityContext",
)


def prometheus(body: Manifest, lookup: Lookup) -> Expansion:
    """One StatefulSet for each shard, and the Service that governs them all."""
    spec, meta = body.get("spec") or {}, body["metadata"]
    name, namespace = meta["name"], meta.get("namespace", "")
    draft = Draft()
    for shard in range(int(spec.get("shards") or 1)):
        title = f"prometheus-{name}" + (f"-shard-{shard}" if shard else "")
        selector = {
            "app.kubernetes.io/name": "prometheus",
            "app.kubernetes.io/managed-by": "prometheus-operator",
            "app.kubernetes.io/instance": name,
            "prometheus": name,
            "operator.prometheus.io/shard": str(shard),
            "operator.prometheus.io/name": name,
        }
        reloaders = _reloaders(body, lookup)
        main = _prometheus_container(spec)
        made = _stateful(title, body, selector, [main, *reloaders[1:]], reloaders[:1])
        made["spec"]["template"]["spec"]["volumes"] += _prometheus_volumes(spec, name)
        draft.add(made, "spec")
    found = port(spec.get("portName") or "web", 9090, spec.get("portName") or "web")
    draft.add(_governing("prometheus-operated", namespace, "prometheus", [found]), "spec")
    secrets = [f"prometheus-{name}", f"prometheus-{name}-web-config", f"prometheus-{name}-tls-assets-0"]
    made_by = Subject("Prometheus", name, namespace)
    things = [*(Subject("Secret", each, namespace) for each in secrets)]
    things.append(Subject("ConfigMap", f"prometheus-{name}-rulefiles-0", namespace))
    draft.facts.append(Produces(made_by, tuple(things)))
    draft.facts += _alerting(spec, Subject("StatefulSet", f"prometheus-{name}", namespace), lookup)
    return draft.expansion()


def _alerting(spec: Mapping[str, Any], caller: Subject, lookup: Lookup) -> Iterator[Calls]:
    """Calls to the Alertmanagers that the resource names, each as the Service and a port of it."""
    for target in dig(spec, ["alerting", "alertmanagers"], []):
        name, space = str(target.get("name")), str(target.get("namespace") or caller.namespace)
        ports = dig(lookup("Service", space, name) or {}, ["spec", "ports"], [])
        number = next((each["port"] for each in ports if target.get("port") in (each.get("name"), each["port"])), 9093)
        yield Calls(
            caller,
            name if space == caller.namespace else f"{name}.{space}",
            number,
            "change",
            "alerts leave through it",
        )


def alertmanager(body: Manifest, lookup: Lookup) -> Expansion:
    """One StatefulSet whose pods form a cluster by gossip, and the Service by which they find each other."""
    spec, meta = body.get("spec") or {}, body["metadata"]
    name, namespace = meta["name"], meta.get("namespace", "")
    draft, title = Draft(), f"alertmanager-{name}"
    selector = {
        "app.kubernetes.io/name": "alertmanager",
        "app.kubernetes.io/managed-by": "prometheus-operator",
        "app.kubernetes.io/instance": name,
        "alertmanager": name,
    }
    reloaders = _reloaders(body, lookup)
    made = _stateful(title, body, selector, [_alertmanager_container(spec), *reloaders[1:]], reloaders[:1])
    named = [("config-volume", f"{title}-generated")]
    named += [(part, f"{title}-{part}") for part in ("web-config", "cluster-tls-config")]
    named += [(f"secret-{each}", each) for each in spec.get("secrets") or ()]
    made["spec"]["template"]["spec"]["volumes"] += [{"name": k, "secret": {"secretName": v}} for k, v in named]
    draft.add(made, "spec")
    web = spec.get("portName") or "web"
    ports = [
        port(web, 9093, web),
        port("tcp-mesh", 9094, "mesh-tcp"),
        {**port("udp-mesh", 9094, "mesh-udp"), "protocol": "UDP"},
    ]
    draft.add(_governing("alertmanager-operated", namespace, "alertmanager", ports), "spec")
    secrets = tuple(Subject("Secret", each, namespace) for _, each in named[:3])
    draft.facts.append(Produces(Subject("Alertmanager", name, namespace), secrets))
    return draft.expansion()


def _prometheus_container(spec: Mapping[str, Any]) -> Manifest:
    web = spec.get("portName") or "web"
    ready, alive = http_probe("/-/ready", web), http_probe("/-/healthy", web)
    return container(
        "prometheus",
        spec.get("image") or f"quay.io/prometheus/prometheus:{spec.get('version') or 'latest'}",
        ports={} if spec.get("listenLocal") else {web: 9090},
        startupProbe=ready,
        readinessProbe=ready,
        livenessProbe=alive,
        resources=spec.get("resources") or {},
        securityContext=BOUND,
    )


def _alertmanager_container(spec: Mapping[str, Any]) -> Manifest:
    web = spec.get("portName") or "web"
    made = container(
        "alertmanager",
        spec.get("image") or f"quay.io/prometheus/alertmanager:{spec.get('version') or 'latest'}",
        ports={**({} if spec.get("listenLocal") else {web: 9093}), "mesh-tcp": 9094, "mesh-udp": 9094},
        readinessProbe=http_probe("/-/ready", web),
        livenessProbe=http_probe("/-/healthy", web),
        resources=spec.get("resources") or {"requests": {"memory": "200Mi"}},
        securityContext=BOUND,
    )
    gossip = next(end for end in made["ports"] if end["name"] == "mesh-udp")
    gossip["protocol"] = "UDP"
    return made


def _prometheus_volumes(spec: Mapping[str, Any], name: str) -> list[Manifest]:
    named = [("config", f"prometheus-{name}"), ("web-config", f"prometheus-{name}-web-config")]
    named += [(f"secret-{each}", each) for each in spec.get("secrets") or ()]
    volumes: list[Manifest] = [{"name": key, "secret": {"secretName": secret}} for key, secret in named]
    rules = f"prometheus-{name}-rulefiles-0"
    return [*volumes, {"name": rules, "configMap": {"name": rules, "optional": True}}]


def _stateful(
    title: str,
    body: Manifest,
    selector: Mapping[str, str],
    containers: Sequence[Manifest],
    init: Sequence[Manifest],
) -> Manifest:
    spec, meta = body.get("spec") or {}, body["metadata"]
    pod = spec.get("podMetadata") or {}
    storage, kind = spec.get("storage") or {}, selector["app.kubernetes.io/name"]
    claim = _claim(storage, f"{title}-db")
    made = template(
        {**(pod.get("labels") or {}), **selector},
        _patched(containers, spec.get("containers") or ()),
        initContainers=_patched(init, spec.get("initContainers") or ()),
        serviceAccountName=spec.get("serviceAccountName") or "default",
        hostNetwork=spec.get("hostNetwork") or None,
        volumes=[*(spec.get("volumes") or ()), *([] if claim else [{"name": f"{title}-db", "emptyDir": {}}])],
        **{key: spec.get(key) or None for key in PLACED},
    )
    return workload(
        "StatefulSet",
        title,
        meta.get("namespace", ""),
        made,
        selector,
        replicas=1 if spec.get("replicas") is None else spec["replicas"],
        serviceName=spec.get("serviceName") or f"{kind}-operated",
        podManagementPolicy=spec.get("podManagementPolicy") or "Parallel",
        updateStrategy=spec.get("updateStrategy") or {"type": "RollingUpdate"},
        volumeClaimTemplates=[claim] if claim else None,
    )


def _claim(storage: Mapping[str, Any], name: str) -> Manifest | None:
    """The volume of each pod; None where the data ends with the pod."""
    asked = storage.get("volumeClaimTemplate")
    if not asked or "emptyDir" in storage or "ephemeral" in storage:
        return None
    wanted = asked.get("spec") or {}
    spec = kept(
        accessModes=wanted.get("accessModes") or ["ReadWriteOnce"],
        resources=wanted.get("resources"),
        storageClassName=wanted.get("storageClassName"),
    )
    return {"metadata": {"name": dig(asked, ["metadata", "name"]) or name}, "spec": spec}


def _patched(containers: Sequence[Manifest], patches: Sequence[Mapping[str, Any]]) -> list[Manifest]:
    """The operator merges the user's containers into its own by name, and adds the others."""
    by_name = {each["name"]: dict(each) for each in containers}
    for patch in patches:
        by_name[patch["name"]] = {**by_name.get(patch["name"], {"image": ""}), **patch}
    return list(by_name.values())


def _reloaders(body: Manifest, lookup: Lookup) -> list[Manifest]:
    """The config reloader that runs once before, and the one that runs beside."""
    resources, image, probed = _reloader_of(body, lookup)
    ports = {"reloader-web": 8080}
    found = {"resources": resources, "securityContext": BOUND}
    check = http_probe("/healthz", "reloader-web")
    probes = {"livenessProbe": check, "readinessProbe": check} if probed else {}
    return [
        container("init-config-reloader", image, ports=ports, **found),
        container("config-reloader", image, ports=ports, **found, **probes),
    ]


def _reloader_of(body: Manifest, lookup: Lookup) -> tuple[dict[str, Any], str, bool]:
    """Resources, image and probes of config reloaders, as the operator beside this object is told in its arguments."""
    meta = body["metadata"]
    base = str(meta["name"]).removesuffix("-prometheus").removesuffix("-alertmanager")
    operator = lookup("Deployment", meta.get("namespace", ""), f"{base}-operator")
    arguments = dig(operator or {}, ["spec", "template", "spec", "containers", "0", "args"], [])
    told = dict(each.partition("=")[::2] for each in arguments)
    if not told:
        return RELOADER, RELOADER_IMAGE, False
    resources: dict[str, Any] = {}
    for kind in ("request", "limit"):
        amounts = {what: told.get(f"--config-reloader-{what}-{kind}", "0") for what in ("cpu", "memory")}
        if some := {what: amount for what, amount in amounts.items() if amount != "0"}:
            resources[f"{kind}s"] = some
    probed = told.get("--enable-config-reloader-probes") == "true"
    return resources, told.get("--prometheus-config-reloader", RELOADER_IMAGE), probed


def _governing(name: str, namespace: str, kind: str, ports: Sequence[Manifest]) -> Manifest:
    return service(name, namespace, {"app.kubernetes.io/name": kind}, ports, clusterIP="None")


KINDS = (
    KindTruth(group=GROUP, kind="Prometheus", expand=prometheus),
    KindTruth(group=GROUP, kind="Alertmanager", expand=alertmanager),
)
