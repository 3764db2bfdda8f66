"""Where a chart comes from: given by the user, carried by the repository, cached, else pulled by helm where that is allowed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Protocol

from homelab.errors import ToolError
from homelab.tools.charts.address import normal
from homelab.tools.charts.cache import Cache, Pulled
from homelab.tools.charts.content import ChartUnusable, Content, content
from homelab.tools.charts.shelf import Shelf, vendored
from homelab.tools.charts.versions import exact, newest

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
VERSION = re.compile(r"[A-Za-z0-9^~<>=!*][A-Za-z0-9 .,*+^~<>=!|:_-]*")


@dataclass(frozen=True, order=True)
class Wanted:
    """A chart that somebody installs.

    Attributes:
        repository: the address that publishes it; empty for one that is only looked for by name.
        name: its name, behind the path that stands between repository and name.
        version: a version, a range, or nothing for the newest.
    """

    repository: str
    name: str
    version: str = ""

    @property
    def short(self) -> str:
        """The name alone."""
        return self.name.rpartition("/")[2]

    def __str__(self) -> str:
        return f"{self.short} {self.version}".strip()


class Absent(ToolError):
    """A chart that is not at hand: which, why, and what to do."""

    def __init__(self, wanted: Wanted, message: str) -> None:
        super().__init__(message)
        self.wanted = wanted


class Puller(Protocol):
    """Whatever brings charts from the network."""

    def pull(self, wanted: Wanted, cache: Cache) -> Pulled:
        """Bring a chart into the cache.

        Raises:
            ToolError: it cannot be had, with the reason.
        """
        ...


@dataclass
class Store:
    """The charts of one run.

    Attributes:
        given: folders and archives that the user names.
        root: the repository that is judged, where it lies on disk.
        cache: charts that were pulled before.
        puller: who pulls; nobody where the network may not be asked.
    """

    cache: Cache
    given: Sequence[Path] = ()
    root: Path | None = None
    puller: Puller | None = None
    failed: dict[Wanted, str] = field(default_factory=dict, init=False)
    """What could not be pulled, so that nobody is asked twice."""

    _one: Lock = field(default_factory=Lock, init=False)
    _read: dict[Path, Content] = field(default_factory=dict, init=False)

    @cached_property
    def _given(self) -> Shelf:
        return Shelf(self.given)

    @cached_property
    def _vendored(self) -> Shelf:
        return vendored(self.root) if self.root else Shelf(())

    def find(self, wanted: Wanted, beside: Sequence[Path] = ()) -> Content:
        """The chart that is wanted: the very version, or the newest in its range among what is at hand.

        Args:
            wanted: the chart.
            beside: folders that are looked into first, such as a kustomization's own charts.

        Raises:
            Absent: it is not at hand and is not pulled.
            ChartUnusable: it is there, and may not be used.
        """
        if not NAME.fullmatch(wanted.name) or (wanted.version and not VERSION.fullmatch(wanted.version)):
            raise ChartUnusable(f"{wanted.name!r} {wanted.version!r} is no name and version of a chart")
        for shelf in (Shelf(beside), self._given, self._vendored):
            there = {entry.version: entry.path for entry in reversed(shelf.named(wanted.short))}
            version = newest(wanted.version, there)
            if version is not None:
                return self._content(there[version])
        if found := self._cached(wanted):
            return found
        with self._one:  # two who want the same chart pull it once
            return self._cached(wanted) or self._pulled(wanted)

    def _content(self, path: Path) -> Content:
        if path not in self._read:
            self._read[path] = content(path)
        return self._read[path]

    def _cached(self, wanted: Wanted) -> Content | None:
        there = {pulled.version: pulled for pulled in self.cache.named(wanted.repository, wanted.short)}
        version = newest(wanted.version, there)
        return self.cache.open(there[version]) if version is not None else None

    def _pulled(self, wanted: Wanted) -> Content:
        if wanted in self.failed:
            raise Absent(wanted, self.failed[wanted])
        try:
            if self.puller is None or not wanted.repository:
                raise Absent(wanted, self._why(wanted))
            pulled = self.puller.pull(wanted, self.cache)
            if pulled.name != wanted.short:
                raise Absent(wanted, f"{normal(wanted.repository)} serves {pulled.name} as {wanted}")
            return self.cache.open(pulled)
        except ToolError as error:
            self.failed[wanted] = error.message
            raise Absent(wanted, error.message) from None

    def _why(self, wanted: Wanted) -> str:
        other = sorted(entry.version for entry in self._given.named(wanted.short))
        there = f" (at hand: {', '.join(other)})" if other and exact(wanted.version) else ""
        return f"the chart is not at hand{there}: --pull fetches it, --charts names its folder"
