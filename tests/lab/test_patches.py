"""Every patch that any page yields is written into the file that owns the field, rendered and judged again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assess.pages import load
from homelab.assess.names import checks
from homelab.findings import Patch
from homelab.gitops.repository import of_texts
from homelab.lab.pipeline import Repository
from homelab.lab.repair import proved, repair

DAY = date(2026, 12, 1)
MADE = "what an operator makes is spread by fields of its resource, which differ from operator to operator"
UNPROVED = {
    ("alerts-reach-nobody", "replicas-may-share-node"): MADE,
    ("rule-not-loaded", "replicas-may-share-node"): MADE,
    ("gives-up-before-takeover", "replicas-may-share-node"): MADE,
    ("unsafe-replica-one-pool", "replicas-may-share-node"): MADE,
    ("gateway-data-plane-single-replica", "gateway-data-plane-single-replica"): MADE,
    ("metrics-stack-single-replica", "metrics-stack-single-replica"): MADE,
    ("monitor-selects-nothing", "metrics-stack-single-replica"): MADE,
    ("storage-gateway-single", "storage-gateway-single"): MADE,
    ("nobody-watches", "memory-limit-missing"): "the page's node has no memory",
    ("nobody-watches", "memory-request-missing"): "the page's node has no memory",
}
"""(page, check) of patches that nothing proves here, so that `--fix` leaves them and the advice is words."""


def repository(files: dict[str, str]) -> Repository:
    found = Repository(Path(), None, "")
    found.__dict__["repository"] = of_texts(files)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("page", [check.page for check in checks()], ids=[check.id for check in checks()])
def test_every_patch_mends_and_brings_nothing(page):
    """The finding is gone, and nothing of medium or more is new; where that is not so, the reason stands in the table."""
    found, name = repository(load(page).accused), page.stem.replace("_", "-")
    unproved = {
        (name, finding.check)
        for finding in found.assessment(DAY).findings
        if isinstance(finding.fix, Patch) and not proved(found, finding, DAY)
    }
    assert unproved == {key for key in UNPROVED if key[0] == name}


BASE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "web:1", ports: [{containerPort: 80}], readinessProbe: {tcpSocket: {port: 80}}}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
"""
ROOT = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  source: {repoURL: https://example.org/lab.git, path: overlay}
  destination: {namespace: shop}
"""
OVERLAY = "resources: [../base]\nnamespace: shop\n"
OWNERS = {
    "a patch": ({"overlay/one.yaml": "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 1}}\n"}, "patches: [{path: one.yaml}]\n", "overlay/one.yaml"),
    "replicas": ({}, "replicas: [{name: web, count: 1}]  # one is enough\n", "overlay/kustomization.yaml"),
}  # fmt: skip


@pytest.mark.parametrize("owner", OWNERS)
def test_a_patch_goes_where_the_field_is_owned(owner):
    """What the overlay sets is mended in the overlay, and the base keeps its number."""
    files, more, expected = OWNERS[owner]
    texts = {"root.yaml": ROOT, "base/kustomization.yaml": "resources: [web.yaml]\n", "base/web.yaml": BASE}
    found = repair(
        repository(texts | files | {"overlay/kustomization.yaml": OVERLAY + more}), DAY, ["single-replica-deployment"]
    )
    ((finding, edits),) = found.made
    assert (finding.subject.name, edits[0].file, edits[0].value) == ("web", expected, 2)
    assert "-  replicas: 3" not in "".join(found.unified())


def test_the_base_is_edited_where_nobody_else_says_it():
    """Nothing above sets the field: the manifest itself does."""
    texts = {
        "root.yaml": ROOT,
        "base/kustomization.yaml": "resources: [web.yaml]\n",
        "base/web.yaml": BASE.replace("3", "1"),
    }
    found = repair(repository(texts | {"overlay/kustomization.yaml": OVERLAY}), DAY, ["single-replica-deployment"])
    assert {edit.file for _, edits in found.made for edit in edits} == {"base/web.yaml"}
    assert "+  replicas: 2\n" in list(found.unified())
