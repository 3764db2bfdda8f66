"""Two writers of one bucket never stand in each other's way in what we render."""

from __future__ import annotations

import pytest

from conftest import REPOSITORY
from homelab.kube.buckets import writers
from homelab.lab.pipeline import Lab


@pytest.mark.parametrize("example", ["enterprise", "guide", "two-boxes", "starter"])
def test_each_writer_has_a_place_of_its_own(example):
    """No prefix of a bucket is, or lies below, that of another writer of the same bucket."""
    found = writers(Lab.load(str(REPOSITORY / "examples" / example / "homelab.yaml")).inventory)
    assert found or example == "starter"
    clashes = [(a, b) for a in found for b in found if a.shares(b) and a.holds(b)]
    assert [(str(a.resource.subject), str(b.resource.subject)) for a, b in clashes] == []


def test_the_place_is_named_where_databases_share_the_bucket():
    """In the largest example Velero and the databases write off site into one bucket."""
    found = writers(Lab.load(str(REPOSITORY / "examples" / "enterprise" / "homelab.yaml")).inventory)
    outside = [w for w in found if w.endpoint and "rook" not in w.endpoint]
    assert {w.resource.kind for w in outside} == {"BackupStorageLocation", "ObjectStore"}
    assert len({w.bucket for w in outside}) == 1
