"""Repository: files by relative path, whether they lie on disk or in a Tree, with equal results."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from homelab.documents.read import Document, load, place_in, positioned, templated
from homelab.errors import Place, UnreadableDocument, UnreadableRepository
from homelab.gitops.tracked import tracked
from homelab.kube.shape import unreadable
from homelab.kube.tree import Tree, YamlFile

YAML = (".yaml", ".yml", ".json")
SKIPPED = frozenset({".git", ".venv", "node_modules", ".terraform", "__pycache__", ".homelab-journal"})
PROGRAM = ".jsonnet"
READ = (*YAML, ".tf", ".tfvars", "Kustomization")
"""Endings of the files whose text is looked at."""
OTHERS = (".env", ".key", ".pem", ".agekey", ".kubeconfig", ".conf", ".cfg", ".ini", ".toml", ".properties", ".txt", ".sh",
          ".tfstate", ".tfstate.backup", ".tfbackend", ".htpasswd", ".netrc", ".npmrc", ".pgpass")  # fmt: skip
"""Endings of other files in which secrets are left; files without an ending are looked at too."""
SMALL = 512 * 1024
"""Bytes of such a file."""
MODULES = ".gitmodules"
"""The file that says which folders are other repositories."""
NOT_DEPLOYED = (
    "tofu/",
    "terraform/",
    ".homelab/",
    ".github/",
    "docs/",
    "doc/",
    "examples/",
    "hack/",
    "scripts/",
    "test",
    "talos/",
)
"""Folders whose YAML nobody expects Argo CD to reach."""
HELD = 4 * 1024 * 1024
"""Characters of files whose positions are kept: each takes some fifty bytes."""
LARGEST = 20 * 1024 * 1024
"""Bytes; larger files are not manifests a person keeps."""


@dataclass
class Repository:
    """Paths to texts, parsed once. `skipped` says what could not be read as manifests, and why."""

    texts: Mapping[str, str]
    prefix: str = ""
    """What stands before a path in places: the folder as the user named it."""
    raw: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """Documents that need no parsing: those of a Tree."""
    parsed: dict[str, list[Any]] = field(default_factory=dict)
    skipped: dict[str, tuple[str, Place | None]] = field(default_factory=dict)
    refused: list[tuple[str, str, Place | None]] = field(default_factory=list)
    """(path, why, place) of manifests that Kubernetes could not decode; their documents read as nothing."""
    others: Mapping[str, str] = field(default_factory=dict)
    """Texts that lead to nothing that is deployed, but are in Git all the same: keys, settings, lists of what to ignore."""
    tracked: frozenset[str] = frozenset()
    """Files that Git keeps, where that could be read."""
    unread: frozenset[str] = frozenset()
    """Files that Argo CD would run, and nobody here reads."""
    names: frozenset[str] = frozenset()
    """Files, and links to folders, that are there and are not looked into."""
    _positions: dict[str, list[Document]] = field(default_factory=dict)
    _held: int = 0

    @property
    def paths(self) -> Iterator[str]:
        """Every path, sorted."""
        return iter(sorted(self.texts))

    def __contains__(self, path: str) -> bool:
        """Whether a file stands at the path."""
        return path in self.texts

    def shown(self, path: str) -> str:
        """A path as places show it."""
        return f"{self.prefix}{path}"

    def text(self, path: str) -> str | None:
        """The text of a file; None where it is not there, or of a kind that is not read from disk either."""
        return self.texts[path] if path.endswith(READ) and path in self.texts else None

    def documents(self, path: str) -> list[Any]:
        """The documents of a YAML file; [] and an entry in `skipped` where it cannot be read."""
        if path not in self.parsed:
            self.parsed[path] = self._parse(path)
        return self.parsed[path]

    def _parse(self, path: str) -> list[Any]:
        try:
            bodies = self.raw[path] if path in self.raw else load(self.texts[path], self.shown(path))
        except UnreadableDocument as error:
            why = "a template or an encrypted file" if templated(self.texts[path]) else error.message
            self.skipped[path] = (why, error.where)
            return []
        return [self._decoded(path, index, body) for index, body in enumerate(bodies)]

    def _decoded(self, path: str, index: int, body: Any) -> Any:
        if isinstance(body, Mapping) and "apiVersion" in body and "kind" in body and (wrong := unreadable(body)):
            self.refused.append((path, wrong[1], self.locate(path, index, tuple(wrong[0].split(".")))))
            return None
        return body

    def is_folder(self, path: str) -> bool:
        """Whether anything that is read lies below a path."""
        return path in self.folders

    def foreign(self, path: str) -> bool:
        """Whether a file that was skipped is a template, or encrypted: another program may make YAML of it."""
        return path not in self.texts or templated(self.texts[path])

    def lacks(self, path: str) -> bool:
        """Whether nothing at all stands at a path, nor may: what leads out of the repository, or into another one, may."""
        if path.startswith(("../", "/")) or path == ".." or MODULES in self.names or SKIPPED & set(path.split("/")):
            return False
        # what lies behind a link to a folder is not looked at
        ways = {path, *map(str, PurePosixPath(path).parents)} - {"."}
        return not (ways & self.names or path in self.texts or path in self.skipped or path in self._every_folder)

    @property
    def _every_folder(self) -> set[str]:
        """Every folder that holds a file of any kind."""
        found = self.__dict__.get("_all_folders")
        if found is None:
            found = self.folders | {
                str(up) for path in (*self.names, *self.skipped) for up in PurePosixPath(path).parents
            }
            self.__dict__["_all_folders"] = found
        return found

    @property
    def folders(self) -> set[str]:
        """Every folder that holds a file, below the root `.`."""
        found = self.__dict__.get("_folders")
        if found is None:
            found = {"."}
            for path in self.texts:
                found.update(str(parent) for parent in PurePosixPath(path).parents)
            self.__dict__["_folders"] = found
        return found

    def locate(self, path: str, index: int, keys: tuple[str, ...]) -> Place | None:
        """Where a key stands in a document of a file."""
        if path not in self.texts:
            return None
        documents = self._positioned(path)
        if index >= len(documents):
            return Place(self.shown(path))
        return place_in(documents[index], tuple(int(k) if k.isascii() and k.isdigit() else k for k in keys))

    def _positioned(self, path: str) -> list[Document]:
        """The positions of a file, composed once however many findings it has; the first ones go when many are held."""
        found = self._positions.get(path)
        if found is None:
            found = self._positions[path] = []
            with suppress(UnreadableDocument):
                found.extend(positioned(self.texts[path], self.shown(path)))
            self._held += len(self.texts[path])
            while self._held > HELD and len(self._positions) > 1:
                oldest = next(iter(self._positions))
                del self._positions[oldest]
                self._held -= len(self.texts[oldest])
        return found


class _TreeTexts(Mapping[str, str]):
    """The texts of a Tree, emitted only when somebody wants to see a place."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def __getitem__(self, path: str) -> str:
        return self._tree[path].text

    def __iter__(self) -> Iterator[str]:
        return iter(self._tree.files)

    def __len__(self) -> int:
        return len(self._tree.files)

    def __contains__(self, path: object) -> bool:
        return path in self._tree.files


def of_tree(tree: Tree, prefix: str = "") -> Repository:
    """A repository in memory: its objects are taken as they are, nothing is emitted or parsed."""
    raw = {path: file.documents for path, file in tree.files.items() if isinstance(file, YamlFile)}
    return Repository(_TreeTexts(tree), prefix, raw)


def of_texts(texts: Mapping[str, str], prefix: str = "") -> Repository:
    """A repository from a mapping of paths to texts."""
    return Repository(texts, prefix)


def of_folder(folder: Path, prefix: str | None = None) -> Repository:
    """A repository on disk: its YAML and Terraform files, without following links out of it.

    `prefix` stands before paths in places; by default the folder as the user named it.

    Raises:
        UnreadableRepository: the folder does not exist or cannot be listed.
    """
    if not folder.is_dir():
        raise UnreadableRepository(
            f"{folder} is not a folder", hint="name the folder of a GitOps repository, or a homelab.yaml"
        )
    texts: dict[str, str] = {}
    skipped: dict[str, tuple[str, Place | None]] = {}
    prefix = _named(folder) if prefix is None else prefix
    paths = sorted(_files(folder))
    named = [path.relative_to(folder).as_posix() for path in paths]
    unread = frozenset(name for name in named if name.endswith(PROGRAM))
    names = frozenset(name for name in named if not name.endswith(READ))
    for path in paths:
        name = path.relative_to(folder).as_posix()
        if not name.endswith(READ):
            continue
        try:
            if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
                skipped[name] = ("a link that leaves the repository", None)
            elif path.exists() and not path.is_file():
                skipped[name] = ("not a plain file", None)
            elif path.stat().st_size > LARGEST:
                skipped[name] = (f"larger than {LARGEST // 1024 // 1024} MiB", None)
            else:
                texts[name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            skipped[name] = ("not UTF-8 text", None)
        except RuntimeError:  # what pathlib raises until Python 3.13
            skipped[name] = ("a link that leads to itself", None)
        except OSError as error:
            skipped[name] = (f"cannot be read: {error.strerror}", None)
    others = {path.relative_to(folder).as_posix(): text for path in paths if (text := _other(path)) is not None}
    return Repository(
        texts, prefix, skipped=skipped, others=others, names=names, tracked=tracked(folder), unread=unread
    )


def _named(folder: Path) -> str:
    return "" if str(folder) == "." else f"{str(folder).rstrip('/')}/"


def told(name: str) -> bool:
    """Whether a file is one of the `others` by its name."""
    if name.endswith(READ):
        return False
    return name.endswith(OTHERS) or name.startswith(".env") or name == ".gitignore" or "." not in name


def _other(path: Path) -> str | None:
    """A small text of a file that is none of those whose objects are read; None for what is not told by its name."""
    if not told(path.name):
        return None
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > SMALL:
            return None
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return None if "\0" in text else text


def _files(folder: Path) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise UnreadableRepository(f"{error.filename} cannot be listed: {error.strerror}")

    for parent, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(name for name in folders if name not in SKIPPED)
        yield from (Path(parent, name) for name in names)
        yield from (found for name in folders if (found := Path(parent, name)).is_symlink())
