"""Fields: the tables at a path of a manifest, whatever stands in between, and copies that share nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def reach(body: Any, path: str, *, create: bool = False) -> Iterator[dict[str, Any]]:
    """The tables at a field path (`spec/template/metadata`), lists walked through; missing ones are made where asked."""
    if not path:
        if isinstance(body, dict):
            yield body
        elif isinstance(body, list):
            for item in body:
                yield from reach(item, path)
        return
    head, _, rest = path.partition("/")
    if isinstance(body, list):
        for item in body:
            yield from reach(item, path, create=create)
    elif isinstance(body, dict):
        if create and body.get(head) is None:
            body[head] = {}
        yield from reach(body.get(head), rest, create=create)


def copied(value: Any) -> Any:
    """A deep copy in which nothing is shared, as it may be after YAML's aliases: changing one place changes no other."""
    if isinstance(value, Mapping):
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value
