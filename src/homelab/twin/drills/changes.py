"""Changes: what somebody commits to the repository while the lab runs, and takes back.

A change is another state of every file. What Argo CD makes of it is predicted by `gitops.commits.deletion`, from Argo CD's own rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource, dig

NOWHERE = "0.0.0-nowhere"
"""A chart version that nobody has published."""
NO_YAML = "a: [\n"
BETWEEN = "\n---\n"

Reads = Callable[[Mapping[str, str]], Inventory]
"""What a repository deploys, of its files."""


@dataclass(frozen=True)
class Change:
    """A commit.

    Attributes:
        name: for the command line.
        title: what happens, a clause.
        make: every file of the repository afterwards; asked once.
        read: what a repository deploys.
        brings: charts and addresses that the repository did not name before are served as well.
        breaks: the Application that nobody can render afterwards, where it is a mistake; nothing of it is deleted then.
    """

    name: str
    title: str
    make: Callable[[], Mapping[str, str]]
    read: Reads
    breaks: str = ""
    brings: bool = False

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """Every file afterwards."""
        return self.make()

    @cached_property
    def inventory(self) -> Inventory:
        """What the repository deploys afterwards."""
        return self.read(self.texts)


def mistakes(texts: Mapping[str, str], inventory: Inventory, read: Reads) -> Iterator[Change]:
    """Two mistakes that people commit: a chart version that is not there, and values that are no YAML.

    The first is made in the last Application that installs a chart, the second in the first one: on that the rest stands.
    """
    found = sorted(inventory.applications, key=lambda each: (each.wave, each.name))
    charts = [(each, each.resource) for each in found if each.resource is not None and _chart(each.resource)]
    for last, resource in reversed(charts):
        if broken := _without_chart(texts, resource):
            title = f"{last.name} asks for a version of its chart that is not there"
            yield Change("version-nowhere", title, lambda: broken, read, breaks=last.name)
            break
    for first, resource in charts:
        if path := _values(texts, resource):
            title = f"the values of {first.name} are no YAML"
            yield Change("values-unreadable", title, lambda: {**texts, path: NO_YAML}, read, breaks=first.name)
            break


def _sources(resource: Resource) -> list[dict[str, Any]]:
    spec = dig(resource.body, ["spec"], {})
    return [*spec.get("sources", ()), *([spec["source"]] if "source" in spec else ())]


def _chart(resource: Resource) -> dict[str, Any] | None:
    """The source that is a chart."""
    return next((each for each in _sources(resource) if each.get("chart")), None)


def _without_chart(texts: Mapping[str, str], resource: Resource) -> dict[str, str] | None:
    """The files with another version of the chart; None where it is not written as plainly as that."""
    path, index = resource.origin.file, resource.origin.index
    version = f"targetRevision: {(_chart(resource) or {}).get('targetRevision')}\n"
    documents = texts.get(path, "").split(BETWEEN)
    if index >= len(documents) or documents[index].count(version) != 1:
        return None
    documents[index] = documents[index].replace(version, f"targetRevision: {NOWHERE}\n")
    return {**texts, path: BETWEEN.join(documents)}


def _values(texts: Mapping[str, str], resource: Resource) -> str:
    """The last file of values of an Application that lies in the repository; it is nobody else's."""
    named = [str(each) for each in dig(_chart(resource) or {}, ["helm", "valueFiles"], [])]
    inside = [each.partition("/")[2] for each in named if each.startswith("$")]
    return next((each for each in reversed(inside) if each in texts), "")
