"""Write: a tree to disk, as one change; what a person edited or put there stays and is named."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from homelab.errors import Unwritable
from homelab.render import layout, owned
from homelab.render.changes import Changes, changes
from homelab.render.journal import Step, commit, confined, no_step, read_text, recover, sentences

__all__ = ["compare", "existing", "guard", "prune", "recover", "write"]

SKIPPED = frozenset({".git", ".terraform", ".venv", "node_modules"})
LARGEST = 20 * 2**20
"""Bytes; nothing that homelab writes or reads back is larger."""


def existing(folder: Path) -> dict[str, str]:
    """The texts of a repository that rendering and comparing look at; empty where there is none yet.

    Raises:
        Unwritable: the folder is a file, or cannot be read.
    """
    if folder.exists() and not folder.is_dir():
        raise Unwritable(f"{folder} is not a folder")
    recover(folder)
    found: dict[str, str] = {}
    with sentences(folder):
        for parent, names, files in os.walk(folder):
            names[:] = sorted(name for name in names if name not in SKIPPED)
            for name in sorted(files):
                path = Path(parent, name)
                if not path.is_symlink() and path.is_file():
                    text = read_text(path) if path.stat().st_size <= LARGEST else "\ufffd"
                    found[path.relative_to(folder).as_posix()] = text or ""
    return found


def compare(texts: Mapping[str, str], before: Mapping[str, str]) -> Changes:
    """What writing these texts would change; the hash file itself does not count."""
    return changes(texts, {p: t for p, t in before.items() if p != layout.OWNED}, owned.parse(before.get(layout.OWNED)))


def write(
    folder: Path,
    texts: Mapping[str, str],
    *,
    step: Step = no_step,
    before: Mapping[str, str] | None = None,
    overwrite: bool = False,
) -> Changes:
    """Write what is new or changed; what a person edited or put there stays, unless `overwrite` says otherwise.

    Raises:
        Unwritable: the folder cannot be written, a path leads out of it, or the disk is full; the old tree stands.
    """
    for path in texts:
        confined(folder, path)
    before = existing(folder) if before is None else before
    found = compare(texts, before)
    kept = () if overwrite else (*found.edited, *found.foreign)
    todo = {
        path: texts[path] for path in sorted({*found.added, *found.changed, *found.edited, *found.foreign} - {*kept})
    }
    mine = owned.parse(before.get(layout.OWNED))
    still = {*found.edited, *found.orphans, *(layout.COMPUTED - texts.keys())}
    hashes = {path: digest for path, digest in mine.items() if path in still and path in before}
    hashes |= {path: owned.digest(text) for path, text in texts.items() if path not in kept and owned.ours(path)}
    listed = owned.dump(hashes)
    if before.get(layout.OWNED) != listed:
        todo[layout.OWNED] = listed
    done = (layout.GUARDS,) if layout.GUARDS in before else ()
    if todo or done:
        commit(folder, todo, done, step)
    return found


def guard(folder: Path, texts: Mapping[str, str], before: Mapping[str, str], *, step: Step = no_step) -> None:
    """Write the first of two steps: files of ours that gain guards, and the list of what they guard.

    Raises:
        Unwritable: as `write`.
    """
    hashes = owned.parse(before.get(layout.OWNED))
    hashes |= {path: owned.digest(text) for path, text in texts.items() if path in hashes}
    todo = {**texts, layout.OWNED: owned.dump(hashes)}
    commit(folder, {path: text for path, text in todo.items() if before.get(path) != text}, (), step)


def prune(folder: Path, paths: tuple[str, ...], *, step: Step = no_step) -> None:
    """Remove owned files that are no longer part of the lab, and their hashes.

    Raises:
        Unwritable: as `write`.
    """
    with sentences(folder):
        mine = owned.parse(read_text(folder / layout.OWNED))
    left = {path: digest for path, digest in mine.items() if path not in paths}
    commit(folder, {layout.OWNED: owned.dump(left)}, [path for path in paths if path in mine], step)
