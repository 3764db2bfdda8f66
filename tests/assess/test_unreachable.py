"""Manifests that nothing deploys are told by their cause, and never with the advice to throw them away."""

from __future__ import annotations

from datetime import date

from homelab.assess.run import assess
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts

WEB = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  project: default
  source: {repoURL: "https://git.example.org/lab.git", path: web, targetRevision: HEAD}
  destination: {namespace: web}
"""


def body(kind: str, name: str) -> str:
    return f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}}}\n"


def told(files: dict[str, str]):
    found = assess(
        read(of_texts({"apps/web.yaml": WEB, "web/shop.yaml": body("ConfigMap", "shop"), **files})),
        today=date(2026, 11, 26),
    )
    return [finding for finding in found.findings if finding.check == "unreachable-manifest"]


def test_a_folder_that_nothing_deploys_is_one_finding():
    """However many files lie in it and below it, with the names of what is relied on first and the rest counted."""
    files = {f"old/{number // 10}/{number}.yaml": body("ConfigMap", f"c{number}") for number in range(30)}
    (finding,) = told({**files, "old/z.yaml": "apiVersion: velero.io/v1\nkind: Schedule\nmetadata: {name: daily}\n"})
    assert "no Application reaches old: Schedule daily, ConfigMap c0" in finding.message
    assert "27 more" in finding.message
    assert str(finding.place) == "old/z.yaml:2:1"


def test_a_file_beside_deployed_ones_is_named_itself():
    """Where its neighbours are deployed, the file is the cause."""
    kustomization = {"web/kustomization.yaml": "resources: [shop.yaml]\n", "web/left.yaml": body("ConfigMap", "left")}
    (finding,) = told(kustomization)
    assert finding.message == "no Application reaches web/left.yaml: ConfigMap left does not exist in the cluster"


def test_nobody_is_told_to_delete():
    """A Secret that nothing deploys may be the only copy: the advice is to deploy it or to say why not."""
    for kind in ("Secret", "ConfigMap", "PersistentVolumeClaim"):
        (finding,) = told({"bank/account.yaml": body(kind, "account")})
        assert "delete" not in f"{finding.message} {finding.hint}"
        assert finding.fix is None
