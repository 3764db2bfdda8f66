"""Write: a tree to disk so that an interruption anywhere leaves the old tree, the new one, or a journal that says which.

Steps: every new text is written into the journal and synced; the journal's `plan.json` is renamed into place (from here
on the new tree is decided); each file is moved to its path; the hashes are written; the journal is removed. A run that
finds a journal with a plan finishes it, one that finds a journal without a plan throws it away.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from homelab.errors import Unwritable
from homelab.render import layout, owned
from homelab.render.changes import Changes, changes

Step = Callable[[str], None]
"""Called before each step with its name; tests interrupt there."""
PLAN = "plan.json"


def _nothing(_step: str) -> None:
    return


def existing(folder: Path) -> dict[str, str]:
    """The texts of a repository that rendering and comparing look at; empty where there is none yet.

    Raises:
        Unwritable: the folder is a file, or cannot be read.
    """
    if folder.exists() and not folder.is_dir():
        raise Unwritable(f"{folder} is not a folder")
    recover(folder)
    found: dict[str, str] = {}
    with _sentences(folder):
        for parent, names, files in os.walk(folder):
            names[:] = sorted(n for n in names if n not in {".git", ".terraform", ".venv", "node_modules"})
            for name in sorted(files):
                path = Path(parent, name)
                if path.is_symlink():
                    continue
                with contextlib.suppress(UnicodeDecodeError):
                    found[path.relative_to(folder).as_posix()] = path.read_text(encoding="utf-8")
    return found


def compare(texts: Mapping[str, str], before: Mapping[str, str]) -> Changes:
    """What writing these texts would change; the hash file itself does not count."""
    return changes(texts, {p: t for p, t in before.items() if p != layout.OWNED}, owned.parse(before.get(layout.OWNED)))


def write(
    folder: Path, texts: Mapping[str, str], *, step: Step = _nothing, before: Mapping[str, str] | None = None
) -> Changes:
    """Write what is new or changed; what a person edited or put there stays.

    Raises:
        Unwritable: the folder cannot be written, a path leads out of it, or the disk is full; the old tree stands.
    """
    for path in texts:
        _confined(folder, path)
    before = existing(folder) if before is None else before
    found = compare(texts, before)
    todo = {path: texts[path] for path in (*found.added, *found.changed)}
    mine = owned.parse(before.get(layout.OWNED))
    kept = {path: digest for path, digest in mine.items() if path in found.edited or path in found.orphans}
    hashes = {
        path: owned.digest(text)
        for path, text in texts.items()
        if path not in found.edited and path not in found.foreign
    }
    text = json.dumps({"version": 1, "files": dict(sorted({**kept, **hashes}.items()))}, indent=1) + "\n"
    if before.get(layout.OWNED) != text:
        todo[layout.OWNED] = text
    if todo:
        _commit(folder, todo, (), step)
    return found


def prune(folder: Path, paths: tuple[str, ...], *, step: Step = _nothing) -> None:
    """Remove owned files that are no longer part of the lab, and their hashes.

    Raises:
        Unwritable: as `write`.
    """
    for path in paths:
        _confined(folder, path)
    file = folder / layout.OWNED
    mine = owned.parse(file.read_text(encoding="utf-8") if file.is_file() else None)
    left = {path: digest for path, digest in sorted(mine.items()) if path not in paths}
    _commit(folder, {layout.OWNED: json.dumps({"version": 1, "files": left}, indent=1) + "\n"}, paths, step)


def recover(folder: Path, *, step: Step = _nothing) -> bool:
    """Finish or undo what an interrupted run left; says whether there was anything.

    Raises:
        Unwritable: the journal cannot be read or finished.
    """
    journal = folder / layout.JOURNAL
    if not journal.is_dir():
        return False
    with _sentences(folder):
        plan = journal / PLAN
        if plan.is_file():
            _finish(folder, json.loads(plan.read_text(encoding="utf-8")), step)
        shutil.rmtree(journal)
    return True


def _commit(folder: Path, todo: Mapping[str, str], gone: tuple[str, ...], step: Step) -> None:
    journal = folder / layout.JOURNAL
    with _sentences(folder):
        step("begin")
        journal.mkdir(parents=True, exist_ok=True)
        try:
            for number, (path, text) in enumerate(todo.items()):
                step(f"stage {path}")
                _put(journal / f"{number}", text)
            step("plan")
            plan = {"write": list(todo), "remove": list(gone)}
            _put(journal / f"{PLAN}.new", json.dumps(plan))
        except OSError:
            shutil.rmtree(journal, ignore_errors=True)
            raise
        (journal / f"{PLAN}.new").rename(journal / PLAN)
        _synced(journal)
        _finish(folder, plan, step)
        step("clean")
        shutil.rmtree(journal)


def _finish(folder: Path, plan: Mapping[str, list[str]], step: Step) -> None:
    journal = folder / layout.JOURNAL
    for number, path in enumerate(plan["write"]):
        step(f"move {path}")
        staged, target = journal / f"{number}", _confined(folder, path)
        if staged.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(target)
    for path in plan["remove"]:
        step(f"remove {path}")
        target = _confined(folder, path)
        target.unlink(missing_ok=True)
        _empty(folder, target.parent)


def _empty(folder: Path, parent: Path) -> None:
    while parent != folder and parent.is_dir() and not any(parent.iterdir()):
        parent.rmdir()
        parent = parent.parent


def _put(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _synced(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _confined(folder: Path, path: str) -> Path:
    """The target of a relative path; it must lie in the folder, and no link on the way may lead out of it."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts:
        raise Unwritable(f"{path!r} leads out of {folder}")
    target = folder.joinpath(*pure.parts)
    if not target.parent.resolve().is_relative_to(folder.resolve()) or target.is_symlink():
        raise Unwritable(
            f"{path} leads out of {folder} by a link", hint="remove the link, or render into another folder"
        )
    return target


@contextlib.contextmanager
def _sentences(folder: Path) -> Iterator[None]:
    """Turn what the operating system says into one sentence."""
    reasons = {
        errno.ENOSPC: "the disk is full",
        errno.EROFS: "the file system is read-only",
        errno.EACCES: "permission denied",
        errno.EPERM: "not permitted",
        errno.ENAMETOOLONG: "a file name is too long",
        errno.ENOTDIR: "a part of the path is a file",
    }
    try:
        yield
    except OSError as error:
        reason = reasons.get(error.errno or 0, error.strerror or str(error))
        raise Unwritable(
            f"{folder} cannot be written: {reason}", hint="nothing was changed, or the next run finishes what was begun"
        ) from error
