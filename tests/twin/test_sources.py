"""Addresses of sources: found in every object of Argo CD, replaced there alone, and each replacement listed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homelab.twin.sources import Rewritten, addresses, rewrite

GIT, CHARTS, OCI = "https://git.example.org/lab.git", "https://charts.example.org", "docker.io/envoyproxy"
APPLICATION = f"""\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: a}}
spec:
  sources:
  - repoURL: {CHARTS}
    chart: shop
  - repoURL: {OCI}
    chart: gateway
  - repoURL: {GIT}
    path: shop
"""
SET = f"""\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {{name: root}}
spec:
  generators:
  - git: {{repoURL: {GIT}, revision: main}}
  template:
    spec:
      source: {{repoURL: "{{{{ .repo }}}}", path: "{{{{ .path }}}}"}}
"""
PROJECT = f"""\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {{name: p}}
spec:
  sourceRepos: ["{GIT}", {CHARTS}, {CHARTS}/other]
"""
OTHER = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{home: '{GIT}'}}\n"


def test_addresses_of_git_and_of_charts_are_told_apart():
    """Generators and sources count; templates that only a generator fills do not."""
    found = addresses({"a.yaml": APPLICATION, "set.yaml": SET, "c.yaml": OTHER})
    assert found.git == {GIT}
    assert found.charts == {CHARTS, OCI}


def test_only_objects_of_argo_cd_are_changed_and_every_place_is_listed():
    """A ConfigMap that happens to hold the address stays as it is."""
    texts = {"a.yaml": APPLICATION, "p.yaml": PROJECT, "c.yaml": OTHER, "README.md": GIT}
    made, places = rewrite(texts, {GIT: "file:///lab", CHARTS: "http://127.0.0.1:1/c", OCI: "http://127.0.0.1:1/o"})
    assert made["c.yaml"] == OTHER
    assert made["README.md"] == GIT
    assert places[0] == Rewritten("a.yaml", 6, CHARTS, "http://127.0.0.1:1/c")
    assert [(place.file, place.line) for place in places] == [(f, n) for f, n in (("a.yaml", 6), ("a.yaml", 8), ("a.yaml", 10), ("p.yaml", 5), ("p.yaml", 5))]  # fmt: skip


def test_a_longer_address_is_another_one():
    """An address is replaced whole, never as the beginning of another."""
    made, _ = rewrite({"p.yaml": PROJECT}, {CHARTS: "http://here"})
    assert f"{CHARTS}/other]" in made["p.yaml"]
    assert "http://here," in made["p.yaml"]


@given(st.text("ab:/.- \n\"'", max_size=40))
def test_a_table_without_what_is_there_changes_nothing(text):
    """Whatever a file holds, no byte changes but those of addresses."""
    whole = {"a.yaml": f"apiVersion: argoproj.io/v1alpha1\n# {text}\n"}
    assert rewrite(whole, {"https://never.example.org": "x"}) == (whole, [])


def test_what_is_no_yaml_names_no_address():
    """A file that cannot be read is no reason to stop: Argo CD will say it."""
    assert addresses({"a.yaml": "argoproj.io/ {"}).git == frozenset()
