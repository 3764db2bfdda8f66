"""Scenario: a drill as a file that a stranger reads as a story: why, what is done, what is expected, and for whom.

Read with every mistake at once, each with its line. The words of a step and of an expectation are closed sets: `STEPS` here,
`ASPECTS` in `aspects`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from homelab.documents.duration import parse_duration
from homelab.documents.read import Document, read
from homelab.errors import InvalidHomelab, Mistake, Place

SCENARIOS = files("homelab.twin.drills") / "scenarios"
TARGETS = {
    "the lab": "the lab as a whole, of which nothing is struck",
    "each host": "every machine, one after the other",
    "each node": "every node, one after the other",
    "control-plane majority": "as many control planes as make a majority, the fewest machines that carry them",
    "each leader": "every pod that leads, of a workload that has a leader",
    "each change": "every change of the lab that somebody may commit one day",
    "each mistake": "every commit that nobody can render",
    "etcd": "all members of etcd, with what they remember",
    "the repository": "the repository that Argo CD reads",
    "the next Kubernetes": "the next minor of Kubernetes, where its programs were built",
}
KEYS = ("title", "why", "for", "steps", "expect")
TARGET = "target"
STEPS = {
    "look": "a name for what is seen at this moment, for the expectations",
    "kill": TARGET,
    "bring back": TARGET,
    "drain": TARGET,
    "uncordon": TARGET,
    "delete": TARGET,
    "commit": TARGET,
    "take back": TARGET,
    "take away": TARGET,
    "write": "a name for what is written at this moment",
    "snapshot": TARGET,
    "lose": TARGET,
    "restore": TARGET,
    "upgrade": TARGET,
    "give back": TARGET,
    "wait": "a duration of the lab's clock, such as 8m",
    "wait until silent": "for at most how long, in the lab's clock, until every node of the target is called silent, such as 3m",
    "wait until synced": "for at most how long, in time of this machine, until every Application has looked at the last commit and is well, such as 4m",
    "wait until looked at": "likewise, until every Application has looked once more, whatever it saw",
    "wait until quiet": "for at most how long, in seconds of this machine, such as 30s",
}
"""Each step and what its word means."""
TIMED = frozenset(do for do in STEPS if do.startswith("wait"))


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `do` as in STEPS, `word` as written, `seconds` where it is a duration."""

    do: str
    word: str
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.do}: {self.word}"


@dataclass(frozen=True, slots=True)
class Expectation:
    """Something expected: `aspect` as in ASPECTS, `at` which look, `tolerance` in seconds of the lab's clock."""

    aspect: str
    at: str
    tolerance: float = 0.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """A drill."""

    name: str
    title: str
    why: str
    targets: str
    steps: tuple[Step, ...]
    expects: tuple[Expectation, ...]


def scenarios(aspects: Iterable[str]) -> tuple[Scenario, ...]:
    """All that come with homelab, by name; `aspects` are the words of expectations.

    Raises:
        InvalidHomelab: with every mistake of the first file that has some.
    """
    found = sorted((each.name, each) for each in SCENARIOS.iterdir() if each.name.endswith(".yaml"))
    known = frozenset(aspects)
    return tuple(parse(each.read_bytes(), f"scenarios/{name}", known) for name, each in found)


def parse(text: bytes | str, file: str, aspects: frozenset[str]) -> Scenario:
    """The scenario of a text; its name is the file's.

    Raises:
        InvalidHomelab: with every mistake.
        UnreadableDocument: it is not YAML.
    """
    documents = read(text, file, positions=True)
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        raise InvalidHomelab([Mistake(Place(file, 1), "", "a scenario is one mapping", f"with {', '.join(KEYS)}")])
    reader = _Reader(documents[0], aspects)
    made = reader.scenario(file.rpartition("/")[2].removesuffix(".yaml"))
    if reader.mistakes:
        raise InvalidHomelab(reader.mistakes)
    return made


class _Reader:
    """Reads one document and keeps what is wrong with it."""

    def __init__(self, document: Document, aspects: frozenset[str]) -> None:
        self.document, self.aspects = document, aspects
        self.mistakes: list[Mistake] = []

    def wrong(self, path: tuple[str | int, ...], message: str, hint: str | None = None) -> None:
        said = ".".join(str(step) for step in path)
        self.mistakes.append(Mistake(self.document.place(path), said, message, hint))

    def scenario(self, name: str) -> Scenario:
        data: Mapping[str, Any] = self.document.value
        for key in data:
            if key not in KEYS:
                self.wrong((key,), "is no part of a scenario", f"there are {', '.join(KEYS)}")
        for key in KEYS:
            if not data.get(key):
                self.wrong((), f"{key} is missing", f"a scenario has {', '.join(KEYS)}")
        steps = tuple(self.steps(data.get("steps") or []))
        looks = {step.word for step in steps if step.do == "look"}
        targets = str(data.get("for", ""))
        if targets and targets not in TARGETS:
            self.wrong(("for",), f"is {targets!r}", f"expected {_either(TARGETS)}")
        expects = tuple(self.expects(data.get("expect") or [], looks))
        return Scenario(name, str(data.get("title", "")), str(data.get("why", "")).strip(), targets, steps, expects)

    def steps(self, items: Any) -> Iterator[Step]:
        for number, item in self.each("steps", items):
            path = ("steps", number)
            if not isinstance(item, dict) or len(item) != 1:
                self.wrong(path, "a step is one verb and its word", "such as `wait: 8m`")
                continue
            (do, word), *_ = item.items()
            if do not in STEPS:
                self.wrong((*path, do), "is no step", f"expected {_either(STEPS)}")
            elif STEPS[do] == TARGET and word != TARGET:
                self.wrong((*path, do), f"is {word!r}, expected {TARGET}", "`for` says which it is")
            elif do in TIMED:
                seconds = self.duration((*path, do), word)
                yield Step(do, str(word), seconds)
            else:
                yield Step(do, str(word))

    def expects(self, items: Any, looks: set[str]) -> Iterator[Expectation]:
        for number, item in self.each("expect", items):
            path = ("expect", number)
            if not isinstance(item, dict) or not {"that", "at"} <= item.keys() <= {"that", "at", "tolerance"}:
                self.wrong(path, "an expectation has that, at and perhaps tolerance", "`{that: room, at: away}`")
                continue
            if item["that"] not in self.aspects:
                self.wrong((*path, "that"), f"is {item['that']!r}", f"expected {_either(self.aspects)}")
            if item["at"] not in looks:
                self.wrong((*path, "at"), f"is {item['at']!r}, and no step looks at that", f"looks: {_either(looks)}")
            tolerance = self.duration((*path, "tolerance"), item["tolerance"]) if "tolerance" in item else 0.0
            yield Expectation(str(item["that"]), str(item["at"]), tolerance)

    def each(self, key: str, items: Any) -> Iterable[tuple[int, Any]]:
        if isinstance(items, list):
            return enumerate(items)
        self.wrong((key,), "is no list")
        return ()

    def duration(self, path: tuple[str | int, ...], word: Any) -> float:
        return self.tried(path, lambda: parse_duration(str(word)))

    def tried(self, path: tuple[str | int, ...], asked: Callable[[], float]) -> float:
        try:
            return asked()
        except ValueError as error:
            self.wrong(path, str(error))
            return 0.0


def _either(words: Iterable[str]) -> str:
    return ", ".join(sorted(words)) or "none"
