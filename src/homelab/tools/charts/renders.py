"""Renders that were made before, by content: the second run of a command asks helm nothing."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from homelab.tools.helm import Object, Template

FORMAT = 2
"""Raised when what is kept of an object, or what helm is told, changes."""
LARGEST = 256 << 20
"""Bytes that all renders may take; the ones not used for longest go first."""


@dataclass
class Renders:
    """What helm made of which question; refusals among it. Another helm, chart or value is another question."""

    root: Path
    wrote: bool = field(default=False, init=False)

    def get(self, key: str) -> tuple[list[Object] | None, str] | None:
        """Objects, or helm's refusal, as kept; None where the question was never asked."""
        file = self._file(key)
        try:
            found = _decoded(file.read_bytes())
            os.utime(file)
            objects, refused = found["objects"], found["refused"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return objects, refused

    def keep(self, key: str, objects: list[Object] | None, refused: str = "") -> None:
        """Keep an answer; a cache that cannot be written is none, and nobody needs to hear of it."""
        file = self._file(key)
        with contextlib.suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            beside = file.with_name(f"{file.name}.{os.getpid()}")
            beside.write_bytes(_encoded({"objects": objects, "refused": refused}))
            beside.replace(file)
            self.wrote = True

    def _file(self, key: str) -> Path:
        return self.root / key[:2] / f"{key}.json"

    def prune(self, largest: int = LARGEST) -> tuple[int, int]:
        """Remove what was not used for longest until the rest fits; gives how many went, and their bytes."""
        found = []
        for file in self.root.glob("*/*.json"):
            with contextlib.suppress(OSError):
                stat = file.stat()
                found.append((stat.st_mtime, stat.st_size, file))
        total, gone, freed = sum(size for _, size, _ in found), 0, 0
        for _, size, file in sorted(found, key=lambda each: each[0]):
            if total - freed <= largest:
                break
            with contextlib.suppress(OSError):
                file.unlink()
            gone, freed = gone + 1, freed + size
        return gone, freed


def key_of(template: Template, digest: str, *, asks: frozenset[str] | None, helm: str) -> str:
    """The question as a hash. Only the API versions that the chart can ask for (None: any) belong to it."""
    values = json.dumps(template.values, default=dict, sort_keys=True)
    apis = sorted(template.api_versions if asks is None else asks & {*template.api_versions})
    parts = (
        FORMAT, helm, digest, template.release, template.namespace, template.kube_version, template.include_crds,
        template.skip_schema, apis, values,
    )  # fmt: skip
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def key_of_crds(digest: str) -> str:
    """The question what the `crds/` folders of a chart hold."""
    return hashlib.sha256(f"{FORMAT} crds {digest}".encode()).hexdigest()


def _encoded(data: Any) -> bytes:
    try:
        import orjson

        return orjson.dumps(data)
    except (ImportError, TypeError):  # not installed; a number beyond 64 bits
        return json.dumps(data, separators=(",", ":")).encode()


def _decoded(raw: bytes) -> Any:
    try:
        import orjson
    except ImportError:
        return json.loads(raw)
    return orjson.loads(raw)
