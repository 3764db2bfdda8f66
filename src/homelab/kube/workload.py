"""Workload: one accessor over all kinds that make pods, so that checks stay short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from homelab.findings import Subject
from homelab.kube.resource import Resource, dig

TEMPLATES = {
    "Deployment": "spec.template",
    "StatefulSet": "spec.template",
    "DaemonSet": "spec.template",
    "ReplicaSet": "spec.template",
    "ReplicationController": "spec.template",
    "Job": "spec.template",
    "CronJob": "spec.jobTemplate.spec.template",
    "Pod": "",
    "Rollout": "spec.template",
}
"""Kind to the path of its pod template."""
GROUPS = frozenset({"", "apps", "batch", "argoproj.io"})
"""API groups of these kinds; a Rollout of Argo is a Deployment with another strategy."""
SCALED = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Rollout"})
BATCH = frozenset({"Job", "CronJob"})


@dataclass(frozen=True)
class Container:
    """A container of a pod template; `path` is its place in the object (`spec.template.spec.containers.0`)."""

    body: Mapping[str, Any]
    path: str
    init: bool = False

    @property
    def name(self) -> str:
        """The container's name."""
        return str(self.body.get("name", ""))

    @property
    def image(self) -> str:
        """The image reference, empty when unknown."""
        return str(self.body.get("image") or "")

    @property
    def sidecar(self) -> bool:
        """An init container that keeps running beside the others."""
        return self.init and self.body.get("restartPolicy") == "Always"

    def request(self, resource: str) -> str | None:
        """The request for `cpu` or `memory`; a limit without a request counts as the request."""
        found = dig(self.body, ["resources", "requests", resource])
        found = found if found is not None else dig(self.body, ["resources", "limits", resource])
        return None if found is None else str(found)

    def limit(self, resource: str) -> str | None:
        """The limit for `cpu` or `memory`."""
        found = dig(self.body, ["resources", "limits", resource])
        return None if found is None else str(found)

    @property
    def ports(self) -> Sequence[Mapping[str, Any]]:
        """Declared ports."""
        return self.body.get("ports") or ()

    @property
    def environment(self) -> Iterator[Mapping[str, Any]]:
        """Environment entries."""
        yield from self.body.get("env") or ()


@dataclass(frozen=True)
class Workload:
    """Something that makes pods."""

    resource: Resource

    @property
    def kind(self) -> str:
        """The kind, as in `Deployment`."""
        return self.resource.kind

    @property
    def namespace(self) -> str:
        """The namespace."""
        return self.resource.namespace

    @property
    def name(self) -> str:
        """The name."""
        return self.resource.name

    @property
    def subject(self) -> Subject:
        """What a finding accuses."""
        return self.resource.subject

    @cached_property
    def template_path(self) -> str:
        """Where the pod template stands in the object; empty for a Pod."""
        return TEMPLATES[self.kind]

    @cached_property
    def template(self) -> Mapping[str, Any]:
        """The pod template (metadata and spec)."""
        found = self.resource.get(self.template_path, {}) if self.template_path else self.resource.body
        return found if isinstance(found, Mapping) else {}

    @cached_property
    def pod(self) -> Mapping[str, Any]:
        """The pod spec."""
        found = self.template.get("spec")
        return found if isinstance(found, Mapping) else {}

    @cached_property
    def pod_path(self) -> str:
        """Where the pod spec stands in the object."""
        return f"{self.template_path}.spec" if self.template_path else "spec"

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """The labels its pods carry."""
        found = dig(self.template, ["metadata", "labels"], {})
        return found if isinstance(found, Mapping) else {}

    @cached_property
    def annotations(self) -> Mapping[str, str]:
        """The annotations its pods carry."""
        found = dig(self.template, ["metadata", "annotations"], {})
        return found if isinstance(found, Mapping) else {}

    @cached_property
    def replicas(self) -> int | None:
        """Declared replicas (default 1); None for DaemonSets and batch, whose count follows from elsewhere."""
        if self.kind in SCALED:
            value = self.resource.get("spec.replicas", 1)
            return int(value) if isinstance(value, int | float) else None
        return 1 if self.kind == "Pod" else None

    @property
    def daemon(self) -> bool:
        """One pod a node."""
        return self.kind == "DaemonSet"

    @property
    def batch(self) -> bool:
        """Runs and ends."""
        return self.kind in BATCH

    @property
    def long_running(self) -> bool:
        """Meant to run for ever."""
        return not self.batch and not self.hook

    @cached_property
    def hook(self) -> bool:
        """A hook of helm or Argo CD: it runs at an install or sync only."""
        return any(key in self.resource.annotations for key in ("helm.sh/hook", "argocd.argoproj.io/hook"))

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """Containers that run all the time: ordinary ones and sidecars."""
        ordinary = self._containers("containers", init=False)
        return ordinary + tuple(c for c in self.init_containers if c.sidecar)

    @cached_property
    def init_containers(self) -> tuple[Container, ...]:
        """Init containers, sidecars among them."""
        return self._containers("initContainers", init=True)

    def _containers(self, key: str, *, init: bool) -> tuple[Container, ...]:
        found = self.pod.get(key) or ()
        return tuple(
            Container(body, f"{self.pod_path}.{key}.{index}", init)
            for index, body in enumerate(found)
            if isinstance(body, Mapping)
        )

    @cached_property
    def volumes(self) -> Sequence[Mapping[str, Any]]:
        """Declared volumes."""
        return [volume for volume in self.pod.get("volumes") or () if isinstance(volume, Mapping)]

    @cached_property
    def claim_templates(self) -> Sequence[Mapping[str, Any]]:
        """Claims that a StatefulSet makes for each pod."""
        return [claim for claim in self.resource.get("spec.volumeClaimTemplates", []) if isinstance(claim, Mapping)]

    @cached_property
    def spread(self) -> Sequence[Mapping[str, Any]]:
        """Topology spread constraints."""
        return [entry for entry in self.pod.get("topologySpreadConstraints") or () if isinstance(entry, Mapping)]

    @cached_property
    def anti_affinity(self) -> tuple[tuple[Mapping[str, Any], bool], ...]:
        """Pod anti-affinity terms, each with whether it is required."""
        rules = dig(self.pod, ["affinity", "podAntiAffinity"], {})
        hard = rules.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
        soft = rules.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
        return tuple((term, True) for term in hard) + tuple(
            (entry.get("podAffinityTerm") or {}, False) for entry in soft
        )

    @property
    def host_network(self) -> bool:
        """Shares the node's network: outside of network policies."""
        return bool(self.pod.get("hostNetwork"))
