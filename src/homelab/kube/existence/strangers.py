"""Strangers: custom resources of operators that nobody here knows, and what they may make: by what they name and are called."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from homelab.kube.facts import Obscure
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource, dig
from homelab.kube.selector import matches

APART = re.compile(r"[^A-Za-z0-9]+")
"""What parts the words of a name."""
COPIES = re.compile(r"backup|snapshot|restic|kopia|stash|kasten|gemini|replication", re.IGNORECASE)
"""How the kinds and groups of programs that copy are called."""
LONGEST = 12
"""Words of a name that are looked at; nobody gives more."""
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Stranger:
    """A custom resource with the texts that stand in it beside its metadata, and the pods that it describes."""

    resource: Resource
    texts: frozenset[str]
    templates: tuple[Mapping[str, Any], ...]

    def near(self, namespace: str) -> bool:
        """Whether it may act in a namespace: it stands there, outside of all, or names it."""
        return self.resource.namespace in {namespace, ""} or namespace in self.texts

    def __str__(self) -> str:
        return f"{self.resource.kind} {self.resource.name}"


@dataclass(frozen=True, slots=True)
class _Index:
    """The strangers by what they are looked for: a text, their own words in a namespace, their kind or group there."""

    naming: dict[str, list[_Stranger]] = field(default_factory=lambda: defaultdict(list))
    called: dict[tuple[str, Words], list[_Stranger]] = field(default_factory=lambda: defaultdict(list))
    kinds: dict[tuple[str, str], list[_Stranger]] = field(default_factory=lambda: defaultdict(list))
    shaping: list[_Stranger] = field(default_factory=list)
    copying: list[_Stranger] = field(default_factory=list)


def _index(inventory: Inventory) -> _Index:
    def make() -> _Index:
        index = _Index()
        for fact in inventory.facts_of(Obscure):
            found = inventory.subject(fact.subject)
            if found is None:
                continue
            inner = {key: value for key, value in found.body.items() if key != "metadata"}
            stranger = _Stranger(found, frozenset(_texts(inner)), tuple(_templates(inner)))
            for text in stranger.texts:
                index.naming[text].append(stranger)
            if not found.namespace:
                index.naming[found.name].append(stranger)
            index.called[found.namespace, _words(found.name)].append(stranger)
            for word in (found.kind.lower(), found.group):
                index.kinds[found.namespace, word].append(stranger)
            if stranger.templates:
                index.shaping.append(stranger)
            if COPIES.search(f"{found.kind} {found.group}"):
                index.copying.append(stranger)
        return index

    return inventory.once("strangers", make)


def making(inventory: Inventory, namespace: str, name: str, asker: Resource | None) -> str:
    """Why a stranger may make a thing: it names it, or its own name is part of the thing's; empty where none is near."""
    index = _index(inventory)
    for each in index.naming.get(name, ()):
        if each.near(namespace) and (asker is None or each.resource.identity != asker.identity):
            return f"{each} names it, and what its operator makes is not known"
    for words in _runs(name):
        for each in index.called.get((namespace, words), ()):
            if asker is None or each.resource.identity != asker.identity:
                return f"the operator of {each} may make it, and what it makes is not known"
    return ""


def named_by(inventory: Inventory, resource: Resource) -> str:
    """The stranger that names an object of its namespace and may do something with it: copy a claim, for one."""
    for each in _index(inventory).naming.get(resource.name, ()):
        if each.near(resource.namespace) and each.resource.identity != resource.identity:
            return f"{each} names it, and what its operator does is not known"
    return ""


def copying(inventory: Inventory, namespace: str) -> str:
    """The stranger that is called like a backup and stands in a namespace or names it; empty where none is near."""
    for each in _index(inventory).copying:
        if each.resource.namespace == namespace or namespace in each.texts:
            return f"{each} may copy it, and what its operator does is not known"
    return ""


def making_pods(inventory: Inventory, namespace: str, chosen: Mapping[str, Any]) -> str:
    """Why a stranger may run pods that a selector chooses: it describes them, or the selector has its name, kind or group."""
    index = _index(inventory)
    shaping = [each for each in index.shaping if each.near(namespace)]
    for each in shaping:
        if any(matches(chosen, dig(template, ["metadata", "labels"], {})) for template in each.templates):
            return f"{each} describes such pods, and what its operator makes is not known"
    values = set(_texts(chosen))
    groups = {str(key).partition("/")[0] for key in chosen.get("matchLabels") or ()}
    near = [index.called.get((namespace, words), ()) for value in values for words in _runs(value)]
    near += [index.kinds.get((namespace, word), ()) for word in (*(v.lower() for v in values), *_domains(groups))]
    near += [[each for each in shaping if each.resource.namespace == namespace]]
    found = next((each for group in near for each in group), None)
    return f"the operator of {found} may run them, and what it makes is not known" if found else ""


def _domains(groups: Iterable[str]) -> Iterator[str]:
    """Groups, and those above them: the labels of `app.widgets.example.org` may be those of `widgets.example.org`."""
    for group in groups:
        parts = group.split(".")
        yield from (".".join(parts[at:]) for at in range(len(parts) - 1))


def _words(name: str) -> Words:
    return tuple(filter(None, APART.split(name.lower())))


def _runs(name: str) -> Iterator[Words]:
    """The words that stand in a row in a name, the longest first."""
    words = _words(name)[:LONGEST]
    for size in range(len(words), 0, -1):
        yield from (words[at : at + size] for at in range(len(words) - size + 1))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in {"apiVersion", "kind"}:
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def _templates(value: Any) -> Iterator[Mapping[str, Any]]:
    """The pod templates in a custom resource: whatever has `spec.containers`, and labels that can be read."""
    if isinstance(value, Mapping):
        labels = dig(value, ["metadata", "labels"], {})
        if isinstance(dig(value, ["spec", "containers"]), list) and isinstance(labels, Mapping):
            yield value
        for inner in value.values():
            yield from _templates(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _templates(inner)
