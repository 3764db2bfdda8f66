"""`--fix` and `--write`: edits of homelab.yaml, or of any repository's files, comments and all else left as they are."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from homelab.cli.console import Console
from homelab.cli.figures import counted
from homelab.cli.listing import fix_text
from homelab.cli.opened import lab
from homelab.errors import UsageError, pasted
from homelab.findings import SpecEdit

if TYPE_CHECKING:
    from homelab.lab.charts import Charts


def fix(
    console: Console, file: str, only: Sequence[str], charts: Charts | None = None, *, preview: bool = False
) -> None:
    """Mend what edits can mend, each proved by rendering and judging anew, and write them.

    Raises:
        UsageError: it is standard input, which cannot be edited.
    """
    if file != "-" and Path(file).is_dir():
        fix_folder(console, Path(file), only, charts, preview=preview)
        return
    _editable(file)
    from homelab.lab.mend import mend

    found = mend(lab(file, charts=charts), console.today, only, console.working)
    console.worked()
    for finding, edits in found.edits:
        console.say(f"{finding.check} {finding.subject}: {', '.join(map(fix_text, edits))}")
    if not preview:
        write_edits(console, file, [edit for _, edits in found.edits for edit in edits])
    if found.left:
        console.say(
            f"{counted(len(found.left), 'finding')} left, which no edit mends: {pasted('homelab', 'assess', file)}"
        )


def fix_folder(
    console: Console, folder: Path, only: Sequence[str], charts: Charts | None = None, *, preview: bool = False
) -> None:
    """Show what would mend the findings of any repository as a patch, and write it, where somebody watches once they agree."""
    from homelab.cli.opened import opened
    from homelab.lab.pipeline import Repository
    from homelab.lab.repair import repair

    repository = opened(str(folder), charts)
    assert isinstance(repository, Repository)
    found = repair(repository, console.today, only, console.working)
    console.worked()
    for line in found.unified():
        style = {"+": "added", "-": "removed", "@": "dim"}.get(line[:1])
        text = line.rstrip("\n")
        console.text(console.styled(text, style) if style else text)
    for finding, _ in found.made:
        console.say(f"{'would mend' if preview else 'mends'} {finding.check} {finding.subject}")
    if found.files and not preview and _agreed(console, len(found.files)):
        for path, (_, after) in sorted(found.files.items()):
            if (folder / path).is_symlink():
                console.note(f"{path} is a link, and stays as it is")
            else:
                replace(folder / path, after)
                console.say(f"{folder / path} written")
    if found.left:
        again = pasted("homelab", "assess", folder)
        console.say(f"{counted(len(found.left), 'finding')} left, which no proved patch mends: {again}")


def _agreed(console: Console, files: int) -> bool:
    return not console.terminal or console.confirm(f"write {counted(files, 'file')}?")


def write_edits(console: Console, file: str, edits: Sequence[SpecEdit]) -> None:
    """Write edits into a homelab.yaml; where nothing has to change, nothing is written.

    Raises:
        UsageError: the file cannot be edited, or an edit does not fit.
    """
    from homelab.spec.edit import apply
    from homelab.spec.load import read

    _editable(file)
    path = Path(file)
    before = path.read_text(encoding="utf-8")
    after = apply(before, edits, file)
    if after == before:
        console.say(f"{file} is unchanged")
        return
    replace(path, after)
    source = read(file)[1]
    for edit in edits:
        console.say(f"{source.place(edit.path)} {fix_text(edit)}")


def replace(path: Path, text: str) -> None:
    """Replace a file's text in one step: it is the old or the new one, also when the disk is full."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _editable(file: str) -> None:
    if file == "-" or Path(file).is_dir():
        what = "standard input" if file == "-" else file
        raise UsageError(f"{what} cannot be edited", hint="name the homelab.yaml")
