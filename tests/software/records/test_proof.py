"""Records against the real charts: what is answered is what Helm renders, for our values and for mixtures of them.

Half of this is a proof by sampling: other seeds are other samples, and none may ever show a wrong answer.
"""

from __future__ import annotations

import random
import sys
from functools import cache
from importlib.util import find_spec

import pytest

from conftest import REPOSITORY
from homelab.software.records import store
from homelab.software.records.effects import difference
from homelab.software.records.levels import ABSENT

sys.path.insert(0, str(REPOSITORY / "scripts"))

CHARTS = sorted(file.stem for file in store.DATA.glob("*.txt"))
SIXES = 12
"""Random mixtures of six keys a chart."""


@cache
def vectors():
    from record.vectors import gathered

    return gathered()


def assigned(record, vector):
    """A vector as a question; the kinds that a lab brings are there."""
    apis = frozenset(key[1] for key in record.keys if key[0] == "@api" and key[1].startswith("monitoring.coreos.com"))
    return record.assigned(vector.values, vector.kubernetes, apis, crds=True)


@pytest.fixture(scope="module")
def prepared(test_data):
    """Chart to its record, a prober of the real chart, and every assignment that our components make."""
    if find_spec("helm_python") is None:
        pytest.skip("helm as a library is not installed")
    from record.charts import folders, layer_of
    from record.probe import Prober

    @cache
    def prepare(stem):
        name, _, version = stem.rpartition("-")
        ours = next(v for (chart, pin), v in vectors().items() if (chart, pin.removeprefix("v")) == (name, version))
        folder = folders(test_data / "charts")[name, version]
        first = ours[0]
        record = store.load(name, version, first.release, first.namespace)
        prober = Prober(folder, first.release, first.namespace, first.kubernetes, layer_of(folder))
        return record, prober, ours

    return prepare


@pytest.mark.slow
@pytest.mark.parametrize("stem", CHARTS)
def test_everything_that_our_components_say_is_answered_and_right(prepared, stem):
    """For the examples, each practice off, each setting another: the record gives what real Helm makes, without a gap."""
    from record.probe import Refused

    record, prober, ours = prepared(stem)
    proved = 0
    for vector in ours:
        asked = assigned(record, vector)
        assert not isinstance(asked, tuple), (vector.source, asked)
        try:
            there = prober.facts(asked)
        except Refused:
            continue
        here = record.answer(asked)
        assert not isinstance(here, tuple), (vector.source, here)
        assert here == there, (vector.source, difference(here, there)[:5])
        proved += 1
    assert proved


@pytest.mark.slow
@pytest.mark.parametrize("stem", CHARTS)
def test_mixtures_are_answered_rightly_or_not_at_all(prepared, stem):
    """Six keys at a time, at values that our components give them: never a wrong answer, and mostly one."""
    from record.probe import Refused

    record, prober, ours = prepared(stem)
    chance = random.Random(f"{stem} 1")
    pool = {}
    for vector in ours:
        for key, value in assigned(record, vector).items():
            if not key[0].startswith("@"):
                pool.setdefault(key, []).append(value)
    answered = tried = 0
    for _ in range(SIXES):
        asked = dict(assigned(record, chance.choice(ours)))
        for key in chance.sample(sorted(pool), min(6, len(pool))):
            asked[key] = chance.choice([*pool[key], ABSENT])
        asked = {key: value for key, value in asked.items() if value is not ABSENT}
        try:
            there = prober.facts(asked)
        except Refused:
            continue
        here = record.answer(asked)
        tried += 1
        if not isinstance(here, tuple):
            assert here == there, (asked, difference(here, there)[:5])
            answered += 1
    assert answered >= tried * 0.5, f"{answered} of {tried}"
