"""What ends in an error when Argo CD or kustomize reads it, what only has no effect, and what cannot be known here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gitops.labs import HERE, application, config
from homelab.gitops.read import read
from homelab.gitops.repository import of_folder, of_texts
from homelab.kube.inventory import Effect, Inventory, Unknown

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {replicas: 1, template: {spec: {containers: [{name: a, image: a}]}}}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast}
provisioner: none
"""


def lab(**files: str) -> Inventory:
    """One Application over the folder `web`; names as `reading` has them, or with their ending after two underscores more."""
    texts = {name.replace("__", "/") + ("" if "." in name else ".yaml"): text for name, text in files.items()}
    return read(of_texts({"apps/web.yaml": application("web", "path: web"), **texts}))


def told(inventory: Inventory, effect: Effect = Effect.FAILS) -> list[Unknown]:
    """What has an effect."""
    return [gap for gap in inventory.unknown if gap.effect is effect]


def patch(head: str) -> str:
    """A kustomization with one patch without target."""
    return f"resources: [web.yaml]\npatches: [{{patch: '{{{head}, spec: {{x: 1}}}}'}}]\n"


DEPLOYMENT = "apiVersion: apps/v1, kind: Deployment"

KUSTOMIZE = [
    # FileLoader and accumulateResources: a file or folder that is not there, and a folder without a kustomization
    ("resources: [web.yaml, gone.yaml]", Effect.FAILS),
    ("resources: [web.yaml, ../gone]", Effect.FAILS),
    ("resources: [web.yaml, ../other]", Effect.FAILS),
    ("components: [../gone]", Effect.FAILS),
    ("components: [../other]", Effect.FAILS),
    ("resources: [web.yaml]", None),
    # what may be an address is looked up elsewhere
    ("resources: ['https://example.org/x.yaml']", Effect.OPEN),
    ("resources: ['git.example.org/x//base?ref=1']", Effect.OPEN),
    ("resources: ['git.example.org/x/base']", Effect.OPEN),
    # PatchTransformer: without a target by ResId.Equals (version, kind, name, namespace), else an error
    (patch(f"{DEPLOYMENT}, metadata: {{name: web, namespace: shop}}"), None),
    (patch(f"{DEPLOYMENT}, metadata: {{name: wbe, namespace: shop}}"), Effect.FAILS),
    (patch(f"{DEPLOYMENT}, metadata: {{name: web}}"), Effect.FAILS),
    (patch("apiVersion: apps/v1beta1, kind: Deployment, metadata: {name: web, namespace: shop}"), Effect.FAILS),
    (patch("apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast, namespace: any}"), None),
    (patch(f"{DEPLOYMENT}, metadata: {{name: elsewhere}}").replace("web.yaml]", "web.yaml, 'https://a.b/c']"), Effect.OPEN),
    ("resources: [web.yaml]\npatches: [{path: gone.yaml}]", Effect.FAILS),
    ("resources: [web.yaml]\npatches: [{patch: 'a: b: c'}]", Effect.FAILS),
    # with one, what there is: ResMap.Select
    ("resources: [web.yaml]\npatches: [{target: {kind: Job}, patch: '[]'}]", Effect.IDLE),
    ("resources: [web.yaml]\npatchesJson6902: [{target: {version: v1, kind: Job, name: x}, patch: '[]'}]", Effect.IDLE),
    ("resources: [web.yaml]\npatches: [{target: {name: fa.*}, patch: '[{\"op\": \"remove\", \"path\": \"/x\"}]'}]", Effect.FAILS),
    # ReplicaCountTransformer, KV pairs of generators
    ("resources: [web.yaml]\nreplicas: [{name: wbe, count: 2}]", Effect.FAILS),
    ("configMapGenerator: [{name: a, files: [b=gone.ini]}]", Effect.FAILS),
    ("secretGenerator: [{name: a, envs: [gone.env]}]", Effect.FAILS),
    ("secretGenerator: [{name: a, literals: [b=c]}]", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "effect"), KUSTOMIZE)
def test_kustomizations_end_where_kustomize_does(text: str, effect: Effect | None) -> None:
    """Each entry of the table has the effect that kustomize 5 gives it, and no other."""
    found = lab(web__kustomization=text, web__web=WEB, other__a=config("a"))
    assert {gap.effect for gap in found.unknown} == ({effect} - {None})
    assert all(gap.place and gap.place.file == "web/kustomization.yaml" for gap in told(found))
    assert all(gap.subject and gap.subject.name == "web" for gap in told(found))


BROKEN = "apiVersion: v1\nkind: ConfigMap\n  metadata: {name: x}\n"
PLAIN = [
    (BROKEN, True),
    ("a: b: c", False),
    (f"{config('a')}---\na: b: c\n", True),
    (f"{config('a')}---\ndata: {{}}\n", True),
    (f"{config('a')}---\n# nothing\n---\n{config('b')}", False),
    ("replicas: 2", False),
    ("# apiVersion: kind: metadata:\nreplicas: 2", True),
    (f"# +argocd:skip-file-rendering\n{BROKEN}", False),
    (BROKEN.replace("x", "{{ .Values.x }}"), False),
]


@pytest.mark.parametrize(("text", "fails"), PLAIN)
def test_files_of_a_plain_folder_end_where_argo_cd_does(text: str, fails: bool) -> None:
    """A file that looks like a manifest, or has one in front, and cannot be read ends its Application; others are passed over."""
    found = lab(web__a=text)
    assert bool(told(found)) is fails
    assert all("Failed to unmarshal 'a.yaml'" in gap.why and gap.place for gap in told(found))


SOURCES = [
    ("path: gone", True),
    ("path: wbe/deeper/still", True),
    ("path: gone, targetRevision: main", True),
    ("path: gone, targetRevision: refs/heads/master", True),
    ("path: gone, targetRevision: v2", False),
    ("path: web, helm: {releaseName: x}", True),
    ("path: web, kustomize: {namePrefix: x}", True),
    ("path: web, helm: {}", False),
    ("path: web, kustomize: {namePrefix: x}, directory: {recurse: true}", True),
    ("path: chart, helm: {valueFiles: [gone.yaml]}", True),
    ("path: chart, helm: {valueFiles: [gone.yaml], ignoreMissingValueFiles: true}", False),
    ("chart: x", True),
]


@pytest.mark.parametrize(("source", "fails"), SOURCES)
def test_sources_end_where_argo_cd_does(source: str, fails: bool) -> None:
    """What is missing of this repository, at a revision that is this state of it, ends the Application; so do wrong tools."""
    found = lab(two=application("two", source), web__a=config("a"), chart__Chart="name: c\nversion: 1.0.0\n")
    assert bool(told(found)) is fails


def test_whose_repository_it_is_must_be_seen() -> None:
    """A path is missing for certain only where another one of the same address is here, or one is called almost the same."""

    def fails(path: str, *, here: str = "", address: str = HERE) -> bool:
        first = {"apps/a.yaml": application("a", f"path: {here}")} if here else {}
        second = {"apps/b.yaml": application("b", f"path: {path}").replace(HERE, address), "web/a.yaml": config("a")}
        return bool(told(read(of_texts({**first, **second}))))

    assert fails("webb")
    assert not fails("guestbook")
    assert fails("guestbook", here="web")
    assert not fails("guestbook", here="web", address="https://git.example.org/other.git")


def test_what_is_there_without_being_read_is_there(tmp_path: Path) -> None:
    """Files of other endings are known to stand where they stand, and a repository with others inside it may hold anything."""
    (tmp_path / "web").mkdir()
    (tmp_path / "apps.yaml").write_text(application("web", "path: web") + "---" + application("text", "path: text"))
    (tmp_path / "web" / "Kustomization").write_text("configMapGenerator: [{name: a, files: [a.ini]}]\n")
    (tmp_path / "web" / "a.ini").write_text("x")
    (tmp_path / "link").symlink_to("web")
    (tmp_path / "more.yaml").write_text(application("link", "path: link"))
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "README").write_text("x")
    assert told(read(of_folder(tmp_path))) == []
    (tmp_path / "web" / "a.ini").unlink()
    (tmp_path / "text" / "README").unlink()
    repository = of_folder(tmp_path)
    assert len(told(read(repository))) == 2
    assert told(read(replace(repository, names=frozenset({".gitmodules"})))) == []


def test_a_kustomization_that_somebody_applies_ends_as_well() -> None:
    """Without Argo CD each kustomization that no other includes is applied; a component and an example are not."""
    text = "resources: [gone.yaml]\n"
    assert len(told(read(of_texts({"web/kustomization.yaml": text})))) == 1
    assert told(read(of_texts({"web/kustomization.yaml": f"kind: Component\n{text}"}))) == []
    assert told(read(of_texts({"examples/web/kustomization.yaml": text}))) == []
