"""The examples whose charts are recorded, each rendered and read once for all tests of this room, and their alerts."""

from __future__ import annotations

from functools import cache

from conftest import REPOSITORY
from homelab.lab.pipeline import Lab
from homelab.render.guide.runbooks import Entry, entries

EXAMPLES = ("two-boxes", "guide", "enterprise", "starter", "own-app")


@cache
def example(name: str) -> Lab:
    """An example as it is in the repository."""
    return Lab.load(str(REPOSITORY / "examples" / name / "homelab.yaml"))


@cache
def alerts(name: str) -> tuple[Entry, ...]:
    """Every alert that an example renders, whichever component made it."""
    return tuple(entries(example(name).tree))
