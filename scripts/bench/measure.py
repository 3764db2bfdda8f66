"""What one measurement is, and how a duration is taken: the median of several runs, after one that warms up."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of `make bench`.

    Attributes:
        name: what was measured, with its size: "emit 1,500 objects".
        bound_seconds: what the project promises; None where it promises nothing.
        seconds: what was measured.
        peer_name: another program or library that did the same in the same run, if one did.
        peer_seconds: how long the peer took.
        unit: what the figures are counted in, where it is not time: "MiB".
    """

    name: str
    bound_seconds: float | None
    seconds: float
    peer_name: str | None = None
    peer_seconds: float | None = None
    unit: str = "s"


def median_of(work: Callable[[], object], runs: int = 5) -> float:
    """The median seconds of `runs` runs, after one that is not counted."""
    work()
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)
