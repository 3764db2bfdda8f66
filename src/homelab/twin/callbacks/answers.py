"""What a stand-in says when the API server calls into the cluster: yes to objects, the same object in another version, some load.

It judges nothing: whatever a real webhook would have refused is admitted, and told as *not evaluated*. The forms are those of
https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/ and of
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/.
Of aggregated APIs it knows metrics.k8s.io; of any other it says that it serves no kind, so that it counts as available.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol
from urllib.parse import parse_qs

from homelab.documents.quantity import format_bytes, format_cpu, parse_bytes, parse_cpu

METRICS = "metrics.k8s.io/v1beta1"
WINDOW = "15s"
IDLE = 0.5
"""What part of its requests a pod is said to use: far from both ends of any autoscaler."""
Measured = dict[str, Any]
"""The load of one object, as metrics.k8s.io says it."""


class Lister(Protocol):
    """Objects of a version and kind, of one namespace where it is named, and as the server selects them."""

    def __call__(self, version: str, kind: str, namespace: str = "", **query: str) -> Iterable[Mapping[str, Any]]:
        """As `cluster.api.Api.list`."""


def answer(path: str, body: Mapping[str, Any] | None, objects: Lister, now: str) -> dict[str, Any] | None:
    """What is answered to a call, None where nothing of the kind is known."""
    kind = (body or {}).get("kind")
    if body is not None and kind == "AdmissionReview":
        return {**_head(body), "response": {"uid": body["request"]["uid"], "allowed": True}}
    if body is not None and kind == "ConversionReview":
        return _converted(body)
    return _metrics(path, objects, now)


def asked(path: str, body: Mapping[str, Any] | None) -> list[str]:
    """What a question was about, and a program would have looked at: `CREATE shop/Deployment/till`; of discovery nothing."""
    request = (body or {}).get("request") or {}
    match (body or {}).get("kind"):
        case "AdmissionReview":
            about = (request.get("namespace"), (request.get("kind") or {}).get("kind"), request.get("name") or "…")
            return [f"{request.get('operation', '')} {'/'.join(part for part in about if part)}"]
        case "ConversionReview":
            wanted = request.get("desiredAPIVersion")
            return [f"{each.get('apiVersion')} {each.get('kind')} to {wanted}" for each in request.get("objects") or ()]
    parts = path.partition("?")[0].strip("/").split("/")
    if parts[:3] == ["apis", *METRICS.split("/")] and len(parts) > 3:
        return [f"load of {'nodes' if parts[3] == 'nodes' else 'pods'}: half of what they request"]
    return []


def _head(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"apiVersion": body["apiVersion"], "kind": body["kind"]}


def _converted(body: Mapping[str, Any]) -> dict[str, Any]:
    """Objects with another version in their head and all else as it was: right where versions differ in name alone."""
    request = body["request"]
    made = [{**each, "apiVersion": request["desiredAPIVersion"]} for each in request["objects"]]
    result = {"uid": request["uid"], "result": {"status": "Success"}, "convertedObjects": made}
    return {**_head(body), "response": result}


def _metrics(path: str, objects: Lister, now: str) -> dict[str, Any] | None:
    """The load of nodes and pods, from what pods request; of groups that nobody knows here, that they have no kinds."""
    bare, _, query = path.partition("?")
    parts = bare.strip("/").split("/")
    if parts[0] != "apis" or len(parts) < 3:
        return None
    version, asked_for = "/".join(parts[1:3]), parts[3:]
    if not asked_for:
        return _resources(version)
    if version != METRICS:
        return None
    namespace = ""
    if len(asked_for) > 2 and asked_for[0] == "namespaces":
        namespace, asked_for = asked_for[1], asked_for[2:]
    only = {key: value[0] for key, value in parse_qs(query).items() if key in {"labelSelector", "fieldSelector"}}
    return _load(asked_for, namespace, objects, now, only)


def _load(
    asked_for: list[str], namespace: str, objects: Lister, now: str, only: Mapping[str, str]
) -> dict[str, Any] | None:
    """The load of all objects that are asked for, or of one by its name."""
    if asked_for[0] not in {"nodes", "pods"}:
        return None
    found = list((_nodes if asked_for[0] == "nodes" else _pods)(objects, now, namespace, only))
    if len(asked_for) > 1:
        return next((each for each in found if each["metadata"]["name"] == asked_for[1]), None)
    kind = "NodeMetricsList" if asked_for[0] == "nodes" else "PodMetricsList"
    return {"apiVersion": METRICS, "kind": kind, "metadata": {}, "items": found}


def _resources(version: str) -> dict[str, Any]:
    kinds = (("nodes", "NodeMetrics", False), ("pods", "PodMetrics", True)) if version == METRICS else ()
    found = [
        {"name": name, "singularName": "", "namespaced": inside, "kind": kind, "verbs": ["get", "list"]}
        for name, kind, inside in kinds
    ]
    return {"apiVersion": "v1", "kind": "APIResourceList", "groupVersion": version, "resources": found}


def _pods(objects: Lister, now: str, namespace: str = "", only: Mapping[str, str] | None = None) -> Iterator[Measured]:
    for pod in _running(objects("v1", "Pod", namespace, **(only or {}))):
        meta = {key: pod["metadata"][key] for key in ("name", "namespace", "labels") if key in pod["metadata"]}
        used = [{"name": each["name"], "usage": _usage([each])} for each in _containers(pod)]
        yield {**_measured("PodMetrics", meta, now), "containers": used}


def _nodes(
    objects: Lister, now: str, _namespace: str = "", only: Mapping[str, str] | None = None
) -> Iterator[Measured]:
    pods = list(_running(objects("v1", "Pod")))
    for node in objects("v1", "Node", "", **(only or {})):
        name = node["metadata"]["name"]
        here = [each for pod in pods if pod["spec"].get("nodeName") == name for each in _containers(pod)]
        meta = {key: node["metadata"][key] for key in ("name", "labels") if key in node["metadata"]}
        yield {**_measured("NodeMetrics", meta, now), "usage": _usage(here)}


def _running(pods: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    return (pod for pod in pods if (pod.get("status") or {}).get("phase") == "Running")


def _containers(pod: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What runs in a pod: its containers and its sidecars."""
    sidecars = [each for each in pod["spec"].get("initContainers") or () if each.get("restartPolicy") == "Always"]
    return [*pod["spec"]["containers"], *sidecars]


def _measured(kind: str, meta: Mapping[str, Any], now: str) -> dict[str, Any]:
    return {"apiVersion": METRICS, "kind": kind, "metadata": dict(meta), "timestamp": now, "window": WINDOW}


def _usage(containers: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    cpu = memory = 0
    for each in containers:
        requests = (each.get("resources") or {}).get("requests") or {}
        cpu += parse_cpu(requests.get("cpu", "10m"))
        memory += parse_bytes(requests.get("memory", "16Mi"))
    return {"cpu": format_cpu(round(cpu * IDLE)), "memory": format_bytes(round(memory * IDLE))}
