"""Placement: on which nodes a workload's pods may sit, as the scheduler's filters and what is declared decide.

The filters decide what is possible; among the possible, declared spread decides. Where nothing is declared, replicas
take different nodes, as scores make likely, whatever machine those stand on. What is left goes to the node of which the
least is requested. `Placement` puts a lab's pods once, as they are put on an empty cluster: how many find a place. Where
they are in the long run, and how likely, says `homes`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from homelab.assess.model.machines import allocatable
from homelab.documents.quantity import parse_bytes
from homelab.findings import Subject
from homelab.ground import Ground, Node
from homelab.kube.selector import matches
from homelab.kube.workload import Workload

ZONE, HOSTNAME = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
CONTROL_PLANE = "node-role.kubernetes.io/control-plane"

PODS = 110
"""Pods that a kubelet takes by default (Kubernetes, considerations for large clusters)."""


def labels_of(node: Node) -> Mapping[str, str]:
    """The labels a node carries: those that are declared, and those that its kubelet writes."""
    known = {HOSTNAME: node.name, "kubernetes.io/os": "linux"}
    if node.control_plane:
        known[CONTROL_PLANE] = ""
    return {**known, **node.labels}


@dataclass
class Placement:
    """Nodes of every workload's pods, decided one after the other; `used` is the memory requested on each node."""

    ground: Ground
    used: Counter[str] = field(default_factory=Counter)
    homes: dict[Subject, tuple[Node, ...]] = field(default_factory=dict)
    labels: dict[Subject, Mapping[str, str]] = field(default_factory=dict)
    waiting: dict[Subject, str] = field(default_factory=dict)
    """Workloads no pod of which is ever placed, and why."""

    def place(self, workload: Workload, replicas: int) -> tuple[Node, ...]:
        """The nodes of `replicas` pods; fewer where the filters leave no room."""
        if workload.subject in self.homes:
            return self.homes[workload.subject]
        self.labels[workload.subject] = workload.labels
        possible = [node for node in self.ground.nodes if eligible(workload, node)]
        chosen = possible if workload.daemon else self._spread(workload, possible, min(replicas, PODS * len(possible)))
        self.homes[workload.subject] = tuple(chosen)
        return self.homes[workload.subject]

    def _spread(self, workload: Workload, possible: list[Node], replicas: int) -> list[Node]:
        size = sum(parse_bytes(c.request("memory") or 0) for c in workload.containers)
        rules = rules_of(workload)
        others = {rule: self._matched(workload, rule) for rule in rules}
        chosen: list[Node] = []
        for _ in range(replicas):
            taken = {rule: [*others[rule], *(chosen if rule.own else ())] for rule in rules}
            free = [n for n in possible if not any(refused(n, rule, taken[rule], possible) for rule in rules)]
            if not free:
                break

            def worth(node: Node, taken: Mapping[Rule, list[Node]] = taken) -> tuple[object, ...]:
                full = self.used[node.name] + size > allocatable(node)
                asked = self.used[node.name] / max(allocatable(node), 1)
                return (full, *(shared(node, rule, taken[rule]) for rule in rules), asked)

            best = min(free, key=worth)
            self.used[best.name] += size
            chosen.append(best)
        return chosen

    def _matched(self, workload: Workload, rule: Rule) -> list[Node]:
        """The nodes of other workloads' pods that a rule speaks of."""
        return [
            node
            for other, homes in self.homes.items()
            if other != workload.subject
            and other.namespace == workload.namespace
            and rule.speaks_of(self.labels[other])
            for node in homes
        ]


@dataclass(frozen=True)
class Rule:
    """Pods that should not share a domain: the key of the domain, whom it speaks of, whether it may be broken."""

    key: str
    selector: str
    """The LabelSelector as JSON, so that rules can be compared."""
    hard: bool
    own: bool
    skew: int = 0
    """By how many a domain may be ahead of the emptiest one; 0 where none may be shared at all."""

    def speaks_of(self, labels: Mapping[str, str]) -> bool:
        """Whether pods with these labels are meant."""
        return matches(json.loads(self.selector), labels)


def rules_of(workload: Workload) -> tuple[Rule, ...]:
    """What keeps a workload's pods apart, the widest domain first; different nodes where nothing is declared."""
    found = [_rule(workload, term, hard=hard) for term, hard in workload.anti_affinity]
    for entry in workload.spread:
        strict = entry.get("whenUnsatisfiable", "DoNotSchedule") == "DoNotSchedule"
        found.append(replace(_rule(workload, entry, hard=strict), skew=_skew(entry)))
    if not any(rule.own for rule in found):
        found.append(Rule(HOSTNAME, json.dumps({"matchLabels": dict(workload.labels)}), hard=False, own=True))
    return tuple(sorted(dict.fromkeys(found), key=lambda rule: (rule.key == HOSTNAME, rule.key)))


def _rule(workload: Workload, term: Mapping[str, Any], *, hard: bool) -> Rule:
    selector = term.get("labelSelector")
    return Rule(str(term.get("topologyKey")), json.dumps(selector), hard, matches(selector, workload.labels))


def _skew(entry: Mapping[str, Any]) -> int:
    found = entry.get("maxSkew")
    return found if isinstance(found, int) and found > 0 else 1


def shared(node: Node, rule: Rule, taken: Sequence[Node]) -> int:
    """How many of the pods a rule speaks of a node's domain carries already."""
    domain = labels_of(node).get(rule.key)
    return sum(domain is not None and labels_of(other).get(rule.key) == domain for other in taken)


def refused(node: Node, rule: Rule, taken: Sequence[Node], possible: Sequence[Node]) -> bool:
    """Whether a rule keeps one pod more from a node (interpodaffinity and podtopologyspread, filtering.go).

    A domain counts while it has a node that the pod may ever take, closed for pods or not.
    """
    if not rule.hard:
        return False
    if not rule.skew:
        return shared(node, rule, taken) > 0
    domains = {domain for other in possible if (domain := labels_of(other).get(rule.key)) is not None}
    counts = Counter(labels_of(other).get(rule.key) for other in taken)
    mine = labels_of(node).get(rule.key)
    return mine is None or counts[mine] + 1 - min(counts[domain] for domain in domains) > rule.skew


def eligible(workload: Workload, node: Node) -> bool:
    """Whether the scheduler's filters let a workload's pods on a node: taints, selectors, required affinity."""
    labels = labels_of(node)
    if bound := workload.pod.get("nodeName"):
        return bool(bound == node.name)  # the scheduler is passed over (core/v1 PodSpec.nodeName)
    if not node.schedulable and not _tolerates(workload):
        return False
    if any(labels.get(key) != str(value) for key, value in (workload.pod.get("nodeSelector") or {}).items()):
        return False
    rule = ((workload.pod.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    terms = (rule or {}).get("nodeSelectorTerms") or ()
    return not terms or any(matches({"matchExpressions": term.get("matchExpressions") or ()}, labels) for term in terms)


def _tolerates(workload: Workload) -> bool:
    for toleration in workload.pod.get("tolerations") or ():
        if toleration.get("operator") == "Exists" and toleration.get("key") in {None, "", CONTROL_PLANE}:
            return True
        if toleration.get("key") == CONTROL_PLANE:
            return True
    return False
