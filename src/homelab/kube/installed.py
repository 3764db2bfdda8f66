"""Installed: which charts are deployed at which version, and where that version is written."""

from __future__ import annotations

from dataclasses import dataclass

from homelab.errors import Place
from homelab.kube.facts import Installed
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource


@dataclass(frozen=True, slots=True)
class Pin:
    """A chart at a version; `field` is where `resource` writes it, `place` where another file does."""

    resource: Resource
    field: str
    chart: str
    repository: str
    version: str
    place: Place | None = None


def pins(inventory: Inventory) -> tuple[Pin, ...]:
    """Every chart that an Application, a kustomization or a HelmRelease of the repository pins."""
    return inventory.once(
        "pins", lambda: (*_applications(inventory), *_kustomizations(inventory), *_releases(inventory))
    )


def _kustomizations(inventory: Inventory) -> list[Pin]:
    found = []
    for fact in inventory.facts_of(Installed):
        owner = inventory.subject(fact.subject)
        if owner is not None:
            found.append(Pin(owner, "", fact.chart, fact.repository, fact.version, fact.place))
    return found


def _releases(inventory: Inventory) -> list[Pin]:
    """Flux: a HelmRelease names chart and version, and the HelmRepository that has the address."""
    found = []
    for release in inventory.of("HelmRelease"):
        chart, version = release.get("spec.chart.spec.chart"), release.get("spec.chart.spec.version")
        if chart and version:
            ref = release.get("spec.chart.spec.sourceRef", {})
            space = str(ref.get("namespace") or release.namespace)
            source = inventory.get("HelmRepository", space, str(ref.get("name", "")))
            where = str(source.get("spec.url", "")) if source else ""
            found.append(Pin(release, "spec.chart.spec.version", str(chart), where, str(version)))
    return found


def _applications(inventory: Inventory) -> list[Pin]:
    found = []
    for application in inventory.of("Application"):
        if application.group != "argoproj.io":
            continue
        sources = [(f"spec.sources.{n}", s) for n, s in enumerate(application.get("spec.sources", []))]
        if single := application.get("spec.source"):
            sources.append(("spec.source", single))
        for path, source in sources:
            if source.get("chart"):
                chart = str(source["chart"]).rpartition("/")[2]
                version, where = str(source.get("targetRevision") or ""), str(source.get("repoURL", ""))
                found.append(Pin(application, f"{path}.targetRevision", chart, where, version))
    return found
