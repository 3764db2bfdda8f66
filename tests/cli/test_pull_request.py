"""diff BASE..HEAD: what a pull request means, told first by what it deletes."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from homelab.cli.schema import published
from homelab.tools.git import publish
from homelab.tools.process import Programs

ROOT = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  source: {repoURL: https://example.org/lab.git, path: shop}
  destination: {namespace: shop}
  syncPolicy: {automated: {prune: true}}
"""
CLAIM = "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: uploads%s}, spec: {storageClassName: fast}}\n"
WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "web:%s"}]}}
"""
LAB = "nodes: {a: {role: control-plane, schedulable: true, virtual: false, cpu: 4, memory: 8Gi}}\n"
BASE = {"root.yaml": ROOT, "shop/claim.yaml": CLAIM % "", "shop/web.yaml": WEB % "1.0"}


@pytest.fixture
def pull(tmp_path, monkeypatch):
    """Commit two states and stand in the repository."""

    def committed(base: dict[str, str], head: dict[str, str]) -> Path:
        folder = tmp_path / "lab"
        publish(Programs(), folder, base, "base", "main")
        publish(Programs(), folder, head, "head", "main")
        monkeypatch.chdir(folder)
        return folder

    return committed


HEAD = {"root.yaml": ROOT, "shop/web.yaml": WEB % "latest"}


def test_what_is_deleted_is_told_first(homelab, pull):
    """Claims by name with why and what becomes of the data, then pods, then fields, then what is found; places are the repository's."""
    pull(BASE, HEAD)
    done = homelab("diff", "main~1..main")
    said = done.out
    assert done.code == 1
    assert said.startswith("0 added, 1 changed, 1 no longer declared · pods of 1 workload made anew · 1 volume deleted")
    assert (
        "DATA THAT IS DELETED\n  shop/PersistentVolumeClaim/uploads  leaves the Application shop, which prunes; "
        "class fast, reclaim policy not declared here: take its data for deleted\n"
    ) in said
    assert "PODS MADE ANEW\n  shop/Deployment/web  1 pod, RollingUpdate\n" in said
    assert "spec.template.spec.containers.0.image: web:1.0 → web:latest" in said
    assert "no minutes: no nodes are declared" in said
    assert "image-tag-floating  shop/Deployment/web\n  shop/web.yaml:7:" in said


@pytest.mark.parametrize(("words", "exits"), [
    ((), 1), (("--max-deletions", "1"), 0), (("--max-deletions", "0"), 1), (("--fail-on", "never"), 0),
    (("--fail-on", "new"), 1), (("--fail-on", "new:high"), 0), (("--max-deletions", "1", "--fail-on", "new"), 1),
])  # fmt: skip
def test_bounds_decide_the_exit_code(homelab, pull, words, exits):
    """Any difference is 1; with bounds only what breaks one of them."""
    pull(BASE, HEAD)
    done = homelab("diff", "main~1..main", *words)
    assert done.code == exits
    assert ("1 object would be deleted, and 0 may be" in done.err) is ("0" in words)


def test_equal_states_are_0(homelab, pull):
    """A change of a comment deploys nothing new."""
    pull(BASE, BASE | {"root.yaml": f"# why\n{ROOT}"})
    done = homelab("diff", "main~1..main")
    assert (done.code, done.out.splitlines()[0]) == (
        0,
        "0 added, 0 changed, 0 no longer declared · no new findings, 0 mended",
    )


def test_minutes_are_those_of_both_states(homelab, pull):
    """Where the machines are declared, downtime is computed for each."""
    lab = {".homelab/lab.yaml": LAB}
    pull(BASE | lab, BASE | {".homelab/lab.yaml": LAB + "site: {ups: 20m}\n"})
    said = json.loads(homelab("diff", "main~1..main", "--json").out)
    (whole, *_) = said["minutes"]
    assert whole["service"] == "lab"
    assert whole["after"] < whole["before"]
    assert said["without_figures"] is None


def test_json_is_what_its_schema_says(homelab, pull):
    """The published shape."""
    pull(BASE, HEAD)
    said = json.loads(homelab("diff", "main~1..main", "--json").out)
    jsonschema_rs.validator_for(published("difference")).validate(said)
    assert [each["subject"]["name"] for each in said["lost"]] == ["uploads"]


def test_markdown_is_a_comment(homelab, pull):
    """What is lost is open, the rest folded; a hostile name stays in its cell."""
    pull(BASE | {"shop/claim.yaml": CLAIM % "<b>"}, HEAD)
    said = homelab("diff", "main~1..main", "--format", "markdown").out
    assert said.startswith("### homelab: fails\n")
    assert "<details open><summary>Data that is deleted (1)</summary>" in said
    assert "<b>" not in said
    assert said.count("<details") == said.count("</details>")


def test_what_nobody_tracks_is_left_behind_and_counts(homelab, pull):
    """Plain manifests are applied by hand: what is no longer declared is told, and counts as deleted."""
    pull({"claim.yaml": CLAIM % "", "web.yaml": WEB % "1.0"}, {"web.yaml": WEB % "1.0"})
    done = homelab("diff", "main~1..main", "--max-deletions", "0")
    assert done.code == 1
    assert "NO LONGER DECLARED, AND LEFT BEHIND\n  PersistentVolumeClaim/uploads\n" in done.out
    assert "DATA THAT IS DELETED" not in done.out


FLUX = "{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {name: a}, spec: {path: shop, prune: true}}"


def test_flux_prunes_what_leaves(homelab, pull):
    """A Kustomization that prunes deletes the claim."""
    pull(
        {"flux.yaml": FLUX, "shop/claim.yaml": CLAIM % "", "shop/web.yaml": WEB % "1"},
        {"flux.yaml": FLUX, "shop/web.yaml": WEB % "1"},
    )
    assert "uploads  leaves its Flux Kustomization, which prunes; class fast" in homelab("diff", "main~1..main").out


@pytest.mark.parametrize("words", [("--max-deletions", "1"), ("--fail-on", "new"), ("--format", "json")])
def test_bounds_are_for_revisions(homelab, lab, words):
    """What asks about a pull request is refused for a file."""
    done = homelab("diff", lab, *words)
    assert (done.code, "are for BASE..HEAD" in done.err) == (2, True)


def test_what_cannot_be_changed_is_told_before_it_is_merged(homelab, pull):
    """Another selector is refused: the Application that waits is named, and no pod is said to be made anew."""
    pull(BASE, {**BASE, "shop/web.yaml": (WEB % "1.0").replace("app: web}", "app: shop}")})
    done = homelab("diff", "main~1..main")
    assert "WHAT CANNOT BE CHANGED\n  shop/Deployment/web  spec.selector: shop is not in step until" in done.out
    assert "PODS MADE ANEW" not in done.out
    found = json.loads(homelab("diff", "main~1..main", "--json").out)
    assert found["refused"] == [
        {"subject": {"kind": "Deployment", "name": "web", "namespace": "shop"}, "field": "spec.selector"}
    ]
