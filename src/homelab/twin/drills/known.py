"""Known: predictions that are known to be wrong, each with the fault's id, why, and since when.

Strict: a fault of which every row agrees fails the drill until it is taken off the list. `when` narrows an entry to the labs and
targets in which the fault shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from homelab.documents.read import read
from homelab.errors import InvalidHomelab, Mistake
from homelab.twin.drills.rows import Row
from homelab.twin.drills.scene import Scene

FILE = "known.yaml"
FIELDS = ("fault", "drill", "rows", "when", "because", "since")
WHEN: Mapping[str, Callable[[Scene], bool]] = MappingProxyType({"always": lambda _scene: True})


@dataclass(frozen=True, slots=True)
class Known:
    """A known contradiction: id of the `fault`, the scenario, a glob over ids of rows, a word of WHEN, the reason, the ISO date."""

    fault: str
    drill: str
    rows: str
    when: str
    because: str
    since: str

    def speaks_of(self, scenario: str, row: Row) -> bool:
        """Whether a row is meant."""
        return fnmatchcase(scenario, self.drill) and fnmatchcase(row.id, self.rows)


def known() -> tuple[Known, ...]:
    """The list that comes with homelab."""
    return parse((files("homelab.twin.drills") / FILE).read_bytes(), FILE)


def parse(text: bytes | str, file: str) -> tuple[Known, ...]:
    """The list of a text; an empty list where the text says `[]`.

    Raises:
        InvalidHomelab: with every mistake.
    """
    (document,) = read(text, file, positions=True)
    items: list[Any] = document.value if isinstance(document.value, list) else [None]
    wrong = [
        Mistake(
            document.place((number,)),
            str(number),
            f"a known contradiction has {', '.join(FIELDS)}, each a text; when is {' or '.join(WHEN)}",
        )
        for number, item in enumerate(items)
        if not isinstance(item, dict)
        or set(item) != set(FIELDS)
        or not all(isinstance(v, str) and v for v in item.values())
        or item["when"] not in WHEN
    ]
    if wrong:
        raise InvalidHomelab(wrong)
    return tuple(Known(**item) for item in items)


def expected_to_contradict(faults: Iterable[Known], scenario: str, scene: Scene, rows: Iterable[Row]) -> dict[str, str]:
    """Ids of rows that are expected to be contradicted in a scene, with the fault's id."""
    listed = [each for each in faults if WHEN[each.when](scene)]
    return {row.id: each.fault for row in rows for each in listed if each.speaks_of(scenario, row)}
