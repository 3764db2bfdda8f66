"""Software: the contract of what is true of an upstream system. Pure functions of version and values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from homelab.kube.facts import Expansion, Fact
from homelab.kube.resource import Manifest
from homelab.software.seen import Around


@dataclass(frozen=True)
class Release:
    """A chart as it is installed. `values` are the user's, merged in order, without the chart's defaults."""

    chart: str
    repository: str
    version: str
    name: str
    namespace: str
    values: Mapping[str, Any]
    kubernetes: str = "1.35"
    api_versions: frozenset[str] = frozenset({"monitoring.coreos.com/v1"})
    crds: bool = True
    """Whether the objects of its `crds/` folder are installed."""


@dataclass(frozen=True)
class ChartSource:
    """A chart of a system. What it makes is recorded (`records`)."""

    chart: str
    repositories: tuple[str, ...]
    """Parts of repository addresses that publish this very chart: `community-charts.github.io`."""
    says: Callable[[Release], Iterable[Fact]] = lambda _release: ()
    """Facts that only the values say, since the chart puts them into a Secret."""


@dataclass(frozen=True)
class ImageTruth:
    """What is true of pods that run an image: `image` is the end of its name, without registry and tag.

    `word`, where given, must be among the container's command and arguments, or a part of one: one image, many programs.
    """

    image: str
    facts: Callable[[Around], Iterable[Fact]]
    word: str = ""


ANY = "*"
"""Asks for an object in whatever namespace it is."""


@dataclass(frozen=True)
class KindTruth:
    """A custom resource we can expand: what its operator makes of it.

    `lookup(kind, namespace, name)` finds others, in any namespace by `ANY`.
    """

    group: str
    kind: str
    expand: Callable[[Manifest, Callable[[str, str, str], Manifest | None]], Expansion]


@dataclass(frozen=True)
class Support:
    """A version line that runs only on certain Kubernetes minors, or with certain others; with its source.

    `runs` are minors on which it works, `supported` those its makers support; `ends` is the end of life (ISO date).
    """

    line: str
    runs: tuple[str, ...]
    supported: tuple[str, ...]
    ends: str = ""
    source: str = ""
    chart: str = ""
    """Beginning of the chart's versions that carry this line, where chart and system are numbered apart: `0.29`."""


@dataclass(frozen=True)
class Software:
    """One upstream system: its charts, its kinds, its support table."""

    name: str
    charts: tuple[ChartSource, ...] = ()
    programs: tuple[ImageTruth, ...] = ()
    kinds: tuple[KindTruth, ...] = ()
    support: tuple[Support, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict)
    """Image name part to what it is (`sqlite`, `database`), for strangers' workloads."""
    quiet: tuple[str, ...] = ()
    """API groups whose other kinds only configure: no Secret, ConfigMap, Service or pod is made of them."""
    annotated: Callable[[Manifest], Iterable[Fact]] | None = None
    """Facts that annotations say, on whatever object they stand."""
    surroundings: Callable[[frozenset[str], str], Iterable[Fact]] | None = None
    """Facts about what stands in a cluster that nobody deployed, by the API groups in use and what runs the nodes."""
