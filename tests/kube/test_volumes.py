"""Volumes: claims that go by name, and what becomes of their data."""

from __future__ import annotations

import pytest

from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.kube.volumes import lost

CLASS = "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast%s}, provisioner: x%s}\n---\n"
CLAIM = "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data, namespace: shop}, spec: {%s}}\n---\n"
VOLUME = "{apiVersion: v1, kind: PersistentVolume, metadata: {name: disk}, spec: {%s}}\n---\n"
SET = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  replicas: %d
  %s
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: "db:1"}]}}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: fast}}]
---
"""
NAMESPACE = "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n---\n"
MARK = ", annotations: {storageclass.kubernetes.io/is-default-class: 'true'}"
KEEPS, DELETES = (
    "persistentVolumeClaimRetentionPolicy: {}",
    "persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}",
)


def going(text: str, *kinds: str, after: str = "") -> list[tuple[str, str, str]]:
    before = read(of_texts({"all.yaml": text}))
    gone = [(each, "goes") for each in before.resources if each.kind in kinds]
    found = lost(before, read(of_texts({"all.yaml": after})), gone)
    return [(str(each.subject), each.storage_class, each.policy) for each in found]


@pytest.mark.parametrize(("text", "policy"), [
    (CLASS % ("", "") + CLAIM % "storageClassName: fast", ("fast", "Delete")),
    (CLASS % ("", ", reclaimPolicy: Retain") + CLAIM % "storageClassName: fast", ("fast", "Retain")),
    (CLASS % (MARK, ", reclaimPolicy: Retain") + CLAIM % "", ("fast", "Retain")),
    (CLASS % ("", "") + CLAIM % "", ("", "")),
    (CLAIM % "storageClassName: elsewhere", ("elsewhere", "")),
    (CLASS % (MARK, "") + CLAIM % "storageClassName: ''", ("", "")),
    (VOLUME % "persistentVolumeReclaimPolicy: Delete" + CLAIM % "volumeName: disk", ("", "Delete")),
    (VOLUME % "" + CLAIM % "volumeName: disk", ("", "Retain")),
])  # fmt: skip
def test_a_claim_goes_by_the_policy_of_its_volume_or_class(text, policy):
    """The volume that it names, its class, the default class; unknown where nobody declares it."""
    assert going(text, "PersistentVolumeClaim") == [("shop/PersistentVolumeClaim/data", *policy)]


def test_a_volume_goes_by_its_own_policy():
    """One that a person declares is retained unless it says otherwise."""
    assert going(VOLUME % "", "PersistentVolume") == [("PersistentVolume/disk", "", "Retain")]


CLAIMS = [(f"shop/PersistentVolumeClaim/data-db-{n}", "fast", "Delete") for n in range(3)]


@pytest.mark.parametrize(("said", "kinds", "expected"), [
    (KEEPS, ("StatefulSet",), []),
    (DELETES, ("StatefulSet",), CLAIMS[:2]),
    (KEEPS, ("StatefulSet", "Namespace"), CLAIMS[:2]),
    ("ordinals: {start: 1}", ("StatefulSet", "Namespace"), CLAIMS[1:]),
])  # fmt: skip
def test_claims_of_a_statefulset_go_with_its_namespace_or_where_it_says_so(said, kinds, expected):
    """They outlive a StatefulSet by default, and each is called by its ordinal."""
    assert going(NAMESPACE + CLASS % ("", "") + SET % (2, said), *kinds) == expected


@pytest.mark.parametrize(("said", "expected"), [
    (KEEPS, []), ("persistentVolumeClaimRetentionPolicy: {whenScaled: Delete}", CLAIMS[1:]),
])  # fmt: skip
def test_claims_of_pods_that_are_given_up_go_where_it_says_so(said, expected):
    """Fewer replicas delete claims only with whenScaled: Delete."""
    storage = CLASS % ("", "")
    assert going(storage + SET % (3, said), after=storage + SET % (1, said)) == expected


def test_a_store_of_an_operator_goes_with_its_data():
    """A database that an operator runs is told itself, with the policy of the class it asks for."""
    cluster = "{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, metadata: {name: pg, namespace: shop}, spec: {instances: 1, storage: {size: 1Gi, storageClass: fast}}}"
    assert going(CLASS % ("", "") + cluster, "Cluster") == [("shop/Cluster/pg", "fast", "Delete")]
