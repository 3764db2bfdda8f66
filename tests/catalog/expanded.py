"""What a component becomes in a lab by what `software` knows: charts, own manifests, then what operators make of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from catalog.plans import own, releases
from homelab.catalog.flows import Pods
from homelab.catalog.plan import Plan, flows_of
from homelab.gitops.truths import of_programs
from homelab.kube.facts import Fact
from homelab.kube.resource import Origin, Resource
from homelab.software.lookup import expand, kind_truths


@dataclass(frozen=True)
class Expanded:
    """Objects, facts, and what is not known."""

    objects: tuple[Any, ...]
    facts: tuple[Fact, ...]
    unknown: tuple[str, ...]

    def of(self, kind: str) -> dict[str, Any]:
        """Objects of one kind by name."""
        return {body["metadata"]["name"]: body for body in self.objects if body["kind"] == kind}

    @property
    def pods(self) -> list[tuple[str, dict[str, str]]]:
        """Namespace and labels of every pod template, and of every pod that an operator makes without one."""
        templates = [
            (body["metadata"]["namespace"], body["spec"]["template"]["metadata"]["labels"])
            for body in self.objects
            if body["kind"] in {"Deployment", "StatefulSet", "DaemonSet", "Job"}
        ]
        bare = [body["metadata"] for body in self.objects if body["kind"] == "Pod"]
        return templates + [(meta["namespace"], meta["labels"]) for meta in bare]


def expanded(plan: Plan, name: str) -> Expanded:
    """Everything that a component of a plan becomes."""
    objects, facts, unknown = [], [], []
    for release in releases(plan, name).values():
        made = expand(release)
        for body in made.objects:
            meta = body["metadata"]
            objects.append({**body, "metadata": {"namespace": release.namespace, **meta}})
        facts += made.facts
        unknown += made.unknown
    objects += own(plan, name)
    known = {(b["kind"], b["metadata"].get("namespace", ""), b["metadata"]["name"]): b for b in objects}
    fresh = list(objects)
    while fresh:
        latest: list[Any] = []
        for body in fresh:
            truth = kind_truths().get((body["apiVersion"].rpartition("/")[0], body["kind"]))
            if truth:
                made = truth.expand(body, lambda *key: known.get(key))
                latest += made.objects
                facts += made.facts
                unknown += made.unknown
        objects += latest
        fresh = latest
    declared = [Resource(body, Origin("lab.yaml", 0)) for body in objects]
    return Expanded(tuple(objects), (*facts, *of_programs(declared)), tuple(unknown))


def strangers(plan: Plan, name: str) -> list[Pods]:
    """Ends of a component's flows, in its own namespaces, that match no pod it becomes."""
    pods = expanded(plan, name).pods
    return [
        flow.pods
        for flow in flows_of(plan, plan.by_name[name])
        if not any(
            space == flow.pods.namespace and dict(flow.pods.labels).items() <= labels.items() for space, labels in pods
        )
    ]
