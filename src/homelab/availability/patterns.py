"""Small dependent patterns as Markov chains: a pair that fails over, units that wait for one repairer.

Independent parts cannot say "the second repair waits for the first" or "one failover in a hundred is not noticed".
A chain of a few states can; its answer comes back as a `Rate` and is plugged into a system as one part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from homelab.availability.parts import Rate

Transitions = Mapping[tuple[int, int], float]
"""Rates per hour between numbered states."""


def stationary(states: int, transitions: Transitions) -> list[float]:
    """The long-run share of time in each state of an irreducible chain.

    The elimination of Grassmann, Taksar and Heyman: no subtraction, so every share keeps its relative precision.
    """
    rates = [[transitions.get((origin, goal), 0.0) for goal in range(states)] for origin in range(states)]
    for last in range(states - 1, 0, -1):
        leaving = sum(rates[last][:last])
        for origin in range(last):
            rates[origin][last] /= leaving
            for goal in range(last):
                if goal != origin:
                    rates[origin][goal] += rates[origin][last] * rates[last][goal]
    shares = [1.0]
    for state in range(1, states):
        shares.append(sum(shares[origin] * rates[origin][state] for origin in range(state)))
    total = sum(shares)
    return [share / total for share in shares]


def as_rate(states: int, transitions: Transitions, down: Sequence[int], source: str = "") -> Rate:
    """A chain seen from outside: mean hours between its visits to the `down` states, mean hours there."""
    shares = stationary(states, transitions)
    unavailability = sum(shares[state] for state in down)
    flows = (shares[a] * rate for (a, b), rate in transitions.items() if a not in down and b in down)
    frequency = sum(flows)
    return Rate((1.0 - unavailability) / frequency, unavailability / frequency, source=source)


def failover(unit: Rate, *, covered: float, switch_hours: float, manual_hours: float) -> Rate:
    """An active and a standby unit with one repairer: `covered` of the failures are noticed and switched in `switch_hours`.

    The rest wait `manual_hours` for a person. States: both up, failing over, waiting, one up, none up.
    """
    fails, mends = 1.0 / unit.mttf, 1.0 / unit.mttr
    both, switching, waiting, one, none = range(5)
    transitions = {
        (both, switching): covered * fails,
        (both, waiting): (1.0 - covered) * fails,
        (both, one): fails,
        (switching, one): 1.0 / switch_hours,
        (waiting, one): 1.0 / manual_hours,
        (one, both): mends,
        (one, none): fails,
        (none, one): mends,
    }
    kept = {move: rate for move, rate in transitions.items() if rate > 0}
    return as_rate(5, kept, (switching, waiting, none), "active and standby, one repairer")


def crews(unit: Rate, *, units: int, needed: int, repairers: int) -> Rate:
    """`needed` of `units` equal units with so many repairers; fewer than units means that repairs wait for each other."""
    transitions: dict[tuple[int, int], float] = {}
    for failed in range(units):
        transitions[failed, failed + 1] = (units - failed) / unit.mttf
        transitions[failed + 1, failed] = min(failed + 1, repairers) / unit.mttr
    return as_rate(
        units + 1, transitions, range(units - needed + 1, units + 1), f"{needed} of {units}, {repairers} repairers"
    )
