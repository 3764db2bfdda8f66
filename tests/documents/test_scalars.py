"""Scalars are what Kubernetes takes them for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.kubectl_reads import kubectl_reads
from homelab.documents.read import load
from homelab.documents.scalars import as_json, key_of, plain, typed
from homelab.errors import UnreadableDocument

BOOLEANS = {
    spelling: word in ("y", "yes", "on", "true")
    for word in ("y", "n", "on", "off", "yes", "no", "true", "false")
    for spelling in (word, word.capitalize(), word.upper())
}
SCALARS: dict[str, object] = {
    **BOOLEANS,
    "yEs": "yEs", "oN": "oN", "TrUE": "TrUE",
    "~": None, "null": None, "Null": None, "NULL": None, "nUll": "nUll", "''": "",
    "0755": 493, "0o755": 493, "0O17": 15, "-0o17": -15, "0x1F": 31, "0X1f": 31, "+0x1F": 31, "0b101": 5, "-0b1": -1, "0b2": "0b2",
    "08": 8, "09.5": 9.5, "007_7": 63, "0x": "0x", "0x1p4": "0x1p4", "0b_1": 1,
    "+12": 12, "-12": -12, "1_000": 1000, "1__0": 10, "_1": "_1", "1_000.5": 1000.5,
    "1e3": 1000, "1E3": 1000, "1e+3": 1000, "1.5e3": 1500, "1e": "1e", "5.": 5, ".5": 0.5, ".5_0": 0.5, "-.5": -0.5, "+.5": 0.5, ".5e3": 500,
    ".e3": ".e3", ".": ".", "..": "..", "+": "+", "-.": "-.", "1.5.5": "1.5.5", "1.0": 1, "0.1": 0.1, "-0": 0, "-0.0": 0,
    "9223372036854775807": 2**63 - 1, "9223372036854775808": 2.0**63, "18446744073709551615": 2.0**64, "18446744073709551616": 2.0**64,
    "-9223372036854775809": -(2.0**63), "1e18": 10**18, "1e20": 1e20, "1e21": 1e21, "1152921504606846976.0": 1152921504606847000,
    "1e400": "1e400", "1e1000": "1e1000", "1e-400": 0, "0.0000001": 1e-7, "4.9e-324": 5e-324, "1.7976931348623157e308": 1.7976931348623157e308,
    "99999999999999999999999999999999999999999999999999": 1e50, "0b" + "1" * 65: "0b" + "1" * 65, "0x" + "f" * 17: "0x" + "f" * 17,
    "12:30": "12:30", "1:30:00": "1:30:00", "2001-01-01": "2001-01-01", "2001-12-14t21:59:43.10-05:00": "2001-12-14t21:59:43.10-05:00",
    "=": "=", "<<": "<<", "Infinity": "Infinity", "nan": "nan", "10.0.0.1": "10.0.0.1", "1/2": "1/2",
    "!custom 12": "12", "!custom": "", "!!str 12": "12", "!!str": "", "!!null": None, '!!int "3"': 3, "!!float 3": 3, "!!bool yes": True,
    "!!timestamp 2001-01-01": "2001-01-01", "!!binary aGVsbG8=": "hello",
    '"\\x41\\u2028"': "A\u2028", "'it''s'": "it's", "| # comment\n  x\n": "x\n", ">-\n  a\n  b\n": "a b",
    "{a: 1, ? b : 2}": {"a": 1, "b": 2}, "[a, ]": ["a"], "{a, b: }": {"a": None, "b": None}, "!!set {a, b}": {"a": None, "b": None},
    "!custom [a, 1]": ["a", 1], "!custom {a: 1}": {"a": 1}, "!!str {a: b}": {"a": "b"},
}  # fmt: skip
KEYS = {
    "1": "1", "1.5": "1.5", "true": "true", "on": "true", "n": "false", "0755": "493", "1.0": "1", "1e3": "1000", "0.1": "0.1",
    "100000000000000000000": "1e+20", "2001-01-01": "2001-01-01", "=": "=", '"<<"': "<<", "!!int '1'": "1", "!!str <<": "<<",
    "!!binary aGVsbG8=": "hello", "!custom a": "a", "1e5": "100000", "0.00001": "1e-05", "1234567.5": "1.2345675e+06", "1e6": "1e+06",
    "-2.5": "-2.5", ".inf": ".inf", "16777217.5": "1.6777218e+07", "1e40": ".inf",
}  # fmt: skip
REJECTED = [
    ".inf",
    "-.INF",
    "+.inf",
    ".NaN",
    '!!float "x"',
    "!!null x",
    '!!binary "%%%"',
    "!!int",
    "{null: a}",
    "{~: a}",
    "{? [a] : c}",
]
REJECTED += ["{<<: x}", "{<<: [x]}", "{<<: null}", "{{a: b}: c}", "*nowhere", "&a [*a]", "'open"]


def _objects(cases: dict[str, object]) -> list[str]:
    return [f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{n}}}\nv: {case}\n" for n, case in enumerate(cases)]


@pytest.mark.parametrize(("text", "value"), SCALARS.items())
def test_scalar_has_the_value_and_the_type(text: str, value: object) -> None:
    """Each case is read as the table says, an integer never as a float."""
    [read] = load(f"v: {text}\n", "f")
    assert read == {"v": value}
    assert type(read["v"]) is type(value)


@pytest.mark.slow
def test_the_table_is_what_kubectl_reads(oracle, tmp_path) -> None:
    """Every scalar of the table is what real kubectl makes of it."""
    read = kubectl_reads(oracle("kubectl"), _objects(SCALARS), tmp_path)
    assert {text: value["v"] for text, value in zip(SCALARS, read, strict=True)} == SCALARS


@pytest.mark.parametrize(("text", "name"), KEYS.items())
def test_key_becomes_a_string(text: str, name: str) -> None:
    """A key that is no string becomes the string Kubernetes makes of it."""
    assert load(f"{{? {text} : x}}", "f") == [{name: "x"}]


@pytest.mark.slow
def test_keys_are_what_kubectl_reads(oracle, tmp_path) -> None:
    """Every key of the table is what real kubectl makes of it."""
    read = kubectl_reads(oracle("kubectl"), _objects({f"{{? {text} : x}}": None for text in KEYS}), tmp_path)
    assert [value["v"] for value in read] == [{name: "x"} for name in KEYS.values()]


@pytest.mark.parametrize("text", REJECTED)
def test_what_kubernetes_rejects_is_an_error_with_a_place(text: str) -> None:
    """What JSON cannot hold or YAML does not allow stops with the place."""
    with pytest.raises(UnreadableDocument) as caught:
        load(f"a: 1\nv: {text}\n", "lab.yaml")
    assert str(caught.value.where).startswith(("lab.yaml:2:", "lab.yaml:3:"))


@pytest.mark.slow
@pytest.mark.parametrize("text", REJECTED)
def test_kubectl_rejects_it_too(text: str, oracle, tmp_path) -> None:
    """Nothing is refused here that kubectl would take."""
    with pytest.raises(ValueError, match=r"yaml|json|key"):
        kubectl_reads(oracle("kubectl"), _objects({text: None}), tmp_path)


@given(st.text(max_size=30))
def test_a_plain_string_is_read_as_itself(text: str) -> None:
    """Whatever `plain` lets through needs no quotes, as a value, as an item and as a key."""
    if plain(text):
        assert load(f"- {text}\n- a: {text}\n- {text}: a\n- - {text}\n", "f") == [
            [text, {"a": text}, {text: "a"}, [text]]
        ]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_comes_back_from_json(value: float) -> None:
    """Only floats that are whole and fit 64 bits become integers."""
    assert as_json(value) == pytest.approx(value, rel=1e-15)
    assert isinstance(as_json(value), int) == (value.is_integer() and -(2**63) <= int(value) < 2**63)


@pytest.mark.parametrize(
    "text", ["a", "a b", "a:b", "https://x:80/y", "10.0.0.1/24", "0 3 * * *", "-a", "a#b", "~/x", "1.2.3", "n8n", "ä"]
)
def test_ordinary_strings_need_no_quotes(text: str) -> None:
    """What people write without quotes is written without quotes."""
    assert plain(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " a",
        "a ",
        "a: b",
        "a #b",
        "*a",
        "- a",
        "on",
        "1e3",
        "=",
        "<<",
        "2001-01-01",
        "12:30",
        "0x_1f",
        "1e999",
        "---",
        "a\x85b",
        "a:",
    ],
)
def test_ambiguous_strings_are_quoted(text: str) -> None:
    """What any YAML reader might take for something else is quoted."""
    assert not plain(text)


def test_infinite_and_missing_keys_are_told_apart() -> None:
    """A key that has no spelling in Kubernetes is none; `.inf` as a plain value is marked, not a number."""
    assert key_of(None, "~") is None
    assert typed(".inf") == "tag:yaml.org,2002:float"
