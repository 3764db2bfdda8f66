"""The real operators of a twin as one of its programs, which keeps them all."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import homelab
from homelab.errors import ToolError
from homelab.tools import pod
from homelab.tools.run import Call, Runner
from homelab.tools.services import Service, Services
from homelab.twin.callbacks.setup import Setup
from homelab.twin.control_plane import WAIT, ControlPlane
from homelab.twin.operators.running import REPORT
from homelab.twin.operators.table import OPERATORS

NAME = "operators"
PLAN = "plan.json"


@dataclass
class Operators:
    """What a twin knows of its real operators.

    Attributes:
        folder: where their keeper works, and reports.
        optional: the file of a program by its name, None where it was not built.
        sealed: whether the private key of the lab's sealed secrets is there.
    """

    folder: Path
    runner: Runner
    optional: Callable[[str], Path | None]
    sealed: bool = False

    @cached_property
    def refused(self) -> str:
        """Why this machine has no pods without containers; empty where it has."""
        return refused(self.runner)

    @property
    def programs(self) -> tuple[str, ...]:
        """Those that were built and can run here, and so are real once the lab's own pods of them are ready."""
        chosen = (each for each in OPERATORS if self.optional(each.program) and (self.sealed or not each.keyed))
        return tuple(each.program for each in chosen if each.bare or not self.refused)

    @property
    def absent(self) -> dict[str, str]:
        """Those that were built and yet are not real, and why."""
        why = {each.program: self.refused for each in OPERATORS if not each.bare and self.refused}
        why |= {each.program: "nobody gave its private key" for each in OPERATORS if each.keyed and not self.sealed}
        return {name: said for name, said in why.items() if self.optional(name)}

    @property
    def started(self) -> tuple[str, ...]:
        """Those that run now."""
        return tuple(sorted(self.told.get("started", {})))

    @property
    def told(self) -> Mapping[str, Mapping[str, str]]:
        """What their keeper said last: who is started, how often, and what the others wait for."""
        try:
            found = json.loads((self.folder / REPORT).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def start(self, services: Services, plane: ControlPlane, callbacks: Path) -> None:
        """Start their keeper beside a control plane, where any of them can run.

        Raises:
            ToolError: it does not come up.
        """
        if not self.programs:
            return
        Setup.of(plane).write(self.folder)
        files = {name: str(self.optional(name)) for name in self.programs}
        plan = {"programs": files, "callbacks": str(callbacks)}
        (self.folder / PLAN).write_text(json.dumps(plan), encoding="utf-8")
        (self.folder / REPORT).unlink(missing_ok=True)
        home = {"PYTHONPATH": str(Path(homelab.__file__).parents[1])}
        command = (sys.executable, "-m", "homelab.twin.operators", str(self.folder))
        services.start(Service(NAME, command, home))
        services.ready(NAME, (self.folder / REPORT).exists, WAIT)


def refused(runner: Runner) -> str:
    """Why no pod without a container can be on this machine; empty where one can."""
    try:
        runner.run(Call((sys.executable, "-I", "-S", pod.__file__)))
    except ToolError as error:
        return f"this machine lets nobody enter namespaces of users, mounts and the network: {error.message.splitlines()[-1]}"
    return ""
