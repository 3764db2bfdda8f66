"""Exact figures against closed forms, published values, and all states tried."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from availability.worlds import certain, random_system, simple, tried
from homelab.availability.compose import between, odd
from homelab.availability.engine.compiled import Budget
from homelab.availability.quantify import Evaluator, Figures, evaluate
from homelab.availability.system import (
    ALWAYS,
    NEVER,
    All,
    Any_,
    AtLeast,
    Bridged,
    Exclusive,
    Gate,
    Not,
    Outside,
    Part,
    Rate,
    Settled,
    Stay,
    System,
    Up,
)

HOST = Rate(8760.0, 24.0)
DETECT = 380.0 / 3600.0


def hosts(count: int, **gates: Gate) -> System:
    """Equal hosts, one service per gate."""
    parts = {f"h{number}": Part(f"h{number}", HOST, f"Host {number}") for number in range(count)}
    return System(parts, gates, {name: name for name in gates})


@pytest.mark.parametrize(
    ("placement", "expected"),
    [
        ((0, 0, 0), 2.73224791566949e-3),
        ((0, 0, 1), 2.73252035233188e-3),
        ((0, 1, 2), 2.31771960488017e-5),
    ],
)
def test_three_members_are_worth_what_their_hosts_are(placement, expected):
    """The three placements of etcd on hosts agree with the known values to 1e-12."""
    system = hosts(3, **{f"n{number}": All((f"h{host}", f"v{number}")) for number, host in enumerate(placement)})
    vms = {f"v{number}": Part(f"v{number}", Rate(2000.0, 0.1), "VM") for number in range(3)}
    gates = {**system.gates, "etcd": AtLeast(2, ("n0", "n1", "n2"))}
    result = evaluate(System({**system.parts, **vms}, gates, {"etcd": "etcd"}))
    assert result["etcd"].unavailability == pytest.approx(expected, rel=1e-12)


def test_a_quorum_of_hosts_has_the_figures_of_the_closed_form():
    """Two of three hosts: U, W and the mean outage as computed by hand."""
    figures = evaluate(hosts(3, quorum=AtLeast(2, ("h0", "h1", "h2"))))["quorum"]
    assert figures.unavailability == pytest.approx(2.235462e-5, rel=1e-6)
    assert figures.outages_per_year == pytest.approx(0.016304, rel=1e-4)
    assert figures.mean_outage_hours == pytest.approx(12.011, rel=1e-4)
    assert figures.quiet_year == pytest.approx(math.exp(-0.016304), rel=1e-6)
    assert figures.availability == 1 - figures.unavailability


def test_a_reschedulable_pod_fails_fresh_or_crowded():
    """Single pod, settled after 380 s: 228 times better than a pinned one; with capacity, 18.02 min a year."""
    system = hosts(
        3,
        pinned=Up("h0"),
        moving=Settled("h0", DETECT),
        crowded=All((Settled("h0", DETECT), AtLeast(2, ("h0", "h1", "h2")))),
    )
    result = evaluate(system)
    assert result["pinned"].downtime_minutes == pytest.approx(1436.0656, rel=1e-7)
    assert result["moving"].unavailability == pytest.approx(1.19904e-5, rel=1e-5)
    assert result["pinned"].unavailability / result["moving"].unavailability == pytest.approx(228, abs=0.5)
    assert result["crowded"].unavailability == pytest.approx(3.42796e-5, rel=1e-6)
    assert result["crowded"].downtime_minutes == pytest.approx(18.02, abs=0.005)
    assert result["moving"].outages_per_year == pytest.approx(result["pinned"].outages_per_year, rel=1e-12)


def test_replicas_in_series_with_their_nodes_and_hosts():
    """Pods on three hosts: 1 of 3 and 2 of 3 as in the reference values."""
    parts = {}
    for number in range(3):
        for kind, rate in (("h", HOST), ("v", Rate(2000.0, 0.1)), ("p", Rate(500.0, 0.02))):
            parts[f"{kind}{number}"] = Part(f"{kind}{number}", rate, kind)
    replicas = tuple(All((f"h{number}", f"v{number}", f"p{number}")) for number in range(3))
    result = evaluate(System(parts, {"one": Any_(replicas), "two": AtLeast(2, replicas)}, {"one": "one", "two": "two"}))
    assert result["one"].unavailability == pytest.approx(2.2473e-8, rel=1e-4)
    assert result["two"].unavailability == pytest.approx(2.3846e-5, rel=1e-4)


@pytest.mark.parametrize(("k", "n", "expected"), [(2, 3, 2.998e-6), (3, 5, 9.985006e-9), (1, 2, 1e-6)])
def test_k_of_n(k, n, expected):
    """K of n at an availability of 0.999."""
    names = [f"x{number}" for number in range(n)]
    figures = evaluate(simple(dict.fromkeys(names, 1e-3), top=AtLeast(k, tuple(names))))["top"]
    assert figures.unavailability == pytest.approx(expected, rel=1e-9)


def test_a_common_cause_is_a_part_of_its_own():
    """Beta factor 0.1 on a pair: a hundred times worse than independence."""
    chances = {"a": 0.9e-3, "b": 0.9e-3, "common": 0.1e-3}
    figures = evaluate(simple(chances, top=All((Any_(("a", "b")), "common"))))["top"]
    assert figures.unavailability == pytest.approx(1.00809919e-4, rel=1e-9)


FAIL_A, FAIL_B, FAIL_C = Not("a"), Not("b"), Not("c")


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (Any_((FAIL_A, FAIL_B, FAIL_C)), 0.496),
        (Any_((All((FAIL_A, FAIL_B)), All((FAIL_B, FAIL_C)))), 0.074),
        (AtLeast(2, (FAIL_A, FAIL_B, FAIL_C)), 0.098),
        (All((AtLeast(1, (FAIL_A, FAIL_B, FAIL_C)), Not(AtLeast(3, (FAIL_A, FAIL_B, FAIL_C))))), 0.49),
        (Any_((Not(FAIL_A), Not(FAIL_B), FAIL_C)), 0.986),
        (All((FAIL_A, Not(FAIL_B))), 0.08),
        (Any_((FAIL_A, Not(FAIL_B))), 0.82),
        (Any_((FAIL_A, All((Not(FAIL_A), FAIL_B)))), 0.28),
        (Any_((FAIL_A, Not(FAIL_A))), 1.0),
        (All((FAIL_A, Not(FAIL_A))), 0.0),
    ],
)
def test_small_formulas_of_a_published_suite(failure, expected):
    """Fault trees over three events of 0.1, 0.2 and 0.3."""
    system = simple({"a": 0.1, "b": 0.2, "c": 0.3}, top=Not(failure))
    assert evaluate(system)["top"].unavailability == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("one", "two", "three", "expected"),
    [
        (0.08, 0.0, 0.02, 0.0430803730612224),
        (0.07, 0.02, 0.01, 0.0410393176167150),
        (0.08, 0.009, 0.002, 0.0162947705258232),
        (0.7 / 1.4 * 0.1, 0.2 / 1.4 * 0.1, 0.3 / 1.4 * 0.1, 0.0529814106951807),
        (0.07, 0.01, 0.01, 0.0309177673756381),
    ],
)
def test_common_cause_groups(one, two, three, expected):
    """Three trains of a pump and a valve, members of common cause groups: beta, phi, MGL, alpha in both countings."""
    chances = {}
    for kind in "pv":
        chances |= {f"{kind}{train}": one for train in range(3)}
        chances |= {f"{kind}{a}{b}": two for a, b in ((0, 1), (0, 2), (1, 2))} | {f"{kind}012": three}
    trains = tuple(All(tuple(name for name in chances if str(train) in name)) for train in range(3))
    system = simple(chances, top=Any_(trains))
    assert evaluate(system)["top"].unavailability == pytest.approx(expected, rel=1e-12)


def test_a_tree_of_seventeen_thousand_cuts():
    """Six ORs under an AND, with 17,280 minimal cut sets of order six: the value computed by hand."""
    widths = (6, 30, 1, 6, 4, 4)
    names = [[f"e{group}.{number}" for number in range(width)] for group, width in enumerate(widths)]
    chances = dict.fromkeys((name for group in names for name in group), 0.01)
    system = simple(chances, top=Any_(tuple(All(tuple(group)) for group in names)))
    assert evaluate(system)["top"].unavailability == pytest.approx(1.38407735412172e-8, rel=1e-12)


def check_against_all_states(seeds: range, parts: int) -> None:
    """U and W of random systems, against trying every state and every flow."""
    for seed in seeds:
        system = random_system(seed, parts)
        result = evaluate(system)
        for service, (down, frequency) in tried(system).items():
            assert result[service].unavailability == pytest.approx(down, rel=1e-9, abs=1e-12), (seed, service)
            assert result[service].frequency == pytest.approx(frequency, rel=1e-9, abs=1e-12), (seed, service)


@pytest.mark.slow
def test_the_engine_agrees_with_trying_everything():
    """Ages, exclusives, negations, shared gates, weights: equal to the sum over all states and flows."""
    check_against_all_states(range(15), 4)


@pytest.mark.slow
def test_the_engine_agrees_with_trying_everything_500_times():
    """As above on 500 random systems."""
    check_against_all_states(range(1000, 1500), 3)


def table(gate: Gate, names: list[str]) -> int:  # noqa: C901  # one case a word
    """The truth table of a success gate over parts, one bit for each of all combinations."""
    size = 1 << len(names)
    every = (1 << size) - 1

    def value(item: Gate | str) -> int:
        match item:
            case str() | Up():
                run = 1 << names.index(item if isinstance(item, str) else item.part)
                down = every // ((1 << 2 * run) - 1) * (((1 << run) - 1) << run) if size > run else 0
                return every ^ down
            case Not(inner):
                return every ^ value(inner)
            case All(gates):
                result = every
                for each in gates:
                    result &= value(each)
                return result
            case Any_(gates):
                result = 0
                for each in gates:
                    result |= value(each)
                return result
            case AtLeast(k, gates):
                reached = [every] + [0] * k
                for each in map(value, gates):
                    for count in range(k, 0, -1):
                        reached[count] |= reached[count - 1] & each
                return reached[k]
        raise AssertionError(item)

    return value(gate)


def weighed(truth: int, chances: list[float]) -> float:
    """P(false), by folding the whole table one part after the other."""
    text = bin(truth | 1 << (1 << len(chances)))[:2:-1]
    weights = [0.0 if bit == "1" else 1.0 for bit in text]
    for q in chances:
        weights = [(1.0 - q) * up + q * down for up, down in zip(weights[::2], weights[1::2], strict=True)]
    return weights[0]


def check_truth_tables(seeds: range, most: int) -> None:
    """Random systems of up to `most` parts under gates of all kinds."""
    for seed in seeds:
        source = random.Random(seed)
        names = [f"x{number}" for number in range(source.randint(2, most))]
        chances = [10 ** source.uniform(-4, -0.2) for _ in names]

        def gate(depth: int, names: list[str] = names, source: random.Random = source) -> Gate | str:
            if depth == 0:
                return source.choice(names)
            below = tuple(gate(depth - 1) for _ in range(source.randint(2, 4)))
            kinds = (All(below), Any_(below), AtLeast(2, below), odd(*below[:2]), Not(below[0]), between(1, 2, below))
            return source.choice(kinds[:3] if source.random() < 0.8 else kinds)

        top = All((gate(3),))
        figures = evaluate(simple(dict(zip(names, chances, strict=True)), top=top))["top"]
        assert figures.unavailability == pytest.approx(weighed(table(top, names), chances), rel=1e-12, abs=1e-300), seed


def test_the_engine_agrees_with_truth_tables():
    """Sixty random systems of up to ten parts, coherent and not, to 1e-12."""
    check_truth_tables(range(60), 10)


@pytest.mark.slow
def test_the_engine_agrees_with_two_thousand_truth_tables():
    """Two thousand random systems of up to eighteen parts, to 1e-12."""
    check_truth_tables(range(10_000, 12_000), 18)


def test_work_that_is_in_one_place_at_a_time_never_takes_two():
    """A rolling reboot takes down each node and never a pair of them."""
    stays = {node: Stay.per_year(12, 0.5, f"reboot of {node}") for node in ("a", "b")}
    gates = {"one": Outside("roll", "a"), "pair": Any_((Outside("roll", "a"), Outside("roll", "b")))}
    system = System({}, gates, {"one": "one", "pair": "pair"}, {"roll": Exclusive("roll", stays)})
    result = evaluate(system)
    assert result["one"].downtime_hours == pytest.approx(6)
    assert result["one"].outages_per_year == pytest.approx(12)
    assert result["pair"] == Figures(0.0, 0.0)


def test_a_battery_carries_over_the_first_minutes():
    """Behind a battery a service goes down when the outage outlives it, not when it begins."""
    system = hosts(1, behind=Bridged("h0", 24.0))
    figures = evaluate(system)["behind"]
    assert figures.unavailability == pytest.approx(HOST.unavailability * math.exp(-1))
    assert figures.frequency == pytest.approx(HOST.frequency * math.exp(-1))
    assert figures.mean_outage_hours == pytest.approx(24)


def test_what_is_never_up_and_what_is_never_down():
    """Constants: no outage begins, and one that never ends has no mean."""
    result = evaluate(hosts(1, never=NEVER, always=ALWAYS, single=Up("h0")))
    assert (result["never"].unavailability, result["never"].mean_outage_hours) == (1.0, math.inf)
    assert (result["always"].unavailability, result["always"].mean_outage_hours) == (0.0, 0.0)
    assert result["always"].quiet_year == 1.0


def test_other_rates_need_no_other_diagram():
    """Replaced rates and exclusives give what a new system would; unknown names are ignored."""
    system = random_system(3)
    evaluator = Evaluator(system)
    faster = Rate(5.0, 0.25)
    stays = {"a": Stay(0.3, 0.1, "a"), "b": Stay(0.0, 0.0, "b")}
    work = Exclusive("work", stays)
    changed = replace(
        system,
        parts={**system.parts, "p1": replace(system.parts["p1"], rate=faster)},
        exclusives={"work": work},
    )
    asked = evaluator.result({"p1": faster, "unused": faster}, {"work": work})
    fresh = evaluate(changed)
    for service in system.services:
        assert asked[service].unavailability == pytest.approx(fresh[service].unavailability, rel=1e-12)
        assert asked[service].frequency == pytest.approx(fresh[service].frequency, rel=1e-12, abs=1e-15)


def test_a_changed_system_is_built_upon_the_old_one():
    """Adding parts and gates to a compiled system gives the figures of a new compilation."""
    system = random_system(5)
    parts = {**system.parts, "new": Part("new", certain(0.01), "new"), "aged": Part("aged", Rate(9.0, 1.0), "aged")}
    gates = {**system.gates, "g3": All((system.gates["g3"], "new", Settled("aged", 0.25), Settled("p2", 0.125)))}
    changed = replace(system, parts=parts, gates=gates)
    again = Evaluator(system).changed(changed).result()
    fresh = evaluate(changed)
    for service in system.services:
        assert again[service].unavailability == pytest.approx(fresh[service].unavailability, rel=1e-12)
        assert again[service].frequency == pytest.approx(fresh[service].frequency, rel=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_other_rates_alone_build_no_diagram_and_give_the_figures_of_a_new_one(seed):
    """A what-if that changes only rates keeps the diagrams, and one that adds a gate does not."""
    system = random_system(seed)
    evaluator = Evaluator(system)
    name = next(iter(system.parts))
    faster = replace(system, parts={**system.parts, name: replace(system.parts[name], rate=Rate(5.0, 0.25))})
    again = evaluator.changed(faster)
    assert again.compiled is evaluator.compiled
    gated = replace(faster, gates={**faster.gates, "new": All((name,))})
    assert evaluator.changed(gated).compiled is not again.compiled
    fresh = evaluate(faster)
    for service, down in again.unavailabilities(again.figured()).items():
        assert down == pytest.approx(fresh[service].unavailability, rel=1e-12)
    back = again.changed(system)
    assert back.unavailabilities(back.figured()) == evaluator.unavailabilities(evaluator.figured())


def test_a_part_may_be_a_service():
    """A service that names a part is up while the part is."""
    system = replace(hosts(1), services={"host": "h0"})
    assert evaluate(system)["host"].unavailability == HOST.unavailability


@pytest.mark.parametrize("seed", range(20))
def test_another_part_never_helps_and_a_spare_never_hurts(seed):
    """In a coherent system a further need never raises availability, and an alternative never lowers it."""
    system = random_system(seed, coherent=True)
    extra = Part("extra", certain(0.1), "extra")
    gates = {**system.gates, "needing": All(("top", "extra")), "spared": Any_(("top", "extra"))}
    services = {"top": "top", "needing": "needing", "spared": "spared"}
    result = evaluate(System({**system.parts, "extra": extra}, gates, services, system.exclusives))
    assert result["spared"].unavailability <= result["top"].unavailability <= result["needing"].unavailability


def test_a_structure_that_misleads_costs_a_second_try_and_nothing_else():
    """Where the gates name what belongs together far apart, the budget is blown; the order of the ranks then serves."""
    names = [f"{kind}{number}" for kind in "ab" for number in range(12)]
    parts = {name: Part(name, certain(0.01), name, rank=int(name[1:])) for name in names}
    top = Any_(tuple(All((f"a{number}", f"b{number}")) for number in range(12)))
    system = System(parts, {"row": All(tuple(names)), "top": top}, {"row": "row", "top": "top"})
    evaluator = Evaluator(system, budget=Budget(nodes=400))
    assert evaluator.compiled.over == []
    assert evaluator.size < 2 + 24 + 24
    assert evaluator.result()["top"].unavailability == pytest.approx((1 - 0.99**2) ** 12, rel=1e-12)


@given(st.integers(0, 200), st.lists(st.integers(0, 3), min_size=4, max_size=4))
def test_the_order_never_changes_a_figure(seed, ranks):
    """Any ranks of the parts give the same U and W."""
    system = random_system(seed)
    parts = {name: replace(part, rank=rank) for (name, part), rank in zip(system.parts.items(), ranks, strict=True)}
    result, other = evaluate(system), evaluate(replace(system, parts=parts))
    for service in system.services:
        assert other[service].unavailability == pytest.approx(result[service].unavailability, rel=1e-9, abs=1e-15)
        assert other[service].frequency == pytest.approx(result[service].frequency, rel=1e-9, abs=1e-12)


def test_a_thousand_services_in_a_row():
    """A chain of needs far longer than the interpreter's stack."""
    parts = {f"p{number}": Part(f"p{number}", certain(1e-5), "p") for number in range(1500)}
    gates: dict[str, Gate] = {"s0": Up("p0")}
    gates |= {f"s{number}": All((f"p{number}", f"s{number - 1}")) for number in range(1, 1500)}
    figures = evaluate(System(parts, gates, {"last": "s1499"}))["last"]
    assert figures.unavailability == pytest.approx(1 - (1 - 1e-5) ** 1500, rel=1e-9)
