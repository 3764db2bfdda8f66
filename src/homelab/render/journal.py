"""Journal: many files changed as one, so that an interruption anywhere leaves the old tree, the new one, or what decides.

Steps: folders are made and every new text is staged in the journal and synced; renaming `plan.json` into place decides for
the new tree; each file is moved to its path; the journal goes. Whoever finds a journal with a plan finishes it, whoever
finds one without throws it away. A file that somebody changed in between stays as that person left it.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from homelab.documents.disk import bytes_of
from homelab.errors import Unwritable
from homelab.render import layout, owned
from homelab.render.lock import alone

Step = Callable[[str], None]
"""Called before each step with its name; tests interrupt there."""
PLAN = "plan.json"
SYNCS = 32
"""Files that wait for the disk at a time."""
REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota of the disk is used up",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "permission denied",
    errno.EPERM: "not permitted",
    errno.ENAMETOOLONG: "a file name is too long",
    errno.ENOTDIR: "a part of the path is a file",
    errno.EISDIR: "a folder stands where a file should be",
}


def no_step(_step: str) -> None:
    """What happens before a step when nobody watches: nothing."""


def read_text(path: Path) -> str | None:
    """The text of a file, None where there is none; what is no UTF-8 is replaced, and so equals nothing of ours."""
    try:
        return bytes_of(path).decode("utf-8", "replace")
    except FileNotFoundError:
        return None


def confined(folder: Path, path: str) -> Path:
    """The target of a relative path; it must lie in the folder, and no link on the way may lead out of it.

    Raises:
        Unwritable: the path leads elsewhere, or is a folder.
    """
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\0" in path:
        raise Unwritable(f"{path!r} leads out of {folder}")
    target = folder.joinpath(*pure.parts)
    if target.is_symlink() or not target.parent.resolve().is_relative_to(folder.resolve()):
        hint = "remove the link, or render into another folder"
        raise Unwritable(f"{path} leads out of {folder} by a link", hint=hint)
    if target.is_dir():
        raise Unwritable(f"{target} is a folder where a file should be", hint="move it away")
    return target


@contextlib.contextmanager
def sentences(folder: Path) -> Iterator[None]:
    """Turn what the operating system says into one sentence."""
    try:
        yield
    except OSError as error:
        reason = REASONS.get(error.errno or 0, error.strerror or str(error))
        what = error.filename if isinstance(error.filename, str) else folder
        begun = (folder / layout.JOURNAL / PLAN).exists()
        hint = "the next run finishes what was begun" if begun else "nothing was changed"
        raise Unwritable(f"{what} cannot be written: {reason}", hint=hint) from error


def commit(folder: Path, texts: Mapping[str, str], gone: Iterable[str], step: Step) -> None:
    """Write these texts and remove these files, all or none.

    Raises:
        Unwritable: and then the old tree stands, or the next run finishes the new one.
    """
    with sentences(folder):
        made = _folders(folder)
    with alone(folder):
        _commit(folder, texts, gone, made, step)


def _commit(folder: Path, texts: Mapping[str, str], gone: Iterable[str], made: list[Path], step: Step) -> None:
    """As `commit`, by the only one who writes; `made` are folders that are there since a moment ago."""
    journal = folder / layout.JOURNAL
    targets = {path: confined(folder, path) for path in (*texts, *gone)}
    confined(folder, f"{layout.JOURNAL}/{PLAN}")
    with sentences(folder):
        step("begin")
        made += _folders(journal)
        try:
            plan = _staged(journal, texts, targets, made, step)
            plan["remove"] = [[path, _digest(targets[path])] for path in gone]
            step("plan")
            _put(journal / f"{PLAN}.new", json.dumps(plan))
            _sync(journal / f"{PLAN}.new")
            _sync(journal)
        except OSError:
            shutil.rmtree(journal, ignore_errors=True)
            for path in reversed(made):
                with contextlib.suppress(OSError):
                    path.rmdir()
            raise
        step("decide")
        (journal / f"{PLAN}.new").rename(journal / PLAN)
        _sync(journal)
        _finish(folder, plan, step)
        step("clean")
        shutil.rmtree(journal)


def recover(folder: Path, *, step: Step = no_step) -> bool:
    """Finish or undo what an interrupted run left; says whether there was anything.

    Raises:
        Unwritable: the journal cannot be read or finished.
    """
    journal = folder / layout.JOURNAL
    if not journal.is_dir():
        return False
    confined(folder, f"{layout.JOURNAL}/{PLAN}")
    with alone(folder), sentences(folder):
        if not journal.is_dir():
            return False  # whoever wrote there is done since
        text = read_text(journal / PLAN)
        if text is not None:
            _finish(folder, _plan(journal, text), step)
        step("clean")
        shutil.rmtree(journal)
    return True


def _plan(journal: Path, text: str) -> Mapping[str, list[tuple[str, str | None]]]:
    """What an interrupted run had decided.

    Raises:
        Unwritable: no homelab wrote this.
    """
    with contextlib.suppress(ValueError, TypeError, AttributeError, KeyError, RecursionError):
        found = json.loads(text)
        plan = {what: [(path, digest) for path, digest in found[what]] for what in ("write", "remove")}
        told = [*plan["write"], *plan["remove"]]
        if all(isinstance(path, str) and isinstance(digest, str | None) for path, digest in told):
            return plan
    hint = f"look into {journal}, then remove it"
    raise Unwritable(f"{journal / PLAN} is not what homelab left there", hint=hint)


def _staged(
    journal: Path, texts: Mapping[str, str], targets: Mapping[str, Path], made: list[Path], step: Step
) -> dict[str, Any]:
    """Put every text into the journal, and make the folders they will stand in: what is left then is renaming."""
    entries = []
    for number, (path, text) in enumerate(texts.items()):
        step(f"stage {path}")
        _put(journal / f"{number}", text)
        made += _folders(targets[path].parent)
        entries.append([path, _digest(targets[path])])
    _sync_all(journal / f"{number}" for number in range(len(entries)))
    return {"write": entries}


def _folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; which of them are new, outermost first."""
    new = []
    while not folder.is_dir():
        new.append(folder)
        folder = folder.parent
    for each in reversed(new):
        each.mkdir(exist_ok=True)
    return new[::-1]


def _finish(folder: Path, plan: Mapping[str, list[tuple[str, str | None]]], step: Step) -> None:
    journal, touched = folder / layout.JOURNAL, set()
    for number, (path, before) in enumerate(plan["write"]):
        step(f"move {path}")
        staged, target = journal / f"{number}", confined(folder, path)
        if staged.is_file() and _digest(target) == before:
            target.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(target)
        touched.add(target.parent)
    for path, before in plan["remove"]:
        step(f"remove {path}")
        target = confined(folder, path)
        if _digest(target) == before:
            target.unlink(missing_ok=True)
            _tidy(folder, target.parent)
        touched.add(target.parent)
    _sync_all(parent for parent in sorted(touched) if parent.is_dir())


def _digest(path: Path) -> str | None:
    text = read_text(path)
    return None if text is None else owned.digest(text)


def _tidy(folder: Path, parent: Path) -> None:
    """Remove folders that hold nothing any more, up to the repository itself."""
    while parent != folder and parent.is_dir() and not any(parent.iterdir()):
        parent.rmdir()
        parent = parent.parent


def _put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _sync_all(paths: Iterable[Path]) -> None:
    """Sync many files or folders at once: a disk takes their waits together, one after the other it takes each."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(SYNCS) as pool:
        for _ in pool.map(_sync, paths):
            pass


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
