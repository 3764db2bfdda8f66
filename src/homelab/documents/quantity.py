"""Quantities as Kubernetes writes them, and sizes as people do: `100m`, `1.5`, `128Mi`, `50GB`, `2e3`.

CPU is counted in whole millicores and storage in whole bytes, both rounded up as Kubernetes does.
"""

from __future__ import annotations

import re
from fractions import Fraction
from math import ceil

_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}
_DECIMAL = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}
_SMALL = {"n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000)}
_SCALES: dict[str, int | Fraction] = {"": 1, **_SMALL, **_DECIMAL, **_BINARY}
LARGEST = 10**100
"""Beyond any quantity of the world, and within what a float holds."""
_QUANTITY = re.compile(
    r"(?P<number>[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:(?P<suffix>[KMGTPE]i|[numkMGTPE]?)|[eE](?P<power>[-+]?[0-9]{1,3}))"
)


def parse_quantity(text: str | float) -> Fraction:
    """The exact value of a Kubernetes quantity.

    Raises:
        ValueError: not a quantity; the message says what one looks like.
    """
    match = _QUANTITY.fullmatch(str(text))
    if match is None:
        raise ValueError(f"{text!r} is not a quantity such as 100m, 1.5, 128Mi or 1e3")
    scale = Fraction(10) ** int(match["power"]) if match["power"] else _SCALES[match["suffix"]]
    value = Fraction(match["number"]) * scale
    if abs(value) > LARGEST:
        raise ValueError("it is more than any machine has, counts or measures")
    return value


def parse_cpu(text: str | float) -> int:
    """CPU in millicores, rounded up: `100m` → 100, `1.5` → 1500, `2` → 2000. Raises ValueError."""
    return ceil(parse_quantity(text) * 1000)


def parse_cores(text: str | float) -> float:
    """CPU in cores, to the millicore: `500m` → 0.5, `4` → 4.0. Raises ValueError."""
    return parse_cpu(text) / 1000


def parse_bytes(text: str | float) -> int:
    """A Kubernetes quantity, or a size with a B (`50GB`, `1TB`, `16GiB`), in bytes, rounded up. Raises ValueError."""
    size = str(text)
    if size.endswith("B") and size[-2:-1] and size[-2] in "kKMGTPEi0123456789":
        size = size[:-1].replace(" ", "")
        size = size[:-1] + "k" if size.endswith("K") else size
    return ceil(parse_quantity(size))


def format_cpu(millicores: int) -> str:
    """Millicores as Kubernetes would write them: 100 → `100m`, 2000 → `2`."""
    return str(millicores // 1000) if millicores % 1000 == 0 else f"{millicores}m"


def format_cores(cores: float) -> str:
    """Cores as Kubernetes would write them, rounded to the millicore: 0.5 → `500m`, 4.0 → `4`."""
    return format_cpu(round(cores * 1000))


def format_bytes(count: int) -> str:
    """Bytes in the unit that gives the shortest exact text, binary before decimal: 2**30 → `1Gi`, 5 * 10**10 → `50G`."""
    texts = [f"{count // scale}{suffix}" for suffix, scale in (_BINARY | _DECIMAL).items() if count % scale == 0]
    return min(texts, key=len, default=str(count)) if count else "0"


def rounded_bytes(count: float) -> str:
    """Bytes for a person, to about three digits in binary units: 1.5e9 → `1.4 GiB`. Not exact."""
    for suffix, scale in reversed(_BINARY.items()):
        if abs(count) >= scale:
            number = count / scale
            return f"{number:.0f} {suffix}B" if number >= 100 else f"{number:.3g} {suffix}B"
    return f"{count:.0f} B"
