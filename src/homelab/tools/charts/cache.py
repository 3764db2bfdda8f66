"""The cache of pulled charts, outside of every repository: one folder a chart, its archive and where it came from.

An archive is used only while its digest is the one that was kept when it was pulled, and a version that was pulled once
is never replaced by another text under the same name.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from homelab.tools.charts.address import normal
from homelab.tools.charts.content import ChartUnusable, Content, content

PULLED = "pulled.json"


@dataclass(frozen=True)
class Pulled:
    """One chart in the cache: whose, which, and the digest of its archive as it was pulled."""

    repository: str
    name: str
    version: str
    digest: str
    size: int
    pulled: float
    """When, in seconds of the epoch."""
    folder: Path = Path()

    @property
    def archive(self) -> Path:
        """Its archive."""
        return self.folder / "chart.tgz"

    @property
    def used(self) -> float:
        """When it was used last."""
        try:
            return self.archive.stat().st_mtime
        except OSError:
            return self.pulled


@dataclass(frozen=True)
class Cache:
    """Charts by repository, name and version."""

    root: Path

    def all(self) -> Iterator[Pulled]:
        """Every chart in it."""
        for file in sorted(self.root.glob(f"*/*/*/{PULLED}")):
            if found := _read(file):
                yield found

    def named(self, repository: str, name: str) -> list[Pulled]:
        """The versions of one chart."""
        files = sorted((self.root / _slug(normal(repository)) / _slug(name)).glob(f"*/{PULLED}"))
        return [found for file in files if (found := _read(file)) and found.repository == normal(repository)]

    def open(self, pulled: Pulled) -> Content:
        """The chart, if it is still what was pulled.

        Raises:
            ChartUnusable: its archive is gone, or changed.
        """
        try:
            raw = pulled.archive.read_bytes()
        except OSError as error:
            raise ChartUnusable(f"{pulled.archive} is gone: {error.strerror}") from None
        if hashlib.sha256(raw).hexdigest() != pulled.digest:
            raise ChartUnusable(
                f"{pulled.archive} is not what was pulled: its digest is another; remove it and pull anew"
            )
        os.utime(pulled.archive)
        return content(pulled.archive)

    def keep(self, repository: str, archive: Path) -> Pulled:
        """Take a pulled archive in.

        Raises:
            ChartUnusable: it is no chart that may be used, or differs from what this version was when it was pulled before.
        """
        found = content(archive)
        raw = archive.read_bytes()
        digest = hashlib.sha256(raw).hexdigest()
        folder = self.root / _slug(normal(repository)) / _slug(found.name) / _slug(found.version or "0")
        before = _read(folder / PULLED)
        if before and before.digest != digest:
            raise ChartUnusable(
                f"{repository} serves another text as {found.name} {found.version} than it did before",
                hint=f"if that is meant, remove {folder} and pull again",
            )
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = Pulled(normal(repository), found.name, found.version, digest, len(raw), time.time(), folder)
        _replace(made.archive, raw)
        kept = {key: value for key, value in asdict(made).items() if key != "folder"}
        _replace(folder / PULLED, json.dumps(kept, indent=1).encode())
        return made

    def remove(self, pulled: Pulled) -> None:
        """Take a chart out."""
        shutil.rmtree(pulled.folder, ignore_errors=True)


def _read(file: Path) -> Pulled | None:
    try:
        found = json.loads(file.read_bytes())
        return Pulled(**{f.name: found[f.name] for f in fields(Pulled) if f.name != "folder"}, folder=file.parent)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _slug(text: str) -> str:
    """A name for a folder: readable, and different for different texts."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", text.rpartition("://")[2]).strip("-.")[:80]
    return readable if readable == text else f"{readable}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _replace(path: Path, raw: bytes) -> None:
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_bytes(raw)
    beside.replace(path)
