"""What a stand-in says when the API server calls into the cluster: yes to objects, the same object in another version, some load.

It judges nothing: whatever a real webhook would have refused is admitted, and told as *not evaluated*. The forms are those of
https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/ and of
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from homelab.documents.quantity import format_bytes, format_cpu, parse_bytes, parse_cpu

METRICS = "metrics.k8s.io/v1beta1"
WINDOW = "15s"
IDLE = 0.5
"""What part of its requests a pod is said to use: far from both ends of any autoscaler."""
List = Callable[[str, str], Iterable[Mapping[str, Any]]]
"""Objects of a version and kind."""


def answer(path: str, body: Mapping[str, Any] | None, objects: List, now: str) -> dict[str, Any] | None:
    """What is answered to a call, None where nothing of the kind is known."""
    kind = (body or {}).get("kind")
    if body is not None and kind == "AdmissionReview":
        return {**_head(body), "response": {"uid": body["request"]["uid"], "allowed": True}}
    if body is not None and kind == "ConversionReview":
        return _converted(body)
    return _metrics(path, objects, now)


def reviewed(body: Mapping[str, Any]) -> str:
    """What an AdmissionReview was about: `CREATE shop/Deployment/till`."""
    request = body.get("request") or {}
    about = (request.get("namespace"), (request.get("kind") or {}).get("kind"), request.get("name") or "…")
    return f"{request.get('operation', '')} {'/'.join(part for part in about if part)}"


def _head(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"apiVersion": body["apiVersion"], "kind": body["kind"]}


def _converted(body: Mapping[str, Any]) -> dict[str, Any]:
    """Objects with another version in their head and all else as it was: right where versions differ in name alone."""
    request = body["request"]
    made = [{**each, "apiVersion": request["desiredAPIVersion"]} for each in request["objects"]]
    result = {"uid": request["uid"], "result": {"status": "Success"}, "convertedObjects": made}
    return {**_head(body), "response": result}


def _metrics(path: str, objects: List, now: str) -> dict[str, Any] | None:
    """The load of nodes and pods, from what pods request."""
    parts = path.partition("?")[0].strip("/").split("/")
    if parts[:3] != ["apis", *METRICS.split("/")]:
        return None
    if len(parts) == 3:
        return _resources()
    found = list(_nodes(objects, now) if parts[-1] == "nodes" or parts[3] == "nodes" else _pods(objects, now))
    if parts[3] == "namespaces" and len(parts) > 4:
        found = [each for each in found if each["metadata"].get("namespace") == parts[4]]
        parts = [*parts[:3], *parts[5:]]
    if len(parts) > 4:
        return next((each for each in found if each["metadata"]["name"] == parts[4]), None)
    kind = "NodeMetricsList" if parts[3] == "nodes" else "PodMetricsList"
    return {"apiVersion": METRICS, "kind": kind, "metadata": {}, "items": found}


def _resources() -> dict[str, Any]:
    kinds = (("nodes", "NodeMetrics", False), ("pods", "PodMetrics", True))
    found = [
        {"name": name, "singularName": "", "namespaced": inside, "kind": kind, "verbs": ["get", "list"]}
        for name, kind, inside in kinds
    ]
    return {"apiVersion": "v1", "kind": "APIResourceList", "groupVersion": METRICS, "resources": found}


def _pods(objects: List, now: str) -> Iterator[dict[str, Any]]:
    for pod in objects("v1", "Pod"):
        if (pod.get("status") or {}).get("phase") == "Running":
            meta = {key: pod["metadata"][key] for key in ("name", "namespace", "labels") if key in pod["metadata"]}
            used = [{"name": each["name"], "usage": _usage([each])} for each in pod["spec"]["containers"]]
            yield {**_measured("PodMetrics", meta, now), "containers": used}


def _nodes(objects: List, now: str) -> Iterator[dict[str, Any]]:
    pods = [pod for pod in objects("v1", "Pod") if (pod.get("status") or {}).get("phase") == "Running"]
    for node in objects("v1", "Node"):
        name = node["metadata"]["name"]
        here = [c for pod in pods if pod["spec"].get("nodeName") == name for c in pod["spec"]["containers"]]
        yield {**_measured("NodeMetrics", {"name": name}, now), "usage": _usage(here)}


def _measured(kind: str, meta: Mapping[str, Any], now: str) -> dict[str, Any]:
    return {"apiVersion": METRICS, "kind": kind, "metadata": dict(meta), "timestamp": now, "window": WINDOW}


def _usage(containers: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    cpu = memory = 0
    for each in containers:
        requests = (each.get("resources") or {}).get("requests") or {}
        cpu += parse_cpu(requests.get("cpu", "10m"))
        memory += parse_bytes(requests.get("memory", "16Mi"))
    return {"cpu": format_cpu(round(cpu * IDLE)), "memory": format_bytes(round(memory * IDLE))}
