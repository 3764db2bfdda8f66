"""Owned: the hashes of what homelab wrote, so that a person's edit is seen and never overwritten.

Versions that somebody bumped are an input of rendering and no edit (see `pins`), so hashes do not see them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from homelab.render import layout

PIN = re.compile(
    r"(\n\s+chart: [^\n]*\n\s+targetRevision: )[^\n]*"
    r"|(\n[ -]+image(?:Name)?: [^\s:]+:)[^\n]*"
    r'|(\n +source +=[^\n]*\n +version += )"[^\n]*'
)
"""The version of a chart source, an image or a provider, as rendered files write it."""


def digest(text: str) -> str:
    """The hash of a file's text, whatever versions of charts, images and providers it pins."""
    if "targetRevision: " in text or " image" in text or " version " in text:
        text = PIN.sub(r"\1\2\3", text)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def ours(path: str) -> bool:
    """Whether a file of the tree belongs to homelab; sealed secrets belong to whoever sealed them."""
    return not layout.sealed(path)


def dump(hashes: Mapping[str, str]) -> str:
    """owned.json: path to hash, sorted, one a line."""
    return json.dumps({"version": 1, "files": dict(sorted(hashes.items()))}, indent=1, ensure_ascii=False) + "\n"


def parse(text: str | None) -> dict[str, str]:
    """Path to hash; empty where nothing was written yet or the file is not ours."""
    files = mapping(text).get("files")
    return {str(k): str(v) for k, v in files.items()} if isinstance(files, dict) else {}


def mapping(text: str | None) -> dict[str, Any]:
    """A JSON file of ours; empty where it is not there or not ours."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
