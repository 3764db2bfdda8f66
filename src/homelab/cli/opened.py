"""What a command is asked about: a homelab.yaml, standard input, or the folder of a repository."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from homelab.errors import InvalidHomelab, Mistake, Place, UnreadableDocument, UsageError, pasted

if TYPE_CHECKING:
    from homelab.assess.settings import Settings
    from homelab.cli.console import Console
    from homelab.lab.charts import Charts
    from homelab.lab.pipeline import Lab, Repository

FILE = "homelab.yaml"
Command = TypeVar("Command", bound=Callable[..., Any])


def file_argument(command: Command) -> Command:
    """The argument FILE: a homelab.yaml, `-` for standard input; by default the one in this folder."""
    return click.argument("file", default=FILE)(command)


def source_argument(command: Command) -> Command:
    """The argument SOURCE: a homelab.yaml, `-`, or the folder of a repository."""
    return click.argument("source", default=FILE)(command)


def json_option(command: Command) -> Command:
    """The flag --json."""
    return click.option("--json", "as_json", is_flag=True, help="The answer as JSON; `homelab schema` has its schema.")(
        command
    )


def mistakes(
    path: str, existing: Mapping[str, str] | None = None, charts: Charts | None = None
) -> tuple[Lab | None, tuple[Mistake, ...]]:
    """The lab of a file as far as it can be built, and every mistake that stands against it.

    Raises:
        UnreadableDocument: a file that cannot be read, or is not YAML.
    """
    from homelab.catalog import resolve
    from homelab.catalog.apps.own.versions import asked
    from homelab.lab.names import unknown_names
    from homelab.lab.pipeline import Lab
    from homelab.render.pins import pins
    from homelab.spec import load

    if path != "-" and Path(path).is_dir():
        raise UnreadableDocument("is a folder, expected a homelab.yaml", where=Place(path), hint=_hint(path))
    homelab, source, found = load.attempt(path)
    if homelab is not None:
        wrong = [*resolve.attempt(homelab, pins=pins(existing or {}, asked(homelab)))[1], *unknown_names(homelab)]
        found = [*found, *map(source.mistake, wrong)]
    if found or homelab is None:
        return None, InvalidHomelab(found).mistakes
    return Lab(homelab, source, source.data, existing or {}, helm=charts, settings=settings_beside(path)), ()


def settings_beside(file: str) -> Settings:
    """How the owner of a homelab.yaml wants the lab judged: `.homelab/assess.yaml` beside it.

    Raises:
        InvalidHomelab: every mistake in it.
    """
    from homelab.assess.run import ALL
    from homelab.assess.settings import FILE as SETTINGS
    from homelab.assess.settings import parse

    beside = (Path() if file == "-" else Path(file).parent) / SETTINGS
    return parse(beside.read_text(encoding="utf-8"), str(beside)) if beside.is_file() else ALL


def _hint(folder: str) -> str:
    inside = Path(folder, FILE)
    return f"name {inside}" if inside.is_file() else "`homelab assess` judges the folder of a repository"


def lab(path: str, existing: Mapping[str, str] | None = None, charts: Charts | None = None) -> Lab:
    """The lab of a file; `-` is standard input.

    Raises:
        UnreadableDocument: a file that cannot be read, or is not YAML.
        InvalidHomelab: with every mistake, of the file and of the components it chooses.
    """
    found, wrong = mistakes(path, existing, charts)
    if found is None:
        raise InvalidHomelab(wrong)
    return found


def opened(path: str, charts: Charts | None = None) -> Lab | Repository:
    """A lab for a file or `-`, a repository for a folder. Raises as `lab` does, and UnreadableRepository."""
    from homelab.lab.pipeline import Repository

    if path != "-" and Path(path).is_dir():
        if charts is not None:
            charts.root = Path(path)
        return Repository(Path(path), charts)
    return lab(path, charts=charts)


def repository_of(file: str, folder: str | None) -> Path:
    """The folder of the repository: the one named, else that of the file where a repository already is.

    Raises:
        UsageError: nobody said where, and the file's own folder is no repository.
    """
    if folder is not None:
        return Path(folder)
    here = Path() if file == "-" else Path(file).parent
    if (here / ".homelab" / "owned.json").is_file() or (here / ".git").exists():
        return here
    raise UsageError("where is the repository?", hint="name its folder: " + pasted("--to", here / "repository"))


def beside(file: str, folder: str | None = None) -> dict[str, str]:
    """What the repository in a folder, or beside a file, says of versions: path to text; empty where nothing was rendered yet."""
    from homelab.render import layout

    here = Path() if file == "-" else Path(file).parent
    here = here if folder is None else Path(folder)
    paths = (layout.LAB, layout.VARIABLES)
    return {
        path: (here / path).read_text(encoding="utf-8", errors="replace") for path in paths if (here / path).is_file()
    }


def rendered(found: Lab, console: Console, *, computed: bool) -> dict[str, str]:
    """Every file of a lab's repository, with the pages of computed figures where they are wanted."""
    if not computed:
        return found.tree.texts()
    from homelab.lab.computed import computed_pages

    return found.tree.with_files(computed_pages(found, console.working)).texts()
