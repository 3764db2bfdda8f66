"""BASE..HEAD as a person types it."""

from __future__ import annotations

import pytest

from homelab.cli.revisions import Revisions, between, exported
from homelab.lab.charts import Charts
from homelab.tools.git import publish
from homelab.tools.process import Programs

TYPED = {
    "main..feature": Revisions("main", "feature"),
    "main...feature": Revisions("main", "feature"),
    "v1.0..": Revisions("v1.0", "HEAD"),
    "origin/main..fix/pool": Revisions("origin/main", "fix/pool"),
}
NONE = ["homelab.yaml", "../homelab", "..", "-", "./lab..old", "/srv/a..b"]


@pytest.mark.parametrize("typed", TYPED)
def test_two_revisions_are_understood(typed):
    """With two dots or three, with nothing behind them, with slashes in a branch's name."""
    assert between(typed) == TYPED[typed]


@pytest.mark.parametrize("typed", NONE)
def test_a_path_is_no_pair_of_revisions(typed):
    """Folders above this one, absolute ones, and names with dots in them."""
    assert between(typed) is None


def test_a_folder_that_is_called_so_is_that_folder(tmp_path, monkeypatch):
    """What is there wins over what could be meant."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a..b").mkdir()
    assert between("a..b") is None


def test_both_states_are_read(tmp_path, monkeypatch):
    """Each revision is a repository of its own, whatever is checked out here."""
    publish(
        Programs(), tmp_path / "lab", {"a.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}"}, "1", "main"
    )
    publish(
        Programs(), tmp_path / "lab", {"b.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}"}, "2", "main"
    )
    monkeypatch.chdir(tmp_path / "lab")
    base, head = exported(Revisions("main~1", "HEAD"), tmp_path / "twin", Charts())
    assert [list(each.repository.texts) for each in (base, head)] == [["a.yaml"], ["b.yaml"]]
