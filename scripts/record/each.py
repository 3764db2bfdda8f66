"""Each: what one item of a list or a map makes, where every item makes objects of its own: pools, locations, classes.

Such a list is no form: an item's objects follow what stands inside it. So one item is probed as a whole chart is: the
keys inside it alone and in pairs, with the list otherwise empty; what further items make is added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from record.keys import assigned, keys_of
from record.learn import Learned, centred, coupled, singles
from record.names import renamed
from record.probe import Prober, Refused, nested_values

from homelab.software.records import text
from homelab.software.records.judged import Facts
from homelab.software.records.levels import ABSENT, kind_of
from homelab.software.records.record import Assignment, Key

NAME = "zqitem"
OTHER = "another-zq-item"
"""Names of items that occur nowhere else, of two lengths."""


class Entangled(Refused):
    """An item changes what is there without it."""


@dataclass
class Found:
    """The items that our components put into one list or map, without their names; a map `names` its items itself."""

    names: bool
    items: list[dict[str, Any]]

    @property
    def nothing(self) -> object:
        """The list or map without items."""
        return {} if self.names else []


@dataclass
class OneItem:
    """Probes of one item of the list or map at `key`, beside the `base` in which it is empty."""

    prober: Prober
    base: Assignment
    key: Key
    found: Found
    empty: Facts
    name: str = NAME
    home: dict[str, str] = field(default_factory=dict)

    @property
    def renders(self) -> int:
        """What was rendered."""
        return self.prober.renders

    def facts(self, given: Assignment, *, checked: bool = True) -> Facts:
        """The facts of the objects that the item makes.

        Raises:
            Refused: in Helm's words; or because other objects are changed by it.
        """
        item = nested_values(given)
        whole = {self.name: item} if self.found.names else [{"name": self.name, **item}]
        state = self.prober.facts({**self.base, self.key: whole}, checked=checked)
        for who, leaves in self.empty.items():
            if state.get(who) is not leaves and state.get(who) != leaves:
                raise Entangled(who)
        made = {who: leaves for who, leaves in state.items() if who not in self.empty}
        self.home.update({who: self.prober.home[who] for who in made if who in self.prober.home})
        return made


def lists(observed: Mapping[Key, list[object]]) -> Iterator[tuple[Key, Found]]:
    """The keys whose values may be told item by item."""
    for key, values in sorted(observed.items()):
        filled = [value for value in values if kind_of(value)]
        listed = [item for value in filled if isinstance(value, list) for item in value]
        mapped = [item for value in filled if isinstance(value, Mapping) for item in value.values()]
        if all(isinstance(value, list) for value in filled) and listed and all(map(_named, listed)):
            yield key, Found(False, [{k: v for k, v in item.items() if k != "name"} for item in listed])
        elif all(isinstance(value, Mapping) for value in filled) and mapped and all(map(_filled, mapped)):
            yield key, Found(True, mapped)


def _named(item: object) -> bool:
    return isinstance(item, Mapping) and isinstance(item.get("name"), str)


def _filled(item: object) -> bool:
    return isinstance(item, Mapping) and bool(item)


def item_of(learned: Learned, prober: Prober, key: Key, found: Found) -> Learned | None:
    """What an item makes, around the one that makes most; None where the items of this key make nothing of their own."""
    own = learned.defaults.get(key, ABSENT)
    if found.names and kind_of(own):
        return None  # Helm lays the user's map over such a one: it cannot be empty
    base = {**learned.base, key: found.nothing}
    with suppress(Refused):
        one = OneItem(prober, base, key, found, prober.facts(base))
        first = own[0] if isinstance(own, list) and own and isinstance(own[0], Mapping) else {}
        found.items += [{k: v for k, v in first.items() if k != "name"}] if first else []
        keys = keys_of(found.items, first)
        given = [assigned(item, keys) for item in found.items]
        states = [one.facts(each) for each in given]
        most = max(range(len(states)), key=lambda n: sum(map(len, states[n].values())))
        if states[most] and renamed(replace(one, name=OTHER).facts(given[most]), OTHER, NAME) == states[most]:
            return Learned(one, frozenset(keys), learned.words, {}, given[most], states[most], renaming=True)
    return None


def filled(inner: Learned, found: Found, told: Callable[[str], None]) -> str:
    """Probe everything inside an item; the text of its record."""
    given = [assigned(item, inner.keys) for item in found.items]
    observed: dict[Key, list[object]] = {}
    for each in given:
        for key, value in each.items():
            observed.setdefault(key, []).append(value)
    singles(inner, observed, lambda _line: None)
    coupled(inner)
    wrong = centred(inner, given)
    told(f"{len(inner.keys)} keys in each, {len(inner.pairs)} pairs, {len(inner.centres)} centres, {wrong} wrong")
    return text.text_of(inner.record("each", "0"), inner.levels, inner.pairs, {}).replace(NAME, text.ITEM)
