"""Keys: which keys a Secret or ConfigMap has, where all of them are known."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

from homelab.findings import Subject
from homelab.kube.facts import Keyed, Produces
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource

TOKEN = "kubernetes.io/service-account-token"  # noqa: S105 - the type of a Secret
FILLED = (
    "reflector.v1.k8s.emberstack.com/reflects",
    "replicator.v1.mittwald.de/replicate-from",
    "secretgenerator.mittwald.de/autogenerate",
    "secret-generator.v1.mittwald.de/autogenerate",
    "config.openshift.io/inject-trusted-cabundle",
    "service.beta.openshift.io/inject-cabundle",
    "avp.kubernetes.io/path",
    "vault.security.banzaicloud.io/vault-addr",
    "sealedsecrets.bitnami.com/patch",
)
"""Annotations and labels by which somebody else writes keys into an object."""


def keys(inventory: Inventory, subject: Subject) -> frozenset[str] | None:
    """The keys of a Secret or ConfigMap that is there; None where it may have others."""
    declared = inventory.subject(subject)
    written = frozenset[str]() if declared is None else _written(inventory, declared)
    if written is None:
        return None
    makers, told = inventory.once("keys made", lambda: _made(inventory))
    owners = makers.get(subject, frozenset())
    if declared is None and not owners:
        return None
    if owners - told.get(subject, {}).keys():
        return None
    return written.union(*told.get(subject, {}).values())


def _made(
    inventory: Inventory,
) -> tuple[Mapping[Subject, frozenset[Subject]], Mapping[Subject, Mapping[Subject, tuple[str, ...]]]]:
    """What is made at run time to who makes it, and to the keys that each of these says."""
    makers: dict[Subject, frozenset[Subject]] = defaultdict(frozenset)
    told: dict[Subject, dict[Subject, tuple[str, ...]]] = defaultdict(dict)
    for fact in inventory.facts_of(Produces):
        for subject in fact.objects:
            makers[subject] |= {fact.subject}
    for keyed in inventory.facts_of(Keyed):
        told[keyed.made][keyed.subject] = keyed.keys
    return makers, told


def _written(inventory: Inventory, resource: Resource) -> frozenset[str] | None:
    """The keys that stand in a manifest; None where somebody else may write others, an empty one being left to them."""
    found = frozenset(
        str(key) for field in ("data", "stringData", "binaryData") for key in resource.get(field, {}) or ()
    )
    marks = {*resource.annotations, *resource.labels}
    if not found or resource.origin.assumed or not marks.isdisjoint(FILLED) or _ignored(inventory, resource):
        return None
    if resource.labels.get("app.kubernetes.io/part-of") == "argocd":  # it writes what nobody wrote into its own
        return None
    if any(name in resource.name for name in inventory.once("generators unread", lambda: _generators(inventory))):
        return None
    return found | {"token", "ca.crt", "namespace"} if resource.get("type") == TOKEN else found


def _generators(inventory: Inventory) -> frozenset[str]:
    """The names of generators of which not every key was read; overlays may put more around them."""
    found = (re.match(r"the keys of (\S+) stand in it", gap.why) for gap in inventory.unknown)
    return frozenset(match[1] for match in found if match)


def _ignored(inventory: Inventory, resource: Resource) -> bool:
    """Whether its Application leaves the object's data to somebody else."""
    for application in inventory.applications:
        if application.name != resource.origin.application or application.resource is None:
            continue
        for entry in application.resource.get("spec.ignoreDifferences", []):
            if entry.get("kind") == resource.kind and entry.get("name") in {None, resource.name}:
                return True
    return False
