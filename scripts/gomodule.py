"""A small Go module of our own around a published one: what oracles.py compiles in, and what modules.py writes.

`go install` refuses modules with `replace` lines, and those are what the programs we need have; nothing of theirs is copied.
Standard library only.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

CALM = {"GOFLAGS": "-mod=mod", "GOMAXPROCS": "2", "CGO_ENABLED": "0", "GOWORK": "off"}
"""Go as it is called here: two threads, no C, no setting of this machine, and free to complete go.mod and go.sum."""


class NotMade(Exception):
    """Something that this machine cannot make, with the reason and what to do."""


def run(*argv: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """What a program prints; NotMade with the end of its complaint when it fails."""
    done = subprocess.run(argv, cwd=cwd, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False)  # noqa: S603 - argv is written in these scripts
    if done.returncode:
        complaint = "\n    ".join((done.stderr or done.stdout).strip().splitlines()[-8:])
        raise NotMade(f"`{' '.join(argv)}` failed with code {done.returncode}:\n    {complaint}")
    return done.stdout


def replacements(go_mod: dict[str, list[dict[str, dict[str, str]]]], staging: str | None = None) -> list[str]:
    """The `replace` lines of a module that point to other modules; those to local folders mean nothing outside its repository.

    Kubernetes publishes the modules in its folder `staging` at a version of their own, which stands in for the folder.
    """
    lines = []
    for entry in go_mod.get("Replace") or []:
        old, new = entry["Old"], entry["New"]
        if "Version" in new:
            lines.append(f"replace {old['Path']} {old.get('Version', '')} => {new['Path']} {new['Version']}")
        elif staging and new["Path"].startswith("./staging/"):
            lines.append(f"replace {old['Path']} => {old['Path']} {staging}")
    return lines


def write(
    folder: Path,
    name: str,
    required: tuple[str, str],
    *,
    staging: str | None = None,
    instead: Mapping[str, str] | None = None,
) -> None:
    """Write `go.mod` of the module `name` that requires another one, (path, version), with the replacements it needs.

    `instead` are versions in place of some that are not served, `staging` is the version of the modules that lie in a folder
    of the required one.
    """
    path, version = required
    (folder / "go.mod").write_text(f"module {name}\n", encoding="utf-8")
    found = json.loads(run("go", "mod", "download", "-json", f"{path}@{version}", cwd=folder, env=CALM))
    theirs = json.loads(run("go", "mod", "edit", "-json", found["GoMod"], cwd=folder, env=CALM))
    own = {each: f"replace {each} => {each} {other}" for each, other in (instead or {}).items()}
    kept = [line for line in replacements(theirs, staging) if line.split()[1] not in own]
    lines = [f"module {name}", f"go {theirs['Go']}", f"require {path} {version}", *kept, *own.values()]
    (folder / "go.mod").write_text("\n\n".join(lines) + "\n", encoding="utf-8")
