"""Rules: network policies of Kubernetes and of Cilium as one list: which pods each selects, and what it lets them reach.

Sources: networking.k8s.io/v1 NetworkPolicySpec; Cilium's `pkg/policy/api` (Rule, EgressRule) and its documentation of policies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource
from homelab.kube.selector import matches
from homelab.kube.workload import Workload

KINDS = ("NetworkPolicy", "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy")
PREFIXES = ("k8s:", "k8s.", "any:", "any.")
"""Where a label of Cilium comes from, in front of its name."""
SPACE = "io.kubernetes.pod.namespace"
"""Cilium's label with the namespace of a pod."""
CILIUM = "io.cilium."
"""How the labels begin that Cilium gives pods itself."""
OF_SPACE = "io.cilium.k8s.namespace.labels."
"""What Cilium writes in front of the labels of a pod's namespace."""


@dataclass(frozen=True)
class Policy:
    """One rule set of a policy: `path` is its place in the object, `selector` a LabelSelector of pods.

    `cilium` says whose language it is; a policy without a namespace selects pods of all of them.
    """

    resource: Resource
    path: str
    selector: Mapping[str, Any]
    body: Mapping[str, Any]
    cilium: bool

    @property
    def spaces(self) -> str | None:
        """The namespace whose pods are selected; None for all."""
        return None if self.resource.kind == "CiliumClusterwideNetworkPolicy" else self.resource.namespace

    @property
    def isolates(self) -> bool:
        """Whether the pods it selects may from then on reach only what is allowed."""
        if not self.cilium:
            types = self.body.get("policyTypes")
            return "Egress" in types if types else bool(self.body.get("egress"))
        wanted = (self.body.get("enableDefaultDeny") or {}).get("egress")
        return bool(self.body.get("egress") or self.body.get("egressDeny")) if wanted is None else bool(wanted)

    @property
    def egress(self) -> list[Mapping[str, Any]]:
        """What its pods may reach."""
        return [rule for rule in self.body.get("egress") or () if isinstance(rule, Mapping)]

    def selects(self, workload: Workload, *, perhaps: bool = False) -> bool:
        """Whether it selects a workload's pods; pods in the node's network are selected by none.

        With `perhaps`, labels that Cilium alone knows (those of the namespace, the ServiceAccount) are taken to fit.
        """
        if workload.host_network or self.spaces not in {None, workload.namespace}:
            return False
        if not self.cilium:
            return matches(self.selector, workload.labels)
        wanted = plain(self.selector)
        if perhaps:
            equal = {key: value for key, value in wanted["matchLabels"].items() if not key.startswith(CILIUM)}
            more = [entry for entry in wanted["matchExpressions"] if not entry["key"].startswith(CILIUM)]
            wanted = {"matchLabels": equal, "matchExpressions": more}
        return matches(wanted, {**workload.labels, SPACE: workload.namespace})


def policies(inventory: Inventory) -> tuple[Policy, ...]:
    """Every rule set of every policy that is about pods."""
    return inventory.once("policies", lambda: tuple(_policies(inventory)))


def policies_on(inventory: Inventory, workload: Workload) -> tuple[Policy, ...]:
    """The policies that select a workload's pods, those among them whose labels Cilium alone knows."""
    return inventory.once("policies on", lambda: _by_workload(inventory)).get(workload.resource.identity, ())


def _by_workload(inventory: Inventory) -> Mapping[tuple[str, str, str, str], tuple[Policy, ...]]:
    found: dict[tuple[str, str, str, str], list[Policy]] = defaultdict(list)
    for policy in policies(inventory):
        for workload in selected(inventory, policy, perhaps=True):
            found[workload.resource.identity].append(policy)
    return {key: tuple(each) for key, each in found.items()}


def selected(inventory: Inventory, policy: Policy, *, perhaps: bool = False) -> Iterator[Workload]:
    """The workloads whose pods a policy selects, looked up by their labels and not one by one."""
    if policy.spaces is None:
        candidates = inventory.workloads
    else:
        equal = plain(policy.selector)["matchLabels"] if policy.cilium else policy.selector.get("matchLabels") or {}
        own = {key: value for key, value in equal.items() if key != SPACE and not key.startswith(CILIUM)}
        candidates = inventory.select(policy.spaces, {"matchLabels": own})
    return (workload for workload in candidates if policy.selects(workload, perhaps=perhaps))


def _policies(inventory: Inventory) -> Iterator[Policy]:
    for resource in inventory.of(*KINDS):
        cilium = resource.group == "cilium.io"
        if not cilium and resource.group != "networking.k8s.io":
            continue
        for path, body in _bodies(resource):
            selector = body.get("endpointSelector" if cilium else "podSelector")
            if isinstance(selector, Mapping):
                yield Policy(resource, path, selector, body, cilium)


def _bodies(resource: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    spec, several = resource.get("spec"), resource.body.get("specs")
    if isinstance(spec, Mapping):
        # networking.k8s.io/v1 since 1.33: a missing podSelector is an empty one
        yield "spec", {"podSelector": {}, **spec} if resource.group == "networking.k8s.io" else spec
    for index, each in enumerate(several if isinstance(several, list) else ()):
        if isinstance(each, Mapping):
            yield f"specs.{index}", each


def plain(selector: Mapping[str, Any]) -> Mapping[str, Any]:
    """A selector of Cilium with the labels as pods carry them: without their sources."""
    equal = {bare(str(key)): value for key, value in (selector.get("matchLabels") or {}).items()}
    more = [
        {**entry, "key": bare(str(entry.get("key", "")))}
        for entry in selector.get("matchExpressions") or ()
        if isinstance(entry, Mapping)
    ]
    return {"matchLabels": equal, "matchExpressions": more}


def bare(label: str) -> str:
    """A label without the source that Cilium writes in front (`k8s:app`)."""
    return next((label[len(prefix) :] for prefix in PREFIXES if label.startswith(prefix)), label)


def keys(selector: Mapping[str, Any]) -> frozenset[str]:
    """The labels that a selector asks for."""
    found = plain(selector)
    return frozenset({*found["matchLabels"], *(str(entry["key"]) for entry in found["matchExpressions"])})
