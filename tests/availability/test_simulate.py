"""Two roads to the same figures: living through it, and computing it."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from availability.worlds import holds, random_system
from homelab.availability.engine.bounds import Odds
from homelab.availability.engine.circuit import Circuit
from homelab.availability.engine.compiled import Budget, chains_of
from homelab.availability.engine.many import share
from homelab.availability.engine.netlist import Netlist
from homelab.availability.engine.worlds import Worlds
from homelab.availability.quantify import Evaluator, evaluate
from homelab.availability.shapes import Erlang, Fixed, Lognormal
from homelab.availability.simulate import Estimate, simulate, student
from homelab.availability.system import NEVER, Bridged, Exclusive, Outside, Part, Rate, Settled, Stay, System


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 4, 6])
def test_the_simulation_covers_the_exact_figures(seed):
    """Random systems with ages, exclusives and negations: U and W within the 99.9 % intervals."""
    system = random_system(seed)
    exact = evaluate(system)
    for service, found in simulate(system, years=6, seed=seed, confidence=0.999).items():
        assert found.unavailability.covers(exact[service].unavailability)
        assert found.outages_per_year.covers(exact[service].outages_per_year)


def test_outages_of_any_shape_are_split_as_computed():
    """Fixed, staged and lognormal outages, looked at by age."""
    shapes = {"f": Fixed(), "e": Erlang(3), "l": Lognormal(1.0)}
    parts = {name: Part(name, Rate(20.0, 2.0), name, shape=shape) for name, shape in shapes.items()}
    gates = {f"{kind.__name__} {name}": kind(name, 1.0) for name in parts for kind in (Settled, Bridged)}
    system = System(parts, gates, {name: name for name in gates})
    exact = evaluate(system)
    for service, found in simulate(system, years=20, seed=2, confidence=0.999).items():
        assert found.unavailability.covers(exact[service].unavailability)
        assert found.outages_per_year.covers(exact[service].outages_per_year)


def test_what_never_happens_is_simulated_too():
    """Parts that never fail, an exclusive nobody visits, a service that is never up."""
    idle = Exclusive("work", {"x": Stay(0.0, 0.0, "x")})
    gates = {"sure": Settled("a", 1.0), "quiet": Outside("work", "x"), "never": NEVER}
    system = System({"a": Part("a", Rate.never(), "a")}, gates, {name: name for name in gates}, {"work": idle})
    found = simulate(system, years=1, seed=1)
    assert found["sure"].unavailability == found["quiet"].unavailability == Estimate(0.0, 0.0)
    assert found["never"].unavailability.mean == pytest.approx(1.0)
    assert found["never"].outages_per_year.mean == 0


def test_the_circuit_reads_gates_as_they_are_written():
    """A thousand random steps through the world, each compared with the definition; then a reset."""
    system = replace(random_system(11), services={"g0": "g0", "g1": "g1", "g3": "g3", "top": "top"})
    chains = chains_of(system)
    circuit = Circuit(system, chains)
    source = random.Random(1)
    delays = (0.5, 2.0, 3.0)
    world: dict[str, int | str] = {**dict.fromkeys(system.parts, 0), "work": ""}
    for _ in range(1000):
        unit, chain = source.choice(list(chains.items()))
        state = source.randrange(chain.width + 1)
        circuit.set(unit, state)
        if unit == "exclusive:work":
            world["work"] = ["", "a", "b"][state]
        else:
            world[unit] = 0 if state == 0 else 1 if state == 1 else delays.index(chain.delays[state - 2]) + 2
        for service, gate in system.services.items():
            assert circuit.up(service) == holds(gate, system, world)
    circuit.reset()
    perfect = {**dict.fromkeys(system.parts, 0), "work": ""}
    assert all(circuit.up(service) == holds(gate, system, perfect) for service, gate in system.services.items())


def test_students_quantile():
    """29 degrees of freedom: 2.0452; very many: the normal one."""
    assert student(0.95, 29) == pytest.approx(2.0452, abs=1e-3)
    assert student(0.95, 10**6) == pytest.approx(1.96, abs=1e-3)


@pytest.mark.slow
def test_intervals_cover_as_often_as_they_say():
    """Over 40 random systems the 95 % intervals of U and W cover most of the time, and nothing is far off.

    Asked of services that are expected to go down a hundred times in the run: fewer outages have no normal mean.
    """
    covered = asked = 0
    for seed in range(40):
        system = random_system(seed)
        exact = evaluate(system)
        for service, found in simulate(system, years=4, seed=seed).items():
            if exact[service].outages_per_year * 4 < 100:
                continue
            pairs = [
                (found.unavailability, exact[service].unavailability),
                (found.outages_per_year, exact[service].outages_per_year),
            ]
            for estimate, value in pairs:
                asked += 1
                covered += estimate.covers(value)
                assert abs(estimate.mean - value) <= 5 / 2.04 * estimate.half_width
    assert asked > 200
    assert 0.91 <= covered / asked <= 0.99


@pytest.mark.slow
def test_five_hundred_seeds_cover_as_often_as_they_say():
    """Of 500 independent seeds, the 95 % intervals of U hold the exact figure as often as 99 % of such samples would."""
    system = random_system(6)
    exact = evaluate(system)["g3"].unavailability
    held = sum(simulate(system, years=0.4, seed=seed)["g3"].unavailability.covers(exact) for seed in range(500))
    chances = [math.comb(500, count) * 0.95**count * 0.05 ** (500 - count) for count in range(501)]
    low = next(count for count in range(501) if math.fsum(chances[: count + 1]) >= 0.005)
    high = next(count for count in range(501) if math.fsum(chances[: count + 1]) >= 0.995)
    assert low <= held <= high, held


@pytest.mark.slow
def test_sampled_bounds_cover_as_often_as_they_say():
    """The same of the samples that stand in for what bounds leave open."""
    system = replace(random_system(2, 5), services={"top": "top"})
    rough = Evaluator(system, budget=Budget(nodes=0))
    exact, figured = evaluate(system)["top"].unavailability, rough.figured()
    odds, known = Odds.of(rough.compiled.chains, figured.chances), rough.few["top"]
    worlds = Worlds(Netlist.of(system), rough.compiled.chains, known.states)
    within = rough.bounds("top", figured).unavailability()
    held = 0
    for seed in range(500):
        found = share(worlds, "top", known, odds, work=6_000, seed=seed)
        beyond = within.high - within.low
        held += within.low + found.low * beyond <= exact <= within.low + found.high * beyond
    assert 460 <= held <= 489, held
