"""Environments as one base and small differences: Helm, kustomize and our own reader make of them what was meant."""

from __future__ import annotations

import subprocess
from functools import cache

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from conftest import REPOSITORY
from homelab.catalog.plan import parts_of
from homelab.catalog.resolve import resolve
from homelab.gitops import kustomize
from homelab.gitops.charts import merged
from homelab.gitops.repository import of_texts
from homelab.render import layout
from homelab.render.environments import common, difference
from homelab.render.parts import part_files
from homelab.render.tree import render
from homelab.spec.load import load

SEVERAL = ("two-boxes", "enterprise")
ENVIRONMENTS = "kubernetes/apps/base/n8n/environments"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from("ab"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
MAPPINGS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


@cache
def plan(example):
    return resolve(load(str(REPOSITORY / "examples" / example / "homelab.yaml")))


@cache
def texts(example):
    return render(plan(example)).texts()


def parts(example):
    choice = plan(example).by_name["n8n"]
    return [(choice, part) for part in parts_of(plan(example), choice)]


def meant(example, choice, part):
    """The objects of an environment as the component makes them, by kind and name."""
    files = part_files(plan(example), choice, part)
    bodies = [
        b for path, f in files.items() if not path.endswith(("values.yaml", "kustomization.yaml")) for b in f.documents
    ]
    return {(body["kind"], body["metadata"]["name"]): body for body in bodies}


def named(bodies):
    return {(body["kind"], body["metadata"]["name"]): body for body in bodies}


@given(st.lists(MAPPINGS, min_size=2, max_size=3))
def test_a_base_and_its_difference_are_the_whole(environments):
    """Whatever mappings there are: the base under each difference gives each environment, and repeats nothing."""
    base = common(environments)
    for environment in environments:
        rest = difference(environment, base)
        assert merged(base, rest) == environment
        assert difference(rest, base) == rest


@pytest.mark.parametrize("example", SEVERAL)
def test_what_differs_is_small(example):
    """Development and staging say in fewer than 65 lines, alerts apart, what they have otherwise, their own minute of backup too; no line of the base is said again."""
    for name in ("dev", "staging"):
        own = {path: text for path, text in texts(example).items() if path.startswith(f"{ENVIRONMENTS}/{name}/")}
        lines = [line for path, text in own.items() if not path.endswith("alerts.yaml") for line in text.splitlines()]
        assert len(lines) < 65
    pair = [texts(example)[f"{ENVIRONMENTS}/{name}/values.yaml"] for name in ("dev", "staging")]
    assert pair[0].replace("dev", "staging") == pair[1]


@pytest.mark.parametrize("example", SEVERAL)
def test_values_are_what_was_meant(example):
    """The files that an Application names, laid over each other in its order, are the values of the environment."""
    applications = {
        b["metadata"]["name"]: b for b in yaml.safe_load_all(texts(example)[f"{layout.SETS}/apps/n8n.yaml"])
    }
    for choice, part in parts(example):
        file = part_files(plan(example), choice, part).get(layout.values_file(choice.component, part))
        if file is None:  # what holds data has no chart
            continue
        found = {}
        for name in applications[part.name]["spec"]["sources"][0]["helm"]["valueFiles"]:
            found = merged(found, yaml.safe_load(texts(example)[name.removeprefix("$values/")]))
        assert found == file.documents[0]


@pytest.mark.parametrize("example", SEVERAL)
def test_objects_are_what_was_meant(example):
    """Our reader builds from base and overlay exactly the objects that the component makes."""
    for choice, part in parts(example):
        built = kustomize.build(of_texts(texts(example)), layout.part_folder(choice.component, part))
        assert built.unknown == []
        assert named(item.body for item in built.objects) == meant(example, choice, part)


@pytest.mark.slow
@pytest.mark.parametrize("example", SEVERAL)
def test_kustomize_builds_what_was_meant(example, twin_program, tmp_path):
    """The kustomize that Argo CD runs makes the same objects."""
    for path, text in texts(example).items():
        if path.startswith(ENVIRONMENTS):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text, encoding="utf-8")
    for choice, part in parts(example):
        folder = tmp_path / layout.part_folder(choice.component, part)
        done = subprocess.run([twin_program("kustomize"), "build", folder], capture_output=True, text=True, check=True)
        assert named(yaml.safe_load_all(done.stdout)) == meant(example, choice, part)


def test_one_environment_stands_whole():
    """A lab with one environment has no base: nothing to share, and one folder to read."""
    paths = [path for path in texts("guide") if path.startswith(ENVIRONMENTS)]
    assert paths
    assert all(path.startswith(f"{ENVIRONMENTS}/production/") for path in paths)
    assert not [path for path in paths if path.endswith(layout.PATCHES)]


def test_pages_name_files_that_are_there():
    """The table of databases names for each environment the file that declares it."""
    page = texts("enterprise")[layout.STORAGE]
    rows = [line for line in page.splitlines() if line.startswith("| `n8n-postgres` ")]
    assert len(rows) == 3
    for row in rows:
        assert row.rpartition("`")[0].rpartition("`")[2] in texts("enterprise")
