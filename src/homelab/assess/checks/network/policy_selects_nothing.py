"""A policy without pods: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory
from homelab.kube.policies.rules import SPACE, Policy, keys, plain, policies, selected

AT_RUN_TIME = ("acme.cert-manager.io/", "batch.kubernetes.io/", "io.cilium.", "io.kubernetes.", "apps.kubernetes.io/",
               "statefulset.kubernetes.io/", "kubevirt.io/", "cdi.kubevirt.io")  # fmt: skip
"""How labels begin that pods get while they run, or that only pods have which something makes at run time."""
NAMES = frozenset({"job-name", "pod-template-hash", "controller-uid", "controller-revision-hash", "reserved:init"})


@check(severity=Severity.LOW)
def policy_selects_nothing(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A network policy whose selector fits no pod: what it was to protect is not protected."""
    for policy in policies(inventory):
        asked = keys(policy.selector)
        resource, field = policy.resource, f"{policy.path}.{'endpointSelector' if policy.cilium else 'podSelector'}"
        if not asked or resource.origin.maker == "operator" or _of_others(policy, asked):
            continue
        if any(selected(inventory, policy)):
            continue
        if policy.spaces is None:
            answer = ask.Answer(why=ask.anything(inventory))
        else:
            answer = ask.pods(inventory, policy.spaces, plain(policy.selector))
        if answer.why:
            yield Unjudged(str(resource.subject), answer.why, inventory.place(resource, field))
        if not answer.missing:
            continue
        equal = plain(policy.selector)["matchLabels"]
        labels = ", ".join(f"{key}={value}" for key, value in equal.items()) or ", ".join(sorted(asked))
        yield Accusation(
            resource,
            f"{resource.name} selects pods with {labels}; {policy.spaces or 'the cluster'} has none",
            field=field,
            hint="use the labels of the pod template, as they are after overlays",
            absent=(resource.namespace,),
        )


def _of_others(policy: Policy, asked: frozenset[str]) -> bool:
    """Whether it means pods that no manifest has: those of the distribution, and those that are made at run time."""
    system = policy.spaces == "kube-system" or (policy.spaces is None and SPACE in asked)
    return system or any(key in NAMES or key.startswith(AT_RUN_TIME) for key in asked)
