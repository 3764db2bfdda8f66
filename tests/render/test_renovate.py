"""renovate.json: every pin of the repository is seen by exactly one manager, and nothing is offered that cannot run."""

from __future__ import annotations

import json
import re

import pytest

from conftest import REPOSITORY
from homelab.catalog.resolve import resolve
from homelab.kube.tree import YamlFile
from homelab.render.pins import KEYS
from homelab.render.tree import render
from homelab.spec.load import load

EXAMPLES = ("starter", "guide", "two-boxes", "enterprise", "own-app")
TAGGED = re.compile(r"^(?:[a-z0-9-]+\.)+[a-z]+/[^\s:]+:[^\s:/]+$")
"""A string that can only be an image with a tag, whatever key it stands under."""


def rendered(example):
    homelab = load(str(REPOSITORY / "examples" / example / "homelab.yaml"))
    tree = render(resolve(homelab))
    return tree, json.loads(tree["renovate.json"].text)


def matches(pattern, path):
    return re.search(pattern.strip("/"), path) is not None


def expression(text):
    """JavaScript writes named groups without the P."""
    return re.compile(text.replace("(?<", "(?P<"))


def strings(value, key=""):
    if isinstance(value, dict):
        for name, item in value.items():
            yield from strings(item, name)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item, key)
    elif isinstance(value, str):
        yield key, value


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_image_is_matched_once(example):
    """As many images as the files hold, so many the manager finds, in files it looks into, each with its own tag."""
    tree, found = rendered(example)
    manager = next(m for m in found["customManagers"] if m["datasourceTemplate"] == "docker")
    pins = 0
    for path, file in tree.files.items():
        if not isinstance(file, YamlFile):
            continue
        here = sorted(text for key, text in strings(file.documents) if TAGGED.match(text))
        assert all(key in KEYS for key, text in strings(file.documents) if TAGGED.match(text)), path
        if here:
            assert any(matches(p, path) for p in manager["managerFilePatterns"]), path
        seen = expression(manager["matchStrings"][0]).finditer(file.text)
        assert sorted(f"{m['depName']}:{m['currentValue']}" for m in seen) == here
        pins += len(here)
    assert pins > 0


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_chart_is_in_a_file_that_the_argocd_manager_reads(example):
    """Every pinned chart stands in an Application in a file of the manager, with the three fields it looks for."""
    tree, found = rendered(example)
    charts = 0
    for path, file in tree.files.items():
        for body in file.documents if isinstance(file, YamlFile) else ():
            for source in body.get("spec", {}).get("sources", ()) if body.get("kind") == "Application" else ():
                if "chart" in source:
                    charts += 1
                    assert any(matches(p, path) for p in found["argocd"]["managerFilePatterns"])
                    assert re.fullmatch(r"v?\d+\.\d+\.\d+", source["targetRevision"])
                    assert "://" not in source["repoURL"] or source["repoURL"].startswith("https://")
    assert charts > 5


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_version_of_homelab_yaml_is_found(example):
    """The versions of Talos and Kubernetes are read from homelab.yaml, where they are said."""
    _tree, found = rendered(example)
    text = (REPOSITORY / "examples" / example / "homelab.yaml").read_text()
    for manager in found["customManagers"][1:]:
        name = manager["depNameTemplate"].partition("/")[2]
        said = re.search(rf"{name}: [\"']?(\d+\.\d+\.\d+)", text)
        seen = [m["currentValue"] for m in expression(manager["matchStrings"][0]).finditer(text)]
        assert seen == ([said[1]] if said else [])


def test_lines_that_cannot_run_are_not_offered():
    """Talos 1.10 is offered no Kubernetes 1.34 and no provider of a later Talos."""
    _tree, found = rendered("two-boxes")
    limits = {
        tuple(r["matchPackageNames"]): r["allowedVersions"] for r in found["packageRules"] if "allowedVersions" in r
    }
    assert limits["siderolabs/talos",] == r"/^0\.8\./"
    kubernetes = limits["kubernetes/kubernetes",].strip("/")
    assert re.search(kubernetes, "1.33.9")
    assert not re.search(kubernetes, "1.34.0")


def test_every_provider_has_an_upper_bound():
    """A provider's next breaking version is a pull request, never a surprise of `tofu init`."""
    for path, file in rendered("enterprise")[0].files.items():
        if path.endswith("versions.tf"):
            versions = re.findall(r'(?<!_)version = "([^"]+)"', file.text)
            assert versions
            assert all(version.startswith("~> ") for version in versions), path
