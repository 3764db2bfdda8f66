"""Alerting: whom a configuration of Alertmanager tells, as Alertmanager routes (prometheus.io/docs/alerting/latest/configuration)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from homelab.documents.read import load
from homelab.errors import UnreadableDocument
from homelab.kube.facts import Routed
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource

FILE = "alertmanager.yaml"
ALWAYS = ("Watchdog", "InfoInhibitor")
"""Alerts that fire while all is well: who hears only of them hears of no failure."""


def receivers(config: object) -> tuple[str, ...] | None:
    """The receivers with an address to which an ordinary alert may go; None where the configuration cannot be read."""
    if not isinstance(config, Mapping) or not isinstance(config.get("route"), Mapping):
        return None
    listed = config.get("receivers")
    if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
        return None
    reaching = {
        str(each.get("name")) for each in listed if any(v for key, v in each.items() if str(key).endswith("_configs"))
    }
    return tuple(dict.fromkeys(name for name in _routed(config["route"], "") if name in reaching))


def _routed(route: Mapping[str, Any], above: str) -> Iterator[str]:
    """The receivers of a route and of those below it, without routes that take only what fires always."""
    if _only_always(route):
        return
    name = str(route.get("receiver") or above)
    yield name
    for below in route.get("routes") or ():
        if isinstance(below, Mapping):
            yield from _routed(below, name)


def _only_always(route: Mapping[str, Any]) -> bool:
    wanted = [str(each).replace(" ", "").replace('"', "") for each in route.get("matchers") or ()]
    for old, sign in (("match", "="), ("match_re", "=~")):
        wanted += [f"{key}{sign}{value}" for key, value in (route.get(old) or {}).items()]
    return any(
        text.startswith(("alertname=", "alertname=~"))
        and set(text.removeprefix("alertname=").removeprefix("~").split("|")) <= set(ALWAYS)
        for text in wanted
    )


def told_by(inventory: Inventory, alertmanager: Resource) -> tuple[str, ...] | None:
    """Whom an Alertmanager of the Prometheus operator tells; None where its configuration is not to be seen here."""
    if inventory.of("AlertmanagerConfig"):
        return None  # what it makes of them depends on selectors and strategies
    named = str(alertmanager.get("spec.configSecret", "") or f"alertmanager-{alertmanager.name}")
    secret = inventory.get("Secret", alertmanager.namespace, named)
    text = _text(secret) if secret else None
    if text:
        return receivers(_parsed(text))
    release = alertmanager.labels.get("release", "")
    for fact in inventory.facts_of(Routed):
        if (fact.subject.name, fact.subject.namespace) == (release, alertmanager.namespace):
            return fact.receivers
    return None


def _text(secret: Resource) -> str | None:
    plain, packed = secret.get("stringData", {}), secret.get("data", {})
    if isinstance(plain, Mapping) and isinstance(plain.get(FILE), str):
        return str(plain[FILE])
    if not isinstance(packed, Mapping) or not isinstance(packed.get(FILE), str):
        return None
    try:
        return base64.b64decode(packed[FILE], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _parsed(text: str) -> object:
    try:
        found = load(text, FILE)
    except UnreadableDocument:
        return None
    return found[0] if len(found) == 1 else None
