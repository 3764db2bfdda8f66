"""Settings: `.homelab/assess.yaml`, how the owner of a repository wants it judged.

    select: [backup, network, single-replica-*]   # all checks where it is absent
    ignore: [liveness-missing]
    severity: {memory-limit-missing: info}
    accept:
      - check: image-tag-floating
        subject: media/Deployment/*
        reason: follows upstream on purpose
        until: 2027-01-31

Checks go by their id, by what other tools call them, by their subject, and by globs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypeVar

from homelab.assess.exceptions import is_day
from homelab.assess.names import meant, nearest
from homelab.documents.read import Document, read
from homelab.errors import InvalidHomelab, Mistake
from homelab.findings import Severity
from homelab.ground import Acceptance

FILE = ".homelab/assess.yaml"
NEVER = "never"
"""The word for an acceptance without an end."""
KEYS = ("select", "ignore", "severity", "accept")
FIELDS = ("check", "subject", "file", "application", "reason", "until")
Shape = TypeVar("Shape", list[Any], dict[str, Any])
WORDS = {severity.word: severity for severity in Severity}


@dataclass(frozen=True)
class Settings:
    """What the owner says: checks by id, severities of their own, and findings that are accepted."""

    select: frozenset[str] = frozenset()
    """Empty where all are wanted."""
    ignore: frozenset[str] = frozenset()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    accept: tuple[Acceptance, ...] = ()

    def wants(self, check: str) -> bool:
        """Whether a check is to run."""
        return check not in self.ignore and (not self.select or check in self.select)


def parse(text: str, file: str = FILE) -> Settings:
    """The settings of a file.

    Raises:
        UnreadableDocument: the text is not YAML.
        InvalidHomelab: every mistake in it.
    """
    documents = read(text, file, positions=True)
    if not documents:
        return Settings()
    reader = _Reader(documents[0])
    found = reader.settings(documents[0].value)
    if reader.mistakes:
        raise InvalidHomelab(reader.mistakes)
    return found


class _Reader:
    """Reads one file; every complaint has its place."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.mistakes: list[Mistake] = []

    def wrong(self, path: tuple[str | int, ...], message: str, hint: str | None = None) -> None:
        place = self.document.place(path)
        self.mistakes.append(Mistake(place, ".".join(map(str, path)), message, hint))

    def settings(self, data: Any) -> Settings:
        if not isinstance(data, Mapping):
            self.wrong((), f"expected a mapping with {', '.join(KEYS)}")
            return Settings()
        self.known((), data, KEYS)
        return Settings(
            self.checks("select", data.get("select")),
            self.checks("ignore", data.get("ignore")),
            dict(self.severities(self.shaped("severity", data.get("severity"), {}))),
            tuple(self.acceptances(self.shaped("accept", data.get("accept"), []))),
        )

    def known(self, path: tuple[str | int, ...], data: Mapping[str, Any], keys: tuple[str, ...]) -> None:
        for key in data.keys() - set(keys):
            near = get_close_matches(str(key), keys, 1)
            hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(keys)}"
            self.wrong((*path, key), "is not a key of this file", hint)

    def shaped(self, key: str, value: Any, empty: Shape) -> Shape:
        """The value of a key, where it is a list or a mapping as `empty` is."""
        if isinstance(value, type(empty)):
            return value
        if value is not None:
            self.wrong((key,), f"expected a {'list' if isinstance(empty, list) else 'mapping'}")
        return empty

    def checks(self, key: str, value: Any) -> frozenset[str]:
        words: list[Any] = self.shaped(key, value, [])
        return frozenset().union(*(self.check((key, number), word) for number, word in enumerate(words)))

    def check(self, path: tuple[str | int, ...], word: object) -> frozenset[str]:
        found = meant(word) if isinstance(word, str) else frozenset[str]()
        if not found:
            self.wrong(path, f"{word!r} is not a check", nearest(str(word)))
        return found

    def severities(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Severity]]:
        for word, level in data.items():
            ids = self.check(("severity", word), word)
            if level not in WORDS:
                self.wrong(("severity", word), f"{level!r} is not a severity", f"one of {', '.join(WORDS)}")
                continue
            yield from ((each, WORDS[level]) for each in sorted(ids))

    def acceptances(self, data: list[Any]) -> Iterator[Acceptance]:
        for number, entry in enumerate(data):
            path = ("accept", number)
            if not isinstance(entry, Mapping):
                self.wrong(path, "expected a mapping with check, reason and until")
                continue
            self.known(path, entry, FIELDS)
            if not self.check((*path, "check"), entry.get("check")):
                continue
            if not str(entry.get("reason") or "").strip():
                self.wrong(path, "has no reason", "say why it is acceptable here")
            yield Acceptance(
                str(entry["check"]),
                str(entry.get("reason") or ""),
                subject=str(entry.get("subject", "*")),
                until=self.until(path, entry.get("until")),
                file=str(entry.get("file", "*")),
                application=str(entry.get("application", "*")),
                place=self.document.place(path),
            )

    def until(self, path: tuple[str | int, ...], value: object) -> str:
        """The day, empty where there is none on purpose."""
        if value is None:
            self.wrong(path, "does not say until when it holds", f"until: a day as 2027-01-31, or {NEVER}")
        elif value != NEVER and not is_day(str(value)):
            self.wrong((*path, "until"), f"{value} is no day", f"a day as 2027-01-31, or {NEVER}")
        return "" if value in {None, NEVER} else str(value)
