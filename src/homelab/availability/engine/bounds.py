"""Figures of a service as intervals, from its worlds with at most two units down.

With o the odds of a state against "up", and P0 the chance that everything is up, a world with the states x and y weighs
P0 o(x) o(y). Sums of such products give the lower end, P(three or more down) the distance to the upper one. The same
worlds give outages (a flow of one unit while nothing or one other unit is down), conditional chances, and shares: in a
world with two units down that are needed both, or suffice both, each is booked a half (Shapley's value of that world).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from homelab.availability.engine.chains import Chain, Source, flows_of, shares_of
from homelab.availability.engine.few import Few

Noticed = Callable[[str], Iterable[int]]
"""For a unit the flows that matter, as numbers into its `moves`."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a figure lies: for certain, or with the `confidence` of a sample."""

    low: float
    high: float
    confidence: float = 1.0

    @property
    def middle(self) -> float:
        """The figure that is shown where one is wanted."""
        return (self.low + self.high) / 2

    @property
    def ratio(self) -> float:
        """How many times the lower end the upper one is; 1 where both are nothing."""
        if self.high <= 0:
            return 1.0
        return self.high / self.low if self.low > 0 else float("inf")


@dataclass(frozen=True, slots=True)
class Odds:
    """The odds of every state against "up" or "none", by number, and the chance of each unit to be up."""

    state: list[float]
    up: Mapping[str, float]

    @classmethod
    def of(cls, chains: Mapping[str, Chain], sources: Mapping[str, Source]) -> Odds:
        """From rates and shares; the order of the units is that of the states."""
        odds: list[float] = []
        up: dict[str, float] = {}
        for unit, chain in chains.items():
            shares = shares_of(chain, sources[unit])
            up[unit] = shares[0]
            odds += [share / shares[0] for share in shares[1:]]
        return cls(odds, up)


class Bounds:
    """One service under given odds."""

    def __init__(self, few: Few, odds: Odds) -> None:
        self._few = few
        self._odds = odds.state
        self._up = odds.up
        self.calm = 1.0
        """P0."""
        for unit, _ in few.units:
            self.calm *= odds.up[unit]
        self._alone = {unit: sum(self._odds[s] for s in own if s in few.alone) for unit, own in few.units}
        self._all = {unit: sum(self._odds[s] for s in own) for unit, own in few.units}
        self._sum_alone = sum(self._alone.values())
        self._sum_all = sum(self._all.values())

    def unavailability(self) -> Interval:
        """U."""
        low = self.calm * (self._few.always + self._sum_alone + self._pairs())
        return Interval(low, min(low + self.beyond(), 1.0))

    def beyond(self, most: int = 2, without: str | None = None) -> float:
        """P(more than `most` units down), one unit left out."""
        exact = [1.0] + [0.0] * most
        over = 0.0
        for unit, _ in self._few.units:
            if unit == without:
                continue
            up = self._up[unit]
            q = self._all[unit] * up
            over += exact[most] * q
            for count in range(most, 0, -1):
                exact[count] = exact[count] * up + exact[count - 1] * q
            exact[0] *= up
        return over

    def _pairs(self) -> float:
        """The odds of all pairs that are down: those with a state that is down alone, and the exceptions."""
        few, odds = self._few, self._odds
        rest = self._sum_all - self._sum_alone
        total = self._sum_alone * (self._sum_all + rest)
        total -= sum(alone * (2 * self._all[unit] - alone) for unit, alone in self._alone.items())
        total /= 2
        for one, others in few.more.items():
            total += odds[one] * sum(odds[two] for two in others if two > one)
        for one, others in few.less.items():
            total -= odds[one] * sum(odds[two] for two in others if two > one)
        return total

    def frequency(self, chains: Mapping[str, Chain], sources: Mapping[str, Source], noticed: Noticed) -> Interval:
        """Outages an hour: flows that take it down while nothing else, or one other unit, is down.

        `noticed` gives the flows of a unit that start an outage in some world; what they may start beyond these is slack.
        """
        low = slack = 0.0
        for unit, own in self._few.units:
            flows, moves = flows_of(chains[unit], sources[unit]), chains[unit].moves
            for number in noticed(unit):
                one, two = (own[0] + state - 1 if state else None for state in moves[number])
                low += flows[number] / self._up[unit] * self._started(unit, one, two)
                slack += flows[number]
        low *= self.calm
        return Interval(low, low + slack * self.beyond(1))

    def given(self, unit: str, own: list[int]) -> list[float]:
        """P(down, and at most one other unit is) given each state of a unit, "up" or "none" first."""
        scale = self.calm / self._up[unit]
        return [scale * (self._few.down(state) + self._met(unit, state)) for state in (None, *own)]

    def shares(self) -> dict[int, float]:
        """The lower end of U, booked on the states; what is down by design is left out."""
        few, found = self._few, dict[int, float]()
        for unit, own in few.units:
            others = self._sum_all - self._all[unit]
            before = self._sum_alone - self._alone[unit]
            for state in own:
                gain = (state in few.alone) - few.always
                pairs = (self._met(unit, state) - before + gain * others) / 2
                found[state] = self.calm * self._odds[state] * (gain + pairs)
        return found

    def _met(self, unit: str, state: int | None) -> float:
        """The odds of the other units' states with which it is down, given one unit's state."""
        few, odds = self._few, self._odds
        usual = self._sum_alone - self._alone[unit]
        if state is None:
            return usual
        if state in few.alone:
            usual = self._sum_all - self._all[unit]
        lost = sum(odds[two] for two in few.less.get(state, ()))
        return usual - lost + sum(odds[two] for two in few.more.get(state, ()))

    def _started(self, unit: str, before: int | None, after: int | None) -> float:
        """The odds of nothing or one other state with which it is up before a flow and down after it."""
        few, odds = self._few, self._odds
        fatal = after in few.alone and before not in few.alone
        total = float(few.down(after) and not few.down(before))
        if fatal:
            total += self._sum_all - self._all[unit] - self._sum_alone + self._alone[unit]
        strange = {two for state in (before, after) if state is not None for two in few.exceptions(state)}
        for two in strange:
            really = few.down(after, two) and not few.down(before, two)
            total += odds[two] * (really - (fatal and two not in few.alone))
        return total
