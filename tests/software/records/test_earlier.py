"""What is assumed of a version that nobody recorded, against real Helm: other versions of charts that are recorded."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from importlib.util import find_spec

import pytest

from conftest import REPOSITORY, missing
from homelab.errors import HomelabError
from homelab.software.lookup import expand, recorded
from homelab.software.records import store
from homelab.software.records.judged import facts_of
from homelab.software.software import Release

sys.path.insert(0, str(REPOSITORY / "scripts"))

FLOOR = 0.95
"""The least share of the judged fields that is right: of the lab, and of each chart."""
SHORT = {
    "plugin-barman-cloud": "of its hundred fields one probe is four, and one image is two",
}
"""Charts of which less is right, and why."""
SERVED = "monitoring.coreos.com/v1"
"""What the lab has when its charts are rendered."""
LARGE = {"argo-cd", "n8n"}
"""Charts of which no key is probed alone: they are recorded for our values, and for nothing around them."""
PROBES = frozenset({"livenessProbe", "readinessProbe", "startupProbe"})


@dataclass(frozen=True)
class Field:
    """A judged field that two versions say otherwise; `here` or `there` is None where one of them does not say it."""

    who: str
    path: tuple[str, ...]
    here: object
    there: object
    alone: bool
    """Whether one version does not make the object at all."""


@dataclass
class Count:
    """How many fields of a chart were judged, and which were wrong."""

    judged: int = 0
    wrong: list[Field] = field(default_factory=list)

    @property
    def right(self) -> float:
        return 1 - len(self.wrong) / self.judged


def image_tag(said: Field) -> bool:
    """Two images of one name, wherever they stand: also operators are told by their environment what to run."""
    names = [str(each).rpartition(":") for each in (said.here, said.there)]
    return "/" in names[0][0] and names[0][0] == names[1][0] and all("/" not in tag for _, _, tag in names)


KINDS = {
    "the tag of an image": image_tag,
    "a probe of a container": lambda said: bool(PROBES & {*said.path}),
    "an object that only one of the versions makes": lambda said: said.alone,
}
"""The kinds of what is wrong, as docs/limits.md names them."""


def kind(said: Field) -> str | None:
    return next((name for name, holds in KINDS.items() if holds(said)), None)


def differing(here, there):
    """How many fields two versions say together, and those that they do not say alike."""
    count = Count()
    for who in {*here, *there}:
        ours, theirs = here.get(who, {}), there.get(who, {})
        for path in {*ours, *theirs}:
            count.judged += 1
            one, other = ours.get(path), theirs.get(path)
            if one != other or type(one) is not type(other) or (path in ours) != (path in theirs):
                count.wrong.append(Field(who, path, one, other, who not in here or who not in there))
    return count


@pytest.fixture(scope="module")
def vectors():
    """Chart to the values that the examples give it, also with each practice otherwise, or to typical ones."""
    if find_spec("helm_python") is None:
        missing("helm_python", "helm as a library is not installed")
    from record.typical import TYPICAL
    from record.vectors import Vector, edits, labs, of_plan

    found = defaultdict(dict)
    for lab in labs().values():
        plans = [lab.plan]
        for label, change in edits(lab):
            if label.startswith("practices."):
                try:
                    plans.append(lab.edited(change).plan)
                except HomelabError:
                    continue  # without it, this lab cannot be built
        for vector in (each for plan in plans for each in of_plan(plan, "")):
            found[vector.chart].setdefault(json.dumps([vector.values, vector.kubernetes]), vector)
    for chart, (repository, listed) in TYPICAL.items():
        for number, values in enumerate(listed):
            found[chart][str(number)] = Vector(chart, "", repository, chart, chart, "1.36", values, "typical")
    return {chart: list(told.values()) for chart, told in found.items()}


@pytest.fixture(scope="module")
def charts(test_data, vectors):
    """The charts that lie there in two versions, all of them recorded in one."""
    found = [path.name for path in sorted((test_data / "charts-earlier").iterdir()) if path.is_dir()]
    assert {*SHORT, *LARGE} <= {*found} <= vectors.keys()
    assert all(map(store.versions, found))
    return found


def version_of(folder):
    from record.probe import yaml_file

    return str(yaml_file(folder / "Chart.yaml")["version"])


def counted(folder, vectors, taken):
    """The fields of a chart that are said for each of some values, against what real Helm makes of that folder."""
    from record.probe import Refused

    version, whole, render = version_of(folder), Count(), renderer(folder)
    for vector in vectors:
        place = (vector.repository, version, vector.release, vector.namespace)
        made = taken(Release(vector.chart, *place, vector.values, vector.kubernetes, frozenset({SERVED})))
        assert not made.unknown, (vector.chart, made.unknown)
        try:
            one = differing(facts_of(made.objects), render(vector))
        except Refused:
            continue
        whole.judged += one.judged
        whole.wrong += one.wrong
    return whole


def renderer(folder):
    """What the chart in a folder makes of a vector, by real Helm, with the kinds there that the lab brings."""
    from record.charts import layer_of
    from record.keys import words_of
    from record.probe import Prober

    layer = layer_of(folder)
    served = {("@api", each): True for each in words_of(folder)[1] if each.startswith(SERVED)}
    probers = {}

    def render(vector):
        place = (vector.release, vector.namespace)
        if place not in probers:
            probers[place] = Prober(folder, *place, layer=layer)
        given = {(key,): value for key, value in vector.values.items()}
        return probers[place].facts({**given, **served, ("@kubernetes",): vector.kubernetes})

    return render


def check_right(counts):
    """Of the lab, and of each chart but those that fall short, the floor holds; and whatever is wrong has a kind."""
    lab = Count(sum(c.judged for c in counts.values()), [said for c in counts.values() for said in c.wrong])
    assert [said for said in lab.wrong if kind(said) is None] == []
    assert lab.right >= FLOOR
    assert {chart: count.right for chart, count in counts.items() if count.right < FLOOR}.keys() == SHORT.keys()
    assert {kind(said) for said in lab.wrong} == KINDS.keys()


@pytest.mark.slow
def test_a_lab_of_earlier_charts_is_judged_rightly_by_the_records_of_later_ones(test_data, vectors, charts):
    """What is assumed of charts pinned below the recorded version is what they make, but for the kinds in the limits."""

    def taken(release):
        made = expand(release)
        assert (
            made.assumed
            == f"chart {release.chart} {release.version} by the record of {store.versions(release.chart)[-1]}"
        )
        return made

    check_right({chart: counted(test_data / "charts-earlier" / chart, vectors[chart], taken) for chart in charts})


@pytest.mark.slow
def test_a_lab_of_later_charts_is_judged_rightly_by_the_records_of_earlier_ones(
    test_data, vectors, charts, monkeypatch, tmp_path
):
    """A record made of the earlier chart says what the later one makes, but for the kinds in the limits."""
    earlier = {chart: version_of(test_data / "charts-earlier" / chart) for chart in charts}
    monkeypatch.setattr(store, "DATA", tmp_path)
    recorded_anew(monkeypatch, test_data / "charts-earlier", {c: (earlier[c], vectors[c]) for c in charts})
    check_right(
        {
            chart: counted(
                test_data / "charts" / chart,
                vectors[chart],
                lambda release, chart=chart: recorded(release, earlier[chart]),
            )
            for chart in charts
        }
    )


def recorded_anew(monkeypatch, root, wanted):
    """Record charts for our values: each key alone, and whatever that does not explain as a centre; no two keys together."""
    import record.__main__ as recording

    def none(learned, *_):
        learned.levels = dict.fromkeys(learned.keys, ())

    singles = recording.singles
    monkeypatch.setattr(recording, "couples", lambda *_, **__: None)
    monkeypatch.setattr(recording, "folders", lambda *_: {(c, version): root / c for c, (version, _) in wanted.items()})
    monkeypatch.setattr(
        recording, "gathered", lambda *_: {(c, version): given for c, (version, given) in wanted.items()}
    )
    for chart in wanted:
        monkeypatch.setattr(recording, "singles", none if chart in LARGE else singles)
        assert recording.main([chart]) == 0


def test_the_limits_name_what_is_assumed_wrongly():
    """Every kind of field that was found wrong is told to whoever reads what homelab cannot know."""
    said = (REPOSITORY / "docs" / "limits.md").read_text(encoding="utf-8")
    assert [name for name in KINDS if name not in said] == []
