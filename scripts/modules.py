"""Write the twin's modules anew: `python scripts/modules.py [NAME …]`, after a version in homelab/twin/programs.py was changed.

For each module of the table: `go.mod` with the program's own replacements, and `go.sum` with the checksum of everything that
its programs are built from, on every architecture a twin runs on. At the end each is proved complete: Go lists what goes in
without being allowed to change a byte. It needs Go and the network, and downloads some gigabytes the first time.
"""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from gomodule import CALM, NotMade, run, write

from homelab.twin.programs import Module, Program, every

INSTEAD = {"kubernetes-1.33": {"k8s.io/externaljwt": "v0.33.3"}}
"""Module to versions in place of some that it requires and that are not served."""
ARCHITECTURES = ("amd64", "arm64")


def staging(module: Module) -> str | None:
    """The version of the modules that Kubernetes keeps in a folder of its own: v0.35.4 for v1.35.4."""
    return module.version.replace("v1.", "v0.", 1) if module.path == "k8s.io/kubernetes" else None


def made(module: Module, programs: Iterable[Program]) -> None:
    """Write the two files of a module, and prove them complete."""
    packages = sorted({program.package for program in programs})
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        required = module.path, module.version
        write(
            here,
            f"homelab.invalid/{module.name}",
            required,
            staging=staging(module),
            instead=INSTEAD.get(module.name),
        )
        for flags in ("-mod=mod", "-mod=readonly"):
            for architecture in ARCHITECTURES:
                told = {**CALM, "GOFLAGS": flags, "GOOS": "linux", "GOARCH": architecture}
                run("go", "list", "-deps", *packages, cwd=here, env=told)
        module.folder.mkdir(parents=True, exist_ok=True)
        for name in ("go.mod", "go.sum"):
            (module.folder / name).write_bytes((here / name).read_bytes())


def main(names: list[str]) -> int:
    """Write the named modules, or all; 1 when one cannot be written, 2 when a name is unknown."""
    found: dict[Module, list[Program]] = defaultdict(list)
    for program in every():
        found[program.module].append(program)
    known = {module.name: module for module in found}
    if unknown := [name for name in names if name not in known]:
        print(f"no module is called {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    bad = 0
    for name in names or known:
        try:
            made(known[name], found[known[name]])
        except NotMade as why:
            print(f"{name:20} {why}")
            bad = 1
        else:
            print(f"{name:20} {known[name].version}", flush=True)
    return bad


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
