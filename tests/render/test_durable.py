"""What holds data outlives its manifest: Argo CD never prunes it, whatever a commit leaves out."""

from __future__ import annotations

import pytest

from conftest import REPOSITORY
from homelab.kube.durable import holds_data, kept, outlives
from homelab.kube.resource import dig
from homelab.lab.pipeline import Lab

EXAMPLES = ("enterprise", "guide", "two-boxes", "starter")


@pytest.fixture(scope="module", params=EXAMPLES)
def inventory(request):
    return Lab.load(str(REPOSITORY / "examples" / request.param / "homelab.yaml")).inventory


@pytest.mark.slow
def test_no_commit_deletes_data(inventory):
    """Each object that takes data along is annotated, or belongs to an Application that prunes nothing."""
    holders = [r for r in inventory.resources if holds_data(r.body) and r.origin.maker != "operator"]
    assert {r.kind for r in holders} >= {"Cluster", "RedisReplication"}
    pruning = {
        a.name: dig(a.resource.body, ["spec", "syncPolicy", "automated", "prune"])
        for a in inventory.applications
        if a.resource
    }
    bare = [r for r in holders if not kept(r.body) and pruning[r.origin.application] is not False]
    assert [str(r.subject) for r in bare] == []


@pytest.mark.slow
def test_namespaces_with_data_are_kept(inventory):
    """A namespace takes everything in it along, annotated or not: those with data are never pruned."""
    spaces = {r.namespace for r in inventory.resources if holds_data(r.body)}
    declared = {r.name: r.body for r in inventory.of("Namespace")}
    assert [name for name in sorted(spaces & declared.keys()) if not kept(declared[name])] == []


def test_what_leads_to_data_is_kept(inventory):
    """An archive's address, an authority and its root hold no data: without them, data and names are out of reach."""
    ours = [r for r in inventory.resources if r.origin.maker == "file"]
    ways = [r for r in ours if r.kind in {"ObjectStore", "ClusterIssuer"} or dig(r.body, ["spec", "isCA"])]
    assert {r.kind for r in ways} >= {"ClusterIssuer"}
    assert [str(r.subject) for r in ways if not kept(r.body)] == []


def test_claims_of_metrics_are_kept(inventory):
    """Volumes of Prometheus are claims that its operator makes: their namespace is not pruned with the manifests."""
    (monitoring,) = [r.body for r in inventory.of("Namespace") if r.name == "monitoring"]
    assert kept(monitoring)


def test_an_application_with_data_does_not_cascade(inventory):
    """Its deletion leaves its objects where they are: it has no finalizer."""
    owners = {r.origin.application for r in inventory.resources if holds_data(r.body)}
    bodies = {a.name: a.resource.body for a in inventory.applications if a.resource}
    assert [name for name in sorted(owners) if dig(bodies[name], ["metadata", "finalizers"])] == []


def test_half_a_guard_is_none():
    """Only both options together keep an object through a prune and through the deletion of its Application."""
    said = {"metadata": {"annotations": {"argocd.argoproj.io/sync-options": "Prune=false, ServerSideApply=true"}}}
    assert not kept(said)
    assert kept({"metadata": {"annotations": {"argocd.argoproj.io/sync-options": "Delete=false, Prune=false"}}})


def test_a_root_outlives_and_a_leaf_does_not():
    """The Certificate that is an authority stays; one that an authority signs is made anew in a minute."""
    leaf = {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "spec": {"secretName": "x"}}
    assert not outlives(leaf)
    assert outlives({**leaf, "spec": {"isCA": True}})
    assert not outlives({**leaf, "kind": "CertificateRequest", "spec": {"isCA": True}})
