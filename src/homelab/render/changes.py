"""Changes: what writing a tree would do to a folder: added, changed, removed, edited by hand, and data that would go."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from homelab.documents.read import load
from homelab.errors import UnreadableDocument
from homelab.render import layout
from homelab.render.owned import digest

STATEFUL = frozenset({"PersistentVolumeClaim", "Cluster", "CephCluster", "CephBlockPool", "CephFilesystem", "CephObjectStore", "ObjectBucketClaim", "RedisReplication", "Redis", "RedisCluster", "Kafka", "KafkaTopic", "Elasticsearch", "StatefulSet"})  # fmt: skip
"""Kinds whose removal deletes data, or the only way to it."""


@dataclass(frozen=True)
class Changes:
    """Paths, sorted. `edited` are files a person changed since homelab wrote them: they stay as they are.

    `foreign` are files that homelab would write and that somebody else put there; they stay as well. `orphans` are
    owned files that are no longer part of the lab; `prune` removes them, but for those `touched` by a person. `data`
    names objects whose data would go.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    edited: tuple[str, ...]
    foreign: tuple[str, ...]
    orphans: tuple[str, ...]
    touched: tuple[str, ...]
    data: tuple[str, ...]
    texts: Mapping[str, str]
    before: Mapping[str, str]

    @property
    def empty(self) -> bool:
        """Whether the folder already is what it should be."""
        return not (self.added or self.changed or self.edited or self.foreign or self.orphans)

    def unified(self) -> Iterator[str]:
        """The difference as a patch, file by file."""
        for path in sorted({*self.added, *self.changed, *self.edited, *self.foreign, *self.orphans}):
            old, new = self.before.get(path, ""), "" if path in self.orphans else self.texts[path]
            yield from difflib.unified_diff(
                old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{path}", f"b/{path}"
            )


def changes(texts: Mapping[str, str], before: Mapping[str, str], owned: Mapping[str, str]) -> Changes:
    """Compare what should be (`texts`) with what is (`before`), knowing what was ours (`owned`)."""
    kinds: dict[str, list[str]] = {"added": [], "changed": [], "edited": [], "foreign": []}
    for path in sorted(texts):
        if path not in before:
            kinds["added"].append(path)
        elif before[path] != texts[path]:
            kinds[_kind(path, before[path], owned)].append(path)
    orphans = tuple(
        sorted(path for path in owned if path in before and path not in texts and path not in layout.COMPUTED)
    )
    return Changes(
        added=tuple(kinds["added"]),
        changed=tuple(kinds["changed"]),
        edited=tuple(kinds["edited"]),
        foreign=tuple(kinds["foreign"]),
        orphans=orphans,
        touched=tuple(path for path in orphans if digest(before[path]) != owned[path]),
        data=tuple(_data(texts, before, owned)),
        texts=texts,
        before=before,
    )


def _kind(path: str, text: str, owned: Mapping[str, str]) -> str:
    if path not in owned:
        return "foreign"
    return "changed" if digest(text) == owned[path] else "edited"


def _data(texts: Mapping[str, str], before: Mapping[str, str], owned: Mapping[str, str]) -> Iterator[str]:
    """Objects with data that are in the folder and not in the tree."""
    there: dict[str, str] = {}
    for path in owned:
        if path in before and path.startswith("kubernetes/") and texts.get(path) != before[path]:
            there |= dict.fromkeys(_stateful(before[path], path), path)
    if not there:
        return
    here = {name for path, text in texts.items() if path.startswith("kubernetes/") for name in _stateful(text, path)}
    yield from sorted(name for name in there if name not in here)


def _stateful(text: str, path: str) -> Iterator[str]:
    if not any(f"kind: {kind}" in text for kind in STATEFUL):
        return
    try:
        bodies: list[Any] = load(text, path)
    except UnreadableDocument:
        return
    for body in bodies:
        if isinstance(body, Mapping) and body.get("kind") in STATEFUL:
            meta = body.get("metadata") or {}
            yield "/".join(filter(None, (str(meta.get("namespace") or ""), str(body["kind"]), str(meta.get("name")))))
