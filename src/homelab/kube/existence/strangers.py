"""Strangers: custom resources of operators that nobody here knows, and what they may make: by what they name and are called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from homelab.kube.facts import Obscure
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource, dig
from homelab.kube.selector import matches

APART = re.compile(r"[^A-Za-z0-9]+")
"""What parts the words of a name."""


@dataclass(frozen=True, slots=True)
class _Stranger:
    """A custom resource of an operator that nobody here knows, with the texts that stand in it and the pods it describes."""

    resource: Resource
    texts: frozenset[str]
    templates: tuple[Mapping[str, Any], ...]


def _strangers(inventory: Inventory) -> tuple[_Stranger, ...]:
    def find() -> Iterator[_Stranger]:
        for found in (inventory.subject(fact.subject) for fact in inventory.facts_of(Obscure)):
            if found is not None:
                inner = {key: value for key, value in found.body.items() if key != "metadata"}
                yield _Stranger(found, frozenset(_texts(inner)), tuple(_templates(inner)))

    return inventory.once("strangers", lambda: tuple(find()))


def _near(stranger: _Stranger, namespace: str) -> bool:
    """Whether a stranger may act in a namespace: it stands there, outside of all, or names it."""
    return stranger.resource.namespace in {namespace, ""} or namespace in stranger.texts


def making(inventory: Inventory, namespace: str, name: str, asker: Resource | None) -> str:
    """The stranger that names a thing, or whose own name is part of the thing's."""
    words = _words(name)
    for each in _strangers(inventory):
        resource = each.resource
        if (asker is not None and resource.identity == asker.identity) or not _near(each, namespace):
            continue
        if name in each.texts or (not resource.namespace and resource.name == name):
            return f"{resource.kind} {resource.name} names it, and what its operator makes is not known"
        if resource.namespace == namespace and _within(_words(resource.name), words):
            return f"the operator of {resource.kind} {resource.name} may make it, and what it makes is not known"
    return ""


def named_by(inventory: Inventory, resource: Resource) -> str:
    """The stranger that names an object of its namespace and may do something with it: copy a claim, for one."""
    for each in _strangers(inventory):
        if resource.name in each.texts and _near(each, resource.namespace):
            return f"{each.resource.kind} {each.resource.name} names it, and what its operator does is not known"
    return ""


def making_pods(inventory: Inventory, namespace: str, chosen: Mapping[str, Any]) -> str:
    """The stranger that carries a pod template, or whose name or kind a selector has."""
    wanted = list(_texts(chosen))
    for each in _strangers(inventory):
        resource = each.resource
        if not _near(each, namespace):
            continue
        if any(matches(chosen, dig(t, ["metadata", "labels"], {})) for t in each.templates):
            return f"{resource.kind} {resource.name} describes such pods, and what its operator makes is not known"
        own = _words(resource.name)
        named = any(_within(own, _words(text)) or text.lower() == resource.kind.lower() for text in wanted)
        by_group = any(str(key).partition("/")[0].endswith(resource.group) for key in chosen.get("matchLabels") or {})
        if resource.namespace == namespace and (named or by_group or each.templates):
            return f"the operator of {resource.kind} {resource.name} may run them, and what it makes is not known"
    return ""


def _words(name: str) -> tuple[str, ...]:
    return tuple(filter(None, APART.split(name.lower())))


def _within(words: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether words stand in a row among others."""
    size = len(words)
    return bool(size) and any(others[at : at + size] == words for at in range(len(others) - size + 1))


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
    """The pod templates in a custom resource: whatever has `spec.containers`."""
    if isinstance(value, Mapping):
        if isinstance(dig(value, ["spec", "containers"]), list):
            yield value
        for inner in value.values():
            yield from _templates(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _templates(inner)
