"""How fast a lab becomes a repository and figures: the largest example, by the command as by the pipeline under it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from datetime import date
from functools import partial
from itertools import count, cycle
from pathlib import Path

from measure import Measure, median_of

from homelab.assess.run import assess
from homelab.assess.uptime import Computed
from homelab.findings import SpecEdit
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.lab.pipeline import WHOLE, Lab

ROOT = Path(__file__).resolve().parents[2]
FILE = str(ROOT / "examples" / "enterprise" / "homelab.yaml")
TODAY = date(2026, 11, 1)
"""The day of judgement; no figure depends on it."""
STRUCTURE = (
    SpecEdit("components.envoy-gateway.proxy_replicas", 3),
    SpecEdit("components.envoy-gateway.proxy_replicas", 4),
)
PARAMETERS = SpecEdit("site.spare_host", value=True), SpecEdit("site.spare_host", value=False)


def command(compiled: Path, *arguments: str) -> int:
    """Run `homelab` in a process of its own; its peak memory in bytes.

    Args:
        compiled: where the interpreter keeps compiled modules: whoever installed homelab has them.
        arguments: what stands behind `homelab`.

    Raises:
        RuntimeError: it ends with neither an answer nor findings.
    """
    argv = [sys.executable, "-c", "from homelab.cli.main import main; main()", *arguments]
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONPYCACHEPREFIX": str(compiled)}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    process = subprocess.Popen(argv, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own interpreter
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 1}:
        raise RuntimeError(f"homelab {' '.join(arguments)} ends with {process.returncode}")
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def action(lab: Lab, edits: cycle[SpecEdit]) -> float:
    """One action, from the edit of homelab.yaml to exact minutes a year; every run takes the next edit."""
    return lab.edited([next(edits)]).whole.minutes()


def one_file() -> object:
    """A stranger's file of 1,500 Deployments, four findings each, every one with its line."""
    body = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d{0}, namespace: web}}\n"
        "spec: {{selector: {{matchLabels: {{app: d{0}}}}}, template: {{metadata: {{labels: {{app: d{0}}}}}, "
        "spec: {{containers: [{{name: c, image: x}}]}}}}}}\n"
    )
    texts = {"all.yaml": "---\n".join(map(body.format, range(1500)))}
    return assess(read(of_texts(texts)), today=TODAY)


def measures() -> list[Measure]:
    """The figures of whole commands, then of the pipeline in one process."""
    with tempfile.TemporaryDirectory() as name:
        return [*_commands(Path(name)), *_pipeline()]


def _commands(folder: Path) -> list[Measure]:
    homelab = partial(command, folder / "compiled")
    numbers = count()

    def render(to: str) -> int:
        return homelab("render", FILE, "--to", str(folder / to), "--without-computed")

    render("same")
    return [
        Measure("homelab --help", 0.15, median_of(partial(homelab, "--help"))),
        Measure("homelab render enterprise, new", 1.0, median_of(lambda: render(f"new-{next(numbers)}"))),
        Measure("homelab render enterprise, unchanged", 0.7, median_of(partial(render, "same"))),
        Measure("homelab assess enterprise", 1.5, median_of(partial(homelab, "assess", FILE))),
        Measure("homelab assess enterprise: peak memory", 150.0, homelab("assess", FILE) / 2**20, unit="MiB"),
    ]


def _pipeline() -> list[Measure]:
    lab = Lab.load(FILE)
    inventory, system = lab.inventory, lab.computed.model.system
    size = f"{len(system.services)} services, {len(system.parts):,} parts"

    def exact(only: tuple[str, ...] = ()) -> object:
        return Computed.of(inventory, only=only).result

    lab.whole.minutes()
    return [
        Measure("assess enterprise, warm", None, median_of(lambda: Lab.load(FILE).assessment(TODAY), 3)),
        Measure(f"exact uptime of enterprise: {size}", 1.0, median_of(exact, 3)),
        Measure("exact uptime of enterprise as a whole", None, median_of(partial(exact, WHOLE), 3)),
        Measure("judge 1,500 objects of one file", 3.0, median_of(one_file, 3)),
        Measure("an action to its exact gain, structure", 0.4, median_of(partial(action, lab, cycle(STRUCTURE)))),
        Measure("an action to its exact gain, parameters", 0.05, median_of(partial(action, lab, cycle(PARAMETERS)))),
    ]
