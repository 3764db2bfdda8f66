"""Strange manifests: whatever stands where, every check judges or says what is unknown, and none stumbles."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from assess.pages import inventory, load
from homelab.assess.names import checks
from homelab.documents.read import load as documents
from homelab.errors import UnreadableDocument

STRANGE = [None, "x", 0, -1, True, [], {}, ["x"], [None], {"x": 1}, [[]], 1.5]
EACH = 4
"""Mutations of each document of each page."""
Path = tuple[str | int, ...]


def paths(value: Any, at: Path = ()) -> Iterator[Path]:
    """Every place in a document, its root left out."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*at, key)
        yield from paths(inner, (*at, key))


def mutated(document: Any, at: Path, value: Any) -> Any:
    """The document with another value at a place."""
    result = copy.deepcopy(document)
    inner = result
    for key in at[:-1]:
        inner = inner[key]
    inner[at[-1]] = value
    return result


def bodies(text: str, path: str) -> list[Any]:
    """The documents of a page's file; none of one that is meant not to parse."""
    try:
        return documents(text, path)
    except UnreadableDocument:
        return []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_no_check_stumbles_over_a_value_of_another_kind(seed):
    """Each page's manifests, with one value replaced by something else, are read and judged by all checks, without a barrier."""
    chance = random.Random(seed)  # a choice of cases, not a secret
    for page in (load(check.page) for check in checks()):
        for path, text in page.accused.items():
            found = bodies(text, path) if path.endswith(".yaml") else []
            for number, document in enumerate(found):
                places = list(paths(document))
                for at in chance.sample(places, min(EACH, len(places))):
                    strange = [
                        mutated(d, at, chance.choice(STRANGE)) if n == number else d for n, d in enumerate(found)
                    ]
                    lab = inventory({**page.accused, path: "\n---\n".join(map(json.dumps, strange))})
                    said = [list(check(lab)) for check in checks()]
                    assert len(said) == len(checks())
