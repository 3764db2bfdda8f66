"""All figures in one table: `make bench`, or `python scripts/bench [MODULE …]`.

Every module beside this file that has `measures()` is run, in a process of its own so that none pays for another's memory.
A figure above its bound is marked and makes the exit code 1: the bounds are promises. They hold for two cores of a plain machine;
the ratio to the peer of the same run holds on any.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent / "src"
NOT_MEASURED = {"__main__", "labs", "measure"}


def modules(wanted: list[str]) -> list[str]:
    """The modules to measure, in order."""
    found = sorted(file.stem for file in HERE.glob("*.py") if file.stem not in NOT_MEASURED)
    return [name for name in found if not wanted or name in wanted]


def measured(module: str) -> list[dict[str, object]]:
    """The figures of one module, taken in a new process; one row without a figure if it fails."""
    argv = [sys.executable, str(HERE), "--only", module]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603 - our own interpreter and script
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        return [
            {
                "name": f"{module}: {last}",
                "bound_seconds": None,
                "seconds": None,
                "peer_name": None,
                "peer_seconds": None,
            }
        ]
    rows: list[dict[str, object]] = json.loads(done.stdout.splitlines()[-1])
    return rows


def shown(seconds: object, unit: object = "s") -> str:
    """A duration with three digits, in the unit that a person would choose; what is not a duration in its own."""
    if not isinstance(seconds, int | float):
        return "–"
    if unit != "s":
        return f"{seconds:.3g} {unit}"
    for factor, name in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {name}"
    return f"{seconds * 1e6:.3g} µs"


def row(figure: dict[str, object]) -> tuple[str, str, str, str, str]:
    """One line of the table: figure, bound, measured, peer, ratio of us to the peer."""
    seconds, bound, peer = figure["seconds"], figure["bound_seconds"], figure["peer_seconds"]
    ratio = "–"
    if isinstance(seconds, int | float) and isinstance(peer, int | float) and peer:
        ratio = f"{seconds / peer:.2f}"
    rival = f"{figure['peer_name']} {shown(peer)}" if figure["peer_name"] else "–"
    mark, unit = " !" if missed(figure) else "", figure.get("unit", "s")
    return str(figure["name"]), shown(bound, unit), shown(seconds, unit) + mark, rival, ratio


def missed(figure: dict[str, object]) -> bool:
    """Whether a figure is above its bound, or could not be taken."""
    seconds, bound = figure["seconds"], figure["bound_seconds"]
    return seconds is None or (isinstance(bound, int | float) and isinstance(seconds, int | float) and seconds > bound)


def main(arguments: list[str]) -> int:
    """Measure the named modules, or all; 1 if a bound is missed."""
    sys.path[:0] = [str(HERE), str(SOURCE), str(SOURCE.parent)]
    if arguments[:1] == ["--only"]:
        found = importlib.import_module(arguments[1]).measures()
        print(json.dumps([dataclasses.asdict(measure) for measure in found]))
        return 0
    figures = [figure for module in modules(arguments) for figure in measured(module)]
    table = [("figure", "bound", "measured", "peer", "ratio"), *map(row, figures)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    bad = sum(map(missed, figures))
    if bad:
        print(f"\n{bad} of {len(figures)} are above their bound, or could not be measured (!)")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
