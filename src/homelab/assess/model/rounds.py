"""Rounds: where pods are in the long run, once every node has been emptied in turn for the hundredth time.

Kubernetes moves no pod back. Planned work empties nodes one after the other, in the order in which they are declared, and
what it moves stays where it was put until the next time; work happens far more often than machines die, so that it decides
where pods are, and how often one pod is moved: the node that was emptied first takes in what the next ones lose. Between
two rounds a set of pods is in one of a few *patterns* (the nodes of its pods), each with a weight. The weights are the
fixed point of: empty, let the scheduler choose, go on. A pod may go round the nodes in a circle; half of the old weights is
kept at each turn, so that the walk ends at the average.

The scheduler's filters and its wish to spread are applied pod by pod (`Rule`); among the nodes that are equal by them it
takes the least allocated (NodeResourcesFit, LeastAllocated), as a fluid: what leaves a node fills up the emptiest others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

Pattern = tuple[int, ...]
"""The nodes of a set's pods, by number, sorted; a leader's node stands first."""
Weights = Mapping[Pattern, float]
Wishes = Mapping[str, Mapping[int, float]]
Choose = Callable[[Pattern, Sequence[int]], Sequence[int]]
"""Which of the free nodes are the best for one pod more, given where its fellows are; none where none may take it."""

CLOSE, TURNS, LAST, MANY, LITTLE = 1e-4, 60, 4, 400, 1e-7
"""When weights have settled; how often rounds are walked at most, and whole at the end; patterns that are followed, and the least weight of one."""


@dataclass(frozen=True, slots=True)
class Step:
    """Nodes that are emptied together, and the name of the planned state in which that happens."""

    state: str
    nodes: frozenset[int]


@dataclass(frozen=True, slots=True)
class Round:
    """Steps one after the other, so many times a year; of one step where a machine dies and its pods are given up."""

    name: str
    visits: float
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """Patterns between rounds, by the round that was the last; those found when each state begins."""

    between: Mapping[str, Weights]
    at: Mapping[str, Weights]


def fill(loads: Sequence[float], rooms: Sequence[float], free: Iterable[int], amount: float) -> dict[int, float]:
    """How an amount spreads over the free nodes: the emptiest first, until their levels (load by room) are equal."""
    order = sorted(free, key=lambda node: loads[node] / rooms[node])
    taken: list[int] = []
    room = held = 0.0
    level = 0.0
    for place, node in enumerate(order):
        taken.append(node)
        room += rooms[node]
        held += loads[node]
        level = (held + amount) / room
        if place + 1 == len(order) or level <= loads[order[place + 1]] / rooms[order[place + 1]]:
            break
    return {node: max(level * rooms[node] - loads[node], 0.0) for node in taken}


@dataclass(frozen=True)
class Calendar:
    """The rounds of a lab, the losses of machines between them, and the room of each node."""

    rounds: tuple[Round, ...]
    losses: tuple[Round, ...]
    rooms: tuple[float, ...]

    @property
    def shares(self) -> dict[str, float]:
        """How much of the time each round was the last one."""
        total = sum(each.visits for each in self.rounds)
        return {each.name: each.visits / total for each in self.rounds} if total else {ALWAYS: 1.0}

    def wishes(self, possible: Sequence[int]) -> Wishes:
        """For each state, how what leaves its nodes spreads over the others: the fluid's fixed point."""
        if not possible:
            return {}
        everything = sum(self.rooms[node] for node in possible)
        even = [self.rooms[node] / everything if node in set(possible) else 0.0 for node in range(len(self.rooms))]
        loads = {name: list(even) for name in self.shares}
        found: dict[str, dict[int, float]] = {}
        for _ in range(TURNS):
            before = [
                sum(share * loads[name][node] for name, share in self.shares.items()) for node in range(len(self.rooms))
            ]
            moved = {each.name: self._poured(each, before, possible, found) for each in self.rounds}
            for each in self.losses:
                self._poured(each, before, possible, found)
            change = max(
                (abs(a - b) for name in moved for a, b in zip(moved[name], loads[name], strict=True)), default=0.0
            )
            loads.update(moved)
            if change < CLOSE:
                break
        return found

    def _poured(
        self, each: Round, before: Sequence[float], possible: Sequence[int], found: dict[str, dict[int, float]]
    ) -> list[float]:
        """The loads after a round; how each step spread what it emptied is noted."""
        loads = list(before)
        for step in each.steps:
            free = [node for node in possible if node not in step.nodes]
            amount = sum(loads[node] for node in step.nodes)
            if free:
                spread = fill(loads, self.rooms, free, max(amount, CLOSE))
                total = sum(spread.values())
                found[step.state] = {node: part / total for node, part in spread.items()}
                for node in step.nodes:
                    loads[node] = 0.0
                for node, part in spread.items():
                    loads[node] += part / total * amount
        return loads

    def settled(self, manner: Manner) -> Settled:
        """The long run of a set of pods."""
        wishes = {} if manner.pinned else self.wishes(manner.possible)
        start = _placed((), manner.pods, manner.possible, manner, {}, self.rooms)
        between: dict[str, Weights] = dict.fromkeys(self.shares, start)
        for _ in range(TURNS):
            after, _at = self._walked(between, manner, wishes)
            change = max(_distance(after[name], between[name]) for name in between)
            between = {name: _mixed(((0.5, between[name]), (0.5, after[name]))) for name in between}
            if change < CLOSE:
                break
        for _ in range(LAST):
            between, at = self._walked(between, manner, wishes)
        return Settled(between, at)

    def _walked(
        self, between: Mapping[str, Weights], manner: Manner, wishes: Wishes
    ) -> tuple[dict[str, Weights], dict[str, Weights]]:
        """Each round once: the patterns after it, and those that each of its steps found."""
        after, at = dict(between), dict[str, Weights]()
        before = _mixed((share, between[name]) for name, share in self.shares.items())
        for each in self.rounds or (Round(ALWAYS, 0.0, ()),):
            walked = before
            for step in each.steps:
                at[step.state] = walked
                walked = self._emptied(walked, step, manner, wishes)
            after[each.name] = self._lost(walked, between[each.name], manner, wishes)
        return after, at

    def _lost(self, walked: Weights, now: Weights, manner: Manner, wishes: Wishes) -> Weights:
        """Between two rounds, on average: as the round left it, or as the machines that died meanwhile did."""
        if not self.losses:
            return walked
        total = sum(each.visits for each in (*self.rounds, *self.losses))
        parts = [(sum(each.visits for each in self.rounds) / total, walked)]
        parts += [(each.visits / total, self._emptied(now, each.steps[0], manner, wishes)) for each in self.losses]
        return _mixed(parts)

    def _emptied(self, weights: Weights, step: Step, manner: Manner, wishes: Wishes) -> Weights:
        """Patterns after a step: each pod of its nodes placed again, or back on them where no other may take it."""
        found: dict[Pattern, float] = defaultdict(float)
        free = [node for node in manner.possible if node not in step.nodes]
        wish = wishes.get(step.state, {})
        for pattern, weight in weights.items():
            key = (pattern, step.state)
            if key not in manner.known:
                manner.known[key] = self._moved(pattern, step, manner, wish, free)
            for whole, share in manner.known[key].items():
                found[whole] += weight * share
        return _pruned(found)

    def _moved(
        self, pattern: Pattern, step: Step, manner: Manner, wish: Mapping[int, float], free: Sequence[int]
    ) -> Weights:
        """What becomes of one pattern."""
        if step.nodes.isdisjoint(pattern):
            return {pattern: 1.0}
        found: dict[Pattern, float] = defaultdict(float)
        for stay, share in manner.left(pattern, step.nodes).items():
            for placed, part in _placed(stay, len(pattern) - len(stay), free, manner, wish, self.rooms).items():
                missing = len(pattern) - len(placed)
                for whole, rest in _placed(placed, missing, manner.possible, manner, {}, self.rooms).items():
                    found[whole] += share * part * rest
        return found


@dataclass(frozen=True, slots=True)
class Manner:
    """How a set of pods is placed.

    Attributes:
        pods: how many there are.
        possible: the nodes that may carry them.
        choose: the scheduler's filters and wishes.
        led: whether one of them leads: it stands first in a pattern, and hands over to one that stays.
        pinned: whether none ever leaves its node; the lead goes round all the same.
    """

    pods: int
    possible: tuple[int, ...]
    choose: Choose
    led: bool = False
    pinned: bool = False
    known: dict[tuple[Pattern, str], Weights] = field(default_factory=dict, compare=False)
    """What becomes of each pattern at each step, once it was worked out."""

    def sorted(self, pattern: Pattern) -> Pattern:
        """The one way to write it."""
        return (*pattern[:1], *sorted(pattern[1:])) if self.led else tuple(sorted(pattern))

    def left(self, pattern: Pattern, emptied: frozenset[int]) -> Weights:
        """What stays of a pattern when nodes are emptied: with its leader, or led by any of those that stay."""
        stay = tuple(node for node in pattern if node not in emptied)
        if not self.led or not pattern or pattern[0] not in emptied or not stay:
            return {pattern if self.pinned else stay: 1.0}
        found: dict[Pattern, float] = defaultdict(float)
        for node in stay:
            rest = list(pattern if self.pinned else stay)
            rest.remove(node)
            found[(node, *sorted(rest))] += 1 / len(stay)
        return found


@dataclass(frozen=True, slots=True)
class Apart:
    """A rule that keeps pods of a set apart: the domain of each node, None for none; whether it may be broken; its skew."""

    domains: tuple[str | None, ...]
    hard: bool
    skew: int

    def shared(self, node: int, pattern: Pattern) -> int:
        """How many pods of a pattern share a node's domain."""
        mine = self.domains[node]
        return 0 if mine is None else sum(self.domains[other] == mine for other in pattern)

    def refused(self, node: int, pattern: Pattern, possible: Sequence[int]) -> bool:
        """Whether it keeps one pod more from a node; as `placement.refused`."""
        if not self.hard:
            return False
        count = self.shared(node, pattern)
        if not self.skew:
            return count > 0
        least = min((self.shared(other, pattern) for other in possible if self.domains[other] is not None), default=0)
        return self.domains[node] is None or count + 1 - least > self.skew


def chooser(rules: Sequence[Apart], possible: Sequence[int]) -> Choose:
    """The scheduler's filters, then its wishes in their order."""

    def choose(pattern: Pattern, free: Sequence[int]) -> Sequence[int]:
        worth = {
            node: tuple(rule.shared(node, pattern) for rule in rules)
            for node in free
            if not any(rule.refused(node, pattern, possible) for rule in rules)
        }
        least = min(worth.values(), default=())
        return [node for node, each in worth.items() if each == least]

    return choose


@lru_cache(maxsize=1024)
def settled(
    calendar: Calendar, pods: int, possible: tuple[int, ...], rules: tuple[Apart, ...], *, led: bool, pinned: bool
) -> Settled:
    """The long run of a set of pods; sets of one kind, and labs that differ elsewhere, share the answer."""
    return calendar.settled(Manner(pods, possible, chooser(rules, possible), led, pinned))


ALWAYS = "always"
"""The one time there is where nothing is planned."""


def _placed(
    there: Pattern, pods: int, free: Sequence[int], manner: Manner, wish: Mapping[int, float], rooms: Sequence[float]
) -> Weights:
    """So many pods more, one after the other; fewer where nothing takes them."""
    found: dict[Pattern, float] = {there: 1.0}
    for _ in range(pods):
        following: dict[Pattern, float] = defaultdict(float)
        for pattern, weight in found.items():
            best = manner.choose(pattern, free)
            shares = {node: wish.get(node, 0.0) for node in best}
            if sum(shares.values()) <= LITTLE:
                shares = {node: rooms[node] for node in best}
            total = sum(shares.values())
            for node, share in shares.items():
                if share:
                    following[manner.sorted((*pattern, node))] += weight * share / total
            if not best:
                following[pattern] += weight
        found = dict(_pruned(following))
    return found


def _mixed(parts: Iterable[tuple[float, Weights]]) -> Weights:
    found: dict[Pattern, float] = defaultdict(float)
    for share, weights in parts:
        for pattern, weight in weights.items():
            found[pattern] += share * weight
    return _pruned(found)


def _pruned(weights: Weights) -> Weights:
    """Without patterns that are next to never there, and the heaviest where there are too many to follow."""
    kept = {pattern: weight for pattern, weight in weights.items() if weight > LITTLE}
    if len(kept) > MANY:
        kept = dict(sorted(kept.items(), key=lambda item: (-item[1], item[0]))[:MANY])
    total = sum(kept.values())
    return {pattern: weight / total for pattern, weight in kept.items()} if total else dict(weights)


def _distance(one: Weights, other: Weights) -> float:
    return max((abs(one.get(p, 0.0) - other.get(p, 0.0)) for p in {*one, *other}), default=0.0)
