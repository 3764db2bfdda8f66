"""Guards: the annotations by which Argo CD leaves an object alone, put into a repository before the object is taken out of it.

Argo CD asks the object in the cluster, not the commit, so a guard must have arrived before the change that it guards against.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from homelab.documents.positions import Positions
from homelab.documents.read import load, positioned
from homelab.errors import UnreadableDocument, pasted
from homelab.kube.durable import KEPT, SYNC_OPTIONS, kept, sync_options, with_options
from homelab.kube.resource import Resource
from homelab.render import layout, owned

Identity = tuple[str, str, str, str]
"""Group, kind, namespace and name."""


def guarded(
    objects: Iterable[Resource], before: Mapping[str, str], hashes: Mapping[str, str]
) -> tuple[dict[str, str], list[Resource]]:
    """The files that gain guards, with their new texts, and the objects that no file of ours can guard.

    Args:
        objects: what is to be guarded.
        before: path to text of the repository as it is.
        hashes: path to hash of what homelab wrote.
    """
    texts: dict[str, str] = {}
    left = []
    for each in objects:
        path, index = each.origin.file, each.origin.index
        text = texts.get(path, before.get(path, ""))
        ours = path in hashes and owned.digest(before.get(path, "")) == hashes[path]
        new = _guarded(text, index) if ours and each.origin.maker == "file" else None
        if new is None:
            left.append(each)
        elif new != text:
            texts[path] = new
    return texts, left


def _guarded(text: str, index: int) -> str | None:
    """The text with the guard in its document of this number; None where that would change anything else."""
    try:
        bodies = load(text, "")
        where = [document.positions for document in positioned(text, "")]
        body, at = bodies[index], where[index]
    except (UnreadableDocument, IndexError):
        return None
    if not isinstance(body, Mapping) or at is None:
        return None
    if kept(body):
        return text
    wanted = with_options(body, sync_options(body) | dict.fromkeys(KEPT))
    value = wanted["metadata"]["annotations"][SYNC_OPTIONS]
    new = _with_line(text.splitlines(keepends=True), at, value)
    try:
        made = load(new, "")
    except UnreadableDocument:
        return None
    return new if made == [*bodies[:index], wanted, *bodies[index + 1 :]] else None


def _with_line(lines: list[str], at: Positions, value: str) -> str:
    """The lines with the annotation: in place of the one that is there, above the others, or below `metadata`."""
    line, column, meta = at.keys["metadata"]
    annotation = f"{SYNC_OPTIONS}: {value}\n"
    if "annotations" not in meta.keys:
        inner = " " * (meta.column - 1)
        lines.insert(line, f"{inner}annotations:\n{inner}  {annotation}")
        return "".join(lines)
    line, column, annotations = meta.keys["annotations"]
    indent = " " * (annotations.column - 1 if annotations.keys else column + 1)
    if SYNC_OPTIONS in annotations.keys:
        line = annotations.keys[SYNC_OPTIONS][0] - 1
        lines[line] = f"{indent}{annotation}"
    else:
        lines.insert(line, f"{indent}{annotation}")
    return "".join(lines)


def waiting(before: Mapping[str, str]) -> frozenset[Identity]:
    """The objects whose guards were written, and of which nobody said yet that the cluster has them."""
    listed: Any = owned.mapping(before.get(layout.GUARDS)).get("objects")
    found = listed if isinstance(listed, list) else []
    named = (each for each in found if isinstance(each, list) and len(each) == 4)
    return frozenset((str(group), str(kind), str(space), str(name)) for group, kind, space, name in named)


def dump(objects: Iterable[Identity]) -> str:
    """guards.json: group, kind, namespace and name of each object, sorted."""
    listed = sorted(set(objects))
    return json.dumps({"version": 1, "objects": listed}, indent=1, ensure_ascii=False) + "\n"


def command(resource: Resource) -> str:
    """What guards an object by hand: kubectl takes a kind with its group (`Cluster.postgresql.cnpg.io`)."""
    kind = ".".join(filter(None, (resource.kind, resource.group)))
    space = ("--namespace", resource.namespace) if resource.namespace else ()
    return pasted("kubectl", "annotate", *space, kind, resource.name, "--overwrite", f"{SYNC_OPTIONS}={','.join(KEPT)}")
