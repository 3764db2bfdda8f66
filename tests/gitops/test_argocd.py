"""Argo CD: where the walk begins, what each source gives, and what another repository keeps to itself."""

from __future__ import annotations

import pytest

from gitops.labs import HERE, application, applications, config, gaps, names, reading

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: "nginx:1"}]}}
"""


def test_a_root_that_manages_itself_is_no_clash() -> None:
    """The root's own file lies in the folder it deploys: one Application, one object, nothing declared twice."""
    found = reading(sets__root=application("root", "path: sets", space="argocd"), sets__a=config("a"))
    assert applications(found) == ["root"]
    assert names(found, "Application") == ["argocd/root"]
    assert found.clashes == ()
    assert names(found) == ["argocd/a"]


def test_a_circle_that_nothing_leads_into_is_entered_once() -> None:
    """Two Applications that deploy each other are walked beside a root of their own, from the shallower file."""
    found = reading(
        root=application("root", "path: lone"),
        lone__a=config("a"),
        x__one=application("one", "path: y/z"),
        y__z__two=application("two", "path: x"),
        y__z__c=config("c"),
    )
    assert sorted(applications(found)) == ["one", "root", "two"]
    assert names(found) == ["one/c", "root/a"]
    assert found.dead == ()


def test_only_circles_are_entered_somewhere() -> None:
    """Where every Application is reached by another one, the shallowest begins."""
    found = reading(a=application("a", "path: b"), b__b=application("b", "path: ."), c=config("c"))
    assert applications(found)[0] == "a"
    assert names(found) == ["b/c"]


def test_examples_are_no_roots() -> None:
    """An Application in documentation deploys nothing, unless there is no other."""
    example = application("example", "path: demo")
    found = reading(docs__app=example, app=application("web", "path: web"), web__a=config("a"), demo__b=config("b"))
    assert names(found) == ["web/a"]
    assert names(reading(docs__app=example, demo__b=config("b"))) == ["example/b"]


def test_another_repository_is_unknown() -> None:
    """A path that is not here, and the top of a repository with another address, are said with their place."""
    other = application("other", "path: .").replace(HERE, "https://git.example.org/other.git")
    found = reading(
        a=application("web", "path: web"),
        b=application("gone", "path: gone"),
        c=other,
        web__a=config("a"),
        z=config("z"),
    )
    assert names(found) == ["web/a"]
    assert [(gap.what, gap.place and gap.place.file) for gap in found.unknown] == [
        (f"{HERE} gone", "b.yaml"),
        ("https://git.example.org/other.git .", "c.yaml"),
    ]


def test_two_spellings_of_this_repository_are_one() -> None:
    """An address by SSH is the same repository as that by HTTPS."""
    found = reading(
        a=application("one", "path: x"),
        b=application("two", "path: .").replace(HERE, "git@git.example.org:lab"),
        x__a=config("a"),
        c=config("c"),
    )
    assert "two/c" in names(found)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", ["a"]),
        ("recurse: true", ["a", "b", "c"]),
        ("recurse: true, include: '*/b.yaml'", ["b"]),
        ("recurse: true, exclude: '{a.yaml,deep/*}'", ["c"]),
        ("recurse: true, include: '{a,other/c}.yaml'", ["a", "c"]),
    ],
)
def test_directories_choose_their_files(options: str, expected: list[str]) -> None:
    """A plain folder is read at its top, below it when asked, and by patterns in which braces are choices."""
    found = reading(
        app=application("web", f"path: web, directory: {{{options}}}"),
        web__a=config("a"),
        web__deep__b=config("b"),
        web__other__c=config("c"),
    )
    assert names(found) == [f"web/{name}" for name in expected]


def test_a_directory_source_ignores_the_kustomization() -> None:
    """A source that says it is a directory is one, even with a kustomization in it."""
    files = {"web__kustomization": "resources: [a.yaml]\nnamePrefix: p-\n", "web__a": config("a")}
    assert names(reading(app=application("web", "path: web"), **files)) == ["web/p-a"]
    plain = reading(app=application("web", "path: web, directory: {recurse: false}"), **files)
    assert "web/a" in names(plain)


def test_kustomize_fields_of_an_application_come_last() -> None:
    """Prefix, labels, images, replicas and components of an Application shape what its folder builds to."""
    options = (
        "namePrefix: p-, commonLabels: {tier: web}, images: ['nginx=example.org:5000/web:2', 'busybox@sha256:1'],"
        " replicas: [{name: web, count: 3}], components: [../part], forceCommonLabels: true, odd: 1"
    )
    found = reading(
        app=application("web", f"path: web, kustomize: {{{options}}}"),
        web__kustomization="resources: [d.yaml]\n",
        web__d=DEPLOYMENT,
        part__kustomization="kind: Component\nresources: [e.yaml]\n",
        part__e=config("e"),
    )
    deployment = found.get("Deployment", "web", "p-web")
    assert deployment is not None
    assert deployment.get("spec.replicas") == 3
    assert deployment.get("spec.template.metadata.labels") == {"app": "web", "tier": "web"}
    assert deployment.get("spec.template.spec.containers.0.image") == "example.org:5000/web:2"
    assert names(found) == ["web/p-e"]
    assert "kustomize field odd is not read" in gaps(found)
    assert "forceCommonLabels" not in gaps(found)


def test_a_chart_in_the_repository_reads_its_files_from_its_folder() -> None:
    """Values files of a local chart count from the chart, from the top with a slash, or from a reference."""
    app = application("web", "path: chart, helm: {valueFiles: [more.yaml, /top.yaml, ../side.yaml, gone.yaml]}")
    files = {"chart__Chart": "name: own\nversion: 1.0.0\n", "chart__more": "a: 1", "top": "b: 2", "side": "c: 3"}
    found = reading(app=app, **files)
    assert found.applications[0].sources == ("chart/Chart.yaml", "chart/more.yaml", "side.yaml", "top.yaml")
    assert "open chart/gone.yaml: no such file or directory" in gaps(found)
    assert found.dead == ()


def test_a_chart_at_the_top_is_a_chart() -> None:
    """A repository that is a chart itself is one, and all its files belong to it."""
    found = reading(Chart="name: own\nversion: 1.0.0\n", app=application("own", "path: ."), other=config("x"))
    assert "own 1.0.0" in gaps(found)
    assert found.dead == ()


def test_helm_fields_choose_the_chart_over_the_kustomization() -> None:
    """A folder with both is a kustomization, unless the source has fields of Helm."""
    files = {"x__Chart": "name: own\n", "x__kustomization": "resources: [a.yaml]\n", "x__a": config("a")}
    assert names(reading(app=application("x", "path: x"), **files)) == ["x/a"]
    assert names(reading(app=application("x", "path: x, helm: {releaseName: z}"), **files)) == []


def test_a_plugin_and_a_missing_source_are_unknown() -> None:
    """What cannot be known offline is said."""
    none = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: none}\nspec: {project: x}\n"
    found = reading(a=application("web", "path: web, plugin: {name: x}"), b=none, web__a=config("a"))
    assert "what a plugin makes" in gaps(found)
    assert "none: the Application has no source" in gaps(found)
    assert names(found) == []


def test_the_destination_gives_the_namespace_to_namespaced_objects_without_one() -> None:
    """Objects keep a namespace of their own; cluster-scoped ones, known or declared by a CRD, have none."""
    kinds = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.org}
spec: {group: example.org, scope: Cluster, names: {kind: Thing}}
---
{apiVersion: example.org/v1, kind: Thing, metadata: {name: t}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: space}}
"""
    found = reading(app=application("web", "path: web"), web__a=config("a"), web__b=config("b", "own"), web__k=kinds)
    assert names(found) == ["own/b", "web/a"]
    assert [*names(found, "Thing"), *names(found, "Namespace")] == ["/t", "/space"]


def test_one_object_from_two_applications_is_a_clash() -> None:
    """Two Applications that deploy the same file to one namespace declare each object twice."""
    one, two = application("one", "path: web", space="x"), application("two", "path: web", space="x")
    found = reading(a=one, b=two, web__a=config("a"))
    assert [(c.first.origin.application, c.second.origin.application) for c in found.clashes] == [("one", "two")]
    assert names(found) == ["x/a"]


@pytest.mark.parametrize(("wave", "expected"), [('"-3"', -3), ('"--5"', 0), ('"²"', 0), ('"1e3"', 0), ('""', 0)])
def test_a_wave_is_a_number_or_nought(wave: str, expected: int) -> None:
    """What is no whole number counts as the wave that Argo CD takes without one."""
    text = application("web", "path: web").replace(
        "namespace: argocd}", f"namespace: argocd, annotations: {{argocd.argoproj.io/sync-wave: {wave}}}}}", 1
    )
    assert [a.wave for a in reading(app=text, web__a=config("a")).applications] == [expected]
