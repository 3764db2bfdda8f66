"""SpecEdits: an option set or removed in data and in text, and nothing else touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homelab.documents.read import load
from homelab.errors import UsageError
from homelab.findings import SpecEdit
from homelab.spec.edit import apply, apply_data, value_at
from homelab.spec.option import steps

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/homelab.yaml"))
TEXT = """\
# what this lab is
name: lab   # its name

nodes:
  # the first
  a: {cpu: 4, ceph: [200GB, 300GB]}
  b:
    cpu: 2  # two

    ceph:
      - 100GB
      - 200GB # the second
    note: |
      several
      lines

# whom it serves
access:
  public: []
  sso:
use: {storage.block: rook-ceph}
components:
  robusta: off
accept:
  - check: one
    reason: because
  - {check: two, reason: why}
shared: &shared {x: 1}
again: *shared
"""
DATA = load(TEXT, "x")[0]


def edited(path, value):
    return apply(TEXT, [SpecEdit(path, value)])


def difference(text):
    """(lines that went, lines that came)."""
    before, after = TEXT.splitlines(), text.splitlines()
    return [line for line in before if line not in after], [line for line in after if line not in before]


@pytest.mark.parametrize(
    ("path", "value", "went", "came"),
    [
        ("name", "other", ["name: lab   # its name"], ["name: other   # its name"]),
        ("nodes.a.cpu", 8, ["  a: {cpu: 4, ceph: [200GB, 300GB]}"], ["  a: {cpu: 8, ceph: [200GB, 300GB]}"]),
        ("nodes.a.memory", "8Gi", ["  a: {cpu: 4, ceph: [200GB, 300GB]}"], ["  a: {cpu: 4, ceph: [200GB, 300GB], memory: 8Gi}"]),
        ("nodes.a.ceph.0", "1TB", ["  a: {cpu: 4, ceph: [200GB, 300GB]}"], ["  a: {cpu: 4, ceph: [1TB, 300GB]}"]),
        ("nodes.a.ceph.2", "1TB", ["  a: {cpu: 4, ceph: [200GB, 300GB]}"], ["  a: {cpu: 4, ceph: [200GB, 300GB, 1TB]}"]),
        ("nodes.a.ceph.0", None, ["  a: {cpu: 4, ceph: [200GB, 300GB]}"], ["  a: {cpu: 4, ceph: [300GB]}"]),
        ("nodes.a.cpu", None, ["  a: {cpu: 4, ceph: [200GB, 300GB]}"], ["  a: {ceph: [200GB, 300GB]}"]),
        ("nodes.b.cpu", 3, ["    cpu: 2  # two"], ["    cpu: 3  # two"]),
        ("nodes.b.cpu", None, ["    cpu: 2  # two"], []),
        ("nodes.b.memory", "4Gi", [], ["    memory: 4Gi"]),
        ("nodes.b.ceph.2", "9GB", [], ["      - 9GB"]),
        ("nodes.b.ceph.1", None, ["      - 200GB # the second"], []),
        ("nodes.b.note", "short", ["    note: |", "      several", "      lines"], ["    note: short"]),
        ("nodes.c", {"cpu": 1}, [], ["  c: {cpu: 1}"]),
        ("access.public.0", "n8n", ["  public: []"], ["  public: [n8n]"]),
        ("access.sso.0", "n8n", ["  sso:"], ["  sso: [n8n]"]),
        ("use.storage.block", None, ["use: {storage.block: rook-ceph}"], ["use: {}"]),
        ("use.storage.local", "local-path", ["use: {storage.block: rook-ceph}"], ["use: {storage.block: rook-ceph, storage.local: local-path}"]),
        ("components.robusta", None, ["components:", "  robusta: off"], ["components: {}"]),
        ("components.robusta.level", "high", ["  robusta: off"], ["  robusta: {level: high}"]),
        ("components.new.deep", True, [], ["  new: {deep: true}"]),
        ("accept.0.reason", "never", ["    reason: because"], ["    reason: never"]),
        ("accept.1.reason", "never", ["  - {check: two, reason: why}"], ["  - {check: two, reason: never}"]),
        ("accept.1", None, ["  - {check: two, reason: why}"], []),
        ("fresh.section", "a, b", [], ['fresh: {section: "a, b"}']),
    ],
)  # fmt: skip
def test_only_the_option_changes(path, value, went, came):
    """An edit changes the lines of its option, keeps their comments, and says what it should."""
    text = edited(path, value)
    assert difference(text) == (went, came)
    assert value_at(load(text, "x")[0], path) == value or value is None


def test_edit_that_holds_changes_nothing():
    """What is already so stays byte for byte."""
    assert edited("nodes.b.cpu", 2) == TEXT
    assert edited("nodes.b.gone", None) == TEXT
    assert edited("components.robusta", False) == TEXT


def test_edit_behind_an_alias_is_refused():
    """A change that would reach further than its option is a sentence, and no change."""
    with pytest.raises(UsageError, match="by hand"):
        edited("again.x", 2)


@pytest.mark.parametrize("path", ["name.below", "nodes.b.ceph.9", "accept.first", ""])
def test_impossible_edit_is_a_sentence(path):
    """An option that cannot stand where it should is named."""
    with pytest.raises(UsageError):
        edited(path, 1)


def test_empty_file_gets_its_first_option():
    """An edit of nothing but a comment adds the option below it."""
    assert apply("# hello", [SpecEdit("a.b", 1)]) == "# hello\na: {b: 1}\n"


def test_long_entry_is_written_over_lines():
    """What does not fit on a line is written as a block."""
    node = {f"key-{number}": "x" * 20 for number in range(6)}
    text = edited("nodes.c", node)
    assert "  c:\n    key-0: xxxxxxxxxxxxxxxxxxxx\n" in text


def test_file_without_final_newline_is_edited():
    """A last line without an end gets one when something follows it."""
    assert apply("a: 1", [SpecEdit("b", 2)]) == "a: 1\nb: 2\n"


VALUES = st.recursive(
    st.booleans() | st.integers(-9, 10**9) | st.floats(-1e3, 1e3).map(lambda f: round(f, 2))
    | st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12) | st.sampled_from(["off", "1.10", "a: b", "x #y", "8Gi"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc-", min_size=1, max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def paths_of(data, at=""):
    if isinstance(data, dict):
        for key, value in data.items():
            path = f"{at}.{key}" if at else key
            yield path
            yield from paths_of(value, path)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield f"{at}.{index}"
            yield from paths_of(value, f"{at}.{index}")


PATHS = [path for path in paths_of(DATA) if not path.startswith(("again", "shared"))]


@pytest.mark.slow
@settings(max_examples=400)
@given(st.sampled_from(PATHS), VALUES)
def test_edit_then_load_gives_the_value(path, value):
    """Any value at any option: data and text agree, comments elsewhere stay, a second edit changes nothing."""
    edit = SpecEdit(path, value)
    text = apply(TEXT, [edit])
    assert load(text, "x")[0] == apply_data(DATA, [edit])
    assert apply(text, [edit]) == text
    assert "# what this lab is" in text
    assert ("# whom it serves" in text) or path.startswith("nodes.b")


@settings(max_examples=150)
@given(st.sampled_from(PATHS), st.sampled_from(PATHS))
def test_options_are_removed(first, second):
    """Removing options leaves a file that says the same without them."""
    edits = [SpecEdit(first, None), SpecEdit(second, None)]
    assert load(apply(TEXT, edits), "x")[0] == apply_data(DATA, edits)


@pytest.mark.slow
@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.parent.name)
def test_every_option_of_the_examples_can_be_edited(file):
    """Each option that an example writes can be set and removed in place."""
    text = file.read_text()
    data = load(text, "x")[0]
    for path in paths_of(data):
        for value in ("other", None):
            done = apply(text, [SpecEdit(path, value)])
            assert load(done, "x")[0] == apply_data(data, [SpecEdit(path, value)]), path


def test_dotted_keys_are_one_step():
    """Capabilities and rates are one key, other dots separate, digits are indices only where a list stands."""
    assert steps("use.storage.block", {}) == ("use", "storage.block")
    assert steps("rates.network.switch.mttf", {}) == ("rates", "network.switch", "mttf")
    assert steps("nodes.1.ceph.0", {"nodes": {"1": {"ceph": ["x"]}}}) == ("nodes", "1", "ceph", 0)
    assert steps("components.x.labels.a.b", {"components": {"x": {"labels": {"a.b": 1}}}})[-1] == "a.b"
    assert steps("access.public.0", {"access": {}}) == ("access", "public", 0)
    assert steps("", {}) == ()
