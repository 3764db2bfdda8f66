"""Owned: the hashes of what homelab wrote, so that a person's edit is seen and never overwritten.

Chart pins are an input of rendering, not an edit: a version that a person or Renovate changed in an Application is read
back (`pins`) and rendered again as it stands.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from homelab.documents.read import load
from homelab.errors import UnreadableDocument
from homelab.render import layout


def digest(text: str) -> str:
    """The hash of a file's text."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def dump(texts: Mapping[str, str]) -> str:
    """owned.json: path to hash, sorted, one a line."""
    return json.dumps({"version": 1, "files": {path: digest(texts[path]) for path in sorted(texts)}}, indent=1) + "\n"


def parse(text: str | None) -> dict[str, str]:
    """Path to hash; empty where nothing was written yet or the file is not ours."""
    try:
        found: Any = json.loads(text or "{}")
    except ValueError:
        return {}
    files = found.get("files") if isinstance(found, dict) else None
    return {str(k): str(v) for k, v in files.items()} if isinstance(files, dict) else {}


def pins(existing: Mapping[str, str]) -> dict[str, str]:
    """Application name to the chart version that its file in the repository pins."""
    found: dict[str, str] = {}
    for path, text in existing.items():
        if not path.startswith(f"{layout.SETS}/"):
            continue
        try:
            bodies = load(text, path)
        except UnreadableDocument:
            continue
        for body in bodies:
            if isinstance(body, Mapping) and body.get("kind") == "Application":
                for source in (body.get("spec") or {}).get("sources") or ():
                    if isinstance(source, Mapping) and source.get("chart"):
                        found[str(body["metadata"]["name"])] = str(source.get("targetRevision", ""))
    return found
