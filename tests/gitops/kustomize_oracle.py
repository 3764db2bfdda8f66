"""Real kustomize as an oracle: what a folder of files builds to, in a form that both sides can be compared in.

Its answers are recorded beside this file, one a line: a case, and what has to be merged into the answer to the plain case
over the same files to have the answer to this one (null takes away). Null alone stands for what kustomize refuses. `make cases` records them anew.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from gitops.kustomize_cases import OVERLAYS
from gitops.kustomize_kinds import FOLLOWED
from homelab.gitops import kustomize
from homelab.gitops.repository import Repository

HASH = re.compile(r"-[2-9b-hkmt]{10}$")
RECORDED = Path(__file__).with_name("kustomize_answers.jsonl")
Objects = dict[str, Any]
"""`Kind namespace/name` to an object."""


def ours(repository: Repository, folder: str) -> Objects:
    """What our reading of a folder gives."""
    return compared([item.body for item in kustomize.build(repository, folder).objects])


def unknown(repository: Repository, folder: str) -> list[str]:
    """What our reading says it does not know."""
    return [gap.why for gap in kustomize.build(repository, folder).unknown]


def theirs(kubectl: Path, folder: Path) -> Objects | None:
    """What `kubectl kustomize` gives; None where it refuses."""
    done = subprocess.run([str(kubectl), "kustomize", str(folder)], capture_output=True, text=True, check=False)
    return None if done.returncode else compared(list(yaml.load_all(done.stdout, yaml.CSafeLoader)))


def compared(bodies: list[Any]) -> Objects:
    """Objects by identity, without hashes in names, empty maps, or the two ways to write a Secret."""
    found: Objects = {}
    for body in bodies:
        plain = _plain(body)
        meta = plain.get("metadata", {})
        if plain.get("kind") == "Secret":
            plain.pop("type", None)
            texts = plain.pop("stringData", {})
            plain["data"] = {k: base64.b64encode(str(v).encode()).decode() for k, v in texts.items()} | plain.get(
                "data", {}
            )
        found[f"{plain.get('kind', '')} {meta.get('namespace', '')}/{meta.get('name', '')}"] = plain
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
    if mine == other:
        return []
    if isinstance(mine, dict) and isinstance(other, dict):
        keys = sorted({*mine, *other}, key=str)
        return [line for key in keys for line in differences(mine.get(key), other.get(key), f"{path}/{key}")]
    if isinstance(mine, list) and isinstance(other, list) and len(mine) == len(other):
        pairs = enumerate(zip(mine, other, strict=True))
        return [line for number, (a, b) in pairs for line in differences(a, b, f"{path}/{number}")]
    return [f"{path}: ours {mine!r}, kustomize {other!r}"]


def _like(name: str) -> str:
    """The case that another is recorded by: the plain one over the same files."""
    if name in FOLLOWED:
        return next(iter(FOLLOWED))
    _, comma, below = name.partition(", below another")
    return next(iter(OVERLAYS)) + comma + below


def record(answers: Mapping[str, Objects | None]) -> str:
    """The answers as text, one a line."""
    lines = []
    for name, objects in answers.items():
        base = (answers.get(_like(name)) or {}) if name != _like(name) else {}
        changes = objects if objects is None else _changes(base, objects)
        lines.append(json.dumps([name, changes], ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    return "\n".join(lines) + "\n"


def recorded() -> dict[str, Objects | None]:
    """The answers that kustomize gave when it was asked last, by the name of the case."""
    answers: dict[str, Objects | None] = {}
    for name, changes in map(json.loads, RECORDED.read_text(encoding="utf-8").splitlines()):
        answers[name] = changes if changes is None else _changed(answers.get(_like(name)) or {}, changes)
    return answers


def _changes(old: Any, new: Any) -> Any:
    """What to merge into the old value to have the new one."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    changes = {key: _changes(old.get(key), item) for key, item in new.items() if old.get(key) != item}
    return changes | dict.fromkeys(old.keys() - new.keys())


def _changed(old: Any, changes: Any) -> Any:
    """The old value with changes merged into it; null takes away."""
    if not isinstance(old, dict) or not isinstance(changes, dict):
        return changes
    merged = old | {key: _changed(old.get(key), item) for key, item in changes.items()}
    return {key: item for key, item in merged.items() if item is not None}
