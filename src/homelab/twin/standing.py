"""What a twin needs and where each part of it stands on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from homelab.tools.run import Runner
from homelab.twin.install import VARIABLE, found, given, wrong
from homelab.twin.programs import OPERATORS, Brought, Program

CACHE, SYSTEM, WRONG, MISSING = "cache", "system", "wrong", "missing"


@dataclass(frozen=True, slots=True)
class Standing:
    """One program that a twin needs.

    Attributes:
        name: what it is called.
        version: the one that is wanted; empty where any will do.
        origin: `HOMELAB_TWIN_BIN`, `cache`, `system`; `wrong` where a file is another version; `missing`.
        path: its file.
        size: bytes of it; as measured once where it is not there and can be built, 0 where nobody knows.
        seconds: how long building it took where that was measured; 0 for what the system brings.
        why: what is wrong, or what to do about it.
    """

    name: str
    version: str
    origin: str
    path: Path | None
    size: int
    seconds: int = 0
    why: str = ""

    @property
    def good(self) -> bool:
        """Whether a twin can use it."""
        return self.origin not in {WRONG, MISSING}

    def json(self) -> dict[str, Any]:
        """As published."""
        return {
            "name": self.name,
            "version": self.version or None,
            "from": self.origin,
            "path": str(self.path) if self.path else None,
            "bytes": self.size,
            "seconds": self.seconds,
            "why": self.why or None,
        }


def standing(
    programs: Iterable[Program | Brought], runner: Runner, environ: Mapping[str, str] = os.environ
) -> tuple[Standing, ...]:
    """Where each program is; those of the folder that HOMELAB_TWIN_BIN names are asked for their version."""
    return tuple(
        _brought(each, environ) if isinstance(each, Brought) else _built(each, runner, environ) for each in programs
    )


def _brought(program: Brought, environ: Mapping[str, str]) -> Standing:
    path = found(program, environ)
    if path is None:
        return Standing(program.name, "", MISSING, None, 0, why=program.hint)
    named = any(given(name, "", environ) == path for name in program.names)
    return Standing(program.name, "", VARIABLE if named else SYSTEM, path, path.stat().st_size)


def _built(program: Program, runner: Runner, environ: Mapping[str, str]) -> Standing:
    path = found(program, environ)
    if path is None:
        why = f"`homelab twin install{' --operators' if program in OPERATORS else ''}` builds it"
        return Standing(program.name, program.version, MISSING, None, program.mebibytes << 20, program.seconds, why)
    origin, why = CACHE, ""
    if given(program.name, program.minor, environ) == path:
        why = wrong(program, path, runner) or ""
        origin = WRONG if why else VARIABLE
    return Standing(program.name, program.version, origin, path, path.stat().st_size, program.seconds, why)
