"""Minutes a year, with intervals: each cause strikes quiet labs again and again, and what follows is counted.

Time is quiet moments and episodes. An episode begins with one cause in a quiet lab and ends when everything runs
again, whatever else happened meanwhile; its downtime is booked on the cause that began it. Downtime a year is then the
sum over causes of (its rate) times (the mean downtime of its episodes, less what else strikes in them is worth
alone): causes that are rare are played as often as it takes, and nobody waits for them. Quiet labs are drawn from the lab's own history of planned work and
failures, so that pods stand where that history leaves them.
"""

from __future__ import annotations

import bisect
import heapq
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from availability.world.causes import EXPONENTIAL, Cause, causes, outside
from availability.world.lab import Lab
from availability.world.life import World
from availability.world.meaning import Meaning, Watch
from availability.world.times import YEAR, Calendar, Delays, Rate

MINUTES = 525_600.0
Moment = tuple[Any, ...]
LONGEST = 120 * 24 * 3600.0


class Tally:
    """Episodes of one cause in batches: downtime of each row, its square, outages, length."""

    def __init__(self, rows: int) -> None:
        """Nothing played yet."""
        self.count, self.length = 0, 0.0
        self.down, self.squares, self.outages = [0.0] * rows, [0.0] * rows, [0.0] * rows

    def add(self, down: Sequence[float], outages: Sequence[float], length: float) -> None:
        """The means of one batch."""
        self.count += 1
        self.length += length
        for row, value in enumerate(down):
            if value:
                self.down[row] += value
                self.squares[row] += value * value
            self.outages[row] += outages[row]

    @property
    def rows(self) -> list[int]:
        """Those that are ever down."""
        return [row for row, value in enumerate(self.outages) if value]

    def mean(self, row: int) -> float:
        """Mean seconds of downtime in an episode."""
        return self.down[row] / self.count

    def error(self, row: int) -> float:
        """Variance of that mean."""
        spread = self.squares[row] - self.down[row] ** 2 / self.count
        return max(0.0, spread) / (self.count - 1) / self.count


@dataclass(frozen=True)
class Figure:
    """Minutes a year of one service for one audience: the estimate, half its 95 % interval, and by cause."""

    minutes: float
    half: float
    outages: float
    by_cause: dict[str, float]


class Simulation:
    """A lab lived through."""

    def __init__(self, lab: Lab, rates: dict[str, Rate], seed: int = 1) -> None:
        """Place everything, then let enough history pass that where it was placed first is forgotten."""
        self.chance = random.Random(seed)
        delays = Delays(grace=50.0 if _minor(lab.ground.kubernetes) >= 32 else 40.0)
        self.world = World(lab, delays, Calendar(), self.chance)
        self.meaning = Meaning(lab)
        self.watch = Watch(self.world, self.meaning)
        self.rates = rates
        self.causes = causes(self.world, rates, self.world.calendar)
        self.tallies = [Tally(len(self.watch.rows)) for _ in self.causes]
        self.sums, total = [], 0.0
        for cause in self.causes:
            total += 0.0 if cause.planned else cause.yearly
            self.sums.append(total)
        self.moments: list[Moment] = []
        self.quiet: list[list[bool]] = []
        self.alone = self.tallies
        self.played = 0

    # --- episodes ---------------------------------------------------------------------------------------------------

    def place_all(self) -> Moment:
        """The lab built for the first time, in no particular order."""
        world = self.world
        pods = list(range(len(world.lab.pods)))
        self.chance.shuffle(pods)
        pods.sort(key=lambda pod: -world.lab.pods[pod].priority)
        open_ = [True] * len(world.lab.machines)
        world.pending = set()
        for pod in pods:
            node = world.scheduler.choose(pod, world.where, world.used, open_, world.among(pod), self.chance)
            if node >= 0:
                world.place(pod, node)
                world.attached[pod] = node
            else:
                world.pending.add(pod)
        world.alive = [on >= 0 for on in world.where]
        moment = world.settled()
        world.restore(moment)
        return world.settled()

    def play(
        self, cause: Cause, moment: Moment, share: float, *, lonely: bool = True
    ) -> tuple[list[float], float, list[float]]:
        """One episode: downtime of each row in seconds, its length, and the outages of each row.

        What else happens meanwhile is taken off as it is worth alone: what is left of it is what the two do together.
        """
        world, watch = self.world, self.watch
        world.restore(moment)
        watch.begin()
        watch.look()
        before = list(watch.away)
        cause.strike(world, share)
        watch.look()
        other = math.inf if lonely else self.chance.expovariate(self.sums[-1] / YEAR)
        others: list[int] = []
        while world.events and world.events[0][0] < LONGEST:
            if world.events[0][0] > other:
                world.now = other
                watch.look()
                others.append(bisect.bisect_right(self.sums, self.chance.random() * self.sums[-1]))
                self.strike(self.causes[others[-1]])
                other += self.chance.expovariate(self.sums[-1] / YEAR)
            else:
                at, _, act, given = heapq.heappop(world.events)
                world.now = at
                watch.wait()
                act(*given)
            if world.changed and (not world.events or world.events[0][0] > world.now):
                watch.look()
        watch.look()
        self.played += 1
        down = [lost - (world.now if was else 0.0) for lost, was in zip(watch.down, before, strict=True)]
        outages = [float(each) for each in watch.outages]
        for index in others:
            alone = self.alone[index]
            for row in alone.rows:
                down[row] -= alone.down[row] / alone.count
                outages[row] -= alone.outages[row] / alone.count
        return down, world.now, outages

    def strike(self, cause: Cause) -> None:
        """A cause strikes for a time of its own."""
        share = self.chance.expovariate(1.0) if cause.shares is EXPONENTIAL else self.chance.choice(cause.shares)
        cause.strike(self.world, share)

    # --- history ----------------------------------------------------------------------------------------------------

    def live(self, years: int) -> None:
        """History: planned work at its time, and between it what moves leaders and pods; its planned episodes are counted."""
        moment = self.place_all()
        plans = [i for i, c in enumerate(self.causes) if c.planned]
        movers = [i for i, c in enumerate(self.causes) if not c.planned and c.kind in ("host", "panic", "vm", "kubelet", "crash")]
        movers = [i for i in movers if self.causes[i].kind != "crash" or self._leads(self.causes[i].name)]
        weights = [self.causes[i].yearly for i in movers]
        between = sum(weights) / sum(self.causes[i].yearly for i in plans)
        rounds = [
            i for i in plans for _ in range(round(self.causes[i].yearly))
        ]
        for year in range(years + 1):
            self.chance.shuffle(rounds)
            sums = {i: ([0.0] * len(self.watch.rows), 0.0, [0.0] * len(self.watch.rows), 0) for i in plans}
            for index in rounds:
                down, length, outages = self.play(self.causes[index], moment, 1.0)
                moment = self.world.settled()
                if year:
                    old = sums[index]
                    sums[index] = (
                        [a + b for a, b in zip(old[0], down, strict=True)],
                        old[1] + length,
                        [a + b for a, b in zip(old[2], outages, strict=True)],
                        old[3] + 1,
                    )
                for _ in range(min(40, self._poisson(between))):
                    mover = self.causes[self.chance.choices(movers, weights)[0]]
                    self.play(mover, moment, self.chance.expovariate(1.0) if mover.kind == "host" else 1.0)
                    moment = self.world.settled()
                if year:
                    self._remember(moment)
            for index, (down, length, outages, count) in sums.items():
                if count:
                    self.tallies[index].add([d / count for d in down], [o / count for o in outages], length / count)

    def _remember(self, moment: Moment) -> None:
        self.moments.append(moment)
        self.world.restore(moment)
        self.watch.begin()
        self.watch.look()
        self.quiet.append(list(self.watch.away))

    def _poisson(self, mean: float) -> int:
        return sum(1 for _ in iter(lambda: self.chance.random() < mean / (mean + 1), False))

    def _leads(self, owner: str) -> bool:
        pods = self.world.lab.by_owner.get(owner, ())
        return any(pod in self.world.teams.of or self.world.leases.of[pod] >= 0 for pod in pods)

    # --- estimation -------------------------------------------------------------------------------------------------

    def batch(self, index: int, *, lonely: bool = False) -> None:
        """A batch of episodes of one cause: one for each stratum of how long it lasts."""
        cause, rows = self.causes[index], len(self.watch.rows)
        down, away, length = [0.0] * rows, [0.0] * rows, 0.0
        for share in cause.shares:
            one, lasted, outages = self.play(cause, self.chance.choice(self.moments), share, lonely=lonely)
            length += lasted
            for row in range(rows):
                down[row] += one[row]
                away[row] += outages[row]
        size = len(cause.shares)
        self.tallies[index].add([each / size for each in down], [each / size for each in away], length / size)

    def run(self, *, within: float = 0.03, years: int = 6, most: int = 4000) -> None:
        """Play until each row's half width is within its share of the minutes, or until `most` batches are played."""
        self.live(years)
        unplanned = [index for index, cause in enumerate(self.causes) if not cause.planned]
        for index in unplanned:
            for _ in range(4):
                self.batch(index, lonely=True)
        self.alone = list(self.tallies)
        for index in unplanned:
            if self.causes[index].long:
                self.tallies[index] = Tally(len(self.watch.rows))
                for _ in range(4):
                    self.batch(index)
        played = 0
        while played < most and (wanted := self._wanted(within)):
            for index, times in wanted.items():
                for _ in range(times):
                    self.batch(index, lonely=not self.causes[index].long)
                    played += 1

    def _wanted(self, within: float) -> dict[int, int]:
        """The causes that make the widest rows wide, and how often to play each: by deviation over the root of cost."""
        wanted: dict[int, int] = {}
        for row in range(len(self.watch.rows)):
            shares = [c.yearly**2 * t.error(row) for c, t in zip(self.causes, self.tallies, strict=True)]
            total = self._seconds(row)
            whole = sum(shares)
            if total > 60.0 and 2.0 * math.sqrt(whole) > within * total:
                top = sorted(range(len(shares)), key=lambda i: -shares[i])[:8]
                for index in top:
                    if shares[index] > 0.02 * whole:
                        wanted[index] = max(wanted.get(index, 0), 2 + self.tallies[index].count // 4)
        return wanted

    def _seconds(self, row: int) -> float:
        return sum(c.yearly * t.mean(row) for c, t in zip(self.causes, self.tallies, strict=True))

    def _total(self, row: int) -> tuple[float, float]:
        error = sum(c.yearly**2 * t.error(row) for c, t in zip(self.causes, self.tallies, strict=True))
        return self._seconds(row) / 60.0, 2.0 * math.sqrt(error) / 60.0

    def figures(self) -> dict[tuple[str, str], Figure]:
        """Every row."""
        beyond = outside(self.rates, self.world.lab.ground.site.uplinks)
        found = {}
        for row, key in enumerate(self.watch.rows):
            total, half = self._total(row)
            always = sum(quiet[row] for quiet in self.quiet) / max(1, len(self.quiet))
            by: dict[str, float] = {}
            for cause, tally in zip(self.causes, self.tallies, strict=True):
                by[cause.name] = by.get(cause.name, 0.0) + cause.yearly * tally.mean(row) / 60.0
            minutes = total + always * MINUTES
            if key[1] == "internet":
                for name, share in beyond.items():
                    by[name] = share * MINUTES
                    minutes += share * MINUTES * (1 - minutes / MINUTES)
            outages = sum(
                c.yearly * t.outages[row] / t.count
                for c, t in zip(self.causes, self.tallies, strict=True)
            )
            found[key] = Figure(minutes, half, outages, dict(sorted(by.items(), key=lambda each: -each[1])))
        return found


def _minor(version: str) -> int:
    parts = version.split(".")
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 32


def simulate(lab: Lab, rates: dict[str, Rate], seed: int = 1, **how: float) -> dict[tuple[str, str], Figure]:
    """The figures of a lab."""
    simulation = Simulation(lab, rates, seed)
    simulation.run(**how)  # type: ignore[arg-type]
    return simulation.figures()


__all__: Sequence[str] = ["Figure", "Simulation", "simulate"]
