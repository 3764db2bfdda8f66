"""Kustomizations that lack something, include themselves, or share a base: said, ended, and left unchanged."""

from __future__ import annotations

from homelab.gitops.kustomize import build
from homelab.gitops.repository import of_texts


def test_what_is_missing_is_unknown():
    """A file that is not there, a remote resource and a patch that fits nothing are said with their place, and end nothing."""
    files = {
        "kustomization.yaml": "resources: [a.yaml, gone.yaml, https://example.org/x.yaml]\nvars: []\npatches: [{target: {kind: Job}, patch: '[]'}]\n",
        "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
    }
    result = build(of_texts(files), ".")
    assert [item.body["metadata"]["name"] for item in result.objects] == ["a"]
    said = " ".join(f"{gap.what} {gap.why}" for gap in result.unknown)
    for word in ("gone.yaml", "the network", "vars", "matches nothing"):
        assert word in said


def test_a_kustomization_that_includes_itself_ends():
    """A circle of folders is said once instead of followed for ever."""
    files = {"a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a]\n"}
    result = build(of_texts(files), "a")
    assert "includes itself" in result.unknown[0].why


def test_building_changes_no_parsed_file():
    """Overlays work on copies: a base used twice is the same both times."""
    files = {
        "base/kustomization.yaml": "resources: [a.yaml]\n",
        "base/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        "one/kustomization.yaml": "resources: [../base]\nnamePrefix: my-\ncommonLabels: {team: blue}\n",
        "two/kustomization.yaml": "resources: [../base]\n",
    }
    repository = of_texts(files)
    before = [item.body for item in build(repository, "two").objects]
    assert build(repository, "one").objects[0].body["metadata"]["name"] == "my-a"
    assert [item.body for item in build(repository, "two").objects] == before
