"""AppProjects: globs, denials and lists as Argo CD reads them."""

from __future__ import annotations

import pytest

from homelab.kube.projects import (
    INTERNAL,
    destination_permitted,
    destined_here,
    glob_match,
    kind_permitted,
    normalized,
    source_permitted,
    sources,
)
from homelab.kube.resource import Origin, Resource


def project(**spec: object) -> Resource:
    """An AppProject."""
    return Resource({"kind": "AppProject", "metadata": {"name": "lab"}, "spec": spec}, Origin("a.yaml", 0))


GLOBS = [
    # gobwas/glob: the star stops at a separator, two do not; choices, classes, single signs
    ("a*", "abc", "", True),
    ("a*", "a/c", "/", False),
    ("a**", "a/c", "/", True),
    ("a?c", "abc", "", True),
    ("a?c", "a/c", "/", False),
    ("{shop,web}-*", "web-1", "", True),
    ("{shop,web}-*", "edge-1", "", False),
    ("[a-c]x", "bx", "", True),
    ("[!a-c]x", "bx", "", False),
    ("a.c", "abc", "", False),
    ("{a", "a", "", False),
    ("*", "a/b", "/", True),
]


@pytest.mark.parametrize(("pattern", "text", "separator", "expected"), GLOBS)
def test_globs_are_those_of_argo_cd(pattern: str, text: str, separator: str, expected: bool) -> None:
    """Each line is a rule of gobwas/glob, or of globMatch before it."""
    assert glob_match(pattern, text, separator) is expected


def test_addresses_are_compared_as_argo_cd_normalizes_them() -> None:
    """NormalizeGitURL: small letters, no ending, SSH with a slash for its first colon; the scheme of HTTP stays."""
    assert normalized("https://Git.example.org/Lab.git") == "https://git.example.org/lab"
    assert normalized("git@git.example.org:me/lab.git") == "git@git.example.org/me/lab"
    assert normalized("ssh://git@git.example.org/me/lab") == "git@git.example.org/me/lab"
    assert normalized("http://a/b") != normalized("https://a/b")


LAB = "https://git.example.org/me/lab.git"
SOURCES = [
    ([], False),
    (["*"], True),
    (["https://git.example.org/me/lab"], True),
    (["https://git.example.org/*"], False),
    (["https://git.example.org/*/*"], True),
    (["https://git.example.org/**"], True),
    (["*", "!https://git.example.org/me/lab"], False),
    (["!https://git.example.org/me/lab.git", "*"], False),
    (["!https://git.example.org/other"], True),
]


@pytest.mark.parametrize(("allowed", "expected"), SOURCES)
def test_sources_are_permitted_as_argo_cd_permits_them(allowed: list[str], expected: bool) -> None:
    """IsSourcePermitted: any pattern allows, a denial that names it refuses, one that does not allows."""
    assert source_permitted(project(sourceRepos=allowed), LAB) is expected


DESTINATIONS = [
    ([], False),
    ([{"server": "*", "namespace": "*"}], True),
    ([{"server": INTERNAL, "namespace": "shop"}], True),
    ([{"server": INTERNAL, "namespace": "sh*"}], True),
    ([{"server": INTERNAL, "namespace": "edge"}], False),
    ([{"name": "in-cluster", "namespace": "shop"}], True),
    ([{"name": "other", "namespace": "shop"}], False),
    ([{"namespace": "shop"}], False),
    ([{"server": INTERNAL, "namespace": "*"}, {"server": INTERNAL, "namespace": "!shop"}], False),
    ([{"server": INTERNAL, "namespace": "!edge"}], True),
    ([{"server": "*", "namespace": "*"}, {"server": f"!{INTERNAL}", "namespace": "*"}], False),
    ([{"server": "*", "namespace": "*"}, {"server": f"!{INTERNAL}", "namespace": "edge"}], True),
    ([{"server": "*", "namespace": "*"}, {"name": "!in-cluster", "namespace": "edge"}], False),
]


@pytest.mark.parametrize(("allowed", "expected"), DESTINATIONS)
def test_destinations_are_permitted_as_argo_cd_permits_them(allowed: list[dict[str, str]], expected: bool) -> None:
    """isDestinationMatched: server or name and namespace allow; a denial that names it refuses."""
    assert destination_permitted(project(destinations=allowed), "shop") is expected


KINDS = [
    ({}, "", "ConfigMap", True, True),
    ({}, "", "Namespace", False, False),
    ({"clusterResourceWhitelist": [{"group": "*", "kind": "*"}]}, "", "Namespace", False, True),
    ({"clusterResourceWhitelist": [{"group": "", "kind": "Name*"}]}, "", "Namespace", False, True),
    ({"clusterResourceWhitelist": [{"kind": "Namespace"}]}, "", "Namespace", False, True),
    (
        {
            "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
            "clusterResourceBlacklist": [{"group": "", "kind": "Namespace"}],
        },
        "",
        "Namespace",
        False,
        False,
    ),
    ({"namespaceResourceBlacklist": [{"group": "", "kind": "Secret"}]}, "", "Secret", True, False),
    ({"namespaceResourceWhitelist": [{"group": "apps", "kind": "*"}]}, "apps", "Deployment", True, True),
    ({"namespaceResourceWhitelist": [{"group": "apps", "kind": "*"}]}, "", "ConfigMap", True, False),
]


@pytest.mark.parametrize(("spec", "group", "kind", "namespaced", "expected"), KINDS)
def test_kinds_are_permitted_as_argo_cd_permits_them(
    spec: dict[str, object], group: str, kind: str, namespaced: bool, expected: bool
) -> None:
    """IsGroupKindPermitted: nothing outside namespaces without a list, everything inside without one; refusals win."""
    assert kind_permitted(project(**spec), group, kind, namespaced=namespaced) is expected


def test_only_the_own_cluster_is_judged() -> None:
    """An Application goes to the own cluster by its server or its name; several sources hide a single one."""

    def app(**spec: object) -> Resource:
        return Resource({"kind": "Application", "metadata": {"name": "a"}, "spec": spec}, Origin("a.yaml", 0))

    assert destined_here(app(destination={"server": f"{INTERNAL}/"}))
    assert destined_here(app(destination={"name": "in-cluster"}))
    assert not destined_here(app(destination={"server": "https://other"}))
    assert not destined_here(app(destination={"name": "other"}))
    assert [path for path, _ in sources(app(source={"path": "a"}))] == ["spec.source"]
    assert [path for path, _ in sources(app(source={"path": "a"}, sources=[{}, {}]))] == [
        "spec.sources.0",
        "spec.sources.1",
    ]
