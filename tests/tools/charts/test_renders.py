"""Renders kept by content: the same question has the same answer, another one has none, and the cache stays small."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from homelab.tools.charts.renders import Renders, key_of
from homelab.tools.helm import Template

OBJECTS = [
    {"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"n": 1.5, "text": "ä\n", "big": 2**80, "none": None}}
]
ASKED = Template(Path("x"), "r", "n", {"a": {"b": 1}}, "1.36.1", ("x/v1", "y/v1"))


def key(template=ASKED, digest="d", asks=frozenset({"x/v1"}), helm="h"):
    return key_of(template, digest, asks=asks, helm=helm)


def test_an_answer_comes_back_as_it_was(tmp_path):
    """Objects with every kind of value, and refusals, are kept; what was never asked has no answer."""
    renders = Renders(tmp_path)
    renders.keep("aa1", OBJECTS)
    renders.keep("aa2", None, "helm refuses")
    assert Renders(tmp_path).get("aa1") == (OBJECTS, "")
    assert Renders(tmp_path).get("aa2") == (None, "helm refuses")
    assert Renders(tmp_path).get("aa3") is None


def test_a_damaged_answer_is_none(tmp_path):
    """A file that was cut off is as if it were not there."""
    renders = Renders(tmp_path)
    renders.keep("aa1", OBJECTS)
    file = next(tmp_path.rglob("*.json"))
    file.write_bytes(file.read_bytes()[:-5])
    assert renders.get("aa1") is None


@pytest.mark.parametrize(
    "other",
    [
        {"template": Template(Path("x"), "r2", "n", {"a": {"b": 1}}, "1.36.1", ("x/v1",))},
        {"template": Template(Path("x"), "r", "n2", {"a": {"b": 1}}, "1.36.1", ("x/v1",))},
        {"template": Template(Path("x"), "r", "n", {"a": {"b": 2}}, "1.36.1", ("x/v1",))},
        {"template": Template(Path("x"), "r", "n", {"a": {"b": 1}}, "1.35.0", ("x/v1",))},
        {"template": Template(Path("x"), "r", "n", {"a": {"b": 1}}, "1.36.1", ())},
        {"template": Template(Path("x"), "r", "n", {"a": {"b": 1}}, "1.36.1", ("x/v1",), include_crds=False)},
        {"template": Template(Path("x"), "r", "n", {"a": {"b": 1}}, "1.36.1", ("x/v1",), skip_schema=True)},
        {"digest": "e"},
        {"helm": "i"},
        {"asks": None},
    ],
)
def test_another_question_is_another_key(other):
    """Chart, values, release, namespace, Kubernetes, API versions asked for, and helm itself are the question."""
    assert key(**other) != key()


def test_what_a_chart_does_not_ask_for_is_no_part_of_the_question():
    """API versions that no template names, the chart's place and the order of values make no other question."""
    same = Template(Path("y"), "r", "n", {"a": {"b": 1}}, "1.36.1", ("x/v1", "z/v1"))
    assert key(same) == key()


def test_the_cache_stays_small(tmp_path):
    """What was not used for longest goes first, until the rest fits."""
    renders = Renders(tmp_path)
    for number in range(4):
        renders.keep(f"a{number}", OBJECTS)
        os.utime(renders._file(f"a{number}"), (number, number))
    size = renders._file("a0").stat().st_size
    renders.get("a0")
    assert renders.prune(2 * size) == (2, 2 * size)
    assert [renders.get(f"a{number}") is not None for number in range(4)] == [True, False, False, True]
