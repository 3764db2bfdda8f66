"""Writing: what is written is read back equal, by us and by kubectl, and looks as a person would write it."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.kubectl_reads import kubectl_reads
from homelab.documents.emit import comment_lines, emit, emit_documents
from homelab.documents.read import load
from homelab.documents.scalars import as_json

NASTY = [
    "", " ", "a ", " a", "\n", "\n\n", "a\n", "a\n\n", "a\nb", "\na", " a\nb", "\ta\nb", "a \nb", "a\n b ", "a\n\t\nb", "a\r\nb", "a\tb", "\t",
    "on", "off", "y", "N", "Yes", "true", "null", "~", "1", "0755", "0o7", "08", "1_000", "1e3", "1e1000", ".5", "5.", "-", "--", "---", "...", "--- a",
    "12:30", "1:30:00", "2001-01-01", "2001-01-01 a", "=", "<<", ".inf", "-.inf", ".nan", "0x1F", "0b1", "0x", "+1", "+", ".", "9" * 30, "1.2.3", "10.0.0.1",
    "a: b", "a:", ":a", ":", "a #b", "a#b", "#a", "- a", "-a", "? a", "?a", "?", "*a", "&a", "!a", "|", ">", "|a", "%a", "@a", "`a", "'a'", '"a"', "it's",
    "[a]", "a]", "{a}", "a}", ",a", "a, b", "{{ x }}", '{"a": "b\\n"}', "a\\b", "a'b\"c", "\x00", "\x07", "\x7f", "\x85", "\xa0", "a\x85b", "a\u2028b\n",
    "a\u2029b", "\ufeffa", "a\ufeff", "\ufffe", "\uffff", "\U0001f600", "é\nü\n", "\x1b[0m", "a" * 300 + " b", "# no\n# comment\n", "---\na: b\n", "a\n---\nb", "a\n\n\n  b\n",
    "%YAML\n", "key: |\n  x\n", "\n\n  a", "x" * 2000,
]  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False).map(as_json)
    | st.text(max_size=20)
    | st.text(alphabet="ab \n\t:#-'\"{}[]|>&*!%@0.e\\\x85\u2028", max_size=12)
    | st.sampled_from(NASTY),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.sampled_from(NASTY), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.slow
@settings(max_examples=400)
@given(JSON)
def test_what_is_written_is_read_back_equal(value: Any) -> None:
    """Any JSON value survives emit and load, alone and below an indentation."""
    assert load(emit(value), "f") == [value]
    assert load("top:\n" + emit({"v": value}, indent=4), "f") == [{"top": {"v": value}}]


@given(st.lists(JSON, min_size=1, max_size=4))
def test_documents_are_read_back_in_order(values: list[Any]) -> None:
    """Several documents, with a header, are as many documents."""
    assert load(emit_documents(values, header="what this is"), "f") == values


@pytest.mark.parametrize("text", NASTY)
def test_nasty_strings_survive_everywhere(text: str) -> None:
    """As value, item, key, first key of an item and nested item."""
    value = {"v": text, "l": [text, [text], {text: text}], text: {text: [text]}}
    assert load(emit(value), "f") == [value]


@pytest.mark.slow
def test_kubectl_reads_what_was_written(oracle, tmp_path) -> None:
    """Real kubectl reads the same values: every nasty string, at every place."""
    values = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"c{n}"},
            "v": text,
            "l": [text, [text], {text: [text]}],
        }
        for n, text in enumerate(NASTY)
    ]
    written = [emit(value) for value in values]
    assert kubectl_reads(oracle("kubectl"), written, tmp_path) == values


def test_it_looks_as_a_person_writes() -> None:
    """Order kept, lists not indented, text in blocks, quotes only where they are needed."""
    value = {
        "kind": "A",
        "args": ["--x=1", "a: b", ["m"], {"b": 1, "a": [2, {"c": None}]}, {}, []],
        "on": "off",
        "script": "#!/bin/sh\n\nexit 0\n",
        "tail": "a\nb",
        "kept": "a\n\n",
        "inner": " a\nb",
        "json": '{"a": "it\'s"}',
        "cron": "0 3 * * *",
        "image": "ghcr.io/x/y:v1.2@sha256:00",
        "version": 1.5,
        "yes": True,
    }
    assert emit(value) == (
        'kind: A\nargs:\n- --x=1\n- "a: b"\n- - m\n- b: 1\n  a:\n  - 2\n  - c: null\n- {}\n- []\n'
        '"on": "off"\nscript: |\n  #!/bin/sh\n\n  exit 0\ntail: |-\n  a\n  b\nkept: |+\n  a\n\ninner: |2-\n   a\n  b\n'
        'json: \'{"a": "it\'\'s"}\'\ncron: 0 3 * * *\nimage: ghcr.io/x/y:v1.2@sha256:00\nversion: 1.5\n"yes": true\n'
    )


def test_comments_stand_above_their_keys() -> None:
    """A comment is indented like its key, above the dash of an item, and may put an empty line before itself."""
    comments = {
        ("a",): "why a",
        ("a", "b", 0): "item\n\nmore",
        ("a", "b", 1, "c"): "first",
        ("a", "b", 1, "d"): "second",
        ("z",): "\nlast",
    }
    text = emit({"a": {"b": [1, {"c": 1, "d": 2}]}, "z": 1}, comments=comments)
    assert text == (
        "# why a\na:\n  b:\n  # item\n  #\n  # more\n  - 1\n  # first\n  - c: 1\n    # second\n    d: 2\n\n# last\nz: 1\n"
    )
    assert load(text, "f") == [{"a": {"b": [1, {"c": 1, "d": 2}]}, "z": 1}]


def test_comments_of_documents() -> None:
    """The header stands above all; a comment's path begins with the number of its document."""
    text = emit_documents([{"a": 1}, {"a": 2}], header="from homelab.yaml", comments={(1, "a"): "two"})
    assert text == "# from homelab.yaml\na: 1\n---\n# two\na: 2\n"
    assert comment_lines("", "  ") == "  #\n"


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({"a": float("inf")}, ValueError),
        (float("nan"), ValueError),
        ({1: "a"}, TypeError),
        ({"a": {1, 2}}, TypeError),
        ([object()], TypeError),
        (b"bytes", TypeError),
    ],
)
def test_what_has_no_form_is_refused(value: Any, error: type[Exception]) -> None:
    """Infinite numbers, keys that are no strings and foreign objects never reach a file."""
    with pytest.raises(error):
        emit(value)


@pytest.mark.parametrize("comments", [{("b",): "x"}, {("a", "b"): "x"}, {("a", 0, "q"): "x"}, {(): "x"}])
def test_no_reason_gets_lost(comments: dict[tuple[str | int, ...], str]) -> None:
    """A comment on a path that does not exist is an error."""
    with pytest.raises(ValueError, match="comment"):
        emit({"a": [{"c": 1}]}, comments=comments)
    with pytest.raises(ValueError, match="comments stand on a document"):
        emit_documents([1], comments={(3, "a"): "x"})


def test_other_mappings_and_strings_are_written_plainly() -> None:
    """Tuples are lists, other mappings are mappings, an enum of strings is its string."""
    colour = Enum("colour", {"RED": "red"}, type=str)
    assert emit({"a": (1, MappingProxyType({"b": colour.RED})), "c": ()}) == "a:\n- 1\n- b: red\nc: []\n"
