"""Tracked: which files of a folder Git keeps, read from its index without running it.

The format is that of Git's documentation (`gitformat-index`), versions 2 to 4. Nothing is known where there is no
index, or one of another kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

HEADER, FIXED = 12, 62
"""Bytes before the entries, and of an entry before its name."""
EXTENDED, LENGTH = 0x4000, 0x0FFF
"""Bits of an entry's flags: two more bytes follow, and the length of the name."""


def tracked(folder: Path) -> frozenset[str]:
    """The paths below a folder that Git keeps; empty where that is not known."""
    try:
        root = folder.resolve()
        for top in (root, *root.parents):
            index = _index(top / ".git")
            if index is not None:
                below = root.relative_to(top).as_posix()
                prefix = "" if below == "." else f"{below}/"
                names = _names(index.read_bytes())
                return frozenset(name[len(prefix) :] for name in names if name.startswith(prefix))
    except (OSError, ValueError, IndexError, RuntimeError):
        pass
    return frozenset()


def _index(git: Path) -> Path | None:
    """The index of a repository, or of a worktree, whose `.git` is a file that names its folder."""
    if git.is_file():
        said = git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        git = git.parent / said
    return git / "index" if (git / "index").is_file() else None


def _names(data: bytes) -> Iterator[str]:
    version, count = int.from_bytes(data[4:8], "big"), int.from_bytes(data[8:12], "big")
    if data[:4] != b"DIRC" or version not in {2, 3, 4}:
        return
    at, previous = HEADER, b""
    for _ in range(count):
        flags = int.from_bytes(data[at + 60 : at + FIXED], "big")
        start = at + FIXED + (2 if flags & EXTENDED else 0)
        if version == 4:
            cut, start = _offset(data, start)
            end = data.index(b"\0", start)
            previous = previous[: len(previous) - cut] + data[start:end]
            at = end + 1
        else:
            end = data.index(b"\0", start) if flags & LENGTH == LENGTH else start + (flags & LENGTH)
            previous = data[start:end]
            at += -(-(end - at + 1) // 8) * 8
        yield previous.decode("utf-8", "surrogateescape")


def _offset(data: bytes, at: int) -> tuple[int, int]:
    """A number as packs write it, and where it ends."""
    value = data[at] & 0x7F
    while data[at] & 0x80:
        at += 1
        value = ((value + 1) << 7) | (data[at] & 0x7F)
    return value, at + 1
