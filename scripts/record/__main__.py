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
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from record.charts import folders, layer_of
from record.each import filled, item_of, lists
from record.keys import assigned, chart_values, keys_of, names_of, words_of
from record.learn import Learned, centred, couples, singles, trebled
from record.names import anywhere
from record.probe import SPACE, Prober, Refused, laid
from record.vectors import DEFAULTS, Vector, gathered

from homelab.software.records import store, text
from homelab.software.records.judged import Facts
from homelab.software.records.levels import equal
from homelab.software.records.record import Assignment, Key

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
    for (chart, version), vectors in sorted(gathered(found).items()):
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
        said = text.text_of(record, learned.levels, learned.pairs, learned.each)
        path.write_text(_general(said, learned), encoding="utf-8")
        print(f"{chart}: {path.name}, {len(said) // 1024} kB, {time.monotonic() - began:.0f} s", flush=True)
    return 1 if failed else 0


def _general(said: str, learned: Learned) -> str:
    """The text with the names of whoever installs it in place of the prober's, where they may be any; ordered by these."""
    if not learned.names.release:
        said = said.replace(learned.prober.release, "<release>")
    if not learned.names.namespace:
        said = said.replace(SPACE, "<namespace>")
    return text.again(said)


def learn(work: Work, told: Callable[[str], None], jobs: int = 2) -> Learned:
    """Everything about one chart."""
    learned, prober, assignments = begun(work)
    observed: dict[Key, list[object]] = {}
    for assignment in assignments:
        for key, value in assignment.items():
            if not key[0].startswith("@"):
                observed.setdefault(key, []).append(value)
    items(learned, prober, observed, told)
    singles(learned, observed, told)
    couples(learned, prober, jobs, told)
    trebled(learned, prober, jobs, told)
    wrong = centred(learned, assignments)
    told(f"{len(assignments)} vectors, {len(learned.centres)} centres, {wrong} of them against a wrong answer")
    return learned


def begun(work: Work) -> tuple[Learned, Prober, list[Assignment]]:
    """The keys and the base, the prober, and every vector as an assignment."""
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
    ours = [given for vector, given in zip(work.vectors, assignments, strict=True) if vector.source != DEFAULTS]
    base, _ = _base(prober, ours)
    prober, names = anywhere(prober, [base, *assignments[:4]], names_of(work.folder))
    rest = {key: value for key, value in base.items() if not (key in defaults and equal(defaults[key], value))}
    every = frozenset(keys | apis | {("@kubernetes",), ("@crds",)})
    learned = Learned(prober, every, words, defaults, rest, prober.facts(base))
    learned.names = names
    return learned, prober, assignments


def items(learned: Learned, prober: Prober, observed: dict[Key, list[object]], told: Callable[[str], None]) -> None:
    """The keys whose items make objects of their own are empty in the base, and are told item by item."""
    for key, found in lists(observed):
        one = item_of(learned, prober, key, found)
        if one is not None:
            learned.each[key] = filled(one, found, lambda line, key=key: told(f"{'.'.join(key)}: {line}"))
            learned.kept.update(one.prober.home.values())
            learned.base[key] = found.nothing
    learned.facts = prober.facts(learned.base)


def _custom(group: str) -> bool:
    return "." in group and (group in CUSTOM or not group.endswith(OWN))


def _base(prober: Prober, assignments: list[Assignment]) -> tuple[Assignment, Facts]:
    """The assignment that makes most: where everything is on, the effect of every key can be seen.

    It is one of ours: around a chart's own values, which make more of some, three keys that we set would have to be undone
    together, and only pairs are probed.
    """
    states = []
    for assignment in assignments:
        with suppress(Refused):
            states.append((assignment, prober.facts(assignment)))
    return max(states, key=lambda state: sum(map(len, state[1].values())))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
