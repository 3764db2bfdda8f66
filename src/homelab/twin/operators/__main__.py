"""The keeper of a twin's real operators: `python -m homelab.twin.operators FOLDER`.

FOLDER holds how to reach the API (`callbacks.json`), the programs and where to tell their addresses (`plan.json`); in it lie the
files of each operator's pod, their logs, and `operators.json`, which says who runs.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path

from homelab.errors import HomelabError
from homelab.tools.services import Services
from homelab.twin.callbacks.setup import Setup
from homelab.twin.operators.process import PLAN
from homelab.twin.operators.running import Running

PACE = 2.0
"""Seconds from one look to the next."""


def main(folder: Path) -> None:
    """Keep the operators until this process is told to end, then end them all."""
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    plan = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    files = {name: Path(file) for name, file in plan["programs"].items()}
    setup, services = Setup.read(folder), Services(folder / "logs")
    running = Running(folder, setup, setup.api(), services, Path(plan["callbacks"]), files.get)
    try:
        while not over.is_set():
            running.look()
            over.wait(PACE)
    finally:
        services.close()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except HomelabError as error:
        sys.exit(error.message)
