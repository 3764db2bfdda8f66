"""Owned: the hashes of what homelab wrote, so that a person's edit is seen and never overwritten.

Chart pins are an input of rendering, not an edit. The repository says for each Application which version the catalog chose
(`.homelab/pins.json`); an Application that pins another one was changed by a person or by Renovate, and keeps it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from homelab.documents.read import load
from homelab.errors import UnreadableDocument
from homelab.render import layout

PIN = re.compile(r"(\n\s+chart: [^\n]*\n\s+targetRevision: )[^\n]*")
"""The version of a chart source, as rendered Applications write it."""


def digest(text: str) -> str:
    """The hash of a file's text, whatever version its charts are pinned to."""
    if "\n    targetRevision: " in text or "\n      targetRevision: " in text:
        text = PIN.sub(r"\1", text)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def ours(path: str) -> bool:
    """Whether a file of the tree belongs to homelab; sealed secrets belong to whoever sealed them."""
    return not layout.sealed(path)


def dump(hashes: Mapping[str, str]) -> str:
    """owned.json: path to hash, sorted, one a line."""
    return json.dumps({"version": 1, "files": dict(sorted(hashes.items()))}, indent=1, ensure_ascii=False) + "\n"


def parse(text: str | None) -> dict[str, str]:
    """Path to hash; empty where nothing was written yet or the file is not ours."""
    files = _json(text).get("files")
    return {str(k): str(v) for k, v in files.items()} if isinstance(files, dict) else {}


def pins(existing: Mapping[str, str]) -> dict[str, str]:
    """Application name to chart version, where the repository pins another than the catalog had chosen."""
    chosen = _json(existing.get(layout.PINS))
    found: dict[str, str] = {}
    for path, text in existing.items():
        if path.startswith(f"{layout.SETS}/") and path.endswith(".yaml"):
            found |= _pinned(path, text)
    return {name: version for name, version in sorted(found.items()) if chosen.get(name) != version}


def _pinned(path: str, text: str) -> dict[str, str]:
    try:
        bodies = load(text, path)
    except UnreadableDocument:
        return {}
    found = {}
    for body in bodies:
        if not isinstance(body, Mapping) or body.get("kind") != "Application":
            continue
        spec, meta = body.get("spec"), body.get("metadata")
        sources = spec.get("sources") if isinstance(spec, Mapping) else None
        for source in sources if isinstance(sources, list) else ():
            if isinstance(source, Mapping) and source.get("chart") and isinstance(source.get("targetRevision"), str):
                found[str(meta.get("name") if isinstance(meta, Mapping) else "")] = source["targetRevision"]
    return found


def _json(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
