"""Programs of somebody who follows the guide on a twin: kubectl and helm are real, and reach it; the rest is as in render.newcomer.

Only addresses of sources are others: those of the chart repositories, and that of the lab's own repository in what is applied.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from homelab.twin.sources import rewrite
from render import newcomer

SHELLS = {"exec", "cnpg"}
"""What needs a container that runs."""


def here(args: list[str], table: dict[str, str]) -> list[str]:
    """The arguments with addresses of this machine: of `--repo`, and in files that are applied."""
    found = [table.get(arg, arg) for arg in args]
    for number, arg in enumerate(found[:-1]):
        if arg == "-f" and found[number + 1].startswith("kubernetes/"):
            path = found[number + 1]
            made, _ = rewrite({path: Path(path).read_text(encoding="utf-8")}, table)
            with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False, dir=os.environ["HOME"]) as file:
                file.write(made[path])
            found[number + 1] = file.name
    return found


def _started(file: Path) -> None:
    """Wait for the programs of pods that are called ready as soon as they have a node: at home they are once they answer."""
    late = time.monotonic() + 120
    while not file.exists() and time.monotonic() < late:
        time.sleep(0.2)


def main(name: str, args: list[str]) -> int:
    """Be a program: the real one where it only needs the API."""
    table = json.loads(Path(os.environ["TWIN_TABLE"]).read_text(encoding="utf-8"))
    if name in {"kubectl", "helm"} and not SHELLS & set(args):
        with Path(os.environ["RECORD"]).open("a", encoding="utf-8") as record:
            record.write(json.dumps([name, *args]) + "\n")
        real = os.environ[f"REAL_{name.upper()}"]
        if "rollout" in args:
            _started(Path(os.environ["TWIN_STARTED"]))
        os.execv(real, [real, *here(args, table)])
    if [name, *args] == ["tofu", "output", "-raw", "kubeconfig"]:
        sys.stdout.write(Path(os.environ["TWIN_KUBECONFIG"]).read_text(encoding="utf-8"))
        return 0
    return newcomer.main(name, args)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).name, sys.argv[2:]))
