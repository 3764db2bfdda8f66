"""Where the programs of a twin are, and building those that are nowhere.

They are looked for in the folder that HOMELAB_TWIN_BIN names (in `<minor>/` below it first), then in the cache, where each
version has a folder of its own; what the system brings is looked for on the PATH. A program is put into the cache in one step,
after it said of itself that it is the version that is wanted: nobody ever finds half of one, or another one.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from homelab.documents.quantity import rounded_bytes
from homelab.errors import ToolError
from homelab.lab.told import Told, silent
from homelab.tools import go as golang
from homelab.tools.find import cache, find
from homelab.tools.go import Build, Go
from homelab.tools.run import Call, Runner
from homelab.twin.programs import Brought, Program

VARIABLE = "HOMELAB_TWIN_BIN"
MIB = 1 << 20
ROOM = 12
"""MiB that Go keeps for each second of building: sources and what it compiled."""
MACHINES = {"x86_64", "amd64", "aarch64", "arm64"}
HINT = f"put the program into a folder and name it by {VARIABLE}"


@dataclass(frozen=True, slots=True)
class Installed:
    """One program that is there: its file, and the seconds it took to make; 0 where it was there before."""

    program: Program
    path: Path
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Bill:
    """What is to be built, the seconds it took where it was measured, and the bytes it takes: the programs, and what Go keeps."""

    programs: tuple[Program, ...]

    @property
    def seconds(self) -> int:
        """How long building took on two cores with empty caches."""
        return sum(program.seconds for program in self.programs)

    @property
    def size(self) -> int:
        """Bytes of the programs."""
        return sum(program.mebibytes for program in self.programs) * MIB

    @property
    def room(self) -> int:
        """Bytes that Go keeps of building them, at most."""
        return self.seconds * ROOM * MIB


def folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where programs of twins are kept."""
    return cache(environ) / "twin"


def place(program: Program, environ: Mapping[str, str] = os.environ) -> Path:
    """Where the cache has a program, or would have it."""
    return folder(environ) / f"{program.name}-{program.version}" / program.name


def found(program: Program | Brought, environ: Mapping[str, str] = os.environ) -> Path | None:
    """A program's file: of the folder that is named, else of the cache; on the PATH for what the system brings."""
    if isinstance(program, Brought):
        there = (given(name, "", environ) or find(name, environ) for name in program.names)
        return next(filter(None, there), None)
    cached = place(program, environ)
    return given(program.name, program.minor, environ) or (cached if _runs(cached) else None)


def given(name: str, minor: str, environ: Mapping[str, str] = os.environ) -> Path | None:
    """A program's file in the folder that HOMELAB_TWIN_BIN names."""
    where = environ.get(VARIABLE)
    if not where:
        return None
    below = (Path(where, minor, name), Path(where, name))
    return next((file.absolute() for file in below if _runs(file)), None)


def missing(programs: Iterable[Program], environ: Mapping[str, str] = os.environ) -> tuple[Program, ...]:
    """Those programs that are nowhere."""
    return tuple(program for program in programs if found(program, environ) is None)


def says(program: Program, path: Path, runner: Runner) -> str | None:
    """What a program answers about its version, in one line; None where it is not one to ask.

    Raises:
        ToolError: it cannot be run.
    """
    if not program.asked:
        return None
    lines = runner.run(Call((str(path), *program.asked), timeout=golang.ASKED)).text.splitlines()
    return next((line.strip() for line in lines if _is(program, line)), lines[0].strip() if lines else "")


def wrong(program: Program, path: Path, runner: Runner) -> str | None:
    """What is wrong with a file that should be this program, as `it says …`; None where nothing is."""
    try:
        said = says(program, path, runner)
    except ToolError as error:
        return f"it cannot be asked for its version: {error.message}"
    if said is None or _is(program, said):
        return None
    return f"it says that it is `{said}`"


def required(
    programs: Iterable[Program | Brought], runner: Runner, environ: Mapping[str, str] = os.environ
) -> dict[str, Path]:
    """Name to file of all these programs; those of HOMELAB_TWIN_BIN are asked for their version.

    Raises:
        ToolError: with everything that is missing or another version.
    """
    here, faults, hints = {}, [], {}
    for program in programs:
        path = found(program, environ)
        if path is None:
            faults.append(f"{named(program)} is missing")
            hints[program.hint if isinstance(program, Brought) else "`homelab twin install` builds it"] = True
        elif isinstance(program, Program) and _is_given(path, environ) and (fault := wrong(program, path, runner)):
            faults.append(f"{path} should be {named(program)}, and {fault}")
        else:
            here[program.name] = path
    if faults:
        raise ToolError("; ".join(faults), hint="; ".join(hints) or None)
    return here


def named(program: Program | Brought) -> str:
    """A program in a sentence, with its version where it has one."""
    return f"{program.name} {program.version}" if isinstance(program, Program) else program.name


def install(
    programs: Sequence[Program],
    runner: Runner,
    *,
    told: Told = silent,
    made: Callable[[Installed], None] = lambda _: None,
    environ: Mapping[str, str] = os.environ,
) -> tuple[Installed, ...]:
    """Build every program that is nowhere, one after the other; `made` hears of each as soon as it is there.

    Raises:
        ToolError: this machine cannot have twins, there is no Go or no room, sources cannot be had, a program does not
            compile or is not what it should be. What was built before stays.
    """
    supported()
    done = []
    with _alone(folder(environ), told) as here:
        lacking = missing(programs, environ)
        go = _prepared(lacking, runner, environ) if lacking else None
        for program in programs:
            if go is None or program not in lacking:
                one = Installed(program, found(program, environ) or place(program, environ))
            else:
                told(f"building {named(program)}", lacking.index(program), len(lacking))
                one = _built(program, go, runner, here, environ)
            done.append(one)
            made(one)
    return tuple(done)


def supported(system: str = "", machine: str = "") -> None:
    """Whether twins run on this machine.

    Raises:
        ToolError: they do not.
    """
    system, machine = system or sys.platform, machine or platform.machine()
    if system != "linux" or machine.lower() not in MACHINES:
        raise ToolError(f"twins run on Linux on amd64 and arm64, and this is {system} on {machine}")


def _prepared(lacking: Sequence[Program], runner: Runner, environ: Mapping[str, str]) -> Go:
    """A Go for these programs, on a machine with room for them."""
    go = golang.toolchain(runner, max(golang.wanted(program.module.folder) for program in lacking), environ)
    bill = Bill(tuple(lacking))
    for kept, size in ((folder(environ), bill.size), *((each, bill.room) for each in go.caches)):
        free = shutil.disk_usage(_there(kept)).free
        if free < size:
            raise ToolError(
                f"{kept} lies on a disk with {rounded_bytes(free)} left, and building takes {rounded_bytes(size)} there",
                hint=f"make room, or {HINT}",
            )
    return go


def _built(program: Program, go: Go, runner: Runner, here: Path, environ: Mapping[str, str]) -> Installed:
    """Build one program beside its place, ask it what it is, and put it there."""
    began = time.monotonic()
    build = Build(program.module.folder, program.package, program.flags, named(program))
    target = place(program, environ)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=here) as scratch:
        out = Path(scratch, program.name)
        golang.fetch(runner, go, build, environ)
        golang.compiled(runner, go, build, out, environ)
        if fault := _fault(program, out, go, runner, environ):
            raise ToolError(f"{build.what} was built, but {fault}")
        target.parent.mkdir(exist_ok=True)
        out.replace(target)
    return Installed(program, target, time.monotonic() - began)


def _fault(program: Program, out: Path, go: Go, runner: Runner, environ: Mapping[str, str]) -> str | None:
    """What is wrong with a program that was just built."""
    if not out.is_file():
        return "there is no file"
    if program.asked:
        return wrong(program, out, runner)
    parts = golang.made_of(runner, go, out, environ)
    of = f"{program.module.path}\t{program.module.version}"
    return None if of in parts else f"not from {program.module.path} {program.module.version}"


@contextlib.contextmanager
def _alone(home: Path, told: Told) -> Iterator[Path]:
    """The folder of programs, in which nobody else builds; what a build that was killed left there is removed."""
    import fcntl

    home.mkdir(parents=True, exist_ok=True)
    with (home / "install.lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            told("waiting for another installation to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        for left in home.glob(".new-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield home


def _is(program: Program, line: str) -> bool:
    return bool(re.search(rf"(?<![\d.]){re.escape(program.version)}(?![\d.])", line))


def _is_given(path: Path, environ: Mapping[str, str]) -> bool:
    folders = environ.get(VARIABLE)
    return bool(folders) and path.is_relative_to(Path(str(folders)).absolute())


def _runs(file: Path) -> bool:
    return file.is_file() and os.access(file, os.X_OK)


def _there(path: Path) -> Path:
    """The nearest folder above that exists."""
    return next(each for each in (path, *path.parents) if each.exists())
