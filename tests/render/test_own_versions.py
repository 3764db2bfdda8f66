"""Versions that stand in homelab.yaml: Renovate raises them in the repository, and whoever changes the file has the last word."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import REPOSITORY
from homelab.catalog.apps.own.versions import asked
from homelab.lab.pipeline import Lab
from homelab.spec.load import load

CASES = {
    "own-app": ("jellyfin/jellyfin:10.11.3", "kubernetes/apps/base/jellyfin/environments/production/workloads.yaml",
                ("image: docker.io/jellyfin/jellyfin:", "10.11.3", "10.11.7", "10.12.0")),
    "own-chart": ("version: 4.1.1", "kubernetes/sets/apps/miniflux.yaml", ("targetRevision: ", "4.1.1", "4.1.2", "4.2.0")),
}  # fmt: skip
"""Example to what stands in its file, where the repository has it, and the versions as written, as bumped, as changed later."""


def file(name: str) -> Path:
    return REPOSITORY / "examples" / name / "homelab.yaml"


@pytest.mark.parametrize("name", CASES)
def test_a_bump_stays_until_the_file_says_otherwise(name: str, tmp_path: Path) -> None:
    """What Renovate raised is kept by the next render, and gives way to a version that the owner writes afterwards."""
    said, path, (key, old, bumped, newer) = CASES[name]
    first = Lab.load(str(file(name))).tree.texts()
    assert f"{key}{old}" in first[path]
    raised = {**first, path: first[path].replace(f"{key}{old}", f"{key}{bumped}")}
    kept = Lab.load(str(file(name)), raised).tree.texts()
    assert kept[path] == raised[path]
    changed = tmp_path / "homelab.yaml"
    changed.write_text(file(name).read_text().replace(said, said.replace(old, newer)))
    last = Lab.load(str(changed), kept).tree.texts()
    assert f"{key}{newer}" in last[path]
    assert bumped not in last[path]


def test_versions_of_the_file_are_known_by_the_names_of_pins() -> None:
    """An image by its whole repository, a chart by its Application, in each environment; what is no version is nothing."""
    assert asked(load(str(file("own-app")))) == {"docker.io/jellyfin/jellyfin": "10.11.3"}
    assert asked(load(str(file("own-chart")))) == {"miniflux-prod": "4.1.1"}
    assert asked(load(str(file("starter")))) == {}


def test_what_an_application_leaves_may_be_deleted(tmp_path: Path) -> None:
    """Without the application its files go, its policies may still be pruned, and nothing deletes what ran."""
    before = Lab.load(str(file("own-app")))
    apart = tmp_path / "homelab.yaml"
    text = file("own-app").read_text()
    head, rest = text.partition("apps:\n")[0], text[text.index("\nbackup:") :]
    apart.write_text(head + rest)
    after = Lab.load(str(apart))
    assert not [path for path in after.tree.texts() if "jellyfin" in path]
    for project in ("security", "infrastructure", "apps"):
        (allowed,) = [b for b in after.inventory.of("AppProject") if b.name == project]
        assert "*-prod" in {each["namespace"] for each in allowed.get("spec.destinations")}
    mine = [b for b in before.inventory.of("Application") if b.name.startswith("jellyfin")]
    assert [b.get("metadata.finalizers", []) for b in mine] == [[], []]
