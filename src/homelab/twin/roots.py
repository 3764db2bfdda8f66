"""Roots: what a person applies by hand, so that Argo CD does the rest.

A lab of ours has one file for it. In any other repository it is every Application, ApplicationSet and AppProject that no other
Application deploys, in the order of what they need: projects first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homelab.documents.emit import emit
from homelab.documents.read import load
from homelab.gitops.rendering import Asked
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Manifest
from homelab.software.software import Release
from homelab.twin.argo import NAMESPACE
from homelab.twin.sources import addresses

ROOT = "kubernetes/sets/root-applicationset.yaml"
"""The one file of a lab of ours that is ever applied by hand."""
KINDS = ("AppProject", "Application", "ApplicationSet")
CHART = "argo-cd"
REPOSITORY = "https://argoproj.github.io/argo-helm"


def roots(texts: Mapping[str, str], inventory: Inventory) -> list[Manifest]:
    """The objects that are applied by hand, in order."""
    if ROOT in texts:
        return [body for body in load(texts[ROOT], ROOT) if body]
    found = [each for kind in KINDS for each in inventory.of(kind) if not each.origin.application]
    return [_here(each.body) for each in found]


def _here(body: Manifest) -> Manifest:
    """The object in Argo CD's namespace, where it names none."""
    meta: dict[str, Any] = {"namespace": NAMESPACE, **body["metadata"]}
    return {**body, "metadata": meta}


def own(texts: Mapping[str, str], inventory: Inventory) -> frozenset[str]:
    """Addresses of the repository itself: those that its roots read."""
    return addresses({"roots.yaml": "---\n".join(emit(dict(body)) for body in roots(texts, inventory))}).git


def argo_of(heard: list[Asked], kubernetes: str) -> tuple[Asked, bool]:
    """How Argo CD is installed, and whether the repository says so; else its chart as it comes, the newest that is at hand."""
    said = next((each for each in heard if each.release.chart == CHART), None)
    plain = Release(CHART, REPOSITORY, "", "argocd", NAMESPACE, {}, kubernetes)
    return said or Asked(plain), said is not None
