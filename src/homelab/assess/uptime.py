"""The computed availability of a lab as every surface shows it: figures with bands, single points, causes that add up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from homelab.assess.model import build
from homelab.assess.model.build import LAB, Model
from homelab.assess.model.capabilities import Service
from homelab.assess.model.frame import Source
from homelab.availability.bands import Band, bands
from homelab.availability.causes import shares
from homelab.availability.cuts import Cuts
from homelab.availability.parts import HOURS_PER_YEAR, Rate
from homelab.availability.quantify import Evaluator, Figures, Result
from homelab.errors import Place
from homelab.findings import Subject
from homelab.ground import Ground
from homelab.kube.inventory import Inventory
from homelab.report import Figure, Open, ServiceUptime, SinglePoint, Uptime, Within

ASSUMPTIONS = (
    "parts fail independently of each other; what they share is a part of its own",
    "failed changes and operator mistakes are not part of the figures",
    "planned work empties nodes and machines one by one, in the order in which they are declared",
    "pods are where the scheduler leaves them then, and nothing moves them back",
)


@dataclass
class Computed:
    """A model, compiled once; every figure of a report is one more question to the same diagrams."""

    model: Model
    evaluator: Evaluator

    @classmethod
    def of(cls, inventory: Inventory, ground: Ground | None = None, *, only: tuple[str, ...] = ()) -> Computed:
        """The model of a lab; `only` names services to keep.

        Raises:
            Undecidable: no nodes are declared.
        """
        found = _kept(build.model(inventory, ground), only)
        return cls(found, Evaluator(found.system))

    @classmethod
    def quick(cls, inventory: Inventory, previous: Computed | None = None, *, only: tuple[str, ...]) -> Computed:
        """The same for a what-if, built upon the diagrams of a similar lab.

        Raises:
            Undecidable: as `of`.
        """
        found = _kept(build.model(inventory), only)
        if previous is not None:
            return cls(found, previous.evaluator.changed(found.system))
        return cls(found, Evaluator(found.system))

    @property
    def changes(self) -> Rate:
        """How often a change fails, and how long that is then mended."""
        return self.model.changes

    @cached_property
    def result(self) -> Result:
        """Figures of every service."""
        return self.evaluator.result()

    @cached_property
    def down(self) -> Mapping[str, float]:
        """The unavailability of every service."""
        return self.evaluator.unavailabilities(self.evaluator.figured())

    @cached_property
    def bands(self) -> Mapping[str, Band]:
        """Bands of every service."""
        return bands(self.evaluator)

    def minutes(self, service: str = "lan:" + LAB) -> float:
        """Minutes a year a service is down."""
        return self.down[service] * 525_600

    def figure(self, service: str, *, band: bool = True) -> Figure:
        """One service's figure; without `band` both ends are the figure itself."""
        figures: Figures = self.result[service]
        ends = self.bands[service] if band else Band(*(1 - figures.availability,) * 3)
        return Figure(
            availability=figures.availability,
            low=1 - ends.high,
            high=1 - ends.low,
            minutes_per_year=figures.downtime_minutes,
            outages_per_year=figures.outages_per_year,
            mean_outage_minutes=figures.mean_outage_hours * 60 if figures.outages_per_year else 0.0,
            within=_within(figures),
        )

    def causes(self, service: str) -> tuple[tuple[str, float], ...]:
        """Minutes a year by cause, the largest first; they add up to the service's downtime."""
        booked: dict[str, float] = defaultdict(float)
        for share in shares(self.evaluator, service):
            booked[share.cause] += share.hours * 60
        return tuple(sorted(booked.items(), key=lambda item: (-item[1], item[0])))

    def minutes_planned(self, service: str) -> float:
        """Minutes a year of a service's downtime that are planned work."""
        return sum(share.hours * 60 for share in shares(self.evaluator, service) if share.planned)

    def points(self, service: str, inventory: Inventory) -> tuple[SinglePoint, ...]:
        """What takes a service down alone, by component, the costliest first."""
        booked: dict[str, float] = defaultdict(float)
        for share in shares(self.evaluator, service):
            booked[share.part] += share.hours * 60
        by_component: dict[str, list[tuple[Source, float]]] = defaultdict(list)
        for single in Cuts(self.evaluator, service).singles():
            name, part = single.part, single.part
            if single.state is not None:
                if self.model.system.exclusives[single.part].stays[single.state].planned:
                    continue
                name, part = f"{single.part}:{single.state}", f"{single.part}/{single.state}"
            source = self.model.sources.get(name)
            if source is not None and single.lasting:
                by_component[source.component].append((source, booked.get(part, 0.0)))
        found = [_point(component, entries, inventory) for component, entries in by_component.items()]
        return tuple(sorted(found, key=lambda point: (-point.minutes_per_year, point.component)))

    def planned(self, service: str) -> tuple[tuple[str, float], ...]:
        """What stops a service while it is worked on: the place, and the minutes of one visit, in the order of the model."""
        booked: dict[str, float] = {}
        for single in Cuts(self.evaluator, service).singles():
            source = self.model.sources.get(f"{single.part}:{single.state}")
            if source is None or single.state is None:
                continue
            stays = self.model.system.exclusives[single.part].stays
            stay = entered = stays[single.state]
            while entered.follows:
                entered = stays[entered.follows]
            if stay.planned:
                name = source.subjects[0].name
                booked[name] = booked.get(name, 0.0) + stay.share / entered.visits * 60
        return tuple(booked.items())

    def pairs(self, service: str) -> int:
        """How many pairs of parts only together take a service down."""
        return len(Cuts(self.evaluator, service).doubles())

    def service(self, service: Service, inventory: Inventory, *, deep: bool = True) -> ServiceUptime:
        """One service's row; `deep` adds pairs and causes."""
        lan = f"lan:{service.name}"
        return ServiceUptime(
            name=service.name,
            kind=service.kind,
            environment=service.environment,
            lan=self.figure(lan),
            internet=self.figure(f"internet:{service.name}") if service.public else None,
            single_points_of_failure=self.points(lan, inventory) if deep else (),
            pairs=self.pairs(lan) if deep else 0,
            causes=self.causes(lan) if deep else (),
            unknown=service.unknown,
            group=service.group,
            planned=self.minutes_planned(lan) if deep else 0.0,
        )


def _within(figures: Figures) -> Within | None:
    """The interval of a service whose model is too large to be exact."""
    if figures.within is None or figures.often is None:
        return None
    return Within(
        minutes_low=60 * HOURS_PER_YEAR * figures.within.low,
        minutes_high=60 * HOURS_PER_YEAR * figures.within.high,
        outages_low=HOURS_PER_YEAR * figures.often.low,
        outages_high=HOURS_PER_YEAR * figures.often.high,
        confidence=figures.within.confidence,
    )


def _kept(found: Model, only: tuple[str, ...]) -> Model:
    """The model with these services alone; with all of them where none is named."""
    if not only:
        return found
    services = {name: gate for name, gate in found.system.services.items() if name in only}
    return replace(found, system=replace(found.system, services=services))


def _point(component: str, entries: list[tuple[Source, float]], inventory: Inventory) -> SinglePoint:
    subjects: list[Subject] = []
    for source, _ in entries:
        subjects += [s for s in source.subjects if s not in subjects]
    first = entries[0][0]
    place = inventory.place(first.resource, "spec.replicas") if first.resource else _declared(inventory, first)
    return SinglePoint(
        component,
        tuple(subjects),
        sum(m for _, m in entries),
        first.because,
        place,
        Place(first.option) if first.option else None,
    )


def _declared(inventory: Inventory, source: Source) -> Place | None:
    """Where `.homelab/lab.yaml` declares a machine or the site."""
    ground = inventory.ground
    if ground is None or not source.option:
        return None
    head, _, name = source.option.partition(".")
    keys = {"hosts": ("hosts", name), "nodes": ("nodes", name), "site": ("site",)}.get(head)
    return inventory.locate(ground.file, 0, keys) if keys else None


def uptime(inventory: Inventory, *, deep: bool = True, computed: Computed | None = None) -> Uptime:
    """The availability of a lab; where the map of nodes to hosts is unknown, its best and its worst case.

    Raises:
        Undecidable: no nodes are declared.
    """
    ground = inventory.ground
    worst = None
    if ground is not None and ground.nodes and not build.mapped(ground):
        best_ground, worst_ground = build.interval(ground)
        computed = Computed.of(inventory, best_ground)
        worst = _lab(Computed.of(inventory, worst_ground), inventory, deep=deep)
    found = computed or Computed.of(inventory)
    goals = {"lan": ground.goals.lan, "internet": ground.goals.internet} if ground else {}
    lab = _lab(found, inventory, deep=deep)
    return Uptime(
        services=tuple(found.service(service, inventory, deep=deep) for service in found.model.services),
        lab=lab,
        changes=_with(lab.lan, found.changes),
        ceiling=found.figure("ceiling"),
        events=len(found.model.system.parts),
        goals=goals,
        worst=worst,
        assumptions=(*ASSUMPTIONS, *found.model.assumptions),
        unknown=tuple(Open(u.what, u.why, u.place) for u in inventory.unknown),
    )


def _with(figure: Figure, rate: Rate) -> Figure:
    """A figure of something that one cause more takes down, independently of all others."""
    up, often = 1 - rate.unavailability, rate.frequency * HOURS_PER_YEAR
    availability = figure.availability * up
    outages = figure.outages_per_year * up + often * figure.availability
    minutes = (1 - availability) * HOURS_PER_YEAR * 60
    long = minutes / outages if outages else 0.0
    return Figure(availability, figure.low * up, figure.high * up, minutes, outages, long)


def _lab(computed: Computed, inventory: Inventory, *, deep: bool) -> ServiceUptime:
    lan = f"lan:{LAB}"
    return ServiceUptime(
        name=LAB,
        kind="lab",
        environment="",
        lan=computed.figure(lan),
        internet=computed.figure(f"internet:{LAB}"),
        single_points_of_failure=computed.points(lan, inventory) if deep else (),
        pairs=computed.pairs(lan) if deep else 0,
        causes=computed.causes(lan) if deep else (),
        planned=computed.minutes_planned(lan) if deep else 0.0,
        unknown=tuple(f"{s.name}: {why}" for s in build.counted_in_lab(computed.model.services) for why in s.unknown),
    )
