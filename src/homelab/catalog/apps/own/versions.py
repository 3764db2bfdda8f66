"""Versions that homelab.yaml itself names: of images by their repository, of charts by the name of their Application."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from homelab.catalog.apps.own.app import SHORT, full

if TYPE_CHECKING:
    from homelab.spec.homelab import Homelab


def asked(homelab: Homelab) -> dict[str, str]:
    """Each of them, as the repository pins it; read before anything is typed, and silent about what has another form."""
    return {name: version for app, wanted in homelab.apps.items() for name, version in _asked(app, wanted)}


def _asked(app: str, wanted: Any) -> Iterator[tuple[str, str]]:
    environments = _mapping(_mapping(wanted).get("environments")) or {"production": {}}
    for name, own in environments.items():
        if isinstance(image := _mapping(own).get("image") or _mapping(wanted).get("image"), str):
            whole = full(image)
            at = whole.find(":", whole.rfind("/"))
            yield whole[:at], whole[at + 1 :]
        version = _mapping(own).get("version") or _mapping(_mapping(wanted).get("chart")).get("version")
        if isinstance(version, str) and name in SHORT:
            yield f"{app}-{SHORT[name]}", version


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
