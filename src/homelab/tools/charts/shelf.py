"""Charts that were given: folders and archives that the user names, and those that a repository carries along."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from homelab.tools.charts.content import ARCHIVES, ChartUnusable, content

_FACT = re.compile(r"^(name|version):[ \t]*[\"']?([^\s\"'#]+)", re.MULTILINE)
DEEPEST = 2
"""Folders below a given one that are looked into: `charts/NAME`, `charts/PUBLISHER/NAME`."""


@dataclass(frozen=True)
class Entry:
    """One chart that is at hand."""

    name: str
    version: str
    path: Path


@dataclass(frozen=True)
class Shelf:
    """Charts below some folders, listed when first asked. A folder may be a chart, hold charts, or be an archive."""

    folders: Sequence[Path]

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every chart on it; what cannot be read as one is passed by."""
        return tuple(entry for folder in self.folders for entry in _entries(folder, DEEPEST))

    def named(self, name: str) -> tuple[Entry, ...]:
        """The charts of a name."""
        return tuple(entry for entry in self.entries if entry.name == name)


def _entries(path: Path, depth: int) -> Iterator[Entry]:
    if path.name.endswith(ARCHIVES):
        yield from _archive(path)
    elif (path / "Chart.yaml").is_file():
        yield from _folder(path)
    elif depth and path.is_dir():
        with os.scandir(path) as found:
            inner = sorted(entry.path for entry in found if not entry.name.startswith("."))
        for name in inner:
            yield from _entries(Path(name), depth - 1)


def _folder(path: Path) -> Iterator[Entry]:
    try:
        facts = dict(_FACT.findall((path / "Chart.yaml").read_text(encoding="utf-8")))
        if "name" not in facts:  # written in one line, or with its fields further in
            found = content(path)
            facts = {"name": found.name, "version": found.version}
    except (OSError, UnicodeDecodeError, ChartUnusable):
        return
    yield Entry(facts["name"], facts.get("version", ""), path)


def _archive(path: Path) -> Iterator[Entry]:
    try:
        found = content(path)
        yield Entry(found.name, found.version, path)
    except ChartUnusable:
        return


def vendored(root: Path) -> Shelf:
    """The charts in every folder called `charts` of a repository."""
    found = []
    for parent, folders, _ in os.walk(root):
        folders[:] = [name for name in folders if name not in {".git", ".venv", "node_modules", ".terraform"}]
        if "charts" in folders:
            found.append(Path(parent, "charts"))
    return Shelf(sorted(found))
