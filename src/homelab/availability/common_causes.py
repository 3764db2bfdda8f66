"""Common causes: equal parts that fail for one reason together, split into parts that fail independently.

Each set of members has a part of its own that fails all of them; a member is up while every part it belongs to is. The
models differ in how the unavailability Q of one member is divided among the sets of one, two, … of m members:

    beta      Q1 = (1 - b) Q, Qm = b Q: alone, or all
    MGL       the share b of Q is common to two or more, of these the share g to three or more, …
    alpha     shares of failure events that fail one, two, … (non-staggered testing)
    phi       shares of Q given one by one

Prefer an explicit cause (a host, a switch, an image) where there is one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from homelab.availability.gates import All, Gate
from homelab.availability.parts import Part, Rate
from homelab.errors import Undecidable


@dataclass(frozen=True, slots=True)
class Group:
    """What a group of members is made of: parts to add to a system, and for each member the gate of its name."""

    parts: Mapping[str, Part]
    gates: Mapping[str, Gate]


def beta(name: str, members: Sequence[str], rate: Rate, share: float) -> Group:
    """Members that fail alone, or all at once with the share `share` of their unavailability."""
    _shares(name, (share,))
    levels = [1.0 - share] + [0.0] * (len(members) - 2) + [share] if len(members) > 1 else [1.0]
    return group(name, members, rate, levels)


def greek(name: str, members: Sequence[str], rate: Rate, letters: Sequence[float]) -> Group:
    """Multiple Greek letters: beta, gamma, … as shares of those before."""
    _shares(name, letters)
    count = len(members)
    reached = [1.0]
    for letter in letters[: count - 1]:
        reached.append(reached[-1] * letter)
    levels = [a - b for a, b in pairwise([*reached, 0.0])]
    return group(name, members, rate, [level / math.comb(count - 1, k) for k, level in enumerate(levels)])


def alpha(name: str, members: Sequence[str], rate: Rate, factors: Sequence[float]) -> Group:
    """Alpha factors, tests not staggered: Q_k = k alpha_k / (C(m-1, k-1) alpha_t) Q, alpha_t the sum of k alpha_k."""
    _shares(name, factors)
    total = sum(k * factor for k, factor in enumerate(factors, 1))
    count = len(members)
    levels = [k * factor / total / math.comb(count - 1, k - 1) for k, factor in enumerate(factors, 1)]
    return group(name, members, rate, levels)


def group(name: str, members: Sequence[str], rate: Rate, levels: Sequence[float]) -> Group:
    """Phi factors: the set of any k members takes the share `levels[k-1]` of Q.

    Raises:
        Undecidable: a share is none, or there are more levels than members.
    """
    _shares(name, levels)
    if len(levels) > len(members):
        raise Undecidable(
            f"group {name}: {len(levels)} levels for {len(members)} members; there is one for each at most"
        )
    parts: dict[str, Part] = {}
    sets: dict[str, list[str]] = {member: [] for member in members}
    for size, level in enumerate(levels, 1):
        for chosen in combinations(members, size) if level else ():
            own = f"{name}/{'+'.join(chosen)}"
            parts[own] = Part(own, _part_of(rate, level), name if size > 1 else chosen[0])
            for member in chosen:
                sets[member].append(own)
    return Group(parts, {member: All(tuple(own)) for member, own in sets.items()})


def _part_of(rate: Rate, share: float) -> Rate:
    """The same outages, so much more seldom that they take a share of the unavailability."""
    unavailability = rate.unavailability * share
    if unavailability == 0:
        return Rate.never(rate.source)
    return Rate(rate.mttr * (1.0 - unavailability) / unavailability, rate.mttr, rate.error_factor, rate.source)


def _shares(name: str, shares: Sequence[float]) -> None:
    """Make sure that shares are some.

    Raises:
        Undecidable: one is not.
    """
    for share in shares:
        if not 0 <= share <= 1:
            raise Undecidable(f"group {name}: a share of {share:g}; it is from 0 to 1")
