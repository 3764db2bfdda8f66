"""What is predicted of a commit, before Argo CD sees it."""

from __future__ import annotations

import pytest

from homelab.findings import Subject
from homelab.twin.drills.aspects import ASPECTS
from homelab.twin.drills.changes import NO_YAML, NOWHERE
from homelab.twin.drills.looks import Look, PodSeen
from homelab.twin.drills.run import expectation
from homelab.twin.drills.scenario import scenarios
from homelab.twin.drills.scene import Clock, Scene, Target, targets
from twin import committed

PLAYS = {each.name: each for each in scenarios(ASPECTS)}
WEB, AGENT = Subject("Deployment", "web", "shop"), Subject("Deployment", "agent", "shop")
PODS = tuple(PodSeen(f"shop/{of.name}", of.name, of, "box", ready=True) for of in (WEB, AGENT))
BEFORE = Look("before", 0, writes=True, pods=PODS)
INVENTORY, CHANGES = committed.INVENTORY, committed.CHANGES


def rows(scenario, target, change=None):
    """Ids of what is predicted, with the values."""
    scene = Scene(INVENTORY, INVENTORY.ground, Clock(), target, BEFORE, change=change)
    return {row.id: row.value for row in expectation(PLAYS[scenario], scene, ()).rows}


def test_what_goes_and_what_stays_is_named():
    """Each kind has its row; a guarded claim stays, an unguarded one goes; only a changed template makes pods anew."""
    found = rows("change-is-committed", Target("newer", change="newer"), CHANGES["newer"])
    assert found["claims go@changed"] == ["shop/cache"]
    assert found["objects stay behind@changed/shop/PersistentVolumeClaim/orders"] is True
    assert found["pods are made anew@changed"] == ["shop/Deployment/web"]
    assert found["objects are deleted@changed/ConfigMap"] == ["shop/ConfigMap/settings", "side/ConfigMap/notes"]
    assert found["objects are deleted@changed/others"] == []


@pytest.mark.parametrize("name", ["version-nowhere", "values-unreadable"])
def test_a_mistake_is_committed_where_it_hurts(name):
    """It breaks the Application that it names, and nothing is to go."""
    change = CHANGES[name]
    assert (NOWHERE if name == "version-nowhere" else NO_YAML) in "".join(change.texts.values())
    assert len([path for path in change.texts if change.texts[path] != committed.BEFORE[path]]) == 1
    found = rows("mistake-is-committed", Target(name, change=name), change)
    assert found["Applications are well@broken"] == ["argocd"]
    assert found["objects are deleted@broken/others"] == found["pods are made anew@broken"] == []
    assert found["Applications are well@back"] == []


def test_without_the_repository_nobody_knows_and_nothing_goes():
    """Every Application says so, the objects stay."""
    found = rows("repository-unreachable", Target("the repository", unreachable=True))
    assert found["Applications are well@away"] == ["argocd", "first", "second", "shop", "side"]
    assert found["objects are deleted@away/others"] == []


def test_changes_and_mistakes_are_targets_of_their_own():
    """A change is played by one scenario, a mistake by another."""
    names = {
        which: [each.name for each in targets(which, INVENTORY, INVENTORY.ground, changes=CHANGES.values())]
        for which in ("each change", "each mistake", "the repository")
    }
    assert names == {
        "each change": ["newer", "other-selector"],
        "each mistake": ["version-nowhere", "values-unreadable"],
        "the repository": ["the repository"],
    }
