"""Mistakes with an application of your own: each is one sentence, with its place and the mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from homelab.catalog.resolve import check

INVALID = sorted((Path(__file__).parent / "invalid").glob("*.yaml"))


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_mistake_is_named_exactly(path):
    """The file's one mistake is reported, and nothing else, in the words of the file's first line."""
    (mistake,) = check(str(path))
    said = f"{mistake.place.line}:{mistake.place.column} {mistake.path}: {mistake.message}"
    said += f" | {mistake.hint}" if mistake.hint else ""
    assert f"# {said}" == path.read_text(encoding="utf-8").partition("\n")[0]


def test_there_are_many_mistakes_to_make():
    """The collection of mistakes stays a collection."""
    assert len(INVALID) >= 45
