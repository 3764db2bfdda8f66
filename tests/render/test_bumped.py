"""A merged pull request of Renovate: the version that it moved stays, nothing that is applied differs, and pages follow."""

from __future__ import annotations

import json
import re
from functools import cache

import pytest

from conftest import REPOSITORY
from homelab.catalog.machines.talos import CONTRACT
from homelab.lab.pipeline import Lab
from homelab.render import layout
from homelab.render.pins import PROVIDER, pins
from homelab.render.write import compare, existing, write

EXAMPLES = ("starter", "guide", "two-boxes", "enterprise", "own-app")
CHART = re.compile(r"(\n\s+chart: [^\n]*\n\s+targetRevision: )([^\n]*)")


def file(example):
    return str(REPOSITORY / "examples" / example / "homelab.yaml")


@cache
def rendered(example):
    return Lab.load(file(example)).tree.texts()


def next_of(version):
    """The version after one, as a release would be called: the last of its numbers is one more."""
    return re.sub(r"(\d+)(?=\D*$)", lambda found: str(int(found[1]) + 1), version.partition("@")[0])


def bumped(texts):
    """Every pin moved where Renovate moves it: charts in Applications, images in manifests and values, providers in versions.tf."""
    manager = next(
        m for m in json.loads(texts[layout.RENOVATE])["customManagers"] if m["datasourceTemplate"] == "docker"
    )
    image = re.compile(manager["matchStrings"][0].replace("(?<", "(?P<"))
    moved = {}
    for path, text in texts.items():
        new = text
        if path.startswith(f"{layout.SETS}/"):
            new = CHART.sub(lambda found: found[1] + next_of(found[2]), new)
        if path.startswith("kubernetes/") and path.endswith(".yaml"):
            new = image.sub(_image, new)
        if path.endswith(f"/{layout.PROVIDERS}"):
            new = PROVIDER.sub(lambda found: found[1] + next_of(found[3]), new)
        if new != text:
            moved[path] = new
    return moved


def _image(found):
    start, end = (place - found.start() for place in found.span("currentValue"))
    return found[0][:start] + next_of(found["currentValue"]) + found[0][end:]


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
def test_no_bump_is_rolled_back_and_none_is_an_edit(example, tmp_path):
    """All pins of an example moved at once: rendering keeps each, byte for byte, changes pages only, and then nothing more."""
    write(tmp_path, rendered(example))
    moved = bumped(rendered(example))
    for path, text in moved.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    before = existing(tmp_path)
    assert pins(before).keys() - {CONTRACT} == json.loads(rendered(example)[layout.PINS]).keys()
    changes = write(tmp_path, Lab.load(file(example), before).tree.texts(), before=before)
    assert (changes.added, changes.edited, changes.foreign, changes.orphans) == ((), (), (), ())
    assert [path for path in changes.changed if not layout.told(path)] == []
    assert {path: (tmp_path / path).read_text(encoding="utf-8") for path in moved} == moved
    after = existing(tmp_path)
    assert compare(Lab.load(file(example), after).tree.texts(), after).empty


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
def test_pages_follow(example, tmp_path):
    """What the guide installs by hand is the version that the repository pins after the bump, not the one before."""
    moved = bumped(rendered(example))
    new = Lab.load(file(example), {**rendered(example), **moved}).tree.texts()
    said = re.findall(r"--version (\S+)", new[layout.BUILD])
    assert said
    assert {version.strip('"') for _, version in CHART.findall("".join(moved.values()))} >= set(said)
    assert not set(said) & set(re.findall(r"--version (\S+)", rendered(example)[layout.BUILD]))
