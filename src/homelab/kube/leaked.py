"""Deployed: the secrets in Git by where they stand, each accused as the object that it becomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from homelab.findings import Subject
from homelab.kube.inventory import Inventory
from homelab.kube.leaks.files import Leaked


def in_git(inventory: Inventory, *where: str) -> Iterator[tuple[Subject, Leaked]]:
    """The leaks of these places, each with the object that was read from the same document, else what the file says."""
    found = inventory.once("leaks", lambda: tuple(inventory.committed()))
    objects = inventory.once("by document", lambda: _objects(inventory))
    for leaked in found:
        if leaked.leak.where in where:
            yield objects.get((leaked.file, leaked.index, leaked.subject.kind), leaked.subject), leaked


def _objects(inventory: Inventory) -> Mapping[tuple[str, int, str], Subject]:
    return {
        (resource.origin.file, resource.origin.index, resource.kind): resource.subject
        for resource in reversed(inventory.resources)
        if resource.origin.maker == "file"
    }
