"""kube-prometheus-stack: what measures the cluster: kube-state-metrics, node exporter, and monitors of the control plane.

Source: chart kube-prometheus-stack 88.5.3 with kube-state-metrics 8.4.0 and prometheus-node-exporter 4.56.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homelab.software.kube_prometheus_stack.frame import Frame
from homelab.software.shapes import (
    budget,
    container,
    http_probe,
    port,
    service,
    service_monitor,
    template,
    thing,
    workload,
)

KSM = "kube-state-metrics"
KSM_IMAGE = "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0"
NODE = "prometheus-node-exporter"
NODE_IMAGE = "quay.io/prometheus/node-exporter:v1.12.1"
NOT_REAL = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [
                {
                    "matchExpressions": [
                        {"key": "eks.amazonaws.com/compute-type", "operator": "NotIn", "values": ["fargate"]},
                        {"key": "type", "operator": "NotIn", "values": ["virtual-kubelet"]},
                    ]
                }
            ]
        }
    }
}
"""Nodes on which there is no machine to measure."""
CONTROL_PLANE: tuple[tuple[str, str, int, dict[str, str]], ...] = (
    ("kubeControllerManager", "kube-controller-manager", 10257, {"component": "kube-controller-manager"}),
    ("coreDns", "coredns", 9153, {"k8s-app": "kube-dns"}),
    ("kubeEtcd", "kube-etcd", 2381, {"component": "etcd"}),
    ("kubeScheduler", "kube-scheduler", 10259, {"component": "kube-scheduler"}),
    ("kubeProxy", "kube-proxy", 10249, {"k8s-app": "kube-proxy"}),
)
"""Values key, name, port, and the pods by default."""


def _labels(frame: Frame, chart: str, version: str, app: str) -> dict[str, str]:
    return {
        "helm.sh/chart": f"{chart}-{version}",
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/component": "metrics",
        "app.kubernetes.io/part-of": chart,
        **_selector(frame, chart),
        "app.kubernetes.io/version": app,
        "release": frame.release.name,
    }


def _selector(frame: Frame, chart: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": chart, "app.kubernetes.io/instance": frame.release.name}


def add_state_metrics(frame: Frame) -> None:
    """kube-state-metrics: one pod that tells the state of every object; a second one would tell it twice."""
    values = frame.values[KSM]
    if not frame.values["kubeStateMetrics"]["enabled"]:
        return
    name, labels = frame.sub(KSM), _labels(frame, KSM, "8.4.0", "2.20.0")
    probes: dict[str, Any] = {"livenessProbe": http_probe("/livez", "http")}
    probes["readinessProbe"] = http_probe("/readyz", "metrics")
    if values["startupProbe"]["enabled"]:
        probes["startupProbe"] = http_probe("/healthz", "http")
    main = container(
        KSM,
        KSM_IMAGE,
        ports={"http": 8080, "metrics": 8081},
        resources=values["resources"] or {},
        securityContext=values["containerSecurityContext"] or None,
        **probes,
    )
    made = template(
        {**labels, **values["podLabels"]},
        [main, *values["containers"]],
        initContainers=values["initContainers"] or None,
        volumes=values["volumes"] or None,
        securityContext={"runAsNonRoot": True, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"}},
        serviceAccountName=name,
        **_placed(values),
        topologySpreadConstraints=values["topologySpreadConstraints"] or None,
    )
    rolled = {"type": values["updateStrategy"] or "RollingUpdate"}
    selector, count = _selector(frame, KSM), values["replicas"]
    deployed = workload("Deployment", name, frame.release.namespace, made, selector, replicas=count, strategy=rolled)
    frame.add(deployed, KSM, labels)
    ports = [port("http", 8080, "http")]
    if values["selfMonitor"]["enabled"]:
        ports.append(port("metrics", 8081, "metrics"))
    frame.add(service(name, frame.release.namespace, selector, ports, type="ClusterIP"), KSM, labels)
    for kind in ("ClusterRole", "ClusterRoleBinding"):
        frame.draft.names(kind, [name], key=KSM)
    frame.draft.names("ServiceAccount", [name], frame.release.namespace, KSM)
    if values["podDisruptionBudget"]:
        pods = {"app.kubernetes.io/name": KSM}
        frame.add(budget(name, frame.release.namespace, pods, **values["podDisruptionBudget"]), KSM, labels)
    if values["prometheus"]["monitor"]["enabled"]:
        scraped = [each["name"] for each in ports]
        frame.add(service_monitor(name, frame.release.namespace, selector, scraped), KSM, labels)


def _placed(values: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("priorityClassName", "nodeSelector", "tolerations", "affinity")
    return {key: values[key] or None for key in keys}


def add_node_exporter(frame: Frame) -> None:
    """The node exporter: a pod on every node, in the node's own network."""
    values = frame.values[NODE]
    if not frame.values["nodeExporter"]["enabled"]:
        return
    name, labels = frame.sub(NODE), _labels(frame, NODE, "4.56.1", "1.12.1")
    alive = http_probe("/", "http-metrics")
    main = container(
        "node-exporter",
        f"{NODE_IMAGE}{'-distroless' if values['image']['distroless'] else ''}",
        ports={"http-metrics": 9100},
        resources=values["resources"] or None,
        securityContext=values["containerSecurityContext"] or None,
        livenessProbe=alive,
        readinessProbe=alive,
    )
    hosted = {"proc": "/proc", "sys": "/sys", **({"root": "/"} if values["hostRootFsMount"]["enabled"] else {})}
    hosted |= {each["name"]: each["hostPath"] for each in values["extraHostVolumeMounts"]}
    made = template(
        {**labels, **values["podLabels"]},
        [main],
        hostNetwork=values["hostNetwork"],
        hostPID=True,
        securityContext=values["securityContext"] or None,
        serviceAccountName=name,
        volumes=[{"name": key, "hostPath": {"path": path}} for key, path in hosted.items()],
        **{**_placed(values), "affinity": _merged(values["affinity"])},
    )
    selector = _selector(frame, NODE)
    rolled = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}}
    deployed = workload("DaemonSet", name, frame.release.namespace, made, selector, updateStrategy=rolled)
    frame.add(deployed, NODE, labels)
    found = service(name, frame.release.namespace, selector, [port("http-metrics", 9100, 9100)], type="ClusterIP")
    frame.add(found, NODE, {**labels, "jobLabel": "node-exporter"})
    frame.draft.names("ServiceAccount", [name], frame.release.namespace, NODE)
    if values["prometheus"]["monitor"]["enabled"]:
        frame.add(service_monitor(name, frame.release.namespace, selector, ["http-metrics"]), NODE, labels)


def _merged(affinity: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = dict(NOT_REAL)
    for key, rule in (affinity or {}).items():
        if not rule:
            continue
        found[key] = {**found.get(key, {}), **rule} if key == "nodeAffinity" else rule
    return found


def add_control_plane(frame: Frame) -> None:
    """Services and monitors by which Prometheus finds the API server, kubelets and the control plane's parts."""
    if not frame.values["kubernetesServiceMonitors"]["enabled"]:
        return
    for key, name, number, pods in CONTROL_PLANE:
        _add_static(frame, key, name, frame.values[key]["service"]["port"] or number, pods)
    server = frame.values["kubeApiServer"]
    if server["enabled"] and server["serviceMonitor"]["enabled"]:
        found = {"component": "apiserver", "provider": "kubernetes"}
        _add_monitor(frame, "kubeApiServer", "apiserver", found, ["https"], "default")
    kubelet = frame.values["kubelet"]
    monitor = kubelet["serviceMonitor"]
    if kubelet["enabled"] and monitor["enabled"]:
        scheme = "https" if monitor["https"] else "http"
        ends = [f"{scheme}-metrics" for key in ("kubelet", "cAdvisor", "probes", "resource") if monitor[key]]
        found = {"app.kubernetes.io/name": "kubelet", "k8s-app": "kubelet"}
        _add_monitor(frame, "kubelet", "kubelet", found, ends, kubelet["namespace"])


def _add_static(frame: Frame, key: str, name: str, number: int, pods: Mapping[str, str]) -> None:
    values = frame.values[key]
    if not values["enabled"]:
        return
    full = f"{frame.full}-{name}"
    labels = frame.labels(name, jobLabel=name)
    listed = values["endpoints"]
    if listed:
        ends = [{"addresses": [{"ip": ip} for ip in listed], "ports": [{"name": "http-metrics", "port": number}]}]
        frame.add(thing("Endpoints", full, "kube-system", subsets=ends), key, labels)
    if values["service"]["enabled"]:
        target = values["service"]["targetPort"] or number
        chosen = None if listed else values["service"]["selector"] or pods
        ports = [port("http-metrics", number, target)]
        made = service(full, "kube-system", chosen, ports, type="ClusterIP", clusterIP="None")
        frame.add(made, key, labels)
    if values["serviceMonitor"]["enabled"]:
        found = {"app": f"kube-prometheus-stack-{name}", "release": frame.release.name}
        _add_monitor(frame, key, name, found, ["http-metrics"], "kube-system")


def _add_monitor(
    frame: Frame, key: str, name: str, selector: Mapping[str, str], ports: list[str], namespace: str
) -> None:
    made = service_monitor(
        f"{frame.full}-{name}",
        frame.namespace,
        selector,
        ports,
        namespaceSelector={"matchNames": [namespace]},
    )
    frame.add(made, key, frame.labels(name))
