"""The seam to real Helm: what is asked about a chart, and what can be answered. `lab` hands in who answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from homelab.gitops.settings import Setting
from homelab.kube.resource import Manifest
from homelab.software.software import Release


@dataclass(frozen=True)
class Asked:
    """One chart as it is installed.

    Attributes:
        release: the chart, its values, and the Kubernetes it believes in: version in full, kinds beyond the built-in ones.
        path: the chart's name behind the path that its registry has it under.
        folder: where it lies in the repository, for a chart that does.
        home: the folder in which a kustomization keeps its charts.
        inside: values files of the chart itself, each with the values that lie below it and whether it may be missing;
            `release.values` lie above all.
        crds: whether the objects of `crds/` folders are wanted.
        skip_schema: whether values may break the chart's schema.
        settings: parameters, which lie above all values.
    """

    release: Release
    path: str = ""
    folder: str = ""
    home: str = ""
    inside: tuple[tuple[Mapping[str, Any], str, bool], ...] = ()
    crds: bool = True
    skip_schema: bool = False
    settings: tuple[Setting, ...] = ()


@dataclass(frozen=True)
class Rendered:
    """What helm made: objects, the version that was taken, and the API versions it depends on (None: on any)."""

    objects: tuple[Manifest, ...]
    version: str = ""
    asks: frozenset[str] | None = frozenset()


@dataclass(frozen=True)
class Refused:
    """Helm makes nothing of this chart with these values, in its own words: nor will Argo CD."""

    words: str
    asks: frozenset[str] | None = frozenset()


@dataclass(frozen=True)
class NotAtHand:
    """The chart could not be rendered here: why, and what to do. Another road may know it."""

    why: str


Answer = Rendered | Refused | NotAtHand


class Helm(Protocol):
    """Whatever renders charts."""

    def render(self, asked: Sequence[Asked]) -> Sequence[Answer]:
        """One answer for each question, in their order."""
        ...

    def brings(self, asked: Sequence[Asked]) -> Sequence[Manifest]:
        """CRDs that these charts bring, as far as they are seen without rendering; a guess that saves rendering twice."""
        ...
