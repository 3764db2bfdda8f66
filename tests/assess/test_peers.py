"""Peers: other linters' names mean our checks, and their annotations count as their own programs read them."""

from __future__ import annotations

from datetime import date

import pytest

from homelab.assess import peers
from homelab.assess.names import checks, chosen
from homelab.assess.run import assess
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, annotations: {%s}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, annotations: {%s}}
    spec: {containers: [{name: web, image: "web:latest"}]}
"""
REQUESTS = {"cpu-request-missing", "memory-request-missing"}
RESOURCES = {*REQUESTS, "memory-limit-missing"}
WRITTEN = [
    ("kube-score/ignore: container-image-tag", "", {"image-tag-floating"}),
    ("kube-score/ignore: 'pod-probes, container-resources'", "", RESOURCES),
    ("", "kube-score/ignore: container-resources", RESOURCES),
    ("kube-score/ignore: nothing-of-theirs", "", set()),
    ("ignore-check.kube-linter.io/latest-tag: follows upstream", "", {"image-tag-floating"}),
    ("ignore-check.kube-linter.io/no-such-check: why", "", set()),
    ("kube-linter.io/ignore-all: made by another", "", {"image-tag-floating", *RESOURCES}),
    ("polaris.fairwinds.com/memoryLimitsMissing-exempt: 'true'", "", {"memory-limit-missing"}),
    ("polaris.fairwinds.com/memoryLimitsMissing-exempt: 'false'", "", set()),
    ("polaris.fairwinds.com/exempt: 'TRUE'", "", {"image-tag-floating", *RESOURCES}),
    ("", "polaris.fairwinds.com/exempt: 'true'", set()),
]


@pytest.mark.parametrize(("own", "template", "expected"), WRITTEN)
def test_annotations_of_peers_count(own, template, expected):
    """What they exempt is accepted with the annotation as its reason, and nothing else is."""
    found = assess(read(of_texts({"web.yaml": DEPLOYMENT % (own, template)})), today=date(2026, 11, 27))
    assert {a.finding.check for a in found.accepted} == expected
    assert not expected & {f.check for f in found.findings}
    key = (own or template).partition(":")[0]
    assert all(key in a.reason for a in found.accepted)


def test_a_reason_that_a_peer_was_given_is_told():
    """kube-linter asks for a reason, and it is the reason here, too."""
    files = {"web.yaml": DEPLOYMENT % ("ignore-check.kube-linter.io/latest-tag: follows upstream", "")}
    (accepted,) = assess(read(of_texts(files)), today=date(2026, 11, 27)).accepted
    assert accepted.reason == "follows upstream (ignore-check.kube-linter.io/latest-tag)"


def test_every_name_of_a_peer_means_checks_that_there_are():
    """No name leads to a check that is called otherwise here, and each can be chosen."""
    known = {each.id for each in checks()}
    for name, covered in peers.NAMES.items():
        assert set(covered) <= known, name
        assert {each.id for each in chosen([name])} == set(covered)


def test_no_two_peers_mean_different_things_by_one_name():
    """One table can hold all of their names."""
    tables = (peers.KUBE_SCORE, peers.KUBE_LINTER, peers.POLARIS)
    assert sum(map(len, tables)) == len(peers.NAMES)
