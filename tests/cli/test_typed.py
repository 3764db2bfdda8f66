"""What a person types, through the real command: exit 0 or 2, always with a place, nothing written where it is 2."""

from __future__ import annotations

import math
import random
import re
import time
from pathlib import Path

import pytest

from lab.test_typed import SEED, WRONG, everything, written

pytestmark = pytest.mark.slow

SECONDS = 50
"""Of processor time, in CI; the soak tests try everything."""
TIMES = [pytest.param(SECONDS, id="by-seed"), pytest.param(math.inf, id="all", marks=pytest.mark.soak)]
NUMBERS = (10**400, -(10**400), 1.5e308, math.inf, math.nan, "1e400", "9" * 400 + "Gi", "1" + "0" * 400 + "h")
"""Beyond what a machine counts, as numbers and as texts."""
COMMANDS = {
    "check": ("--offline", "--fail-on", "never"),
    "render": ("--offline", "--without-computed"),
    "secrets list": (),
    "check --json": ("--offline", "--fail-on", "never", "--json"),
}
"""Command to its flags; each pair of key and value gets one of them."""
LONGEST = 4000
"""Characters of all that is said about one wrong value."""


def call(homelab, number: int, file: Path, out: Path):
    """One of the commands, in turn."""
    name = list(COMMANDS)[number % len(COMMANDS)]
    target = ("--to", out) if name == "render" else ()
    return name, homelab(*name.removesuffix(" --json").split(), file, *target, *COMMANDS[name])


def complaint(name: str, done, file: Path) -> str:
    """What is wrong with how a command ended; empty where nothing is."""
    said = done.out + done.err
    if done.code not in {0, 2}:
        return f"exit {done.code}"
    if "fault of homelab" in said or "Traceback" in said:
        return said[-300:]
    if done.code == 0:
        return ""
    if name == "check --json":
        return "" if re.search(r'"line": \d', done.out) else "no line in the JSON"
    lines = [line for line in done.err.splitlines() if not line.startswith("  hint: ")]
    if not lines or any(not re.match(rf"{re.escape(str(file))}:\d+:\d+ ", line) for line in lines):
        return f"no place: {done.err[:300]}"
    return f"{len(said)} characters" if len(said) > LONGEST or done.out else ""


@pytest.mark.parametrize("seconds", TIMES)
def test_wrong_values_end_well(homelab, tmp_path, seconds):
    """Each key with each wrong value: exit 0 or 2, every mistake with file, line and column, no traceback, no file where it is 2."""
    file, out = tmp_path / "homelab.yaml", tmp_path / "out"
    pairs = [(key, value) for key in everything() for value in (*WRONG, *NUMBERS)]
    random.Random(SEED).shuffle(pairs)
    began, tried, bad = time.process_time(), 0, []
    for number, (key, value) in enumerate(pairs):
        if time.process_time() - began > seconds:
            break
        tried += 1
        file.write_text(written(key, value))
        name, done = call(homelab, number, file, out)
        if wrong := complaint(name, done, file):
            bad.append((name, ".".join(map(str, key)), str(value)[:40], wrong))
        left = {path.name for path in tmp_path.iterdir()}
        if left - {"homelab.yaml"} and not (name == "render" and done.code == 0):
            bad.append((name, key, value, f"left {left}"))
        if out.exists():
            out.rename(tmp_path.parent / f"{tmp_path.name}-{number}")
    assert bad == []
    assert tried > 200
