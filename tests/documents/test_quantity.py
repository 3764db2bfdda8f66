"""Quantities and sizes: exact, rounded up as Kubernetes does, and written as it would."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.documents.quantity import (
    format_bytes,
    format_cores,
    format_cpu,
    parse_bytes,
    parse_cores,
    parse_cpu,
    parse_quantity,
    rounded_bytes,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("1", 1), ("1.5", Fraction(3, 2)), (".5", Fraction(1, 2)), ("5.", 5), ("-1", -1), ("+1", 1), ("100m", Fraction(1, 10)),
        ("1n", Fraction(1, 10**9)), ("3u", Fraction(3, 10**6)), ("2k", 2000), ("1Ki", 1024), ("1.5Gi", 3 * 2**29), ("1E", 10**18), ("1Ei", 2**60),
        ("1e3", 1000), ("1E3", 1000), ("12e-1", Fraction(6, 5)), (2, 2), (0.5, Fraction(1, 2)),
    ],
)  # fmt: skip
def test_quantity_has_an_exact_value(text: str | float, value: Fraction) -> None:
    """Every form Kubernetes knows, as an exact fraction."""
    assert parse_quantity(text) == value


@pytest.mark.parametrize(
    "text", ["", "m", "1 Gi", "1GiB", "1K", "1ki", "0x1", "1e", "1m3", "1,5", "٣", "1e9999", "inf", "1\n"]
)
def test_what_is_no_quantity_is_refused(text: str) -> None:
    """The message shows what was written and what a quantity looks like."""
    with pytest.raises(ValueError, match="is not a quantity such as"):
        parse_quantity(text)


@pytest.mark.parametrize(
    ("text", "cores"), [("100m", 100), ("1.5", 1500), ("2", 2000), ("0.1m", 1), (0.25, 250), ("1u", 1)]
)
def test_cpu_is_counted_in_millicores(text: str | float, cores: int) -> None:
    """Rounded up, as the scheduler does."""
    assert parse_cpu(text) == cores
    assert parse_cores(text) == cores / 1000


@pytest.mark.parametrize(
    ("text", "count"),
    [
        *(
            ("128Mi", 2**27),
            ("16Gi", 2**34),
            ("16GiB", 2**34),
            ("1.5 TiB", 3 * 2**39),
            ("10KB", 10**4),
            ("10kB", 10**4),
        ),
        *(
            ("50GB", 50 * 10**9),
            ("1TB", 10**12),
            ("64 GB", 64 * 10**9),
            ("512B", 512),
            ("1.5", 2),
            (1024, 1024),
            ("100m", 1),
        ),
    ],
)
def test_sizes_are_bytes(text: str | float, count: int) -> None:
    """Kubernetes' forms and those people write on a box."""
    assert parse_bytes(text) == count


@pytest.mark.parametrize("text", ["B", "GB", "1 B B", "1XB", "mB", "1mB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    """A B alone makes no size."""
    with pytest.raises(ValueError, match="is not a quantity"):
        parse_bytes(text)


@given(st.integers(-(10**15), 10**15))
def test_formatting_loses_nothing(count: int) -> None:
    """What is written parses to the same number."""
    assert parse_bytes(format_bytes(count)) == count
    assert parse_cpu(format_cpu(count)) == count
    assert parse_cores(format_cores(count / 1000)) == pytest.approx(count / 1000)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (2**30, "1Gi"),
        (50 * 10**9, "50G"),
        (3 * 2**29, "1536Mi"),
        (1000, "1k"),
        (1536000, "1536k"),
        (1023, "1023"),
        (-1024, "-1Ki"),
    ],
)
def test_bytes_are_written_in_the_largest_unit(count: int, text: str) -> None:
    """The shortest exact form, binary before decimal."""
    assert format_bytes(count) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1.5e9, "1.4 GiB"), (200 * 2**30, "200 GiB"), (2**40, "1 TiB")]
)
def test_people_read_about_three_digits(count: float, text: str) -> None:
    """For tables, not for manifests."""
    assert rounded_bytes(count) == text


@pytest.mark.parametrize("text", ["1" + "0" * 400, "1e400", "-1e400", "9" * 5000, "1" + "0" * 120 + "Ei"])
def test_what_no_float_holds_is_no_quantity(text):
    """A number beyond any quantity is refused by a ValueError like every other wrong text, whatever it is asked for."""
    for parse in (parse_quantity, parse_bytes, parse_cpu, parse_cores):
        with pytest.raises(ValueError):
            parse(text)
