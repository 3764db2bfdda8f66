"""What KWOK says in place of kubelets: a node that is ready, pods that start, finish and go.

A Stage picks objects by jq and says what their status becomes (https://kwok.sigs.k8s.io/docs/user/stages-configuration/).
A pod of a Job ends well; one with a readiness gate has it open, unless a drill holds it back by an annotation; a node's
heartbeat is a Lease, its conditions are said once.
"""

from __future__ import annotations

from typing import Any

from homelab.documents.emit import emit_documents

STUCK = "twin.homelab.dev/stuck"
"""The annotation of pods that never become ready: a drill's wrong image, or a volume that does not come."""

_NODE = """
{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- {type: {{ .type | Quote }}, status: {{ .status | Quote }}, reason: {{ .reason | Quote }}, message: {{ .message | Quote }}, lastHeartbeatTime: {{ $now | Quote }}, lastTransitionTime: {{ $now | Quote }}}
{{ end }}
phase: Running
"""
_READY = """
{{ $now := Now }}
conditions:
{{ range $type := list "PodReadyToStartContainers" "Initialized" "Ready" "ContainersReady" }}
- {type: {{ $type }}, status: "True", lastTransitionTime: {{ $now | Quote }}}
{{ end }}
{{ range .spec.readinessGates }}
- {type: {{ .conditionType | Quote }}, status: "True", lastTransitionTime: {{ $now | Quote }}}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- {name: {{ .name | Quote }}, image: {{ .image | Quote }}, imageID: "", ready: true, started: true, restartCount: 0, state: {running: {startedAt: {{ $now | Quote }}}}}
{{ end }}
{{ if .spec.initContainers }}
initContainerStatuses:
{{ range .spec.initContainers }}
{{ if eq .restartPolicy "Always" }}
- {name: {{ .name | Quote }}, image: {{ .image | Quote }}, imageID: "", ready: true, started: true, restartCount: 0, state: {running: {startedAt: {{ $now | Quote }}}}}
{{ else }}
- {name: {{ .name | Quote }}, image: {{ .image | Quote }}, imageID: "", ready: true, restartCount: 0, state: {terminated: {exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}}
{{ end }}
{{ end }}
{{ end }}
{{ with NodeIPsWith .spec.nodeName }}
hostIP: {{ index . 0 | Quote }}
{{ end }}
{{ with PodIPsWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) }}
podIP: {{ index . 0 | Quote }}
podIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
phase: Running
startTime: {{ $now | Quote }}
"""
_AGAIN = """
{{ $now := Now }}
conditions:
{{ range $type := list "Ready" "ContainersReady" }}
- {type: {{ $type }}, status: "True", lastTransitionTime: {{ $now | Quote }}}
{{ end }}
"""
_DONE = """
{{ $now := Now }}
containerStatuses:
{{ range .spec.containers }}
- {name: {{ .name | Quote }}, image: {{ .image | Quote }}, imageID: "", ready: false, started: false, restartCount: 0, state: {terminated: {exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}}
{{ end }}
phase: Succeeded
"""


def stages() -> str:
    """The configuration of KWOK: its Stages as YAML."""
    alive = _where(".metadata.deletionTimestamp", "DoesNotExist")
    ready = '.status.conditions.[] | select( .type == "Ready" ) | .status'
    job = ".metadata.ownerReferences.[].kind"
    stuck = f'.metadata.annotations["{STUCK}"]'
    made = (
        _stage("node-ready", "Node", [_where(ready, "NotIn", "True")], {"statusTemplate": _NODE}),
        _stage(
            "pod-ready",
            "Pod",
            [alive, _where(".status.phase", "In", "Pending"), _where(stuck, "DoesNotExist")],
            {"statusTemplate": _READY},
        ),
        # When a node falls silent, its controller says of each of its pods that it is not ready; a kubelet that is back says it anew.
        _stage(
            "pod-ready-again",
            "Pod",
            [
                alive,
                _where(".status.phase", "In", "Running"),
                _where(ready, "In", "False"),
                _where(stuck, "DoesNotExist"),
                _where(job, "NotIn", "Job"),
            ],
            {"statusTemplate": _AGAIN},
        ),
        _stage(
            "pod-done",
            "Pod",
            [alive, _where(".status.phase", "In", "Running"), _where(job, "In", "Job")],
            {"statusTemplate": _DONE},
            milliseconds=300,
        ),
        _stage("pod-gone", "Pod", [_where(".metadata.deletionTimestamp", "Exists")], {"delete": True}),
    )
    return emit_documents(made)


def _where(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"key": key, "operator": operator, **({"values": list(values)} if values else {})}


def _stage(
    name: str, kind: str, where: list[dict[str, Any]], becomes: dict[str, Any], milliseconds: int = 0
) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "resourceRef": {"apiGroup": "v1", "kind": kind},
        "selector": {"matchExpressions": where},
        "next": becomes,
    }
    if milliseconds:
        spec["delay"] = {"durationMilliseconds": milliseconds}
    return {"apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": "Stage", "metadata": {"name": name}, "spec": spec}
