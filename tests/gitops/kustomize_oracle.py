"""Real kustomize as an oracle: what a folder of files builds to, in a form that both sides can be compared in."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from homelab.gitops import kustomize
from homelab.gitops.repository import of_texts

HASH = re.compile(r"-[2-9b-hkmt]{10}$")
Objects = dict[tuple[str, str, str], Any]


def ours(files: Mapping[str, str], folder: str) -> Objects:
    """What our reading of a folder gives, by kind, namespace and name."""
    return compared([item.body for item in kustomize.build(of_texts(files), folder).objects])


def unknown(files: Mapping[str, str], folder: str) -> list[str]:
    """What our reading says it does not know."""
    return [gap.why for gap in kustomize.build(of_texts(files), folder).unknown]


def theirs(kubectl: Path, files: Mapping[str, str], folder: str, scratch: Path) -> Objects | None:
    """What `kubectl kustomize` gives; None where it refuses."""
    for path, text in files.items():
        (scratch / path).parent.mkdir(parents=True, exist_ok=True)
        (scratch / path).write_text(text, encoding="utf-8")
    argv = [str(kubectl), "kustomize", str(scratch / folder)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return None if done.returncode else compared(list(yaml.safe_load_all(done.stdout)))


def compared(bodies: list[Any]) -> Objects:
    """Objects by identity, without hashes in names, empty maps, or the two ways to write a Secret."""
    found: Objects = {}
    for body in bodies:
        plain = _plain(json.loads(json.dumps(body)))
        meta = plain.get("metadata", {})
        if plain.get("kind") == "Secret":
            plain.pop("type", None)
            texts = plain.pop("stringData", {})
            plain["data"] = {k: base64.b64encode(str(v).encode()).decode() for k, v in texts.items()} | plain.get(
                "data", {}
            )
        found[plain.get("kind", ""), meta.get("namespace", ""), meta.get("name", "")] = plain
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _plain(item) for key, item in value.items() if key != "homelab.dev/hash"}
        return {key: item for key, item in kept.items() if item not in ({}, None)}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return HASH.sub("", value) if isinstance(value, str) else value


def differences(mine: Any, other: Any, path: str = "") -> list[str]:
    """Where two values differ, one sentence each."""
    if isinstance(mine, dict) and isinstance(other, dict):
        keys = sorted({*mine, *other}, key=str)
        return [line for key in keys for line in differences(mine.get(key), other.get(key), f"{path}/{key}")]
    if isinstance(mine, list) and isinstance(other, list) and len(mine) == len(other):
        pairs = enumerate(zip(mine, other, strict=True))
        return [line for number, (a, b) in pairs for line in differences(a, b, f"{path}/{number}")]
    return [] if mine == other else [f"{path}: ours {mine!r}, kustomize {other!r}"]
