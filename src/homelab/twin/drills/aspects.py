"""Aspects: what a scenario may expect, each with where it is predicted and where it is read off: one line each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from homelab.twin.drills import at_nodes, at_objects, at_places, at_pods
from homelab.twin.drills.naming import headed
from homelab.twin.drills.rows import Row, Seen
from homelab.twin.drills.scenario import Expectation, Scenario
from homelab.twin.drills.scene import Record, Scene


@dataclass(frozen=True, slots=True)
class Aspect:
    """Rows from the model, and what a record says of them; nothing of a record is asked by the first, nor of the model by the second.

    `blind` ones are read off what happened, not off what the API shows at the look, and so even while it does not answer.
    """

    predict: Callable[[Scene, Expectation], Iterator[Row]]
    read: Callable[[Record, Expectation, list[Row]], Iterator[Seen]]
    blind: bool = False


ASPECTS: Mapping[str, Aspect] = MappingProxyType(
    {
        "the API takes writes": Aspect(at_nodes.writes, at_nodes.writes_seen, blind=True),
        "what was written is there": Aspect(at_nodes.remembers, at_nodes.remembers_seen),
        "the new version answers": Aspect(at_nodes.version, at_nodes.version_seen),
        "silent nodes are noticed": Aspect(at_nodes.noticed, at_nodes.noticed_seen, blind=True),
        "no other node is called silent": Aspect(at_nodes.others, at_nodes.others_seen, blind=True),
        "the drain ends": Aspect(at_nodes.drain, at_nodes.drain_seen),
        "the node is empty": Aspect(at_nodes.emptied, at_nodes.emptied_seen),
        "pods are given up": Aspect(at_pods.given_up, at_pods.given_up_seen, blind=True),
        "pods are made again": Aspect(at_pods.made, at_pods.made_seen),
        "a pod serves elsewhere": Aspect(at_pods.serves, at_pods.serves_seen),
        "another leads": Aspect(at_pods.leads, at_pods.leads_seen),
        "other pods stay": Aspect(at_pods.others, at_pods.others_seen),
        "pods stay where they went": Aspect(at_pods.stays, at_pods.stays_seen),
        "nothing is missing": Aspect(at_pods.missing, at_pods.missing_seen),
        "pods find a node": Aspect(at_places.found, at_places.found_seen),
        "pods wait for a node": Aspect(at_places.waiting, at_places.waiting_seen),
        "there is room": Aspect(at_places.room, at_places.room_seen),
        "replicas stand apart": Aspect(at_places.apart, at_places.apart_seen),
        "objects are deleted": Aspect(at_objects.goes, at_objects.goes_seen),
        "objects stay behind": Aspect(at_objects.stays, at_objects.stays_seen),
        "objects are there again": Aspect(at_objects.again, at_objects.again_seen),
        "claims go": Aspect(at_objects.claims, at_objects.claims_seen),
        "Applications are well": Aspect(at_objects.well, at_objects.well_seen),
        "pods are made anew": Aspect(at_objects.anew, at_objects.anew_seen),
    }
)


def predicted(scene: Scene, scenario: Scenario) -> tuple[Row, ...]:
    """Every row that a scenario expects of a lab; where the API will not answer, only what can be known without it."""
    wanted = [each for each in scenario.expects if ASPECTS[each.aspect].blind or scene.answers(each.at)]
    return tuple(row for each in wanted for row in ASPECTS[each.aspect].predict(scene, each))


def observed(record: Record, scenario: Scenario, rows: Iterable[Row]) -> tuple[Seen, ...]:
    """What a record says of these rows; a look at which the API did not answer shows nothing."""
    asked = list(rows)
    found: list[Seen] = []
    for each in scenario.expects:
        aspect, look = ASPECTS[each.aspect], record.looks.get(each.at)
        own = [row for row in asked if headed(row, each)]
        if own and look is not None and (aspect.blind or look.writes):
            found += aspect.read(record, each, own)
    return tuple(found)
