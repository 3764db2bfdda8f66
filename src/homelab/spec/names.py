"""Names that refer: one that refers to nothing is a mistake, with the nearest that would."""

from __future__ import annotations

from collections.abc import Collection

from homelab.spec.source import Problem
from homelab.spec.words import near, show


def unresolved(option: str, name: str, known: Collection[str], what: str, *, at_key: bool = False) -> Problem:
    """The mistake that `name` is not `what` (`one of hosts`); the hint names the nearest, else all there are.

    `at_key` says that the name is a key of a mapping, so that the place is the key's.
    """
    hint = near(name, known, otherwise=lambda names: f"known here: {', '.join(names)}" if len(names) < 40 else "")
    return Problem(option, f"{show(name)} is not {what}", hint or None, at_key=at_key)
