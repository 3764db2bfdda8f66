"""Charts made for tests: as a folder, as an archive, and as archives that nobody should open."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

TEMPLATE = (
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata: {a: {{ .Values.a | quote }}}\n"
)


def files(name: str = "small", version: str = "1.0.0", **more: str) -> dict[str, str]:
    """The files of a small chart; `__` in a keyword stands for a slash, and what it holds is added."""
    facts = f"apiVersion: v2\nname: {name}\nversion: {version}\n"
    return {"Chart.yaml": facts, "values.yaml": "a: 1\n", "templates/a.yaml": TEMPLATE, **more}


def folder(into: Path, made: dict[str, str]) -> Path:
    """A chart as a folder."""
    for name, text in made.items():
        file = into / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return into


def archive(path: Path, made: dict[str, str], top: str = "small") -> Path:
    """A chart as an archive."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as packed:
        for name, text in made.items():
            add(packed, f"{top}/{name}", text.encode())
    return path


def add(packed: tarfile.TarFile, name: str, raw: bytes = b"", **facts: object) -> None:
    """One entry of an archive, with whatever a hostile hand writes into its header."""
    entry = tarfile.TarInfo(name)
    entry.size = len(raw)
    for key, value in facts.items():
        setattr(entry, key, value)
    packed.addfile(entry, io.BytesIO(raw))
