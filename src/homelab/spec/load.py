"""Loading homelab.yaml: the file as a typed Homelab, or every mistake in it at once.

The only module of this room that reads files.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from homelab.documents.disk import bytes_of
from homelab.documents.read import read as read_documents
from homelab.errors import InvalidHomelab, Mistake, Place, UnreadableDocument
from homelab.spec import secrets
from homelab.spec.homelab import Homelab
from homelab.spec.option import Steps, child
from homelab.spec.rules.table import broken
from homelab.spec.section import settle
from homelab.spec.source import FILE, Problem, Source, nowhere
from homelab.spec.translate import existing, problems

LARGEST = 2 * 2**20
"""Bytes of the largest homelab.yaml that is read: a thousand nodes fit ten times."""

Result = tuple[Homelab | None, Source, list[Mistake]]
"""The Homelab where the file allows one, its source, and every mistake."""

_STAND_INS: dict[str, Any] = {
    "homelab": "v1",
    "name": "lab",
    "network": {"nodes": "0.0.0.0/0", "gateway": "0.0.0.1", "load_balancers": "0.0.0.2-0.0.0.3"},
}
"""What stands in for required sections that are wrong, while the rest is judged."""


def load(path: str) -> Homelab:
    """The Homelab of a file; `-` reads standard input.

    Raises:
        UnreadableDocument: a file that cannot be read, or is not YAML.
        InvalidHomelab: with every mistake.
    """
    return read(path)[0]


def loads(text: str | bytes, file: str = FILE) -> Homelab:
    """The Homelab of a text. Raises as `load` does."""
    return _or_raise(attempt_text(text, file))[0]


def read(path: str) -> tuple[Homelab, Source]:
    """The Homelab of a file, and the source that knows where its options stand. Raises as `load` does."""
    return _or_raise(attempt(path))


def of_data(data: Mapping[str, Any], source: Source | None = None) -> Homelab:
    """The Homelab of plain data, as a what-if makes it; places come from `source` where there is one.

    Raises:
        InvalidHomelab: with every mistake.
    """
    return _or_raise(_judge(dict(data), source or nowhere()))[0]


def attempt(path: str) -> Result:
    """A file as far as it goes. Raises UnreadableDocument for what cannot be read at all."""
    name = "<stdin>" if path == "-" else path
    return attempt_text(_bytes(path, name), name)


def attempt_text(text: str | bytes, file: str = FILE) -> Result:
    """A text as far as it goes. Raises UnreadableDocument for what is not YAML."""
    if len(text) > LARGEST:
        message = f"is larger than {LARGEST // 2**20} MiB, which no homelab.yaml needs to be"
        raise UnreadableDocument(message, where=Place(file))
    documents = read_documents(text, file, positions=True)
    if not documents:
        raise UnreadableDocument("is empty", where=Place(file), hint="`homelab init` writes a first one")
    decoded = text.decode() if isinstance(text, bytes) else text
    source = Source(decoded, file, documents[0])
    if len(documents) > 1:
        where = Place(file, documents[1].line)
        raise UnreadableDocument("a second document begins here; a homelab.yaml is one", where=where)
    if not isinstance(source.data, dict):
        what = "a list" if isinstance(source.data, list) else "a single value"
        raise UnreadableDocument(f"is {what}, expected a mapping that begins with homelab: v1", where=Place(file, 1))
    return _judge(source.data, source)


def _bytes(path: str, name: str) -> bytes:
    """The bytes of a file, at most one more than allowed."""
    try:
        if path == "-":
            return sys.stdin.buffer.read(LARGEST + 1)
        return bytes_of(path, LARGEST + 1)
    except FileNotFoundError:
        hint = "`homelab init` writes a first one"
        raise UnreadableDocument("there is no such file", where=Place(name), hint=hint) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadableDocument(f"cannot be read: {reason.lower()}", where=Place(name)) from None


def _or_raise(result: Result) -> tuple[Homelab, Source]:
    homelab, source, mistakes = result
    if mistakes or homelab is None:
        raise InvalidHomelab(mistakes)
    return homelab, source


def _judge(data: dict[str, Any], source: Source) -> Result:
    found = list(secrets.found(data))
    dropped: set[str] = set()
    homelab = None
    try:
        homelab = Homelab.model_validate(data)
    except ValidationError as error:
        found += problems(error, Homelab, data)
        homelab = _rest(data, error, dropped)
    if homelab is not None:
        settle(homelab, "")
        found += (problem for problem in broken(homelab) if not _doubtful(problem, dropped))
    return homelab, source, [source.mistake(problem) for problem in _first(found)]


def _first(found: list[Problem]) -> Iterator[Problem]:
    """One secret is one mistake, even where its form is wrong too."""
    secret = {problem.option for problem in found if problem.hint == secrets.HINT}
    return (problem for problem in found if problem.option not in secret or problem.hint == secrets.HINT)


def _rest(data: dict[str, Any], error: ValidationError, dropped: set[str]) -> Homelab | None:
    """The Homelab without what is wrong in it, so that the rules judge the rest in the same run."""
    for _attempt in range(3):
        for cut in reversed(_cuts(error, data)):
            dropped.add(str(cut[0]))
            data = _without(data, cut)
        data = {**{key: value for key, value in _STAND_INS.items() if key not in data}, **data}
        try:
            return Homelab.model_validate(data)
        except ValidationError as again:
            error = again
    return None


def _cuts(error: ValidationError, data: Any) -> list[Steps]:
    """The paths to leave out, in file order, none twice."""
    found: dict[Steps, None] = {}
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        extra = item["type"] == "extra_forbidden"
        path = existing(item["loc"], data, lenient=extra or item["type"] == "missing")
        found[path if extra else _whole_entry(path)] = None
    return [path for path in found if path]


def _whole_entry(path: Steps) -> Steps:
    """What to leave out for a wrong path: the node, host or target it belongs to, else the value itself."""
    if path[:1] in {("nodes",), ("hosts",), ("rates",)}:
        return path[:2]
    if path[:1] == ("network",) and (len(path) == 1 or path[1] in _STAND_INS["network"]):
        return ("network",)
    return path[:3] if path[:2] == ("backup", "targets") else path


def _without(data: Any, path: Steps) -> Any:
    """A copy of data without the value at a path; untouched parts are shared."""
    if isinstance(data, dict) and path and path[0] in data:
        if len(path) == 1:
            return {key: value for key, value in data.items() if key != path[0]}
        return {**data, path[0]: _without(child(data, path[0]), path[1:])}
    if isinstance(data, list) and path and isinstance(path[0], int) and path[0] < len(data):
        rest = [] if len(path) == 1 else [_without(data[path[0]], path[1:])]
        return [*data[: path[0]], *rest, *data[path[0] + 1 :]]
    return data


def _doubtful(problem: Problem, dropped: set[str]) -> bool:
    """Whether a rule may only complain because something wrong was left out."""
    if problem.option in dropped:
        return True
    if "network" in dropped and "network" in {problem.option.split(".")[0], problem.also.split(".")[0]}:
        return True
    return "hosts" in dropped and problem.option.endswith(".host")
