"""What a chart really makes, beside what `software` says: both reduced to what judgement needs, then compared as sets."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from homelab.documents.read import load
from homelab.kube.facts import Expansion
from homelab.software.software import Release

WORKLOADS = {"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"}
NAMES_ONLY = {
    "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "ConfigMap", "Secret", "ServiceAccount",
    "CustomResourceDefinition", "PrometheusRule", "Namespace", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
}  # fmt: skip
HASHED = re.compile(r"-[0-9a-f]{10}$")


def real(helm: Path, chart: Path, release: Release) -> list[dict[str, Any]]:
    """The objects that real helm renders, without test hooks."""
    argv = [str(helm), "template", release.name, str(chart), "--namespace", release.namespace, "--include-crds"]
    argv += ["--kube-version", f"{release.kubernetes}.0", "--values", "-"]
    if (chart / "release-values.yaml").is_file():
        argv[4:4] = ["--values", str(chart / "release-values.yaml")]
    for version in sorted(release.api_versions):
        argv += ["--api-versions", version]
    done = subprocess.run(argv, input=json.dumps(release.values).encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return [body for body in load(done.stdout, "helm") if body and "test" not in _hooks(body)]


def _hooks(body: Mapping[str, Any]) -> str:
    return str((body.get("metadata", {}).get("annotations") or {}).get("helm.sh/hook", ""))


def projection(objects: Iterable[Mapping[str, Any]], namespace: str) -> dict[str, Any]:
    """`group/Kind/namespace/name` to the reduced object; the release namespace stands for an absent one."""
    reduced: dict[str, Any] = {}
    for body in objects:
        meta = body["metadata"]
        # A Job named by a hash of its own text is the same Job under any hash.
        name = HASHED.sub("-<hash>", meta["name"]) if body["kind"] == "Job" else meta["name"]
        key = f"{body['kind']}/{meta.get('namespace') or namespace}/{name}"
        assert key not in reduced, f"{key} is made twice"
        reduced[key] = _reduce(body)
    return reduced


def _reduce(body: Mapping[str, Any]) -> Any:  # noqa: PLR0911 - one answer a kind
    kind = body["kind"]
    if kind in WORKLOADS:
        return _workload(body)
    if kind in NAMES_ONLY:
        return {}
    if kind == "Service":
        spec = body["spec"]
        ports = [{k: p.get(k) for k in ("name", "port", "targetPort")} for p in spec.get("ports") or ()]
        return {
            "type": spec.get("type", "ClusterIP"),
            "ports": ports,
            "selector": spec.get("selector") or {},
            "headless": spec.get("clusterIP") == "None",
        }
    if kind in {"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"}:
        return [
            {
                "name": w["name"],
                "failurePolicy": w.get("failurePolicy", "Fail"),
                "service": w["clientConfig"].get("service", {}).get("name"),
            }
            for w in body.get("webhooks") or ()
        ]
    if kind == "APIService":
        return body["spec"].get("service", {}).get("name")
    if kind in {"StorageClass", "PriorityClass", "CSIDriver", "IngressClass", "GatewayClass"}:
        return {
            k: v for k, v in body.items() if k not in {"metadata", "apiVersion", "kind", "description", "parameters"}
        }
    if kind in {"ServiceMonitor", "PodMonitor"}:
        spec = body["spec"]
        ends = spec.get("endpoints") or spec.get("podMetricsEndpoints") or ()
        return {
            "labels": body["metadata"].get("labels", {}).get("release"),
            "selector": spec.get("selector"),
            "namespaces": spec.get("namespaceSelector"),
            "ports": [e.get("port") or e.get("targetPort") for e in ends],
        }
    return body.get("spec")


def _workload(body: Mapping[str, Any]) -> Any:
    spec = body["spec"]
    if body["kind"] == "CronJob":
        template = spec["jobTemplate"]["spec"]["template"]
    elif body["kind"] == "Pod":
        template = body
    else:
        template = spec["template"]
    pod = template["spec"]
    return {
        "hook": _hooks(body),
        "replicas": spec.get("replicas") if body["kind"] in {"Deployment", "StatefulSet"} else None,
        "strategy": (spec.get("strategy") or spec.get("updateStrategy") or {}).get("type"),
        "selector": (spec.get("selector") or {}).get("matchLabels") if body["kind"] != "Pod" else None,
        "labels": template["metadata"].get("labels") or {},
        "containers": [_container(c) for c in pod.get("containers") or ()],
        "init": [_container(c) for c in pod.get("initContainers") or ()],
        "volumes": sorted(filter(None, (_volume(v) for v in pod.get("volumes") or ()))),
        "claims": [
            {
                "name": c["metadata"]["name"],
                **{k: c["spec"].get(k) for k in ("storageClassName", "accessModes", "resources")},
            }
            for c in spec.get("volumeClaimTemplates") or ()
        ],
        **{
            k: pod.get(k) or None
            for k in (
                "affinity",
                "topologySpreadConstraints",
                "nodeSelector",
                "tolerations",
                "priorityClassName",
                "serviceAccountName",
            )
        },
        "hostNetwork": bool(pod.get("hostNetwork")),
    }


def _container(container: Mapping[str, Any]) -> Any:
    return {
        "name": container["name"],
        "image": container.get("image"),
        "ports": [{"name": p.get("name"), "containerPort": p["containerPort"]} for p in container.get("ports") or ()],
        "resources": container.get("resources") or {},
        "probes": [p for p in ("livenessProbe", "readinessProbe", "startupProbe") if container.get(p)],
        "security": container.get("securityContext") or {},
    }


def _volume(volume: Mapping[str, Any]) -> str:
    if "persistentVolumeClaim" in volume:
        return f"claim {volume['persistentVolumeClaim']['claimName']}"
    if "secret" in volume:
        return f"secret {volume['secret'].get('secretName')}"
    if "configMap" in volume:
        return f"config {volume['configMap'].get('name')}"
    return "host path" if "hostPath" in volume else ""


def assert_same(helm: Path, chart: Path, release: Release, expansion: Expansion) -> None:
    """The expansion and the real chart make the same objects, as far as judgement looks."""
    there = json.loads(json.dumps(projection(real(helm, chart, release), release.namespace)))
    here = json.loads(json.dumps(projection(expansion.objects, release.namespace)))
    assert sorted(here) == sorted(there), (
        f"missing {sorted(set(there) - set(here))}; made up {sorted(set(here) - set(there))}"
    )
    differing = {key: {"says": here[key], "is": there[key]} for key in there if here[key] != there[key]}
    assert not differing, json.dumps(differing, indent=1)[:6000]
