"""Gates that are said in terms of the basic ones: exclusive or, implication, a number between two, and their negations.

The inputs stand in the result more than once; a diagram has them once all the same.
"""

from __future__ import annotations

from homelab.availability.gates import All, Any_, AtLeast, Gate, Not


def odd(*gates: Gate | str) -> Gate:
    """Up while an odd number of inputs is: exclusive or, of any number."""
    result: Gate = Any_(())
    for gate in gates:
        result = Any_((All((result, Not(gate))), All((Not(result), gate))))
    return result


def between(least: int, most: int, gates: tuple[Gate | str, ...]) -> Gate:
    """Up while at least `least` and at most `most` inputs are."""
    return All((AtLeast(least, gates), Not(AtLeast(most + 1, gates))))


def neither(*gates: Gate | str) -> Gate:
    """Up while no input is."""
    return Not(Any_(gates))


def lacking(*gates: Gate | str) -> Gate:
    """Up while not all inputs are."""
    return Not(All(gates))


def implied(cause: Gate | str, effect: Gate | str) -> Gate:
    """Up unless the cause is and the effect is not."""
    return Any_((Not(cause), effect))


def same(one: Gate | str, two: Gate | str) -> Gate:
    """Up while both inputs are, or neither."""
    return Not(odd(one, two))
