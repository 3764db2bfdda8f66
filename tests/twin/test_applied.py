"""What became of a lab: when it counts as there, and what real programs refused, with its place."""

from __future__ import annotations

import pytest

from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.twin import applied
from homelab.twin.applied import applications, awaited, blocked, refused
from twin.clusters import Answers, application

ROOT = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  source: {repoURL: https://git.example.org/lab.git, path: shop}
  destination: {namespace: shop}
"""
SHOP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: till, namespace: shop}
spec:
  selector: {matchLabels: {app: till}}
  template:
    metadata: {labels: {app: till}}
    spec: {containers: [{name: till, image: till:1}]}
"""


@pytest.fixture
def inventory():
    """A repository with one Application of one Deployment."""
    return read(of_texts({"root.yaml": ROOT, "shop/till.yaml": SHOP}))


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    """Nobody waits in a test."""
    monkeypatch.setattr(applied, "PACE", 0.0)


def result(kind, name, message, status="SyncFailed"):
    """What Argo CD keeps of one object of a sync."""
    return {"kind": kind, "name": name, "namespace": "shop", "status": status, "message": message}


def failed(*results):
    """The state of an operation with these results."""
    return {"operationState": {"phase": "Failed", "message": "no", "syncResult": {"resources": list(results)}}}


def test_a_lab_is_there_once_all_that_is_expected_is_well():
    """Applications that nobody expected count as well."""
    assert awaited(Answers(application("a"), application("b")), ["a"], 5).whole
    assert not awaited(Answers(application("a"), application("b", health="Degraded")), ["a"], 0.01).whole


def test_an_expected_application_that_nobody_makes_is_waited_for():
    """The wait ends in time, and the answer is not whole."""
    found = awaited(Answers(application("a", "OutOfSync")), ["a", "b"], 0.01)
    assert [each.name for each in found.waiting] == ["a"]
    assert not found.whole


class Asked(Answers):
    """Answers that keep who was to be looked at again; what is asked about is well from then on."""

    def __init__(self, *bodies):
        super().__init__(*bodies)
        self.asked = []

    def merge(self, body, patch):
        """Keep the name."""
        assert patch == {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}}
        self.asked.append(body["metadata"]["name"])
        found = next(each for each in self.bodies if each["metadata"]["name"] == self.asked[-1])
        found["status"] |= {"health": {"status": "Healthy"}, "sync": {"status": "Synced"}}


def test_a_health_that_was_overheard_is_asked_for_again(monkeypatch):
    """What has synced and is called unwell for long is looked at again; what still syncs is left alone."""
    monkeypatch.setattr(applied, "STALE", -1.0)
    api = Asked(application("stale", health="Degraded"), application("good"))
    assert awaited(api, [], 5).whole
    assert api.asked == ["stale"]
    api = Asked(application("unheard", "OutOfSync", operationState={"phase": "Succeeded"}), application("good"))
    assert awaited(api, [], 5).whole
    assert api.asked == ["unheard"]
    api = Asked(application("busy", "OutOfSync", health="Missing", operationState={"phase": "Running"}))
    assert not awaited(api, [], 0.01).whole
    assert api.asked == []


def test_what_is_waited_for_is_told_by_wave():
    """The lowest wave that is not well is named, and how many of how many are."""
    heard = []
    lab = (application("late", "OutOfSync", wave="3"), application("early", "OutOfSync", wave="1"), application("good"))
    awaited(Answers(*lab), [], 0.0, lambda *told: heard.append(told))
    assert heard[-1] == ("wave 1: early", 1, 3)


def test_applications_say_what_keeps_them():
    """A condition comes before what the last operation said."""
    body = application("a", conditions=[{"type": "ComparisonError", "message": "no chart"}], **failed())
    found = applications(Answers(body))[0]
    assert (found.message, found.phase, found.good) == ("no chart", "Failed", True)


def test_a_refused_object_has_its_place_and_the_servers_words(inventory):
    """An invalid field leads to the file in which it is written."""
    said = 'Deployment.apps "till" is invalid: spec.replicas:\n must be greater than 0'
    found = refused(Answers(application("shop", **failed(result("Deployment", "till", said)))), inventory)
    assert [(each.check, str(each.place)) for each in found] == [("rehearsal-object-refused", "shop/till.yaml:1:1")]
    assert 'Deployment.apps "till" is invalid: spec.replicas: must be greater than 0' in found[0].message


def test_what_was_taken_is_no_finding(inventory):
    """Only what failed in the end is told."""
    good = result("Deployment", "till", "serverside-applied", status="Synced")
    assert refused(Answers(application("shop", **failed(good))), inventory) == []


def test_objects_of_a_missing_kind_are_one_finding(inventory):
    """Forty policies that wait for one kind are told once, with their number."""
    said = 'resource mapping not found: no matches for kind "Policy" in version "x.io/v2"'
    waiting = [result("Policy", name, said) for name in ("a", "b", "c")]
    found = refused(Answers(application("shop", **failed(*waiting))), inventory)
    assert [(each.check, each.subject.name) for each in found] == [("rehearsal-kind-missing", "a")]
    assert "the kind Policy of x.io/v2, which nobody has defined, as do 2 more objects" in found[0].message


def test_pods_that_may_not_be_made_accuse_the_deployment(inventory):
    """An event about a ReplicaSet leads to what owns it."""
    owner = {"kind": "Deployment", "name": "till"}
    meta = {"name": "till-7d", "namespace": "shop", "ownerReferences": [owner]}
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "e", "namespace": "shop"},
        "reason": "FailedCreate",
        "message": 'violates PodSecurity "restricted:latest"',
        "involvedObject": {"kind": "ReplicaSet", "name": "till-7d", "namespace": "shop"},
    }
    found = refused(Answers({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": meta}, event), inventory)
    assert [(each.check, str(each.subject)) for each in found] == [("rehearsal-pod-refused", "shop/Deployment/till")]
    assert 'violates PodSecurity "restricted:latest"' in found[0].message


def test_a_workload_whose_pods_are_refused_is_told_once(inventory):
    """Its controller tries again and again, each time with a pod of another name."""
    meta = {"name": "till-7d", "namespace": "shop", "ownerReferences": [{"kind": "Deployment", "name": "till"}]}
    about = {"kind": "ReplicaSet", "name": "till-7d", "namespace": "shop"}
    events = [
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": "shop"},
            "reason": "FailedCreate",
            "message": f'pods "till-7d-{name}" is forbidden: violates PodSecurity',
            "involvedObject": about,
        }
        for name in ("abcde", "fghij")
    ]
    found = refused(Answers({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": meta}, *events), inventory)
    assert [each.message for each in found] == [
        'its pods are refused: pods "till-7d-abcde" is forbidden: violates PodSecurity'
    ]


def test_a_sync_that_waits_names_what_it_waits_for(inventory):
    """A wave whose object never becomes healthy, with its place; one that has ended waits for nobody."""
    operation = {
        "phase": "Running",
        "message": "waiting for healthy state of apps/Deployment/till and 2 more resources",
    }
    held = {"syncResult": {"resources": [result("Deployment", "till", "", status="Synced")]}}
    body = application("shop", "OutOfSync", operationState=operation | held)
    (found,) = refused(Answers(body), inventory)
    assert (found.check, str(found.subject), str(found.place)) == (
        "rehearsal-wave-waits",
        "shop/Deployment/till",
        "shop/till.yaml:1:1",
    )
    assert found.message == "the sync of shop waits for it and 2 more, and makes nothing behind it"
    over = application("shop", operationState={**operation, "phase": "Succeeded"})
    assert refused(Answers(over), inventory) == []


def test_a_hook_that_does_not_end_is_waited_for_as_well(inventory):
    """It may be of no file: then the finding has its name alone."""
    operation = {"phase": "Running", "message": "waiting for completion of hook batch/Job/migrate"}
    (found,) = refused(Answers(application("shop", operationState=operation)), inventory)
    assert (found.check, str(found.subject), found.place) == ("rehearsal-wave-waits", "Job/migrate", None)


def test_an_application_set_that_makes_nothing_is_told(inventory):
    """Its own words, which no Application has, as there is none."""
    good = {"type": "ParametersGenerated", "status": "True", "message": "well"}
    bad = {"type": "ErrorOccurred", "status": "True", "message": "error getting project default: not found"}
    body = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ApplicationSet",
        "metadata": {"name": "root", "namespace": "argocd"},
    }
    (found,) = refused(Answers({**body, "status": {"conditions": [good, bad]}}), inventory)
    assert (found.check, found.subject.name) == ("rehearsal-source-fails", "root")
    assert found.message.endswith("error getting project default: not found")
    well = {**bad, "status": "False", "message": ""}
    assert refused(Answers({**body, "status": {"conditions": [well]}}), inventory) == []


def test_a_budget_that_lets_nobody_go_is_told_where_it_is_written():
    """Those that an operator makes are not the repository's to mend, and are not told."""
    budget = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: till, namespace: shop}\nspec: {minAvailable: 1}\n"
    lab = read(of_texts({"root.yaml": ROOT, "shop/budget.yaml": budget}))
    found = blocked({"shop/till": "needs 1\n  and has 1", "shop/db-primary": "needs 1"}, lab)
    assert [(each.check, str(each.place), each.message) for each in found] == [
        ("rehearsal-drain-blocked", "shop/budget.yaml:1:1", "no pod of it could be evicted: needs 1 and has 1")
    ]


def test_a_server_that_does_not_answer_is_asked_again(monkeypatch):
    """Who keeps the programs starts it anew meanwhile; only where it stays silent to the end is that an error."""
    from homelab.cluster.api import ApiSilent

    said = [ApiSilent("gone"), [application("a")]]

    class Silent:
        def list(self, *_args, **_query):
            found = said.pop(0) if len(said) > 1 else said[0]
            if isinstance(found, Exception):
                raise found
            return found

    looks = []
    assert awaited(Silent(), ["a"], 5, each_look=lambda: looks.append(1)).whole
    assert len(looks) > 1
    said[:] = [ApiSilent("gone")]
    with pytest.raises(ApiSilent):
        awaited(Silent(), ["a"], 0.01)


def test_pods_without_a_node_have_the_schedulers_reason(inventory):
    """A pending pod is a finding once the scheduler said why; one that just began is none."""
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes: no room"}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "till-0",
            "namespace": "shop",
            "ownerReferences": [{"kind": "StatefulSet", "name": "till"}],
        },
        "status": {"phase": "Pending", "conditions": [condition]},
    }
    young = {**pod, "status": {"phase": "Pending"}}
    assert [each.message for each in refused(Answers(pod, young), inventory)] == [
        "the scheduler says: 0/3 nodes: no room"
    ]


def test_a_source_that_makes_nothing_is_told(inventory):
    """Argo CD's own words about an Application whose objects it cannot make out."""
    body = application("shop", "Unknown", conditions=[{"type": "ComparisonError", "message": "no such chart"}])
    found = refused(Answers(body), inventory)
    assert [(each.check, str(each.place)) for each in found] == [("rehearsal-source-fails", "root.yaml:1:1")]
