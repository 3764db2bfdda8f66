"""What a folder builds to, while it is being built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from homelab.errors import Place
from homelab.kube.inventory import Effect, Unknown
from homelab.kube.resource import Manifest, dig


@dataclass
class Built:
    """An object on its way through overlays, with the file and document it came from.

    `before` are the (namespace, name) it had on the way: patches and references may still use those.
    """

    body: Manifest
    file: str
    index: int = 0
    before: list[tuple[str, str]] = field(default_factory=list)

    @property
    def name(self) -> tuple[str, str]:
        """Namespace and name as they are now."""
        return str(dig(self.body, ("metadata", "namespace"), "")), str(dig(self.body, ("metadata", "name"), ""))

    @property
    def names(self) -> set[str]:
        """Every name it has or had."""
        return {name for _, name in (*self.before, self.name)}

    def remember(self) -> None:
        """Keep the present name among those it had."""
        if self.name not in self.before:
            self.before.append(self.name)


@dataclass
class Inflated:
    """A `helmCharts` entry: the kustomization it stands in, and every kustomization that shapes what the chart makes.

    `shapes` are folders with the fields of their kustomization, from the innermost on.
    """

    file: str
    entry: Mapping[str, Any]
    shapes: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)


@dataclass
class Build:
    """What a folder builds to; `used` are the files that took part."""

    objects: list[Built] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    unknown: list[Unknown] = field(default_factory=list)
    charts: list[Inflated] = field(default_factory=list)
    unmatched: list[Unknown] = field(default_factory=list)
    """Patches that match nothing so far, and may match what a chart makes."""

    @property
    def whole(self) -> bool:
        """Whether everything that goes in was read, so that what is missing is missing."""
        return all(gap.effect is not Effect.OPEN for gap in self.unknown)

    def fails(self, what: str, why: str, place: Place | None) -> None:
        """Say with what the program that builds it ends."""
        self.unknown.append(Unknown(what, why, place, effect=Effect.FAILS))


def join(folder: str, entry: str) -> str:
    """A path as seen from a folder, without `.` and `..`; the root is `.`."""
    parts: list[str] = []
    for part in (*PurePosixPath(folder).parts, *PurePosixPath(entry).parts):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts) or "."


ODD = (AttributeError, TypeError, KeyError, ValueError, IndexError)
"""What reading raises on fields of other types than they should have."""
