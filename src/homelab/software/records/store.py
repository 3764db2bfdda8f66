"""The records that come with homelab: which there are, and the one that is meant by a chart and a version."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from homelab.software.records import text
from homelab.software.records.record import NAMED, Record

DATA = Path(__file__).with_name("data")
ASKED = re.compile(r"^key @api\.\{(.+)\}$", re.MULTILINE)
NAME = re.compile(r"(?P<chart>.+?)-(?P<version>v?\d+\.\d+\.\d+.*)\.txt")


def path_of(chart: str, version: str) -> Path:
    """Where the record of a chart lies; the version without `v`."""
    return DATA / f"{chart}-{version.removeprefix('v')}.txt"


@cache
def versions(chart: str) -> tuple[str, ...]:
    """The versions of a chart that are recorded, oldest first."""
    found = []
    for path in DATA.glob(f"{chart}-*.txt"):
        match = NAME.fullmatch(path.name)
        if match and match["chart"] == chart:
            found.append(match["version"])
    return tuple(sorted(found, key=_order))


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def nearest(chart: str, version: str) -> str | None:
    """The recorded version that is nearest: of the same major where there is one, the newest below, else the oldest."""
    known = versions(chart)
    wanted = _order(version)
    alike = [each for each in known if _order(each)[:1] == wanted[:1]] or list(known)
    below = [each for each in alike if _order(each) <= wanted]
    return below[-1] if below else next(iter(alike), None)


@cache
def asks(chart: str, version: str) -> frozenset[str]:
    """The API versions that a chart asks its cluster for; found without reading the record."""
    path = path_of(chart, version)
    return frozenset(ASKED.findall(path.read_text(encoding="utf-8"))) if path.is_file() else frozenset()


@cache
def load(chart: str, version: str, release: str, namespace: str) -> Record | None:
    """The record of a chart as it is installed under a name in a namespace; None where it was never recorded.

    None as well for a name that nothing can have: a stranger's may hold quotes and lines.
    """
    path = path_of(chart, version)
    if not path.is_file() or not all(NAMED.fullmatch(name) for name in (release, namespace) if name):
        return None
    return text.read(text.placed(path.read_text(encoding="utf-8"), release, namespace))
