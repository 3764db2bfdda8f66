"""Record the shapes of real charts: `make record`, or `python scripts/record [CHART …]`.

Each chart that our components install is rendered some thousand times around the values that they give it, and what
judgement looks at is written to `software/records/data/<chart>-<version>.txt`. The difference of that file is the
chart's changelog, as far as homelab cares; read it before it is committed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from record.charts import folders, layer_of
from record.keys import assigned, chart_values, keys_of, names_of, words_of
from record.learn import Learned, couples, singles
from record.probe import SPACE, Prober, Refused, laid, release_name
from record.vectors import Vector, gathered

from homelab.software.records import store, text
from homelab.software.records.effects import difference
from homelab.software.records.judged import Facts
from homelab.software.records.levels import ABSENT, equal
from homelab.software.records.record import Assignment, Centre, Key

OWN = (".k8s.io",)
"""Endings of API groups that are Kubernetes' own, but for those of `CUSTOM`."""
CUSTOM = ("gateway.networking.k8s.io", "snapshot.storage.k8s.io", "policy.networking.k8s.io")
PRESENT = ("monitoring.coreos.com",)
"""API groups that a lab has when its charts are rendered."""


@dataclass
class Work:
    """One chart at one version, with the values that our components give it."""

    chart: str
    version: str
    folder: Path
    vectors: list[Vector]


def main(argv: list[str]) -> int:
    """Record the charts named, or all."""
    found = folders()
    failed = 0
    for (chart, version), vectors in sorted(gathered().items()):
        if argv and chart not in argv:
            continue
        folder = found.get((chart, version.removeprefix("v")))
        if folder is None:
            print(f"{chart} {version}: not at hand (HOMELAB_CHARTS or HOMELAB_TEST_DATA)", file=sys.stderr)
            failed += 1
            continue
        began = time.monotonic()
        learned = learn(
            Work(chart, version, folder, vectors), lambda line, chart=chart: print(f"{chart}: {line}", flush=True)
        )
        record = learned.record(chart, version)
        path = store.path_of(chart, version)
        path.parent.mkdir(exist_ok=True)
        said = text.text_of(record, learned.levels, learned.pairs)
        path.write_text(_general(said, learned), encoding="utf-8")
        print(f"{chart}: {path.name}, {len(said) // 1024} kB, {time.monotonic() - began:.0f} s", flush=True)
    return 1 if failed else 0


def _general(said: str, learned: Learned) -> str:
    """The text with the names of whoever installs it in place of the prober's, where they may be any; ordered by these."""
    names = zip(
        (learned.prober.release, learned.prober.space), ("<release>", "<namespace>"), learned.placed, strict=True
    )
    for name, mark, fixed in names:
        said = said if fixed else said.replace(name, mark)
    return text.again(said)


def learn(work: Work, told: Callable[[str], None], jobs: int = 2) -> Learned:
    """Everything about one chart."""
    learned, assignments = begun(work)
    observed: dict[Key, list[object]] = {}
    for assignment in assignments:
        for key, value in assignment.items():
            if not key[0].startswith("@"):
                observed.setdefault(key, []).append(value)
    singles(learned, observed, told)
    couples(learned, jobs, told)
    centres(learned, assignments, told)
    return learned


def begun(work: Work) -> tuple[Learned, list[Assignment]]:
    """The prober, the keys and the base; and every vector as an assignment."""
    layer = layer_of(work.folder)
    own = laid(chart_values(work.folder), layer)
    keys = keys_of([vector.values for vector in work.vectors], own)
    words, asked = words_of(work.folder)
    apis = {("@api", each) for each in asked if _custom(each.partition("/")[0])}
    present = {key: True for key in apis if key[1].startswith(PRESENT)}
    real = (work.vectors[0].release, work.vectors[0].namespace)
    prober = Prober(work.folder, *real, layer=layer, minor=work.vectors[0].kubernetes)
    assignments = [
        {**assigned(vector.values, keys), **present, ("@kubernetes",): vector.kubernetes} for vector in work.vectors
    ]
    defaults: Assignment = {**assigned(own, keys), ("@crds",): True}
    base, facts = _base(prober, assignments)
    prober, placed = _anywhere(prober, base, facts)
    rest = {key: value for key, value in base.items() if not (key in defaults and equal(defaults[key], value))}
    every = frozenset(keys | apis | {("@kubernetes",), ("@crds",)})
    learned = Learned(prober, every, words, defaults, rest, prober.facts(base))
    learned.names, learned.placed = {word: word in real[0] for word in names_of(work.folder)}, placed
    return learned, assignments


def _anywhere(prober: Prober, base: Assignment, facts: Facts) -> tuple[Prober, tuple[str, str]]:
    """A prober of another release in another namespace, where the chart makes the same of both; else of our own.

    Charts look into both names: for their own name in that of the release, for the namespace of an operator.
    """
    for release in (release_name(prober.release), prober.release):
        for space in (SPACE, prober.space):
            other = replace(prober, release=release, space=space, home={}, _seen={}, _charts={})
            there = renamed(renamed(other.facts(base), release, prober.release), space, prober.space)
            if there == facts:
                return other, ("" if release != prober.release else release, "" if space == SPACE else space)
    return prober, (prober.release, prober.space)


def renamed(facts: Facts, old: str, new: str) -> Facts:
    """Facts in which a name is another, wherever it stands."""
    if old == new:
        return facts

    def other(value: object) -> object:
        if isinstance(value, str):
            return value.replace(old, new)
        if isinstance(value, list):
            return [other(item) for item in value]
        return {key: other(item) for key, item in value.items()} if isinstance(value, dict) else value

    return {
        who.replace(old, new): {
            tuple(step.replace(old, new) for step in path): other(value) for path, value in leaves.items()
        }
        for who, leaves in facts.items()
    }


def _custom(group: str) -> bool:
    return "." in group and (group in CUSTOM or not group.endswith(OWN))


def _base(prober: Prober, assignments: list[Assignment]) -> tuple[Assignment, Facts]:
    """The assignment that makes most: where everything is on, the effect of every key can be seen."""
    states = []
    for assignment in assignments:
        with suppress(Refused):
            states.append((assignment, prober.facts(assignment)))
    return max(states, key=lambda state: sum(map(len, state[1].values())))


def centres(learned: Learned, assignments: list[Assignment], told: Callable[[str], None]) -> None:
    """Every vector that the record does not answer, or answers wrongly, becomes a centre of its own."""
    wrong = 0
    record = learned.record("", "")
    for assignment in assignments:
        try:
            state = learned.prober.facts(assignment)
        except Refused:
            continue
        answer = record.answer(assignment)
        if answer == state:
            continue
        wrong += not isinstance(answer, tuple)
        normal = record.normal(assignment)
        given = {
            key: normal.get(key, ABSENT)
            for key in {*normal, *learned.base}
            if not equal(normal.get(key, ABSENT), learned.base.get(key, ABSENT))
        }
        learned.centres.append(Centre(given, difference(learned.facts, state)))
    told(f"{len(assignments)} vectors, {len(learned.centres)} centres, {wrong} of them against a wrong answer")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
