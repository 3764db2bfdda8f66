"""The stand-ins of a twin as a process of their own: `python -m homelab.twin.standins FOLDER`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from homelab.twin.standins.lookup import needed
from homelab.twin.standins.plan import read
from homelab.twin.standins.runner import Runner


def main(folder: Path) -> None:
    """Stand in for what a folder's plan says, until one is told to end.

    Raises:
        HomelabError: there is no plan.
    """
    plan = read(folder)
    runner = Runner(plan.api, folder, plan, needed(plan.real))
    signal.signal(signal.SIGTERM, lambda *_: runner.stop())
    runner.run()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
