"""The extra: the same answers with compiled loops, and with the loops as they stand."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from availability.worlds import random_system
from homelab.availability.engine import fast, kernels
from homelab.availability.engine.compiled import Budget, compile_system
from homelab.availability.quantify import Evaluator, evaluate
from homelab.availability.shapes import Erlang, Fixed, Lognormal
from homelab.availability.system import All, Exclusive, Outside, Part, Rate, Settled, Stay, System
from homelab.errors import Undecidable


class Array(list):
    """A list with the few words of an array that these loops need."""

    def tolist(self):
        return list(self)

    def __getitem__(self, key):
        return (
            Array(list.__getitem__(self, each) for each in key)
            if isinstance(key, list)
            else list.__getitem__(self, key)
        )


@pytest.fixture(params=["compiled", "as they stand"])
def loops(request, monkeypatch):
    """Loops of either kind, however little there is to do."""
    monkeypatch.setattr(fast, "MUCH", 0)
    if request.param == "compiled":
        pytest.importorskip("numba", reason="numba is not installed: pip install provenlab[uptime]")
        return
    monkeypatch.setattr(fast, "installed", lambda: True)
    monkeypatch.setattr(fast, "compiled", lambda name: getattr(kernels, name))
    for name in ("whole", "real", "flags"):
        monkeypatch.setattr(fast, name, Array)
    monkeypatch.setattr(fast, "empty", lambda count: Array([0.0] * count))


@pytest.mark.slow
@pytest.mark.usefixtures("loops")
@pytest.mark.parametrize("seed", range(12))
def test_compiled_loops_give_equal_answers(seed, monkeypatch):
    """U of every service, exact or not, at the first rates and at others."""
    system = random_system(seed)
    faster = {"p1": Rate(900.0, 0.25)}
    for budget in (Budget(), Budget(nodes=0), Budget(nodes=25)):
        evaluator = Evaluator(system, budget=budget)
        monkeypatch.setattr("homelab.availability.quantify.WIDE", math.inf)
        assert evaluator._compiled(1) is not None
        plain = Evaluator(system, budget=budget)
        plain._compiled = lambda _: None
        for rates in (None, faster):
            found = evaluator.unavailabilities(evaluator.figured(rates))
            assert found == pytest.approx(plain.unavailabilities(plain.figured(rates)), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("seed", range(12))
def test_compiled_diagrams_have_the_same_nodes(seed, monkeypatch):
    """The same roots, levels and branches, however little room there is at first; the same services beyond a budget."""
    pytest.importorskip("numba", reason="numba is not installed: pip install provenlab[uptime]")
    monkeypatch.setattr("homelab.availability.engine.swift_bdd.BEGIN", 4)
    monkeypatch.setattr("homelab.availability.engine.swift_bdd.CACHE", 8)
    for system in (random_system(seed), random_system(seed, 7)):
        for budget in (Budget(), Budget(nodes=30)):
            monkeypatch.setattr(fast, "GATES", 10**9)
            plain = compile_system(system, budget)
            monkeypatch.setattr(fast, "GATES", 0)
            swift = compile_system(system, budget)
            assert swift.roots == plain.roots
            for name in ("level", "low", "high"):
                kept = max(plain.roots.values(), default=0) + 1
                assert getattr(swift.diagrams, name)[:kept] == getattr(plain.diagrams, name)[:kept]
            assert swift.over == plain.over
        changed = Evaluator(replace(system, gates={**system.gates, "top": All(("g1", "g2"))}))
        again = Evaluator(system, budget=Budget()).changed(changed.system)
        assert again.compiled.over == []
        for service, figures in changed.result().services.items():
            assert again.result()[service].unavailability == pytest.approx(figures.unavailability, rel=1e-12)


def test_garbage_of_compiled_diagrams_is_collected(monkeypatch):
    """With little room for garbage, the figures are those of diagrams that keep everything."""
    pytest.importorskip("numba", reason="numba is not installed: pip install provenlab[uptime]")
    system = random_system(3, 7)
    exact = evaluate(system)
    monkeypatch.setattr("homelab.availability.engine.compiled.GARBAGE", 5)
    monkeypatch.setattr(fast, "GATES", 0)
    found = evaluate(system)
    for service in system.services:
        assert found[service].unavailability == pytest.approx(exact[service].unavailability, rel=1e-12)
        assert found[service].frequency == pytest.approx(exact[service].frequency, rel=1e-12)


def test_without_the_extra_nothing_is_missing(monkeypatch):
    """Where numba is not installed, large models are answered by plain loops."""
    monkeypatch.setattr(fast, "MUCH", 0)
    monkeypatch.setattr(fast, "installed", lambda: False)
    evaluator = Evaluator(random_system(1))
    assert evaluator._compiled(10**9) is None
    exact = evaluator.result()
    for service, value in evaluator.unavailabilities(evaluator.figured()).items():
        assert value == exact[service].unavailability


@pytest.mark.parametrize("seed", [1, 4, 6])
def test_compiled_lives_cover_the_exact_figures(seed):
    """Random systems with ages, exclusives and negations: U and W within the 99.9 % intervals."""
    pytest.importorskip("numba", reason="numba is not installed: pip install provenlab[uptime]")
    from homelab.availability.lived import simulate

    system = random_system(seed)
    exact = evaluate(system)
    for service, found in simulate(system, years=60, seed=seed, confidence=0.999).items():
        assert found.unavailability.covers(exact[service].unavailability)
        assert found.outages_per_year.covers(exact[service].outages_per_year)


def test_compiled_lives_refuse_what_they_do_not_know():
    """A choice, or a state that goes on from another, is lived through by the plain simulation only."""
    pytest.importorskip("numba", reason="numba is not installed: pip install provenlab[uptime]")
    from homelab.availability.lived import simulate

    parts, gates = {"a": Part("a", Rate(20.0, 2.0), "a")}, {"top": All(("a", Outside("work", "x")))}
    choice = Exclusive.choice("work", {"x": 1.0, "y": 2.0})
    follows = Exclusive("work", {"x": Stay(0.1, 0.01, "x"), "y": Stay(0.1, 0.0, "y", follows="x")})
    for work in (choice, follows):
        with pytest.raises(Undecidable, match="work has some"):
            simulate(System(parts, gates, {"top": "top"}, {"work": work}), years=1, seed=1)


def test_compiled_lives_know_every_shape():
    """Fixed, staged and lognormal outages, parts that never fail and exclusives nobody visits."""
    pytest.importorskip("numba", reason="numba is not installed: pip install provenlab[uptime]")
    from homelab.availability.lived import simulate

    shapes = {"f": Fixed(), "e": Erlang(3), "l": Lognormal(1.0)}
    parts = {name: Part(name, Rate(20.0, 2.0), name, shape=shape) for name, shape in shapes.items()}
    parts["sure"] = Part("sure", Rate.never(), "sure")
    gates = {f"settled {name}": Settled(name, 1.0) for name in parts} | {"quiet": Outside("work", "x")}
    work = {"work": Exclusive("work", {"x": Stay(0.0, 0.0, "x")})}
    system = System(parts, gates, {name: name for name in gates}, work)
    exact = evaluate(system)
    for service, found in simulate(system, years=60, seed=2, confidence=0.999).items():
        assert found.unavailability.covers(exact[service].unavailability)
        assert found.outages_per_year.covers(exact[service].outages_per_year)


def test_the_loops_draw_the_lives_of_units():
    """Without a compiler: two units, one aged, by hand: what happens when, and where to go on when room runs out."""
    source = random.Random(1)
    waits = [source.expovariate(1.0) for _ in range(400)]
    moving = [5.0, 1.0], [1, 1], [0.0, 0.0], [0.0, 0.0]
    fixed = [10.0, 10.0], [4.0, 1.0], [0.0, 0.0], [0, 1, 1], [3.0], [], [], [0, 0, 0]
    times, units, states = [0.0] * 6, [0] * 6, [0] * 6
    unit, count = kernels.lives((0, 30.0), moving, fixed, (waits, [0.0]), (times, units, states))
    assert times[:3] == [5.0, 8.0, 9.0]  # down at 5, three hours old at 8, up at 9
    assert states[:3] == [1, 2, 0]
    assert times[3] == pytest.approx(9.0 + 10.0 * waits[0])
    assert (unit, count) == (0, 6) or unit >= 1
