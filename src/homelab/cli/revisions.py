"""BASE..HEAD: two revisions of the repository in this folder, as a pull request names them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from homelab.lab.charts import Charts
    from homelab.lab.pipeline import Repository

DRILL = "change-is-committed"
"""What is played of a pull request where nobody asks for more."""


@dataclass(frozen=True)
class Revisions:
    """Two revisions as they were written; HEAD is what is checked out where nothing stands behind the dots."""

    base: str
    head: str


def between(source: str) -> Revisions | None:
    """The revisions that `main..feature` names; None for a file or a folder, which may be called so."""
    base, dots, head = source.partition("..")
    if not dots or not base or "/" in base[:2] or Path(source).exists() or head.startswith("/"):
        return None
    return Revisions(base, head.removeprefix(".") or "HEAD")


def exported(asked: Revisions, home: Path, charts: Charts) -> tuple[Repository, Repository]:
    """Both states of the repository in this folder, each in a folder of its own below `home`, with charts of its own.

    Raises:
        ToolError: git is missing, this is no repository, or a revision is not there.
    """
    from homelab.lab.pipeline import Repository
    from homelab.tools.git import export
    from homelab.tools.process import Programs

    found = []
    for name, revision in (("base", asked.base), ("head", asked.head)):
        folder = home / "revisions" / name
        folder.mkdir(mode=0o700, parents=True)
        export(Programs(), Path(), revision, folder)
        found.append(Repository(folder, charts.beside(folder), prefix=""))
    return found[0], found[1]
