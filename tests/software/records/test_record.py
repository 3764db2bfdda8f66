"""A record answers what was probed and what follows from it, and nothing else."""

from __future__ import annotations

import pytest

from homelab.software.records import text
from homelab.software.records.effects import Change, How
from homelab.software.records.levels import ABSENT, Level, Shape, Words, equal
from homelab.software.records.record import Centre, Names, Pair, Record

WHO = "Deployment n/x"
REPLICAS, PORT, ON, DEEP, MORE = ("replicas",), ("port",), ("on",), ("deep", "size"), ("deep", "more")


def sets(path, value=None, how=How.IS):
    return (Change(WHO, path, how, value),)


LEVELS = {
    REPLICAS: (Level(None, Shape("int", (2, 3, 5)), sets(("replicas",), how=How.VALUE), paired=True),),
    PORT: (Level(80, None, sets(("port",), 80), paired=True), Level(81, None, sets(("port",), 81), paired=False)),
    ON: (Level(False, None, (Change(WHO, (), How.GONE),), paired=True),),
    DEEP: (Level("big", None, (), paired=True),),
    MORE: (Level(True, None, (), paired=True),),
}
PAIRS = {
    (DEEP, PORT): {(0, 0): Pair(correction=sets(("memory",), "2Gi"))},
    (PORT, REPLICAS): {(0, 0): Pair(over="first")},
    (DEEP, REPLICAS): {(0, 0): Pair()},
}


def record(pairs=None, centres=(), threes=None):
    found = PAIRS if pairs is None else pairs
    return Record(
        chart="x",
        version="1.0.0",
        names=Names({"x": True}),
        words=Words(numbers=(1,)),
        base={REPLICAS: 3},
        facts={WHO: {("replicas",): 3, ("port",): 8080, ("memory",): "1Gi"}},
        governs={WHO: "deep"},
        defaults={PORT: 8080},
        levels_of=lambda key: LEVELS.get(key, ()),
        pairs_of=lambda one, other: found.get((one, other), {}),
        keys=frozenset(LEVELS),
        centres=lambda: tuple(centres),
        threes=lambda: threes,
    )


def test_the_base_answers_itself_and_defaults_are_nothing():
    """What a key is given by default is the same as not giving it."""
    assert record().answer({REPLICAS: 3}) == record().answer({REPLICAS: 3, PORT: 8080}) == record().facts


def test_a_form_follows_values_between_the_same_bounds():
    """Other numbers follow the form as long as the chart compares with none that lies between."""
    assert record().answer({REPLICAS: 7})[WHO]["replicas",] == 7
    assert record().answer({REPLICAS: 1}) == ("values key replicas is recorded for other values than this one",)
    assert isinstance(record().answer({REPLICAS: "7"}), tuple)
    assert isinstance(record().answer({REPLICAS: True}), tuple)


def test_a_key_that_nobody_recorded_is_named():
    """Strangers are told by their whole path; maps that hold nothing say nothing."""
    found = record().assigned(
        {"replicas": 2, "deep": {"size": "big", "odd": 1}, "none": {}}, "1.35", frozenset(), crds=True
    )
    assert found == ("values key deep.odd is not recorded",)
    assert record().assigned({"deep": {}}, "1.35", frozenset(), crds=True) == {}


def test_two_keys_add_up_unless_they_were_seen_not_to():
    """A correction, a winner, and what nobody knows."""
    assert record().answer({REPLICAS: 3, DEEP: "big", PORT: 80})[WHO]["memory",] == "2Gi"
    assert record().answer({REPLICAS: 5, PORT: 80})[WHO] == {("replicas",): 5, ("port",): 80, ("memory",): "1Gi"}
    assert "act together" in record().answer({REPLICAS: 5, DEEP: "big"})[0]
    assert record().answer({REPLICAS: 5, ON: False}) == {}


def test_a_value_that_was_tried_alone_answers_alone():
    """Beside another change it is unknown, for the pair was never probed."""
    assert record().answer({REPLICAS: 3, PORT: 81})[WHO]["port",] == 81
    assert "only alone" in record().answer({REPLICAS: 5, PORT: 81})[0]


def test_a_third_key_of_a_section_may_wake():
    """A key that changes nothing at the base is not trusted beside two others of its section that act together."""
    assert isinstance(record().answer({REPLICAS: 3, DEEP: "big", PORT: 80, MORE: True}), tuple)


def test_a_third_key_is_answered_for_where_threes_were_probed():
    """What the three do beyond their pairs is added; what is not listed adds nothing, and what is listed as unknown is."""
    asked = {REPLICAS: 3, DEEP: "big", PORT: 80, MORE: True}
    three = ((MORE, 0), (DEEP, 0), (PORT, 0))
    assert record(threes={}).answer(asked)[WHO]["memory",] == "2Gi"
    assert record(threes={three: sets(("memory",), "3Gi")}).answer(asked)[WHO]["memory",] == "3Gi"
    assert isinstance(record(threes={three: None}).answer(asked), tuple)
    pairs = {**PAIRS, (MORE, PORT): {(0, 0): Pair(correction=sets(("memory",), "4Gi"))}}
    assert isinstance(record(pairs).answer(asked), tuple)
    assert record(pairs, threes={three: sets(("memory",), "6Gi")}).answer(asked)[WHO]["memory",] == "6Gi"


def test_what_three_keys_do_is_not_added_to_what_a_fourth_changes():
    """Where a fourth key changes what the three do together, or brings and takes its object, nobody knows."""
    asked = {REPLICAS: 3, DEEP: "big", PORT: 80, MORE: True, ON: False}
    three = ((MORE, 0), (DEEP, 0), (PORT, 0))
    assert isinstance(record(threes={three: sets(("memory",), "3Gi")}).answer(asked), tuple)


def test_another_centre_is_a_road_of_its_own():
    """What is exactly a centre is answered by it, and what is near it by way of it."""
    centre = Centre({REPLICAS: 5, DEEP: "big"}, sets(("memory",), "9Gi"))
    found = record(centres=[centre])
    assert found.answer({REPLICAS: 5, DEEP: "big"})[WHO]["memory",] == "9Gi"
    assert found.answer({REPLICAS: 5, DEEP: "big", ON: False}) == {}
    assert isinstance(found.answer({REPLICAS: 5, DEEP: "big", PORT: 80}), tuple)


@pytest.mark.parametrize(
    ("release", "namespace", "said"),
    [
        ("my-x", "n", None),
        ("my-app", "n", "releases with x in their name"),
        ("x", "other", "recorded for the namespace n"),
        ("x" * 31, "n", "names of releases of up to 30 letters"),
    ],
)
def test_names_that_a_chart_looks_at_are_part_of_the_question(release, namespace, said):
    """A release called otherwise than charts look for, too long, or in another namespace where that matters, is unknown."""
    found = Names({"x": True}, longest=30, namespace="n").refuses(release, namespace)
    assert (found is None) if said is None else (said in str(found))


def test_texts_are_taken_as_they_were_probed():
    """Templates, numbers in disguise and words that the chart compares with are not taken for any text."""
    shape, words = Shape("text", ("fast-1", "fast-2")), Words(texts=("NodePort",))
    assert shape.fits("slow.class", words)
    assert not any(shape.fits(odd, words) for odd in ("1.5", "yes", "{{ .x }}", "a b", "NodePort", ""))


def test_one_is_neither_true_nor_text():
    """Values are the same as Kubernetes sees them."""
    assert not equal(1, True)
    assert not equal(1, "1")
    assert not equal(ABSENT, None)
    assert equal({"a": 1, "b": 2}, {"b": 2, "a": 1})


CHART = """chart disks 1.0.0
held {}
joined ["disks"]
longest 53
placed ["", ""]
numbers []
texts []

key classes
 default []
 base []
 level each ["list"]

key fast
 level = true
  ~ Deployment n/<release>-disks
    .
     fast\t= true

each classes
|chart each 0
|held {}
|joined []
|longest 53
|placed ["", ""]
|numbers []
|texts []
|
|key storage
| base "zfs"
| level text ["zfs", "zfz"]
|  ~ StorageClass /<item>
|    parameters
|     storage\t<value>
|
|object StorageClass /<item>
| .
|  apiVersion\t"storage.k8s.io/v1"
| parameters
|  storage\t"zfs"

object Deployment n/<release>-disks
 .
  apiVersion\t"apps/v1"
"""


def listed(*items, **more):
    found = text.read(text.placed(CHART, "lab", "n"))
    asked = found.assigned({"classes": list(items), **more}, "1.35", frozenset(), crds=True)
    return found, found.answer(asked)


def test_a_list_is_told_item_by_item():
    """However many items there are and whatever their names, each makes its own, beside what other keys change."""
    found, facts = listed({"name": "fast", "storage": "nvme"}, {"name": "slow", "storage": "zfs"}, fast=True)
    assert {who for who in facts if who.startswith("StorageClass")} == {"StorageClass /fast", "StorageClass /slow"}
    assert facts["StorageClass /fast"]["parameters", "storage"] == "nvme"
    assert facts["Deployment n/lab-disks"]["fast",] is True
    items = [{"name": "fast", "storage": "nvme"}, {"name": "slow", "storage": "zfs"}]
    assert found.governed({"classes": items}) == {"StorageClass /fast": "classes.0", "StorageClass /slow": "classes.1"}


@pytest.mark.parametrize(
    "items",
    [
        ({"name": "a", "storage": "zfs", "odd": 1},),
        ({"storage": "zfs"},),
        ({"name": "a", "storage": "zfs"}, {"name": "a", "storage": "zfs"}),
        ("a",),
    ],
    ids=["a key that nobody probed", "no name", "two of a name", "no map"],
)
def test_items_that_were_not_probed_make_the_list_unknown(items):
    """An item with a strange key, without a name, or called as another is never left out: the whole is unknown."""
    _, facts = listed(*items)
    assert facts == ("values key classes is recorded for other values than this one",)


def test_objects_are_named_behind_the_release_unless_it_holds_the_charts_name():
    """The usual rule of charts: `lab` makes lab-disks, and my-disks makes my-disks."""
    assert "Deployment n/lab-disks" in text.read(text.placed(CHART, "lab", "n")).facts
    assert "Deployment n/my-disks" in text.read(text.placed(CHART, "my-disks", "n")).facts


def test_a_name_that_a_chart_cuts_is_cut_behind_every_release():
    """Only the letters that the chart leaves of it are kept, without the dash they would end in."""
    said = CHART.replace('joined ["disks"]\n', 'joined ["disks"]\ncut {"disks": 8}\n')
    for release, name in (("lab", "lab-disk"), ("library", "library"), ("my-disks-too", "my-disks"), ("a", "a-disks")):
        assert f"Deployment n/{name}" in text.read(text.placed(said, release, "n")).facts
    assert "\ncut {" in text.again(said)


def test_a_whole_name_is_cut_only_where_it_names_an_object():
    """A chart that cuts whole names cuts those of objects that the release names; a text that holds the name stays."""
    said = (
        CHART.replace('joined ["disks"]\n', 'joined ["disks"]\ncut {"": 9}\n')
        + '\nobject Service n/<release>-a\n host\t"<release>-a.n.svc"\n'
    )
    facts = text.read(text.placed(said, "laboratory", "n")).facts
    assert {"Deployment n/laborator", "Service n/laborator"} <= facts.keys()
    assert facts["Service n/laborator"]["host",] == "laboratory-a.n.svc"


def test_a_record_with_items_says_itself_again():
    """What stands behind bars is written as it was read."""
    assert text.again(CHART) == CHART


def test_an_object_that_comes_back_has_what_other_keys_changed():
    """By way of a centre without it, an object is not brought back as the base has it where another key changes it."""
    centre = Centre({ON: False, REPLICAS: 5, DEEP: "big"}, (Change(WHO, (), How.GONE),))
    assert isinstance(record(centres=[centre]).answer({REPLICAS: 5, DEEP: "big"}), tuple)
