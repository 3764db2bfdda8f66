"""Sources of Applications as Argo CD reads them: every promise here was found by asking its repo-server."""

from __future__ import annotations

import pytest

from gitops.argocd_cases import CASES, FILES
from gitops.labs import gaps, names
from homelab.gitops.environment import substituted
from homelab.gitops.read import read
from homelab.gitops.releases import plain
from homelab.gitops.rendering import Rendered
from homelab.gitops.repository import Repository, of_texts
from homelab.kube.inventory import Inventory


class Fake:
    """A helm that makes one ConfigMap without a namespace, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked = []

    def brings(self, _asked):
        return ()

    def render(self, asked):
        self.asked += asked
        return [Rendered(({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "made"}},)) for _ in asked]


def case(name: str, helm: Fake | None = None) -> Inventory:
    """A case, read in memory."""
    application, more = CASES[name]
    return read(of_texts(FILES | more | {"apps/app.yaml": application}), helm=helm)


def told(name: str) -> tuple[Fake, Inventory]:
    """What helm was asked in a case, and what came of it."""
    helm = Fake()
    found = case(name, helm)
    assert helm.asked
    return helm, found


def test_the_release_namespace_is_not_where_objects_land():
    """Helm is told of one namespace, and what names none lands in the Application's."""
    helm, found = told("release namespace")
    assert helm.asked[0].release.namespace == "elsewhere"
    assert names(found) == ["there/made"]


def test_a_chart_in_a_kustomization_has_helms_own_namespace():
    """Where neither names one, helm believes in `default`, whatever the Application says."""
    helm, found = told("inflated, as it is")
    assert helm.asked[0].release.namespace == "default"
    assert names(found) == ["there/made"]


def test_versions_of_the_source_replace_those_of_the_cluster():
    """API versions of an Application stand alone, and of its Kubernetes the numbers count."""
    helm, _ = told("kubernetes")
    assert helm.asked[0].release.api_versions == {"other.example.org/v1"}
    assert helm.asked[0].release.kubernetes == "1.30.1"
    assert [plain(text) for text in ("1.35", "v1.30.1+k3s1", "1.33.2", "odd")] == ["1.35", "1.30.1", "1.33.2", "odd"]


def test_values_as_an_object_stand_alone():
    """Values as a text are nothing beside values as an object."""
    helm, _ = told("values text and object")
    assert helm.asked[0].release.values == {"top": "object"}


def test_names_in_dollars_are_put_in():
    """Values files and parameters may name the Application; a dollar twice is one, and what is not there is nothing."""
    helm, found = told("the name in a reference")
    assert (helm.asked[0].release.values, gaps(found).count("values file")) == ({"top": "app"}, 0)
    assert substituted("$A ${A}-x $B $$A $", {"A": "a"}) == "a a-x  $A $"


def test_parameters_lie_above_everything():
    """Parameters reach helm's road apart, files among them, so that they lie over values inside the chart as well."""
    helm, _ = told("file parameters")
    assert [(each.name, each.how, each.lies) for each in helm.asked[0].settings] == [
        ("a", "set", ""),
        ("a", "file", "chart"),
        ("map.one", "file", "repository"),
    ]


def test_a_source_file_lies_over_the_source():
    """`.argocd-source.yaml` and the Application's own lie over what the Application says, as tools for images write them."""
    helm, _ = told("own chart, overridden")
    assert helm.asked[0].release.values == {} and [e.text for e in helm.asked[0].settings] == ["app"]  # noqa: PT018
    helm, _ = told("own chart, overridden for another")
    assert [each.text for each in helm.asked[0].settings] == ["overridden", "all"]


@pytest.mark.parametrize("name", ["registry", "registry, without a path", "registry, and values"])
def test_an_artefact_of_a_registry_is_a_chart(name):
    """`oci://…/name` with path `.` is the chart of that name."""
    helm, found = told(name)
    release = helm.asked[0].release
    assert (release.chart, release.repository) == ("probe", "oci://registry.example.org/charts")
    assert names(found) == ["there/made"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("registry, with a chart", "without oci://"),
        ("registry, a folder", "a folder of an artefact"),
        ("folder, two kinds", "one of helm and directory"),
        ("told to be built", "told to be one of kustomize"),
        ("told to be a chart", "told to be one of helm"),
        ("parameters, list broken", "no index of a list"),
        ("shaped, labels, the same", "without forceCommonLabels"),
        ("shaped, annotations, the same", "without forceCommonAnnotations"),
    ],
)
def test_what_argo_cd_refuses_is_unknown(name, why):
    """A source that Argo CD makes nothing of is said with the reason."""
    assert why in gaps(case(name))


def test_the_last_of_equals_is_deployed():
    """Of one object that an Application declares twice the last counts, and it is a clash all the same."""
    found = case("folder, the same twice")
    assert found.get("ConfigMap", "there", "same").get("data.number") == "2"
    assert [clash.second.get("data.number") for clash in found.clashes] == ["2"]


def test_what_is_told_to_be_skipped_is_skipped():
    """Files with Argo CD's mark, and lists of nothing, make no object; a cluster's object loses its namespace."""
    found = case("folder")
    assert names(found) == sorted([*(f"there/{name}" for name in ("a", "b", "b2", "c", "l1", "l3")), "else/l2"])
    assert not found.of("ConfigMapList")
    assert found.get("ClusterRole", "", "role")


def test_jsonnet_is_said():
    """A program beside manifests makes objects that nobody here knows."""
    application, _ = CASES["folder, jsonnet"]
    texts = FILES | {"apps/app.yaml": application}
    found = read(Repository(texts, unread=frozenset({"jsonnet/b.jsonnet", "other/c.jsonnet"})))
    assert [gap.what for gap in found.unknown if "jsonnet" in gap.why] == ["jsonnet/b.jsonnet"]


def test_options_are_written_into_the_kustomization():
    """The Application's prefix, namespace, images and replicas replace those that stand there; its components come first."""
    found = case("shaped, names")
    assert names(found) == ["own/pre-a-suf"]
    deployment = case("shaped, images").get("Deployment", "own", "our-d")
    assert deployment.get("spec.template.spec.containers.0.image") == "img:2"
    assert case("shaped, replicas").get("Deployment", "own", "our-d").get("spec.replicas") == 3
    found = case("kustomization, missing component, ignored")
    assert found.get("ConfigMap", "there", "p").get("metadata.labels") == {"own": "label"}


def test_labels_of_options_spare_selectors():
    """Labels without selectors go where kustomize puts them, with variables put in."""
    found = case("kustomization, labels, templates").get("Deployment", "there", "d")
    assert found.get("spec.selector.matchLabels") == {"app": "d"}
    assert found.get("spec.template.metadata.labels") == {"app": "d", "one": "two"}
    assert case("kustomization, labels, the name").get("ConfigMap", "there", "a").get("metadata.labels.name") == "app"
    found = case("kustomization, annotations, the name").get("ConfigMap", "there", "a")
    assert found.get("metadata.annotations") == {"name": "app"}
