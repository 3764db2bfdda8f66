"""Which charts a repository installs, and where each comes from on this machine."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from homelab.errors import ToolError
from homelab.gitops import argocd
from homelab.gitops.releases import DEFAULT, asked
from homelab.gitops.rendering import Asked
from homelab.gitops.repository import Repository
from homelab.lab.charts import Charts, wanted
from homelab.lab.told import Tally
from homelab.tools.charts.content import Content


@dataclass(frozen=True)
class Needed:
    """One chart that is installed: as it is asked for, and as it was found.

    Attributes:
        repository: the address that publishes it; empty for one of the repository itself.
        name: its name.
        wanted: version or range as written.
        version: the version that was taken; empty where none was.
        origin: `given`, `repository`, `cache`, or `missing`.
        path: where it lies.
        why: why it is missing.
    """

    repository: str
    name: str
    wanted: str
    version: str = ""
    origin: str = "missing"
    path: str = ""
    why: str = ""

    def json(self) -> dict[str, Any]:
        """As published."""
        found = {"version": self.version or None, "path": self.path or None, "why": self.why or None}
        return {"repository": self.repository, "name": self.name, "wanted": self.wanted, "from": self.origin, **found}


def needed(repository: Repository, charts: Charts) -> tuple[Needed, ...]:
    """Every chart that a repository installs, once for each version that is asked for; missing ones are pulled if allowed."""
    sources = [source for walked in argocd.walk(repository).applications for source in walked.releases]
    questions = {(wanted(one), one.folder): one for one in (asked(source, DEFAULT) for source in sources)}
    with ExitStack() as stack:
        charts.tally = Tally(charts.options.told, len(questions))
        return tuple(_needed(questions[key], charts, stack) for key in sorted(questions))


def _needed(one: Asked, charts: Charts, stack: ExitStack) -> Needed:
    charts.tally.next(f"looking for {one.release.chart} {one.release.version}")
    named = one.release.repository, one.release.chart, one.release.version
    try:
        found = charts.chart(one, stack)
    except ToolError as error:
        return Needed(*named, why=error.message)
    return Needed(*named, found.version, _origin(one, found, charts), str(_shown(one, found, charts)))


def _origin(one: Asked, found: Content, charts: Charts) -> str:
    if found.path.is_relative_to(charts.options.cache):
        return "cache"
    inside = bool(one.folder) or (charts.root is not None and found.path.is_relative_to(charts.root))
    return "repository" if inside else "given"


def _shown(one: Asked, found: Content, charts: Charts) -> Path:
    return charts.root / one.folder if one.folder and charts.root else found.path
