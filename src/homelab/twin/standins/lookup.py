"""Finding the stand-ins: the table, imported on use."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from importlib import import_module

from homelab.twin.standins.standin import StandIn
from homelab.twin.standins.table import STANDINS


@cache
def every() -> tuple[StandIn, ...]:
    """Every stand-in, in the order of the table."""
    found = []
    for entry in STANDINS:
        module, _, name = entry.partition(":")
        found.append(getattr(import_module(module), name))
    return tuple(found)


def needed(real: Collection[str]) -> tuple[StandIn, ...]:
    """The stand-ins beside these programs, which run for real."""
    return tuple(each for each in every() if not each.replaced or each.replaced not in real)
