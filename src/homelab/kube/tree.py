"""Tree: a repository in memory, as objects until somebody wants bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from homelab.documents.emit import emit_documents


@dataclass(frozen=True)
class YamlFile:
    """A YAML file: documents as plain data; `header` is the comment above all, `comments` those above keys.

    `comments` maps (document index, key, key, ...) to the sentence that stands above that key.
    """

    documents: tuple[Any, ...]
    header: str = ""
    comments: Mapping[tuple[int | str, ...], str] = field(default_factory=dict)

    @cached_property
    def text(self) -> str:
        """The bytes a reviewer reads."""
        return emit_documents(self.documents, header=self.header, comments=self.comments)


@dataclass(frozen=True)
class TextFile:
    """Any other file: HCL, Markdown, JSON."""

    text: str


File = YamlFile | TextFile


@dataclass(frozen=True)
class Tree(Mapping[str, File]):
    """Relative POSIX path to file, sorted; immutable."""

    files: Mapping[str, File]

    def __getitem__(self, path: str) -> File:
        return self.files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.files))

    def __len__(self) -> int:
        return len(self.files)

    def with_files(self, files: Mapping[str, File]) -> Tree:
        """A tree in which `files` are added or replace those of the same path."""
        return Tree({**self.files, **files})

    def texts(self) -> dict[str, str]:
        """Every path with its text."""
        return {path: self[path].text for path in self}
