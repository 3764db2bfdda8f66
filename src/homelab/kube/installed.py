"""Installed: which charts are deployed at which version, and where that version is written."""

from __future__ import annotations

from dataclasses import dataclass

from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource


@dataclass(frozen=True, slots=True)
class Pin:
    """A chart at a version; `field` is where `resource` writes it."""

    resource: Resource
    field: str
    chart: str
    repository: str
    version: str


def pins(inventory: Inventory) -> tuple[Pin, ...]:
    """Every chart that an Application of the repository pins."""
    return inventory.once("pins", lambda: tuple(_pins(inventory)))


def _pins(inventory: Inventory) -> list[Pin]:
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
