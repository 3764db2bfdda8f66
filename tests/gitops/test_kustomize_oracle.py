"""Kustomize's transformers, patches and generators: ours against what real kustomize answered, and that it still does."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path

import pytest

from gitops.kustomize_cases import CASES, FILES
from gitops.kustomize_oracle import RECORDED, Objects, differences, ours, record, recorded, theirs, unknown
from homelab.gitops.repository import Repository, of_texts


@cache
def answers() -> dict[str, Objects | None]:
    """What kustomize answered, by case."""
    return recorded()


@cache
def repository() -> Repository:
    """The repository of all cases."""
    return of_texts(FILES)


@pytest.mark.parametrize("name", CASES)
def test_a_folder_builds_as_kustomize_builds_it(name: str) -> None:
    """Every transformer gives the objects that kustomize gives; what kustomize refuses is said to be unknown."""
    expected = answers()[name]
    if expected is None:
        assert unknown(repository(), CASES[name])
    else:
        assert differences(ours(repository(), CASES[name]), expected) == []


@pytest.mark.slow
def test_the_recorded_answers_are_those_of_kustomize(oracle: Callable[[str], Path], tmp_path: Path) -> None:
    """Real kustomize answers every case as recorded, and no answer is kept of a case that is gone."""
    kubectl = oracle("kubectl")
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(partial(theirs, kubectl), [tmp_path / folder for folder in CASES.values()])
        asked = dict(zip(CASES, found, strict=True))
    if os.environ.get("HOMELAB_REPIN") == "1":
        RECORDED.write_text(record(asked), encoding="utf-8")
    assert RECORDED.read_text(encoding="utf-8") == record(asked), "`make cases` records the answers anew"
