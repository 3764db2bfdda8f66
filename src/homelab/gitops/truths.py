"""Truths of software, asked safely: whatever stands in a stranger's values, an answer or a sentence, never a stumble."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from homelab.kube.facts import Expansion, Fact
from homelab.kube.resource import Resource
from homelab.kube.workload import GROUPS, TEMPLATES, Workload
from homelab.software import lookup


def guarded(expand: Callable[[], Expansion]) -> Expansion:
    """What an expansion says; that it cannot say anything where a stranger's value is of a kind that nobody expected."""
    try:
        expansion = expand()
        hash(expansion.facts)  # a list that leaked into a fact would stumble later, far from its cause
    except Exception as error:  # noqa: BLE001 - any truth may stumble over any value; what it cannot say is unknown
        return Expansion(unknown=(f"a value in it is not of the kind it should be ({error})",))
    return expansion


@dataclass
class _Space:
    """What stands in one namespace."""

    workloads: list[Workload] = field(default_factory=list)
    services: list[Resource] = field(default_factory=list)
    configs: list[Resource] = field(default_factory=list)


def of_programs(resources: Iterable[Resource]) -> Iterator[Fact]:
    """What is true of workloads by the images they run; of what an operator made its custom resource says it."""
    spaces: dict[str, _Space] = defaultdict(_Space)
    for resource in resources:
        space = spaces[resource.namespace]
        if resource.kind in TEMPLATES and resource.group in GROUPS:
            space.workloads.append(Workload(resource))
        elif resource.group == "" and resource.kind == "Service":
            space.services.append(resource)
        elif resource.group == "" and resource.kind == "ConfigMap":
            space.configs.append(resource)
    for space in spaces.values():
        beside = (tuple(space.workloads), tuple(space.services), tuple(space.configs))
        for workload in space.workloads:
            if workload.resource.origin.maker != "operator":
                yield from guarded(partial(_said, workload, beside)).facts


def stated(resources: Sequence[Resource], runs: str) -> Iterator[Fact]:
    """What is true of objects whoever made them, and of the cluster around them; an object of an odd shape says nothing.

    `runs` says what runs the nodes, as far as it is known.
    """
    for resource in resources:
        yield from guarded(partial(_annotated, resource)).facts
    yield from lookup.strangers(resources)
    yield from lookup.surroundings(frozenset(resource.group for resource in resources), runs)


def _annotated(resource: Resource) -> Expansion:
    return Expansion(facts=tuple(lookup.annotated(resource.body)))


def _said(
    workload: Workload, beside: tuple[tuple[Workload, ...], tuple[Resource, ...], tuple[Resource, ...]]
) -> Expansion:
    return Expansion(facts=tuple(lookup.facts_of(workload, *beside)))
