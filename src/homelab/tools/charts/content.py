"""What is in a chart: its files, read within bounds from a folder or an archive that may be hostile, and nothing unpacked.

The bounds are Helm's own or above what any real chart has. What leaves the chart by a path or a link is refused:
Helm would follow it, and a stranger's chart would show what lies on this machine.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from homelab.documents.read import load
from homelab.errors import ToolError, UnreadableDocument
from homelab.tools.crds import cut_all, head

PACKED, UNPACKED, FILES = 50 << 20, 100 << 20, 20_000
"""Bytes of an archive, bytes of all files in it, and how many; the largest real charts have 1 MB, 6 MB, and 400."""
ARCHIVES = (".tgz", ".tar.gz")
APIS = b"APIVersions"
"""Without this word no template can ask which kinds the cluster has."""
_HAS = re.compile(rb"APIVersions\.Has\s+[\"`]([^\"`]+)[\"`]")
_CRDS = re.compile(r"(?:charts/[^/]+/)*crds/.+\.(?:yaml|yml|json)")
RELEASED = "release-values.yaml"
"""What a publisher's release puts in place of the placeholders of the source tree, beside a chart from such a tree."""


class ChartUnusable(ToolError):
    """A folder or archive that is no chart, or one that is not safe to read."""


@dataclass(frozen=True)
class Content:
    """A chart on this machine: where, and what is in it.

    Attributes:
        path: the folder or archive.
        files: every file by its path within the chart.
    """

    path: Path
    files: Mapping[str, bytes]

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """What Chart.yaml says."""
        found = self.values("Chart.yaml")
        if not found.get("name"):
            raise ChartUnusable(f"{self.path} is no chart: its Chart.yaml has no name")
        return found

    @property
    def name(self) -> str:
        """The chart's name."""
        return str(self.facts.get("name", ""))

    @property
    def version(self) -> str:
        """The chart's version."""
        return str(self.facts.get("version") or "")

    @cached_property
    def digest(self) -> str:
        """A hash of every path and byte: equal charts render equally."""
        total = hashlib.sha256()
        for name in sorted(self.files):
            total.update(f"{name}\0{hashlib.sha256(self.files[name]).hexdigest()}\n".encode())
        return total.hexdigest()

    @cached_property
    def asked_apis(self) -> frozenset[str] | None:
        """The API versions on which it may depend what the chart makes; None where that can be any."""
        found = set[str]()
        for name, text in self.files.items():
            named = _HAS.findall(text) if APIS in text else []
            if name.endswith(ARCHIVES) or len(named) < text.count(APIS):
                return None
            found |= {each.decode("utf-8", "replace") for each in named}
        return frozenset(found)

    @cached_property
    def crds(self) -> tuple[dict[str, Any], ...]:
        """The heads of the kinds in its `crds/` folders, those of subcharts among them, which are there unrendered."""
        texts = (text.decode("utf-8", "replace") for name, text in self.files.items() if _CRDS.fullmatch(name))
        found = []
        for text in texts:
            with contextlib.suppress(UnreadableDocument):
                found += [head(body) for body in load(cut_all(text), "crds") if isinstance(body, dict)]
        return tuple(found)

    def values(self, name: str) -> dict[str, Any]:
        """A YAML file of the chart as a mapping; empty where it is empty.

        Raises:
            ChartUnusable: the file is not there, or holds no mapping.
        """
        if name not in self.files:
            raise ChartUnusable(f"the chart {self.path.name} has no {name}")
        try:
            found = load(self.files[name], f"{self.path.name}/{name}")
        except UnreadableDocument as error:
            raise ChartUnusable(str(error)) from None
        if found and not isinstance(found[0], dict):
            raise ChartUnusable(f"{name} of the chart {self.path.name} is no mapping")
        return found[0] if found else {}


def content(path: Path, within: Path | None = None) -> Content:
    """The files of a chart.

    Args:
        path: its folder or archive.
        within: the folder that links must not leave; the chart's own by default.

    Raises:
        ChartUnusable: it is no chart, or too large, or reaches out of itself.
    """
    try:
        files = dict(_of_folder(path, within or path) if path.is_dir() else _of_archive(path))
    except (OSError, EOFError, zlib.error, tarfile.TarError, gzip.BadGzipFile) as error:
        raise ChartUnusable(f"{path} cannot be read as a chart: {error}") from None
    if "Chart.yaml" not in files:
        raise ChartUnusable(f"{path} is no chart: it has no Chart.yaml")
    return Content(path, files)


def _of_folder(folder: Path, within: Path) -> Iterator[tuple[str, bytes]]:
    bounds = _Bounds(folder)
    home = within.resolve()
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != ".git"]
        for name in (*folders, *names):
            path = Path(parent, name)
            if path.is_symlink() and not path.resolve().is_relative_to(home):
                raise ChartUnusable(f"{folder}: {path.relative_to(folder)} is a link that leaves the chart")
        for name in names:
            path = Path(parent, name)
            if not path.is_file():
                continue
            bounds.take(path.stat().st_size)
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def _of_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    bounds = _Bounds(path)
    if path.stat().st_size > PACKED:
        raise ChartUnusable(f"{path} is larger than {PACKED >> 20} MiB")
    with gzip.open(path) as packed, tarfile.open(fileobj=_Bounded(packed, path), mode="r|") as archive:  # type: ignore[call-overload] # a reader is all it needs
        for member in archive:
            inner = PurePosixPath(member.name.replace("\\", "/"))
            if inner.is_absolute() or ".." in inner.parts or ":" in inner.parts[:1]:
                raise ChartUnusable(f"{path}: {member.name} would be unpacked outside of the chart")
            if member.isdir():
                continue
            if not member.isreg():
                raise ChartUnusable(f"{path}: {member.name} is a link or a device, which no chart needs")
            bounds.take(member.size)
            file = archive.extractfile(member)
            if file is not None and len(inner.parts) > 1:
                yield str(PurePosixPath(*inner.parts[1:])), file.read()


class _Bounds:
    """Counts files and bytes, and ends the reading where there are too many."""

    def __init__(self, path: Path) -> None:
        self.path, self.files, self.bytes = path, 0, 0

    def take(self, size: int) -> None:
        self.files, self.bytes = self.files + 1, self.bytes + size
        if self.bytes > UNPACKED:
            raise ChartUnusable(f"{self.path} holds more than {UNPACKED >> 20} MiB")
        if self.files > FILES:
            raise ChartUnusable(f"{self.path} holds more than {FILES:,} files")


class _Bounded:
    """A stream that ends with an error once more came out of it than a chart may hold, whatever its headers promise."""

    def __init__(self, stream: gzip.GzipFile, path: Path) -> None:
        self._stream, self._path, self._left = stream, path, UNPACKED + FILES * 1024

    def read(self, size: int) -> bytes:
        found = self._stream.read(size)
        self._left -= len(found)
        if self._left < 0:
            raise ChartUnusable(f"{self._path} unpacks to more than {UNPACKED >> 20} MiB")
        return found
