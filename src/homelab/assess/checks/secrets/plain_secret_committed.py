"""A secret for everybody: see the page beside this file."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from homelab.assess.check import Accusation, check
from homelab.findings import Command, Severity
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource

PRIVATE = ("-----BEGIN RSA PRIVATE KEY", "-----BEGIN PRIVATE KEY", "-----BEGIN EC PRIVATE KEY", "-----BEGIN OPENSSH")
PLACEHOLDERS = (
    "changeme",
    "change-me",
    "replace",
    "placeholder",
    "todo",
    "example",
    "xxx",
    "your-",
    "<",
    "${",
    "{{",
    "ENC[",
)
HARMLESS = frozenset(
    {"url", "type", "username", "user", "host", "port", "name", "ca.crt", "tls.crt", "region", "project"}
)
"""Keys that are no secret by themselves."""


@check(severity=Severity.CRITICAL, aliases=("CKV_SECRET_6",))
def plain_secret_committed(inventory: Inventory) -> Iterator[Accusation]:
    """A Secret with its values stands in Git: everybody who ever reads the repository has them."""
    for resource in inventory.of("Secret", "ConfigMap"):
        if resource.origin.maker != "file" or "sops" in resource.body:
            continue
        for field, key in _telling(resource):
            yield Accusation(
                resource,
                f"{resource.kind} {resource.name} carries the value of {key} in Git; it counts as known to others",
                field=f"{field}.{key}" if "." not in key else field,
                hint="seal it, change the password where it is used, and clean the history or accept that it is known",
                fix=Command(
                    ("homelab", "secrets", "seal", resource.name, "--namespace", resource.namespace), "seal it"
                ),
            )
            break


def _telling(resource: Resource) -> Iterator[tuple[str, str]]:
    """(section, key) of values that look like secrets; never the values."""
    for field in ("stringData", "data"):
        section = resource.get(field, {})
        for key, value in section.items() if isinstance(section, Mapping) else ():
            text = _text(value, encoded=field == "data" and resource.kind == "Secret")
            if resource.kind == "ConfigMap":
                if text.lstrip().startswith(PRIVATE):
                    yield field, str(key)
            elif text.strip() and str(key).lower() not in HARMLESS and not _placeholder(text):
                yield field, str(key)


def _text(value: Any, *, encoded: bool) -> str:
    text = "" if value is None else str(value)
    if not encoded:
        return text
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return text


def _placeholder(text: str) -> bool:
    return len(text) < 256 and any(word in text.lower() for word in PLACEHOLDERS)
