"""Made: what an operator makes of a custom resource, in one line each: `Secret {spec.secretName} in {spec.namespace}`.

A name in braces is a path in the custom resource, `name` its own name; `|` parts what is taken where the first is absent,
`*` stands for every item of a list. An object of which a part is absent is not made. `in *` is every namespace.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import product
from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Fact, Obscure, Produces
from homelab.kube.resource import Manifest
from homelab.software.software import KindTruth

_BRACES = re.compile(r"\{([^{}]+)\}")


def made(group: str, kinds: str, *objects: str, whole: bool = True) -> tuple[KindTruth, ...]:
    """The truth of some kinds of a group, parted by blanks; not `whole` where their operator makes more than is said here."""
    return tuple(KindTruth(group, kind, partial(_expand, objects, whole)) for kind in kinds.split())


def _expand(objects: Iterable[str], whole: bool, body: Manifest, _lookup: object) -> Expansion:
    meta = body["metadata"]
    owner = Subject(str(body["kind"]), str(meta["name"]), str(meta.get("namespace") or ""))
    found = tuple(subject for text in objects for subject in subjects(text, body))
    facts: list[Fact] = [Produces(owner, found)] if found else []
    return Expansion(facts=(*facts, *(() if whole else (Obscure(owner),))))


def subjects(text: str, body: Mapping[str, Any]) -> Iterator[Subject]:
    """The objects that a line means for a custom resource."""
    said, _, space = text.partition(" in ")
    kind, _, name = said.partition(" ")
    own = str(body["metadata"].get("namespace") or "")
    for named, placed in product(_filled(name, body), _filled(space, body) if space else (own,)):
        yield Subject(kind, named, placed or own)


def _filled(text: str, body: Mapping[str, Any]) -> Iterator[str]:
    """A text with every choice of values in place of its braces."""
    parts = _BRACES.split(text)
    choices = [_values(part, body) if number % 2 else [part] for number, part in enumerate(parts)]
    for chosen in product(*choices):
        yield "".join(chosen)


def _values(paths: str, body: Mapping[str, Any]) -> list[str]:
    for path in paths.split("|"):
        if path == "own":
            return [str(body["metadata"].get("namespace") or "")]
        keys = ["metadata", "name"] if path == "name" else path.split(".")
        if found := [str(value) for value in _at(body, keys) if isinstance(value, str | int)]:
            return found
    return []


def _at(value: Any, keys: list[str]) -> Iterator[Any]:
    if not keys:
        yield value
    elif keys[0] == "*":
        for item in value if isinstance(value, list) else ():
            yield from _at(item, keys[1:])
    elif isinstance(value, Mapping):
        yield from _at(value.get(keys[0]), keys[1:])
