"""What a stand-in may do: make objects, say a status, change labels, delete. A stand-in only says it; the runner does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from homelab.cluster.api import Object


@dataclass(frozen=True, slots=True)
class Make:
    """Make an object unless one of its name is there: pods, volumes, and secrets whose values are made once."""

    body: Object


@dataclass(frozen=True, slots=True)
class Keep:
    """Keep an object as it is said here: applied on the server's side whenever what is said changes."""

    body: Object


@dataclass(frozen=True, slots=True)
class Say:
    """Say the status of an object; nothing happens where it says so already. Fields that are not named stay."""

    body: Object
    status: Object


@dataclass(frozen=True, slots=True)
class Change:
    """Merge into an object, outside of its status; nothing happens where it is so already."""

    body: Object
    patch: Object


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete an object."""

    body: Object


Act: TypeAlias = Make | Keep | Say | Change | Remove


def merged(whole: object, patch: object) -> object:
    """What a merge patch makes of a value (RFC 7396): null removes, maps merge, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    found = dict(whole) if isinstance(whole, dict) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = merged(found.get(key), value)
    return found
