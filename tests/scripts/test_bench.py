"""The table of figures: readable units, bounds that fail, ratios to a peer."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from conftest import REPOSITORY

BENCH = REPOSITORY / "scripts" / "bench"


@pytest.fixture(scope="module")
def bench():
    """The script, as a module."""
    spec = importlib.util.spec_from_file_location("bench_main", BENCH / "__main__.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def figure(seconds, bound=None, peer=None):
    return {
        "name": "x",
        "seconds": seconds,
        "bound_seconds": bound,
        "peer_name": "y" if peer else None,
        "peer_seconds": peer,
    }


@pytest.mark.parametrize(
    ("seconds", "text"), [(1.234, "1.23 s"), (0.150, "150 ms"), (0.0005, "500 µs"), (2e-8, "0.02 µs"), (None, "–")]
)
def test_durations_have_the_unit_a_person_would_choose(bench, seconds, text):
    """Seconds, milliseconds or microseconds, with three digits."""
    assert bench.shown(seconds) == text


def test_a_missed_bound_is_marked(bench):
    """A figure above its bound, or that could not be taken, is missed; one without a bound never is."""
    assert bench.row(figure(0.2, 0.1, 0.4)) == ("x", "100 ms", "200 ms !", "y 400 ms", "0.50")
    assert bench.row(figure(0.2)) == ("x", "–", "200 ms", "–", "–")
    assert bench.missed(figure(None))
    assert not bench.missed(figure(0.1, 0.1))


def test_every_module_can_be_measured():
    """Each module beside the script has measures(), so that none is forgotten silently."""
    files = [file for file in BENCH.glob("*.py") if file.stem not in {"__main__", "labs", "measure"}]
    assert files
    assert [file.name for file in files if "def measures()" not in file.read_text(encoding="utf-8")] == []


def test_measuring_nothing_is_an_empty_table():
    """A name that no module has measures nothing, and says so with a table of no rows."""
    done = subprocess.run([sys.executable, str(BENCH), "nonsense"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.split() == ["figure", "bound", "measured", "peer", "ratio"]
