"""Minutes a year, with intervals: each cause strikes quiet labs again and again, and what follows is counted.

Time is quiet moments and episodes. An episode begins with one cause in a quiet lab and ends when everything runs
again, whatever else happened meanwhile; its downtime is booked on the cause that began it. Downtime a year is then the
sum over causes of (its rate) times (the mean downtime of its episodes, less what else strikes in them is worth
alone): causes that are rare are played as often as it takes, and nobody waits for them. Quiet labs are drawn from many
histories of planned work and failures, so that pods stand where those leave them.
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
FIRST = 8
"""Batches of each cause before it is known where more are wanted."""


@dataclass(frozen=True)
class Episode:
    """What one cause led to: seconds of downtime and outages of each row, and how long until everything ran again."""

    down: list[float]
    outages: list[float]
    length: float


class Tally:
    """Episodes of one cause in batches: downtime of each row, its square, outages."""

    def __init__(self, rows: int) -> None:
        """Nothing played yet."""
        self.count = 0
        self.down, self.squares, self.outages = [0.0] * rows, [0.0] * rows, [0.0] * rows

    def add(self, batch: Sequence[Episode]) -> None:
        """A batch is worth its means."""
        self.count += 1
        for row in range(len(self.down)):
            value = sum(episode.down[row] for episode in batch) / len(batch)
            self.down[row] += value
            self.squares[row] += value * value
            self.outages[row] += sum(episode.outages[row] for episode in batch) / len(batch)

    def mean(self, row: int) -> float:
        """Mean seconds of downtime in an episode."""
        return self.down[row] / self.count

    def error(self, row: int) -> float:
        """Variance of that mean."""
        spread = self.squares[row] - self.down[row] ** 2 / self.count
        return max(0.0, spread) / (self.count - 1) / self.count

    @property
    def rows(self) -> list[int]:
        """Those that are ever down."""
        return [row for row, value in enumerate(self.outages) if value]


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
        matters = self.watch.matters()
        self.causes = [c for c in causes(self.world, rates, self.world.calendar) if c.pod is None or c.pod in matters]
        self.tallies = [Tally(len(self.watch.rows)) for _ in self.causes]
        self.sums, total = [], 0.0
        for cause in self.causes:
            total += 0.0 if cause.planned else cause.yearly
            self.sums.append(total)
        self.moments: list[Moment] = []
        self.quiet: list[list[bool]] = []
        self.alone = self.tallies

    # --- episodes ---------------------------------------------------------------------------------------------------

    def place_all(self) -> Moment:
        """The lab built for the first time, in no particular order."""
        world = self.world
        pods = list(range(len(world.lab.pods)))
        self.chance.shuffle(pods)
        pods.sort(key=lambda pod: -world.lab.pods[pod].priority)
        open_ = [True] * len(world.lab.machines)
        world.pending, world.used = set(), [[0, 0] for _ in open_]
        world.where, world.bound, world.attached = [-1] * len(pods), [-1] * len(pods), [-1] * len(pods)
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

    def play(self, cause: Cause, moment: Moment, share: float, *, lonely: bool = True) -> Episode:
        """One episode from a quiet moment; the world is left as it ends.

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
        others: list[tuple[int, float]] = []
        while world.events and world.events[0][0] < LONGEST:
            if world.events[0][0] > other:
                world.now = other
                watch.look()
                index = bisect.bisect_right(self.sums, self.chance.random() * self.sums[-1])
                others.append((index, self.strike(self.causes[index])))
                other += self.chance.expovariate(self.sums[-1] / YEAR)
            else:
                at, _, act, given = heapq.heappop(world.events)
                world.now = at
                watch.wait()
                act(*given)
            if world.changed and (not world.events or world.events[0][0] > world.now):
                watch.look()
        watch.look()
        down = [lost - (world.now if was else 0.0) for lost, was in zip(watch.down, before, strict=True)]
        outages = [float(each) for each in watch.outages]
        for index, times in others:
            alone = self.alone[index]
            for row in alone.rows:
                down[row] -= times * alone.down[row] / alone.count
                outages[row] -= alone.outages[row] / alone.count
        return Episode(down, outages, world.now)

    def pass_by(self, cause: Cause, moment: Moment) -> Moment:
        """What one cause leaves behind, with nobody looking."""
        world = self.world
        world.restore(moment)
        self.strike(cause)
        while world.events and world.events[0][0] < LONGEST:
            world.now, _, act, given = heapq.heappop(world.events)
            act(*given)
        return world.settled()

    def strike(self, cause: Cause) -> float:
        """A cause strikes for a time of its own; that time, in means."""
        share = self.chance.expovariate(1.0) if cause.shares is EXPONENTIAL else self.chance.choice(cause.shares)
        cause.strike(self.world, share)
        return share * len(cause.shares) / sum(cause.shares)

    # --- history ----------------------------------------------------------------------------------------------------

    def live(self, histories: int) -> None:
        """Quiet moments: the lab built so often, each time with a round of all planned work and what else moves things.

        Volumes on the disks of one machine never leave it, so that where a lab was first placed may be told for ever:
        one long history would know one such lab only.
        """
        plans = [index for index, cause in enumerate(self.causes) if cause.planned]
        movers = [cause for cause in self.causes if self._moves(cause)]
        weights = [cause.yearly for cause in movers]
        between = sum(weights) / sum(self.causes[index].yearly for index in plans)
        for _ in range(histories):
            moment = self.place_all()
            self.chance.shuffle(plans)
            for index in plans:
                moment = self.pass_by(self.causes[index], moment)
                for mover in self.chance.choices(movers, weights, k=round(self.chance.expovariate(1 / between))):
                    moment = self.pass_by(mover, moment)
            self._remember(moment)

    def _remember(self, moment: Moment) -> None:
        self.moments.append(moment)
        self.world.restore(moment)
        self.watch.begin()
        self.watch.look()
        self.quiet.append(list(self.watch.away))

    def _moves(self, cause: Cause) -> bool:
        """Whether it leaves something elsewhere than it was: pods, or who leads."""
        pods = self.world.lab.by_owner.get(cause.name, ())
        leads = any(pod in self.world.teams.of or self.world.leases.of[pod] >= 0 for pod in pods)
        return cause.kind in ("host", "panic", "vm", "kubelet") or (cause.kind == "crash" and leads)

    # --- estimation -------------------------------------------------------------------------------------------------

    def batch(self, index: int, *, lonely: bool = False) -> None:
        """A batch of episodes of one cause, all from one moment: one for each stratum of how long it lasts."""
        cause, moment = self.causes[index], self.chance.choice(self.moments)
        alone = lonely or not cause.long
        self.tallies[index].add([self.play(cause, moment, share, lonely=alone) for share in cause.shares])

    def run(self, *, within: float = 0.03, histories: int = 200, most: int = 40_000) -> None:
        """Play until each row's half width is within its share of the minutes, or until `most` batches are played."""
        self.live(histories)
        for index in list(range(len(self.causes))) * FIRST:
            self.batch(index, lonely=True)
        self.alone = list(self.tallies)
        long = [index for index, cause in enumerate(self.causes) if cause.long]
        for index in long:
            self.tallies[index] = Tally(len(self.watch.rows))
        for index in long * FIRST:
            self.batch(index)
        while most > 0 and (wanted := self._wanted(within)):
            for index, times in wanted.items():
                for _ in range(times):
                    self.batch(index)
                most -= times

    def _wanted(self, within: float) -> dict[int, int]:
        """The causes that make rows too wide, and how often to play each: a quarter more of them each time."""
        wanted: dict[int, int] = {}
        for row in range(len(self.watch.rows)):
            shares = [c.yearly**2 * t.error(row) for c, t in zip(self.causes, self.tallies, strict=True)]
            whole = sum(shares)
            if 2.0 * math.sqrt(whole) > within * max(60.0, self._seconds(row)):
                for index in sorted(range(len(shares)), key=lambda i: -shares[i])[:8]:
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
            outages = sum(c.yearly * t.outages[row] / t.count for c, t in zip(self.causes, self.tallies, strict=True))
            found[key] = Figure(minutes, half, outages, dict(sorted(by.items(), key=lambda each: -each[1])))
        return found


def _minor(version: str) -> int:
    parts = version.split(".")
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 32


def simulate(lab: Lab, rates: dict[str, Rate], seed: int = 1, within: float = 0.03) -> dict[tuple[str, str], Figure]:
    """The figures of a lab, by service and audience."""
    simulation = Simulation(lab, rates, seed)
    simulation.run(within=within)
    return simulation.figures()
