"""One pipeline: load → resolve → render → read → judge → compute, each stage computed once and only when asked.

A what-if (`edited`) starts from the lab it changes: parts of the tree that come out equal are not read again, and the
availability model is built upon the diagrams of the one before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from homelab.assess.model.build import LAB
from homelab.assess.run import ALL, assess
from homelab.assess.settings import FILE as SETTINGS
from homelab.assess.settings import Settings, parse
from homelab.assess.uptime import Computed, uptime
from homelab.catalog.apps.own.versions import asked
from homelab.catalog.plan import Plan, secrets
from homelab.catalog.resolve import resolve
from homelab.errors import InvalidHomelab, Place, pasted
from homelab.findings import Finding, SpecEdit
from homelab.gitops import repository as repositories
from homelab.gitops.read import read
from homelab.gitops.reground import reground
from homelab.gitops.rendering import Helm
from homelab.kube.inventory import Inventory
from homelab.kube.tree import Tree
from homelab.lab.effect import without_effect
from homelab.lab.host_key import missing_host_key
from homelab.lab.names import unknown_names
from homelab.render.pins import pins
from homelab.render.tree import render
from homelab.report import Assessment, Pending, Uptime
from homelab.spec import load
from homelab.spec.section import reading

if TYPE_CHECKING:
    from homelab.spec.homelab import Homelab
    from homelab.spec.source import Source


WHOLE = (f"lan:{LAB}", f"internet:{LAB}")
"""The services of the lab as a whole."""


@dataclass(frozen=True)
class Lab:
    """A homelab.yaml on its way to figures."""

    homelab: Homelab
    source: Source
    data: Mapping[str, Any]
    existing: Mapping[str, str] = field(default_factory=dict)
    """Files of the repository that are an input of rendering: pins, sealed secrets."""
    before: Lab | None = None
    helm: Helm | None = None
    """Who renders charts; without it they are what `software` knows of them."""
    settings: Settings = ALL
    """How its owner wants it judged."""

    @classmethod
    def load(cls, path: str, existing: Mapping[str, str] | None = None, helm: Helm | None = None) -> Lab:
        """The lab of a file; `-` is standard input.

        Raises:
            InvalidHomelab: every mistake of the file.
        """
        homelab, source = load.read(path)
        if wrong := [source.mistake(problem) for problem in unknown_names(homelab)]:
            raise InvalidHomelab(wrong)
        return cls(homelab, source, source.data, existing or {}, helm=helm)

    def edited(self, edits: Sequence[SpecEdit]) -> Lab:
        """The lab as it would be with these edits; nothing is written.

        Raises:
            InvalidHomelab: the edited file could not be built.
        """
        from homelab.spec.edit import apply_data

        data = apply_data(self.data, edits)
        return replace(self, homelab=load.of_data(data, self.source), data=data, before=self)

    @cached_property
    def plan(self) -> Plan:
        """The components chosen."""
        return resolve(self.homelab, self.source, pins=pins(self.existing, asked(self.homelab)))

    @cached_property
    def tree(self) -> Tree:
        """The repository, without computed pages."""
        return self._rendered[0]

    @cached_property
    def _rendered(self) -> tuple[Tree, AbstractSet[str]]:
        """The repository, and the options that were read to make it."""
        plan = self.plan
        with reading() as options:
            return render(plan, existing=self.existing), options

    @cached_property
    def repository(self) -> repositories.Repository:
        """The repository as it is read."""
        return repositories.of_tree(self.tree)

    @cached_property
    def inventory(self) -> Inventory:
        """What the repository deploys."""
        before = self.before if self.before and "inventory" in self.before.__dict__ else None
        found = reground(before.inventory, before.tree, self.tree) if before else None
        return found or read(self.repository, helm=self.helm)

    @cached_property
    def computed(self) -> Computed:
        """The availability model and its figures."""
        return Computed.of(self.inventory)

    @cached_property
    def whole(self) -> Computed:
        """The figures of the lab as a whole alone: what a what-if is asked for."""
        before = self.before.whole if self.before and "whole" in self.before.__dict__ else None
        return Computed.quick(self.inventory, before, only=WHOLE)

    @cached_property
    def summary(self) -> Computed:
        """The figures of the lab as a whole, with bands and outages."""
        return Computed.of(self.inventory, only=WHOLE)

    def assessment(self, today: date, only: Sequence[str] = ()) -> Assessment:
        """The judgement, with the line in homelab.yaml of every option that made something."""
        more = () if only else (*without_effect(self.plan, self._rendered[1]), *missing_host_key(self.plan))
        found = assess(self.inventory, today=today, only=only, settings=self.settings, more=more)
        return with_options(found, self.source, self.pending)

    def uptime(self, *, deep: bool = True) -> Uptime:
        """The computed availability, with lines in homelab.yaml."""
        return placed(uptime(self.inventory, deep=deep, computed=self.computed), self.source)

    @cached_property
    def pending(self) -> tuple[Pending, ...]:
        """Secrets that wait to be sealed."""
        waiting = {(s.namespace, s.name) for s in self.inventory.pending}
        return tuple(
            Pending(
                item.name,
                item.namespace,
                item.purpose,
                pasted("homelab", "secrets", "seal", item.name, "--namespace", item.namespace),
            )
            for _, item in secrets(self.plan)
            if (item.namespace, item.name) in waiting
        )


def with_options(found: Assessment, source: Source, pending: tuple[Pending, ...]) -> Assessment:
    """The assessment with places in homelab.yaml and the pending list."""
    return replace(found, findings=tuple(_optioned(f, source) for f in found.findings), pending=pending)


def _optioned(finding: Finding, source: Source) -> Finding:
    return replace(finding, option_place=source.place(finding.option)) if finding.option else finding


def placed(found: Uptime, source: Source) -> Uptime:
    """The report with options turned into lines of homelab.yaml."""

    def settle(service: Any) -> Any:
        points = tuple(
            replace(point, option_place=source.place(point.option_place.file)) if point.option_place else point
            for point in service.single_points_of_failure
        )
        return replace(service, single_points_of_failure=points)

    return replace(
        found,
        services=tuple(settle(service) for service in found.services),
        lab=settle(found.lab),
        worst=settle(found.worst) if found.worst else None,
    )


@dataclass(frozen=True)
class Repository:
    """Somebody's repository on its way to figures: the same judgement without a homelab.yaml."""

    folder: Path
    helm: Helm | None = None
    prefix: str | None = None
    """What stands before paths in places; the folder as it was named where it is None."""

    @cached_property
    def repository(self) -> repositories.Repository:
        """The repository as it is read."""
        return repositories.of_folder(self.folder, self.prefix)

    @cached_property
    def inventory(self) -> Inventory:
        """What the repository deploys."""
        return read(self.repository, helm=self.helm)

    @cached_property
    def settings(self) -> Settings:
        """How its owner wants it judged: `.homelab/assess.yaml`, where there is one.

        Raises:
            InvalidHomelab: every mistake in it.
        """
        text = self.repository.texts.get(SETTINGS)
        return ALL if text is None else parse(text, self.repository.shown(SETTINGS))

    def assessment(self, today: date, only: Sequence[str] = ()) -> Assessment:
        """The judgement."""
        found = assess(self.inventory, today=today, only=only, settings=self.settings)
        declared = self.inventory.ground.secrets if self.inventory.ground else ()
        waiting = {(s.namespace, s.name) for s in self.inventory.pending}
        pending = tuple(
            Pending(
                s.name, s.namespace, s.purpose, pasted("homelab", "secrets", "seal", s.name, "--namespace", s.namespace)
            )
            for s in declared
            if (s.namespace, s.name) in waiting
        )
        return replace(found, pending=pending)

    def uptime(self, *, deep: bool = True) -> Uptime:
        """The computed availability; options point nowhere here."""
        found = uptime(self.inventory, deep=deep)
        return replace(found, services=tuple(map(_unoptioned, found.services)), lab=_unoptioned(found.lab))


def _unoptioned(service: Any) -> Any:
    points = tuple(replace(p, option_place=None) for p in service.single_points_of_failure)
    return replace(service, single_points_of_failure=points)


__all__ = ["Lab", "Place", "Repository"]
