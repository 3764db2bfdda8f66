"""`--fix` and `--write`: edits of homelab.yaml written into the file, comments and all else left as they are."""

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


def fix(console: Console, file: str, only: Sequence[str], charts: Charts | None = None) -> None:
    """Mend what edits can mend, each proved by rendering and judging anew, and write them.

    Raises:
        UsageError: the file is standard input or a folder, which cannot be edited.
    """
    _editable(file)
    from homelab.lab.mend import mend

    found = mend(lab(file, charts=charts), console.today, only, console.working)
    console.worked()
    for finding, edits in found.edits:
        console.say(f"{finding.check} {finding.subject}: {', '.join(map(fix_text, edits))}")
    write_edits(console, file, [edit for _, edits in found.edits for edit in edits])
    if found.left:
        console.say(
            f"{counted(len(found.left), 'finding')} left, which no edit mends: {pasted('homelab', 'assess', file)}"
        )


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
