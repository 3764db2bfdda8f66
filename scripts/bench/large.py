"""How large a lab may be: 500 services on 12 hosts of four workers, asked whole and again; how time grows; how many events a second.

The models are those of `labs`. SimPy is the peer of the simulation: one process a part, the same gates, the same figures.
"""

from __future__ import annotations

import math
import random
import resource
import sys
import time
from importlib import import_module
from importlib.util import find_spec
from unittest.mock import patch

from labs import lab
from measure import Measure, median_of

from homelab.availability.bands import bands
from homelab.availability.engine import fast, kernels
from homelab.availability.engine.compiled import chains_of
from homelab.availability.engine.netlist import Netlist
from homelab.availability.parts import HOURS_PER_YEAR
from homelab.availability.quantify import Evaluator
from homelab.availability.system import All, AtLeast, Gate, Part, Rate, System

SERVICES = 500
YEARS = 100.0
"""What SimPy lives through; our own loops live through two hundred times as much."""


def whole(services: int) -> Evaluator:
    """A lab from its model to the figures of all services."""
    evaluator = Evaluator(lab(services))
    evaluator.result()
    return evaluator


def measures() -> list[Measure]:
    """Answers, their width, memory and growth; then the simulation."""
    loops = "compiled" if fast.installed() else "plain"
    began = time.perf_counter()
    evaluator = whole(SERVICES)
    taken = time.perf_counter() - began
    size = f"{SERVICES} services, {len(evaluator.system.parts):,} parts, 12 hosts, {loops} loops"
    figured = evaluator.figured()
    found = [figures.within for figures in evaluator.result().services.values()]
    ratios = sorted(within.ratio if within else 1.0 for within in found)
    again = median_of(lambda: evaluator.unavailabilities(figured, times=1000))
    small, large = (_taken(services) for services in (100, 1000))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return [
        Measure(f"uptime of {size}", 10.0 if fast.installed() else 60.0, taken),
        Measure("… all asked again with other rates", 0.02 if fast.installed() else None, again),
        Measure("… how wide 95 % are, upper to lower end", 1.1, ratios[int(0.95 * len(ratios))], unit="times"),
        Measure("… how wide the widest is", 2.0, ratios[-1], unit="times"),
        Measure("… memory, with a lab of 1,000", 2048.0, peak / 2**20, unit="MiB"),
        Measure("… exponent from 100 to 1,000 services", 1.3, math.log10(large / small), unit=""),
        *_lived(),
    ]


def _taken(services: int) -> float:
    began = time.perf_counter()
    whole(services)
    return time.perf_counter() - began


def enterprise(samples: int = 10_000) -> Measure:
    """Bands of the largest example from many samples."""
    from homelab.lab.pipeline import Lab
    from lab import FILE

    evaluator = Lab.load(FILE).computed.evaluator
    began = time.perf_counter()
    bands(evaluator, samples=samples)
    return Measure(f"{samples:,} samples of enterprise", 10.0, time.perf_counter() - began)


def demo() -> Measure:
    """What the engine takes of the demo: the whole of each lab that its roadmap tries, built upon the one before."""
    from homelab.lab.pipeline import Lab
    from homelab.lab.roadmap import roadmap
    from lab import ROOT

    spent: list[float] = []
    changed = Evaluator.changed

    def timed(self: Evaluator, system: System) -> Evaluator:
        began = time.perf_counter()
        found = changed(self, system)
        found.unavailabilities(found.figured())
        spent.append(time.perf_counter() - began)
        return found

    lab = Lab.load(str(ROOT / "examples" / "two-boxes" / "homelab.yaml"))
    with patch.object(Evaluator, "changed", timed):
        roadmap(lab)
    return Measure(f"diagrams and figures of the demo's {len(spent)} labs", 3.0, sum(spent))


def cluster() -> System:
    """120 parts under 36 services: machines under pods, quorums of three, and a lab that needs them all."""
    parts: dict[str, Part] = {}
    gates: dict[str, Gate] = {}
    for number in range(12):
        parts[f"machine{number}"] = Part(f"machine{number}", Rate(2000.0, 8.0), "machine")
    for number in range(36):
        pods = []
        for replica in range(3):
            name = f"pod{number}-{replica}"
            parts[name] = Part(name, Rate(500.0, 0.5), "pod")
            pods.append(All((f"machine{(number + 4 * replica) % 12}", name)))
        gates[f"service{number}"] = AtLeast(2, tuple(pods))
    return System(parts, gates, {name: name for name in gates})


def _lived() -> list[Measure]:
    """Seconds for a million events, ours and SimPy's; the inverse is events a second."""
    rows = [demo(), enterprise()]
    if not (fast.installed() and find_spec("simpy")):
        return rows
    from homelab.availability.lived import Life

    system = cluster()
    exact = Evaluator(system).result()
    Life(system, 1).until(HOURS_PER_YEAR)
    began = time.perf_counter()
    life = Life(system, 1)
    life.until(200 * YEARS * HOURS_PER_YEAR)
    ours = (time.perf_counter() - began) / life.events * 1e6
    down = {
        name: hours / (200 * YEARS * HOURS_PER_YEAR)
        for name, hours in zip(system.services, life.tally()[0], strict=True)
    }
    began = time.perf_counter()
    peer, count = simpy(system, YEARS)
    theirs = (time.perf_counter() - began) / count * 1e6
    means = [sum(figures) / len(figures) for figures in (down.values(), peer.values())]
    truth = sum(figures.unavailability for figures in exact.services.values()) / len(exact.services)
    rows.append(Measure("a million simulated events", theirs / 50, ours, "SimPy", theirs))
    rows += [
        Measure(f"… mean downtime beside the exact one, {who}", within, abs(mean / truth - 1) * 100, unit="%")
        for who, mean, within in (("ours", means[0], 1.0), ("SimPy's", means[1], 5.0))
    ]
    return rows


def simpy(system: System, years: float) -> tuple[dict[str, float], int]:
    """The share of time each service is down, and how many events it took: a process of SimPy for each part, the same counters."""
    from homelab.availability.lived import Gates

    environment = import_module("simpy").Environment()
    source = random.Random(1)  # noqa: S311  # a sample, not a secret
    chains = chains_of(system)
    gates = Gates(Netlist.of(system), chains, list(system.services))
    layout = tuple(array.tolist() for array in gates.arrays())
    work = tuple(array.tolist() for array in gates.room())
    counts = [-1.0] * len(system.services), [0.0] * len(system.services), [0] * len(system.services)
    count = 0

    def live(unit: int, rate: Rate) -> object:
        nonlocal count
        while True:
            for state, mean in ((1, rate.mttf), (0, rate.mttr)):
                yield environment.timeout(source.expovariate(1.0) * mean)
                kernels.sweep((0,), ((environment.now,), (unit,), (state,)), layout, counts, work)
                count += 1

    for number, unit in enumerate(chains):
        environment.process(live(number, system.parts[unit].rate))
    environment.run(until=years * HOURS_PER_YEAR)
    return {
        service: counts[1][place] / (years * HOURS_PER_YEAR)
        for service, place in zip(system.services, gates.places, strict=True)
    }, count
