"""What Argo CD deletes between two states of a repository, by its own rule."""

from __future__ import annotations

import pytest

from gitops.labs import application, applicationset, config
from homelab.gitops.commits.deletion import deleted
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts

PRUNES = "  syncPolicy: {automated: {prune: true}}\n"
KEPT = "annotations: {argocd.argoproj.io/sync-options: '%s'}, "


def app(name: str, more: str = PRUNES, *, finalizer: bool = False) -> str:
    """An Application of the folder of its name."""
    text = application(name, f"path: {name}") + more
    return (
        text.replace(f"name: {name},", f"name: {name}, finalizers: [resources-finalizer.argocd.argoproj.io],", 1)
        if finalizer
        else text
    )


def claim(options: str = "", *, space: str = "shop", kind: str = "PersistentVolumeClaim", api: str = "v1") -> str:
    """An object of the name `data`."""
    guard = KEPT % options if options else ""
    where = f", namespace: {space}" if space else ""
    return f"apiVersion: {api}\nkind: {kind}\nmetadata: {{{guard}name: data{where}}}\n"


def gone(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    """Subject to reason."""
    found = deleted(*(read(of_texts(texts)) for texts in (before, after)))
    return {str(each.resource.subject): each.because for each in found}


APPS = {"sets/a.yaml": app("a"), "sets/b.yaml": app("b"), "a/keep.yaml": config("a"), "b/keep.yaml": config("b")}
DATA = "shop/PersistentVolumeClaim/data"


@pytest.mark.parametrize(("policy", "options", "expected"), [
    (PRUNES, "", "leaves the Application a, which prunes"),
    ("  syncPolicy: {automated: {prune: false}}\n", "", None),
    ("  syncPolicy: {automated: {}}\n", "", None),
    ("", "", None),
    (PRUNES, "Prune=false", None),
    (PRUNES, "ServerSideApply=true, Prune=false", None),
    (PRUNES, "Prune=confirm", None),
    (PRUNES, "Delete=false", "leaves the Application a, which prunes"),
])  # fmt: skip
def test_what_leaves_is_pruned_unless_it_is_guarded(policy, options, expected):
    """An object that its Application no longer has goes where that prunes and the object in the cluster does not refuse."""
    before = {**APPS, "sets/a.yaml": app("a", policy), "a/data.yaml": claim(options)}
    after = {**APPS, "sets/a.yaml": app("a", policy)}
    assert gone(before, after).get(DATA) == expected


def test_a_guard_that_comes_with_the_move_comes_too_late():
    """The object in the cluster is asked: what moves is pruned by its former Application, whatever the new one says of it."""
    before = {**APPS, "a/data.yaml": claim()}
    after = {**APPS, "b/data.yaml": claim("Prune=false")}
    assert gone(before, after) == {DATA: "moves from the Application a to b, which prunes"}
    assert gone({**APPS, "a/data.yaml": claim("Prune=false")}, {**APPS, "b/data.yaml": claim()}) == {}


def test_a_policy_that_changes_in_the_same_commit_does_not_count_on_its_order():
    """Whether the Application syncs before or after its own policy arrives is not known: one that prunes is enough."""
    quiet = app("a", "  syncPolicy: {automated: {prune: false}}\n")
    for one, other in ((quiet, app("a")), (app("a"), quiet)):
        before = {**APPS, "sets/a.yaml": one, "a/data.yaml": claim()}
        assert DATA in gone(before, {**APPS, "sets/a.yaml": other})


@pytest.mark.parametrize(
    ("finalizer", "options", "goes"),
    [(True, "", True), (False, "", False), (True, "Delete=false", False), (True, "Prune=false", True)],
)
def test_an_application_that_goes_takes_along_what_its_finalizer_says(finalizer, options, goes):
    """With the finalizer all goes that does not say Delete=false; without one, nothing."""
    root = application("root", "path: sets") + PRUNES
    with_a = {"root.yaml": root, **APPS, "sets/a.yaml": app("a", finalizer=finalizer), "a/data.yaml": claim(options)}
    without = {path: text for path, text in with_a.items() if path not in {"sets/a.yaml", "a/data.yaml", "a/keep.yaml"}}
    found = gone(with_a, without)
    assert "argocd/Application/a" in found
    assert (found.get(DATA) == "goes with its Application a") is goes


def test_an_application_that_nobody_tracks_stays():
    """What was applied by hand is not deleted by leaving Git, nor is what it deployed."""
    before = {**APPS, "sets/a.yaml": app("a", finalizer=True), "a/data.yaml": claim()}
    assert gone(before, {path: APPS[path] for path in ("sets/b.yaml", "b/keep.yaml")}) == {}


@pytest.mark.parametrize(("preserve", "goes"), [("true", False), ("false", True)])
def test_a_set_deletes_its_applications_as_its_policy_says(preserve, goes):
    """Applications of a set that finds no folder any more go with their objects, unless the set preserves them."""
    template = ("{metadata: {name: '{{path.basename}}'}, spec: {project: default, destination: {namespace: shop}, "
                "source: {repoURL: https://git.example.org/lab.git, path: '{{path}}'}}}")  # fmt: skip
    policy = f"syncPolicy: {{preserveResourcesOnDeletion: {preserve}}}"
    generators = "[{git: {repoURL: https://git.example.org/lab.git, directories: [{path: 'areas/*'}]}}]"
    set_ = {"set.yaml": applicationset(generators, template, policy)}
    before = {**set_, "areas/a/data.yaml": claim(), "areas/b/keep.yaml": config("b")}
    assert (DATA in gone(before, {**set_, "areas/b/keep.yaml": config("b")})) is goes


def test_a_namespace_takes_along_what_is_guarded():
    """Kubernetes asks no annotation: all in a pruned namespace goes, and the namespace is named as the reason."""
    space = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
    inside = {**APPS, "b/data.yaml": claim("Prune=false,Delete=false")}
    found = gone({**inside, "a/space.yaml": space}, inside)
    assert found == {
        "Namespace/shop": "leaves the Application a, which prunes",
        DATA: "goes with its namespace shop",
    }


def test_a_definition_takes_along_every_object_of_its_kind():
    """Where a kind's definition is pruned, its objects go in every namespace; a cascade leaves definitions alone."""
    names = "names: {kind: Jar, plural: jars}, scope: Namespaced, versions: [{name: v1, served: true, storage: true}]"
    crd = f"apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: jars.x.io}}\nspec: {{group: x.io, {names}}}\n"
    jar = claim("Prune=false,Delete=false", kind="Jar", api="x.io/v1")
    inside = {**APPS, "b/jar.yaml": jar}
    assert gone({**inside, "a/crd.yaml": crd}, inside)["shop/Jar/data"] == "goes with the definition of its kind Jar"
    root = {"root.yaml": application("root", "path: sets") + PRUNES, **inside, "a/crd.yaml": crd}
    root["sets/a.yaml"] = app("a", finalizer=True)
    rest = {path: text for path, text in root.items() if not path.startswith(("a/", "sets/a"))}
    assert "shop/Jar/data" not in gone(root, rest)


def test_what_two_applications_have_stays_while_one_has_it():
    """An object that its Application still declares is not pruned, although another declares it as well."""
    both = {**APPS, "a/data.yaml": claim(), "b/data.yaml": claim()}
    assert gone({**APPS, "b/data.yaml": claim()}, both) == {}
