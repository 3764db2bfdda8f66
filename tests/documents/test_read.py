"""Reading: values as Kubernetes reads them, positions that point at keys, sentences for what cannot be read."""

from __future__ import annotations

import json
import random
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.kubectl_reads import kubectl_reads
from homelab.documents.read import Document, load, locate, read, templated
from homelab.errors import Place, UnreadableDocument

LAB = """\
# a comment
---
kind: A
spec:
  list:
  - name: x
    port: 1
  - name: y
---
# nothing here
---
base: &base {one: 1, two: 2}
more:
  <<: *base
  two: 3
copy: *base
"""
STRUCTURES = [
    "v: &a {x: 1}\nw: *a",
    "v:\n  <<: [{x: 1, y: 1}, {x: 2, z: 3}]\n  y: 5",
    "v: {y: 5, <<: {y: 1}}",
    "v: &a 1\nw: &a 2\nx: *a",
    "v: |\n  a\n\n  b\nw: >\n  a\n  b\n\n  c\nx: |+\n  a\n\ny: |2-\n    a\n",
    "v: 'a\n  b'\nw: \"a\\\n  b\"",
    "v: a\n  b\n  c",
    "v:\r\n- a\r\n- b: |\r\n    c\r\n",
    "v: [a, [b, {c: d}], 'e, f']",
    "? v\n: w\n? |\n  long\n: x",
    "v: !!binary |\n  aGVs\n  bG8=",
    "v: " + "[" * 300 + "]" * 300,
    "v: " + "x" * 100_000,
    "v: \U0001f600 é \u2028",
    "v: # comment\n\n  x",
    "v:\n- - a\n  - b\n- - c",
    "v: http://x/#y\nw: a#b",
    'v: {"a":1, b: 2,}',
]  # fmt: skip


def _error(text: bytes | str) -> UnreadableDocument:
    with pytest.raises(UnreadableDocument) as caught:
        load(text, "f.yaml")
    return caught.value


def _values_or_error(text: bytes | str) -> list[object] | str:
    """What the reader made of it: values that JSON can hold, or a sentence with a place."""
    try:
        values = load(text, "f")
    except UnreadableDocument as error:
        return str(error) if str(error).startswith("f:") else ""
    json.dumps(values, allow_nan=False)
    return values or "empty"


def test_documents_know_their_number_and_line() -> None:
    """Empty documents are left out and do not count."""
    assert [(each.index, each.line) for each in read(LAB, "lab.yaml")] == [(0, 3), (1, 12)]
    assert load("", "f") == load("# only a comment\n---\n", "f") == []
    assert load("--- null\n--- ''\n", "f") == [None, ""]


@pytest.mark.parametrize(
    ("index", "path", "key", "value"),
    [
        (0, (), "3:1", "3:1"),
        (0, ("spec",), "4:1", "5:3"),
        (0, ("spec", "list"), "5:3", "6:3"),
        (0, ("spec", "list", 0), "6:5", "6:5"),
        (0, ("spec", "list", 0, "port"), "7:5", "7:11"),
        (0, ("spec", "list", -1, "name"), "8:5", "8:11"),
        (0, ("spec", "list", 7, "name"), "5:3", "5:3"),
        (0, ("spec", "missing", "deeper"), "4:1", "4:1"),
        (0, ("spec", "list", 0, "image"), "6:5", "6:5"),
        (1, ("more", "one"), "12:14", "12:19"),
        (1, ("more", "two"), "15:3", "15:8"),
        (1, ("copy", "two"), "12:22", "12:27"),
    ],
)
def test_a_path_has_a_place(index: int, path: tuple[str | int, ...], key: str, value: str) -> None:
    """A place is that of the key or item; of the deepest ancestor where the path ends early; merged keys stand at their source."""
    document = read(LAB, "lab.yaml", positions=True)[index]
    assert str(document.place(path)) == f"lab.yaml:{key}"
    assert str(document.value_place(path)) == f"lab.yaml:{value}"
    assert locate(LAB, "lab.yaml", index, path) == document.place(path)
    assert locate(LAB, "lab.yaml", index, path, value=True) == document.value_place(path)


def test_without_positions_a_place_is_the_document() -> None:
    """Reading without positions still says where the document begins; a document that is not there is the file."""
    assert read(LAB, "f")[0].place(("spec",)) == Place("f", 3)
    assert locate(LAB, "f", 9) == Place("f")
    assert Document(1, "f", 2, 0).value_place() == Place("f", 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a: \xff", "f.yaml:1: byte 0xff is not UTF-8"),
        (b"a: 1\n\0GITCRYPT\xff\xfe", "f.yaml:2: the file is binary"),
        ("a: \0", "f.yaml:1:4: the control character U+0000 cannot stand in YAML"),
        ("ä: 1\nb: é\x07", "f.yaml:2:5: the control character U+0007 cannot stand in YAML"),
        ("a: \ud800", "f.yaml:1: a character is half of a surrogate pair, which is not Unicode text"),
        ("a:\n\tb: 1", "f.yaml:2:1: a tab stands where YAML allows only spaces"),
        ("a: @b", "f.yaml:1:4: '@' cannot begin a value; quote it"),
        ("a: *b", "f.yaml:1:4: an alias (*) refers to an anchor that is not defined above it"),
        ("a: &a\n  b: *a", "f.yaml:1:4: an anchor contains an alias to itself"),
        ("a: 1\nb: 2\na: 3", "f.yaml:3:1: the key 'a' stands twice in one mapping, first in line 1; Kubernetes would drop one silently"),
        ("a: {'1': 1, 1: 2}", "f.yaml:1:13: the key '1' stands twice in one mapping, first in line 1; Kubernetes would drop one silently"),
        ("a: -.inf", "f.yaml:1:4: -.inf is a number that Kubernetes cannot hold"),
        ("a: !!int x", "f.yaml:1:4: 'x' is not of the type !!int"),
        ("a: !!binary x", "f.yaml:1:4: !!binary is not base64"),
        ("a: {{ b }}", "f.yaml:1:5: a mapping or list cannot be a key"),
        ("~: a", "f.yaml:1:1: ~ cannot be a key; quote it"),
        ("a: b: c", "f.yaml:1:5: a ': ' stands where no mapping can begin; quote the value or check the indentation"),
        ("a: 'b", "f.yaml:1:6: the file ends inside a quoted string"),
        ("a: [b", "f.yaml:2:1: while parsing a flow sequence: did not find expected ',' or ']'"),
        ("a: " + "[" * 600 + "]" * 600, "f.yaml:1:504: the document is nested too deeply"),
        ("[" * 5000, "f.yaml:1:1001: the document is nested too deeply"),
        ("- " * 5000, "f.yaml:1:1999: the document is nested too deeply"),
        ("<<: 1", "f.yaml:1:5: '<<' merges a mapping or a list of mappings"),
        (" " * (64 * 2**20 + 1), "f.yaml: the file is larger than 64 MiB"),
        ("%YAML 3.0\n---\na", "f.yaml:1:1: the %YAML directive names a version other than 1.1 or 1.2"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_in_a_sentence(text: bytes | str, message: str) -> None:
    """Each failure names file, line, column and the reason."""
    assert str(_error(text)) == message


def test_an_alias_bomb_is_refused() -> None:
    """Ten aliases of ten aliases, nine deep, cost neither time nor memory."""
    lines = ["a0: &a0 x"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert "multiply" in str(_error("\n".join(lines)))


def test_aliases_become_copies() -> None:
    """Changing one place of what an alias named does not change the other."""
    [value] = load("a: &x {b: [1]}\nc: *x", "f")
    value["a"]["b"].append(2)
    assert value["c"] == {"b": [1]}


def test_an_anchor_may_be_defined_again() -> None:
    """Kubernetes takes the latest anchor of a name, also in the second of three documents."""
    text = "a: 1\n---\na: &x 1\nb: *x\nc: &x 2\nd: *x\n---\ne: 1\n"
    assert load(text, "f") == [{"a": 1}, {"a": 1, "b": 1, "c": 2, "d": 2}, {"e": 1}]
    assert str(locate(text, "f", 1, ("d",))) == "f:6:1"
    assert str(_error("a: &x 1\nb: &x [").where) == "f.yaml:3:1"
    assert "too deeply" in str(_error("a: &x 1\nb: &x " + "[" * 900 + "]" * 900))


def test_a_deep_caller_gets_the_sentence_too() -> None:
    """Where little of the stack is left, a document that would fit is refused in a sentence."""

    def deeper(levels: int) -> str:
        return deeper(levels - 1) if levels else str(_error("[" * 490 + "]" * 490))

    assert len(load("[" * 490 + "]" * 490, "f")) == 1
    assert deeper(sys.getrecursionlimit() - 500).endswith("nested too deeply")


def test_a_place_can_be_found_in_what_cannot_be_read() -> None:
    """Pointing into a document that is nested too deeply, or that merges itself, does not fail."""
    assert locate("[" * 700 + "]" * 700, "f", 0, (0,) * 600) == Place("f", 1, 601)
    assert locate("&a {<<: *a, b: 1}", "f", 0, ("b",)) == Place("f", 1, 13)


def test_byte_order_mark_and_windows_lines() -> None:
    """A byte order mark and CRLF change no value and no position."""
    [document] = read(b"\xef\xbb\xbfa: 1\r\nb:\r\n  c: |\r\n    x\r\n    y\r\n", "f", positions=True)
    assert document.value == {"a": 1, "b": {"c": "x\ny\n"}}
    assert (str(document.place(("a",))), str(document.place(("b", "c")))) == ("f:1:1", "f:3:3")


@pytest.mark.slow
def test_structures_are_what_kubectl_reads(oracle, tmp_path) -> None:
    """Anchors, merges, blocks, flows, folds and tags have the values kubectl gives them."""
    documents = [
        text.rstrip("\n") + f"\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{n}}}\n"
        for n, text in enumerate(STRUCTURES)
    ]
    assert [load(text, "f")[0] for text in documents] == kubectl_reads(oracle("kubectl"), documents, tmp_path)


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    """Arbitrary bytes give values or UnreadableDocument, nothing else; the same with positions."""
    values = _values_or_error(data)
    if isinstance(values, list):
        assert [each.value for each in read(data, "f", positions=True)] == values


@settings(max_examples=300)
@given(st.text(alphabet="ab:- \n\t#&*!|>'\"%@`[]{},?~<=.0x1e\\", max_size=60))
def test_no_signs_break_the_reader(text: str) -> None:
    """Strings made of YAML's own signs give values or UnreadableDocument, and are never slow or a traceback."""
    if isinstance(_values_or_error(text), list):
        for document in read(text, "f", positions=True):
            assert document.place().line == document.line
    assert templated(text) in {True, False}


@settings(max_examples=200)
@given(st.randoms(use_true_random=False))
def test_no_mutation_breaks_the_reader(chance: random.Random) -> None:
    """A good file with characters dropped, doubled or exchanged gives values or UnreadableDocument."""
    signs = list("\n".join([LAB, *STRUCTURES[:10]]))
    for _ in range(chance.randint(1, 8)):
        at, other = chance.randrange(len(signs)), chance.randrange(len(signs))
        signs[at] = chance.choice(["", signs[at] * 2, signs[other], "\0", "\t", "*base ", "&base "])
    assert _values_or_error("".join(signs))


def test_every_key_that_stands_twice_is_named():
    """All keys that stand twice are told at once, wherever they stand, the first with its place."""
    text = "a: 1\nb: {c: 1, d: 2, c: 3}\na: 2\ne:\n- {f: 1, 1: x, f: 2, 1: y}\n"
    with pytest.raises(UnreadableDocument) as error:
        load(text, "x.yaml")
    assert str(error.value) == (
        "x.yaml:2:17: the key 'c' stands twice in one mapping, first in line 2; Kubernetes would drop one silently\n"
        "  hint: so does 'a' in line 3, 'f' in line 5, '1' in line 5"
    )
    with pytest.raises(UnreadableDocument) as many:
        load("".join(f"k{n}: 1\n" for n in range(30)) * 2, "x.yaml")
    assert many.value.hint.endswith("'k20' in line 51 and 9 more")
