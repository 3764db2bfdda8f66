"""An alert for somebody who is not there: see the page beside this file."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource

FILES = ("alertmanager.yaml", "alertmanager.yml")
"""Entries of Secrets and ConfigMaps that Alertmanager reads."""


@check(severity=Severity.HIGH)
def alert_receiver_missing(inventory: Inventory) -> Iterator[Accusation]:
    """A route sends alerts to a receiver that its list does not have: the whole configuration is refused."""
    for resource in inventory.of("AlertmanagerConfig"):
        spec = resource.get("spec")
        if isinstance(spec, Mapping):
            for path, name in _lost(spec):
                yield _accusation(resource, name, f"spec.{path}")
    for resource in inventory.of("Secret", "ConfigMap"):
        for section, entry, body in _files(resource):
            for _, name in _lost(body):
                yield _accusation(resource, name, f"{section}.{entry}" if "." not in entry else section)


def _accusation(resource: Resource, name: str, field: str) -> Accusation:
    return Accusation(
        resource,
        f"{resource.name} sends alerts to the receiver {name}, which is not in its list: Alertmanager takes none of it",
        field=field,
        hint="add the receiver, or correct the name",
    )


def _lost(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(field, name) of receivers that a route names and the list does not have."""
    receivers = body.get("receivers")
    known = (
        {str(entry.get("name")) for entry in receivers if isinstance(entry, Mapping)}
        if isinstance(receivers, list)
        else set()
    )
    yield from (each for each in _named(body.get("route"), "route") if each[1] not in known)


def _named(route: Any, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(route, Mapping):
        return
    name = route.get("receiver")
    if isinstance(name, str) and name and "{{" not in name and "$" not in name:
        yield f"{path}.receiver", name
    below = route.get("routes")
    for index, each in enumerate(below if isinstance(below, list) else ()):
        yield from _named(each, f"{path}.routes.{index}")


def _files(resource: Resource) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(section, entry, configuration) of what an object hands to Alertmanager."""
    from homelab.documents.read import load
    from homelab.errors import UnreadableDocument

    for section in ("stringData", "data"):
        for entry in FILES:
            text = (resource.get(section) or {}).get(entry)
            if not isinstance(text, str):
                continue
            try:
                plain = section == "stringData" or resource.kind == "ConfigMap"
                bodies = load(text if plain else base64.b64decode(text, validate=True).decode(), "")
            except (UnreadableDocument, binascii.Error, ValueError):
                continue
            if bodies and isinstance(bodies[0], Mapping) and "route" in bodies[0]:
                yield section, entry, bodies[0]
