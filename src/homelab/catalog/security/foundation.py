"""Foundation: namespaces with their pod-security levels, default deny with exactly the declared flows, and quotas.

Declared once, for all components: a namespace has one owner, and a policy is computed from both ends of a flow.
"""

from __future__ import annotations

from collections.abc import Iterator

from homelab.capabilities import Capability
from homelab.catalog import component
from homelab.catalog.component import Area, Component, Namespace, Part
from homelab.catalog.needs import Need, start
from homelab.catalog.plan import Plan, namespaces_of, needs_of, parts_of, practice
from homelab.catalog.repair import repair_path
from homelab.catalog.security.flows import Key, Rules, joined, policy
from homelab.kube.durable import KEEP
from homelab.kube.resource import WAVE, Manifest

SYSTEM = "kube-system"
"""Made by Kubernetes itself, and never under default deny: its pods must run before any policy is read."""
VOLUMES = frozenset({Capability.STORAGE_BLOCK, Capability.STORAGE_LOCAL, Capability.STORAGE_FILE})
"""Who needs one of these has claims in its namespaces."""
LEVELS = ("restricted", "baseline", "privileged")
_DNS = {"k8s:io.kubernetes.pod.namespace": SYSTEM, "k8s-app": "kube-dns"}


class Settings(component.Settings):
    """Nothing of its own; the practice `network_policies` switches the policies."""


def namespaces(plan: Plan) -> dict[str, Namespace]:
    """Every namespace of the lab; where components share one, the wider level and the sum of their quotas' keys."""
    found: dict[str, Namespace] = {}
    for choice in plan.choices:
        for each in namespaces_of(plan, choice):
            known = found.get(each.name, each)
            level = max(known.level, each.level, key=LEVELS.index)
            found[each.name] = Namespace(each.name, level, {**known.quota, **each.quota})
    return {name: found[name] for name in sorted(found) if name != SYSTEM}


def kept_namespaces(plan: Plan) -> frozenset[str]:
    """Namespaces that outlive their manifests: those with data or claims of it, and those of the repair path.

    A namespace takes along whatever lies in it, and no annotation of what lies in it is asked.
    """
    path = repair_path(plan)
    found = {part.namespace for choice in plan.choices for part in parts_of(plan, choice) if part.stateful}
    for choice in plan.choices:
        if choice.name in path or any(need.capability in VOLUMES for need in needs_of(plan, choice)):
            found |= {space.name for space in namespaces_of(plan, choice)}
            found |= {part.namespace for part in parts_of(plan, choice)}
    return frozenset(found)


def guarded(plan: Plan) -> frozenset[str]:
    """Namespaces under default deny: those whose components all want it."""
    wanted: dict[str, bool] = {}
    for choice in plan.choices:
        on = practice(plan, choice.settings, "network_policies")
        for each in namespaces_of(plan, choice):
            wanted[each.name] = wanted.get(each.name, True) and on
    return frozenset(name for name, on in wanted.items() if on and name != SYSTEM)


def namespace_manifests(plan: Plan, _settings: Settings) -> Iterator[Manifest]:
    """The Namespaces; those with data, and those without which nothing can be repaired, are never pruned."""
    lasting = kept_namespaces(plan)
    for name, each in namespaces(plan).items():
        labels = {f"pod-security.kubernetes.io/{mode}": each.level for mode in ("enforce", "audit", "warn")}
        metadata: Manifest = {"name": name, "labels": labels}
        if name in lasting:
            metadata["annotations"] = dict(KEEP)
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def policy_manifests(plan: Plan, _settings: Settings) -> Iterator[Manifest]:
    """What every pod may do, then default deny and the declared flows, namespace by namespace."""
    inside = guarded(plan)
    if not inside:
        return
    yield _everywhere("allow-dns", "egress", [_dns_rule()])
    yield _everywhere("allow-kubelet", "ingress", [{"fromEntities": ["host"]}])
    rules = joined(plan)
    for name in sorted(inside):
        yield _default_deny(name)
        ends = {key: end for key, end in rules.items() if key.namespace == name}
        for title, key in _titles(ends).items():
            yield policy(key, ends[key], title)


def quota_manifests(plan: Plan, _settings: Settings) -> Iterator[Manifest]:
    """A ResourceQuota for each namespace that declares one."""
    for name, each in namespaces(plan).items():
        if each.quota:
            metadata = {"name": "quota", "namespace": name}
            spec = {"hard": dict(each.quota)}
            yield {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": spec}


def _everywhere(name: str, direction: str, rules: list[Manifest]) -> Manifest:
    """A clusterwide policy that only adds: selecting a pod by it denies nothing."""
    spec = {"endpointSelector": {}, "enableDefaultDeny": {"ingress": False, "egress": False}, direction: rules}
    return {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumClusterwideNetworkPolicy",
        "metadata": {"name": name},
        "spec": spec,
    }


def _dns_rule() -> Manifest:
    ports = [{"port": "53", "protocol": protocol} for protocol in ("UDP", "TCP")]
    return {"toEndpoints": [{"matchLabels": dict(_DNS)}], "toPorts": [{"ports": ports}]}


def _default_deny(namespace: str) -> Manifest:
    """The policy from which a namespace starts; it comes after what is allowed, so that no sync cuts its own way."""
    return {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": {"name": "default-deny", "namespace": namespace, "annotations": {WAVE: "1"}},
        "spec": {"endpointSelector": {}, "ingress": [{}], "egress": [{}]},
    }


def _titles(ends: dict[Key, Rules]) -> dict[str, Key]:
    """A name for each policy of a namespace: the labels' values, without repetition."""
    found: dict[str, Key] = {}
    for key in sorted(ends):
        words: list[str] = []
        for _label, value in key.labels:
            if not any(value in word for word in words):
                words = [word for word in words if word not in value] + [value]
        title = "-".join(words)[:50].strip("-._").lower().replace("_", "-") or "namespace"
        title = f"allow-{title}"
        while title in found:
            title += "-more"
        found[title] = key
    return found


def parts(plan: Plan, settings: Settings) -> tuple[Part, ...]:
    """Namespaces always; policies and quotas where there are any."""
    made = [Part("namespaces", SYSTEM, resources=namespace_manifests, stateful=True)]
    if guarded(plan):
        made.append(Part("network-policies", SYSTEM, resources=policy_manifests))
    if any(True for _each in quota_manifests(plan, settings)):
        made.append(Part("quotas", SYSTEM, resources=quota_manifests))
    return tuple(made)


def needs(plan: Plan, _settings: Settings) -> tuple[Need, ...]:
    """The API, and whoever enforces policies where there are policies."""
    api = start(Capability.CLUSTER_API, "namespaces are made there")
    if not plan.homelab.practices.network_policies:
        return (api,)
    return (api, start(Capability.NETWORK_POLICY, "policies nobody enforces protect nothing"))


FOUNDATION = Component(
    name="foundation",
    area=Area.SECURITY,
    summary="Namespaces, pod security levels, default deny with the declared flows, quotas.",
    settings=Settings,
    parts=parts,
    provides=frozenset({Capability.POLICY_FOUNDATION}),
    needs=needs,
    applies=lambda _homelab: True,
)
