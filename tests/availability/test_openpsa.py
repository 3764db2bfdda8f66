"""Fault trees in the Open-PSA format: every construct, hard shapes, mistakes, and the published models where they are given."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from availability.aralia import CUTS, TOPS
from availability.openpsa import Study, study
from homelab.availability.cuts import pairs, single_points
from homelab.availability.engine.compiled import Budget
from homelab.availability.minimal import MinimalCuts
from homelab.availability.quantify import Evaluator, evaluate
from homelab.errors import Undecidable


def read(*texts: str):
    found = Study()
    for number, text in enumerate(texts):
        found.read(f"<opsa-mef>{text}</opsa-mef>", f"file-{number}.xml")
    return found.system()


def gate(name: str, body: str) -> str:
    return f'<define-gate name="{name}">{body}</define-gate>'


def event(name: str, chance: object) -> str:
    return f'<define-basic-event name="{name}"><float value="{chance}"/></define-basic-event>'


def names(*all_: str, tag: str = "event") -> str:
    return "".join(f'<{tag} name="{name}"/>' for name in all_)


def trio(kind: str) -> str:
    return names(*(f"{kind}{n}" for n in range(3)), tag="basic-event")


ABC = f"<model-data>{event('a', 0.1)}{event('b', 0.2)}{event('c', 0.3)}</model-data>"


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (f"<or>{names('a', 'b', 'c')}</or>", 0.496),
        (f"<or><and>{names('a', 'b')}</and><and>{names('b', 'c')}</and></or>", 0.074),
        ('<atleast min="2">' + names("a", "b", "c") + "</atleast>", 0.098),
        (f"<xor>{names('a', 'b', 'c')}</xor>", 0.404),
        ('<cardinality min="1" max="2">' + names("a", "b", "c") + "</cardinality>", 0.49),
        (f"<imply>{names('a')}<imply>{names('b', 'c')}</imply></imply>", 0.986),
        (f"<and>{names('a')}<not>{names('b')}</not></and>", 0.08),
        (f"<or>{names('a')}<not>{names('b')}</not></or>", 0.82),
        (f"<or>{names('a')}<and><not>{names('a')}</not>{names('b')}</and></or>", 0.28),
        (f"<or>{names('a')}<not>{names('a')}</not></or>", 1.0),
        (f"<and>{names('a')}<not>{names('a')}</not></and>", 0.0),
        (f"<nand>{names('a', 'b')}</nand>", 0.98),
        (f"<nor>{names('a', 'b')}</nor>", 0.72),
        (f"<iff>{names('a', 'b')}</iff>", 0.74),
        ("<or>" + names("a") + '<constant value="false"/></or>', 0.1),
        (names("a"), 0.1),
    ],
)
def test_every_connective(formula, expected):
    """The values of a published suite, and those of the others by hand."""
    figures = evaluate(read(f'<define-fault-tree name="t">{gate("top", formula)}</define-fault-tree>{ABC}'))["top"]
    assert figures.unavailability == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("model", "factors", "expected"),
    [
        ("beta-factor", (0.2,), 0.0430803730612224),
        ("phi-factor", (0.7, 0.2, 0.1), 0.0410393176167150),
        ("MGL", (0.2, 0.1), 0.0162947705258232),
        ("alpha-factor", (0.7, 0.2, 0.1), 0.0529814106951807),
    ],
)
def test_groups_of_common_cause(model, factors, expected):
    """Three trains of a pump and a valve, members of two groups: the values of a published suite, by each model."""
    levels = "".join(f'<factor level="{k}"><float value="{value}"/></factor>' for k, value in enumerate(factors, 1))
    groups = "".join(
        f'<define-CCF-group name="{kind}" model="{model}"><members>{trio(kind)}'
        f'</members><distribution><float value="0.1"/></distribution><factors>{levels}</factors></define-CCF-group>'
        for kind in ("pump", "valve")
    )
    trains = "".join(gate(f"train{n}", f"<or>{names(f'pump{n}', f'valve{n}')}</or>") for n in range(3))
    top = gate("top", f"<and>{names('train0', 'train1', 'train2', tag='gate')}</and>")
    system = read(f'<define-fault-tree name="t">{top}{trains}{groups}</define-fault-tree>')
    assert evaluate(system)["top"].unavailability == pytest.approx(expected, rel=1e-12)


def test_files_that_belong_together():
    """An event of a second file, parameters, house events, pass-through gates, and names of components within components."""
    inner = f'<define-component name="in">{gate("g", names("x"))}{event("x", 0.25)}</define-component>'
    tree = (
        f'<define-fault-tree name="t">{gate("top", "<or>" + names("out.g", "y", "off") + "</or>")}'
        f'<define-component name="out">{gate("g", "<and>" + names("in.g", "z") + "</and>")}{inner}</define-component>'
        '<define-house-event name="off"><constant value="false"/></define-house-event></define-fault-tree>'
    )
    data = (
        '<model-data><define-parameter name="lambda"><float value="1e-3"/></define-parameter>'
        '<define-parameter name="rate"><mul><parameter name="lambda"/><float value="2"/></mul></define-parameter>'
        '<define-basic-event name="y"><exponential><parameter name="rate"/><float value="100"/></exponential>'
        f"</define-basic-event>{event('z', 0.5)}</model-data>"
    )
    chance = 1 - 2.718281828459045**-0.2
    expected = 1 - (1 - 0.125) * (1 - chance)
    assert evaluate(read(tree, data))["top"].unavailability == pytest.approx(expected, rel=1e-12)


@pytest.mark.slow
def test_a_chain_of_five_thousand_gates():
    """Pass-through gates, negations of negations, and formulas nested as deep, need no recursion."""
    chain = "".join(gate(f"g{n}", f"<not>{names(f'g{n + 1}')}</not>") for n in range(5000))
    nested = "<and>" * 4000 + names("a") + "</and>" * 4000
    system = read(f'<define-fault-tree name="t">{chain}{gate("g5000", nested)}</define-fault-tree>{ABC}')
    assert evaluate(system)["top"].unavailability == pytest.approx(0.1, rel=1e-12)
    climbing = "".join(gate(f"g{n}", f"<or>{names(f'e{n}', f'g{n + 1}')}</or>") for n in range(5000))
    events = "".join(event(f"e{n}", 1e-5) for n in range(5001))
    system = read(f'<define-fault-tree name="t">{climbing}{gate("g5000", names("e5000"))}{events}</define-fault-tree>')
    assert evaluate(system)["top"].unavailability == pytest.approx(1 - (1 - 1e-5) ** 5001, rel=1e-9)


def test_events_in_the_worst_order():
    """Pairs of which all first halves are named before all second halves: exact, by the order of the structure."""
    events = "".join(event(f"{kind}{n}", 0.01) for kind in "ab" for n in range(60))
    shuffled = random.Random(1).sample(range(60), 60)
    top = "<or>" + "".join(f"<and>{names(f'a{n}', f'b{n}')}</and>" for n in shuffled) + "</or>"
    system = read(
        f'<model-data>{events}</model-data><define-fault-tree name="t">{gate("top", top)}</define-fault-tree>'
    )
    evaluator = Evaluator(system)
    assert evaluator.result()["top"].unavailability == pytest.approx(1 - (1 - 1e-4) ** 60, rel=1e-12)
    assert len(pairs(evaluator, "top")) == 60
    assert single_points(evaluator, "top") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (gate("top", names("nowhere")), "nowhere: no file defines it"),
        (gate("top", names("top")), "not one top gate but 0: each is used by another"),
        (gate("top", f"<and>{names('a', 'g')}</and>") + gate("g", f"<or>{names('top')}</or>"), "top gate"),
        (gate("top", names("a")) + event("a", 1.5), "a is defined already"),
        (gate("top", names("x")) + event("x", 1.5), "x has a probability of 1.5; it is from 0 to 1"),
        (gate("top", names("x")) + event("x", "nan"), "x has a probability of nan; it is from 0 to 1"),
        (gate("top", names("x")) + '<define-basic-event name="x"/>', "x: no file says how likely it is"),
        (gate("top", "<perhaps/>"), "top: a connective perhaps is not known"),
        (gate("top", names("a")) + gate("other", names("b")), "not one top gate but 2: top, other"),
        (gate("top", names("a", "b")), "top has 2 formulas; it has one"),
    ],
)
def test_mistakes_are_sentences(text, said):
    """What is not defined, not a probability, circular or unknown is named with what is wrong about it."""
    with pytest.raises(Undecidable, match=said):
        evaluate(read(f'<define-fault-tree name="t">{text}</define-fault-tree>{ABC}'))


def test_a_file_that_is_no_xml_is_named():
    """A slip of the pen, with its line."""
    with pytest.raises(Undecidable, match=r"slip\.xml: not XML: .* line 1"):
        Study().read("<opsa-mef>", "slip.xml")


@pytest.mark.slow
@pytest.mark.parametrize("name", TOPS)
def test_published_trees(name):
    """The published benchmark, where its models are given: each top event to nine digits, each count of cut sets exactly."""
    folder = os.environ.get("HOMELAB_ARALIA")
    if not folder:
        pytest.skip("HOMELAB_ARALIA names no folder with the models")
    file = next((each for each in sorted(Path(folder).rglob("*.xml")) if each.stem.lower() == name), None)
    assert file is not None, f"{folder} has no {name}.xml"
    large = Budget(nodes=60_000_000, together=120_000_000, spent_in_vain=120_000_000, seconds=600.0)
    evaluator = Evaluator(study(file), budget=large)
    figures = evaluator.result()["top"]
    assert figures.within is None
    assert figures.unavailability == pytest.approx(TOPS[name], rel=1e-9)
    if name in CUTS:
        assert sum(MinimalCuts(evaluator, "top").counts().values()) == CUTS[name]
