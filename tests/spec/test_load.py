"""Loading homelab.yaml: every mistake at once, each with its place; and no file at all that ends in a traceback."""

from __future__ import annotations

import io
import sys
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homelab.errors import HomelabError, InvalidHomelab, UnreadableDocument
from homelab.spec.load import LARGEST, load, loads, of_data, read
from homelab.spec.section import reading
from homelab.spec.source import Source

HERE = Path(__file__).parent
INVALID = sorted((HERE / "invalid").glob("*.yaml"))
VALID = sorted((HERE / "valid").glob("*.yaml"))
BOMB = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in pairwise("abcdefghij")
)
SMALLEST = (HERE / "valid" / "smallest.yaml").read_text()


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_mistake_is_named_exactly(path):
    """The file's one mistake is reported, and nothing else, in the words of the file's first line."""
    text = path.read_text()
    with pytest.raises(InvalidHomelab) as raised:
        loads(text, path.name)
    (mistake,) = raised.value.mistakes
    said = f"{mistake.place.line}:{mistake.place.column} {mistake.path}: {mistake.message}"
    said += f" | {mistake.hint}" if mistake.hint else ""
    assert f"# {said}" == text.partition("\n")[0]


def test_there_are_many_mistakes_to_make():
    """The collection of mistakes stays a collection."""
    assert len(INVALID) >= 35


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_what_can_be_built_is_accepted(path):
    """A file that can be built has no mistakes, however it is written."""
    assert load(str(path)).name


def test_all_mistakes_come_at_once():
    """A wrong node hides neither the wrong network nor the other nodes, in the order of the file."""
    text = SMALLEST.replace("name: lab", "name: Lab").replace("192.168.1.1,", "192.168.9.1,")
    text += "  odd: {role: wrker, address: 192.168.1.10, cpu: 4, memory: 16Gi, disk: 100GB}\n"
    text += "  twin: {role: worker, address: 192.168.1.10, cpu: 4, memory: 16Gi, dsk: 100GB, disk: 10GB}\n"
    with pytest.raises(InvalidHomelab) as raised:
        loads(text)
    paths = [mistake.path for mistake in raised.value.mistakes]
    assert paths == ["name", "network.gateway", "nodes.odd.role", "nodes.twin.address", "nodes.twin.dsk"]


def test_wrong_network_does_not_make_up_others():
    """Where the network cannot be read, nodes are not accused of lying outside of it."""
    with pytest.raises(InvalidHomelab) as raised:
        loads(SMALLEST.replace("gateway: 192.168.1.1, ", ""))
    assert [mistake.path for mistake in raised.value.mistakes] == ["network.gateway"]


@pytest.mark.parametrize(
    "text",
    [
        "", "# only a comment\n", "- a list\n", "just text", "a: b: c\n", "a: [1, 2\n", "\0\1\2", b"\xff\xfe\x00",
        "homelab: v1\n---\nhomelab: v1\n", "homelab: v1\nhomelab: v1\n", "a: &a [*a]\n", "x: *nowhere\n",
        BOMB,
        "[" * 5000, "a: !!python/object:os.system x\n", "\t- x\n", "x" * (LARGEST + 1), b"a: " + b"x" * 10_000_000,
        "'../x': {\"quo'te\": \"new\\nline\"}\n", "1: 2\ntrue: 3\nnull: 4\n",
    ],
    ids=lambda text: repr(text[:12]),
)  # fmt: skip
def test_bad_file_is_a_sentence(text):
    """Truncated, binary, huge, cyclic, hostile: an error with the file's name, never a traceback."""
    with pytest.raises(HomelabError) as raised:
        loads(text, "bad.yaml")
    assert "bad.yaml" in str(raised.value)
    assert "pydantic" not in str(raised.value)


@pytest.mark.parametrize("cut", range(0, len(SMALLEST), 7))
def test_truncated_file_is_a_sentence_or_a_lab(cut):
    """A file cut off anywhere is an error, or a lab that happens to be whole."""
    with suppress(HomelabError):
        assert loads(SMALLEST[:cut]).nodes


def test_missing_folder_and_unreadable_files_are_sentences(tmp_path):
    """What cannot be opened is said with its name and what to do."""
    with pytest.raises(UnreadableDocument, match="homelab init"):
        load(str(tmp_path / "homelab.yaml"))
    with pytest.raises(UnreadableDocument, match="cannot be read"):
        load(str(tmp_path))
    with pytest.raises(UnreadableDocument, match="cannot be read"):
        load("a\0b")


def test_standard_input_is_read(monkeypatch):
    """`-` reads a lab from standard input, and places say so."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SMALLEST.encode())))
    homelab, source = read("-")
    assert (homelab.name, source.file) == ("lab", "<stdin>")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
OPTIONS = st.sampled_from(
    ["network", "nodes", "hosts", "site", "goals", "use", "backup", "access", "accept", "rates", "versions", "name"]
)


@pytest.mark.slow
@settings(max_examples=300)
@given(st.dictionaries(OPTIONS, JSON), st.dictionaries(OPTIONS | st.sampled_from(["role", "address", "cpu"]), JSON))
def test_wrong_types_anywhere_are_mistakes(sections, node):
    """Whatever stands where, the answer is a list of mistakes or a lab."""
    data = {"homelab": "v1", "nodes": {"a": node}, **sections}
    with suppress(InvalidHomelab):
        assert of_data(data).nodes


def test_data_and_text_give_the_same_lab():
    """A what-if from data is the lab that the file would give."""
    homelab, source = read(str(HERE / "valid" / "everything-written-by-hand.yaml"))
    assert of_data(source.data) == homelab


def test_options_know_their_place():
    """An option that is not written is found at its nearest ancestor, one with dots in its key at its line."""
    _homelab, source = read(str(HERE / "valid" / "everything-written-by-hand.yaml"))
    lines = source.text.splitlines()
    for option, begins in {
        "network.gateway": "  gateway",
        "network.pods": "network:",
        "use.metrics.store": "use:",
        "accept.0.reason": "    reason",
        "components.other.practices.probes": "components:",
        "rates.host.mttf": "  host",
    }.items():
        place = source.place(option)
        assert lines[(place.line or 0) - 1].startswith(begins), option
    assert Source("", "x").place("name").line is None


def test_loaded_sections_know_their_option_path():
    """What is read of a loaded lab is recorded under the names of the file."""
    homelab = loads(SMALLEST)
    with reading() as log:
        assert homelab.nodes["mini"].cpu == 4
        assert homelab.practices.budgets
    assert {"nodes.mini.cpu", "practices.budgets"} <= log


def test_secret_is_never_repeated():
    """A mistake about a secret does not print it, even where its form is wrong as well."""
    with pytest.raises(InvalidHomelab) as raised:
        loads(SMALLEST + "git: {repository: ghp_abcdefghijklmnopqrstuvwxyz}\nversions: {talos: xoxb-123456789}\n")
    assert "ghp_" not in str(raised.value)
    assert "xoxb" not in str(raised.value)
    assert len(raised.value.mistakes) == 2


def test_proposed_networks_are_free():
    """A network that is proposed overlaps neither what the file has nor another proposal."""
    text = "homelab: v1\nname: a\nnetwork: {nodes: 10.0.0.0/8, gateway: 10.0.0.1, load_balancers: 10.0.0.2-10.0.0.9}\n"
    with pytest.raises(InvalidHomelab) as raised:
        loads(text + "nodes: {m: {role: control-plane, address: 10.0.0.10, cpu: 8, memory: 32Gi, disk: 500GB}}\n")
    hints = [each.hint.rpartition(" ")[2] for each in raised.value.mistakes if "overlaps" in each.message]
    assert hints == ["172.16.0.0/16", "172.17.0.0/16"]
