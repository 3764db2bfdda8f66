"""Facts, differences and effects: what is taken apart comes together again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homelab.software.records.effects import Change, How, applied, difference
from homelab.software.records.judged import LOST, bodies, facts_of, identity, keyed

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(0, 9), st.sampled_from(["x", "1", ""]))
STATES = st.dictionaries(
    st.sampled_from(["Deployment a/x", "Service a/y", "ConfigMap /z"]),
    st.dictionaries(st.tuples(st.sampled_from("pq"), st.sampled_from("rs")), LEAVES, max_size=4),
    max_size=3,
)


@given(STATES, STATES)
def test_a_difference_leads_from_one_state_to_the_other(before, after):
    """Whatever two states are, the difference applied to the first is the second, and changes neither."""
    said = repr(before), repr(after)
    assert applied(before, [(difference(before, after), None)]) == after
    assert (repr(before), repr(after)) == said


@given(STATES)
def test_no_difference_is_no_change(state):
    """A state does not differ from itself."""
    assert difference(state, state) == ()


def test_what_one_key_removes_stays_away():
    """A change inside an object that another key removes brings nothing back, in either order."""
    state = {"Deployment a/x": {("spec", "replicas"): 1}}
    gone = (Change("Deployment a/x", (), How.GONE),)
    more = (Change("Deployment a/x", ("spec", "replicas"), How.VALUE),)
    assert applied(state, [(gone, None), (more, 5)]) == applied(state, [(more, 5), (gone, None)]) == {}


def test_a_change_inside_an_object_that_is_not_there_makes_none():
    """Half an object is never made: only what creates an object brings it."""
    inside = (Change("Deployment a/x", ("spec", "replicas"), How.IS, 2),)
    assert applied({}, [(inside, None)]) == {}
    whole = (Change("Deployment a/x", (), How.IS, value=True), *inside)
    assert applied({}, [(whole, None)]) == {"Deployment a/x": {("spec", "replicas"): 2}}


def test_a_form_takes_what_it_is_given():
    """Whole values, entries laid over others, items behind or before others, and texts."""
    state = {"D /x": {("labels", "a"): "1", ("args",): ["first"], ("image",): "r:1", ("resources", "cpu"): "1"}}
    spread = (Change("D /x", ("labels",), How.SPREAD),)
    assert applied(state, [(spread, {"b": "2"})])["D /x"] == {**state["D /x"], ("labels", "b"): "2"}
    behind, before = (Change("D /x", ("args",), How.AFTER),), (Change("D /x", ("args",), How.BEFORE),)
    assert applied(state, [(behind, ["last"])])["D /x"]["args",] == ["first", "last"]
    assert applied(state, [(before, ["zero"])])["D /x"]["args",] == ["zero", "first"]
    text = (Change("D /x", ("image",), How.TEXT, "r:<value>"),)
    assert applied(state, [(text, True)])["D /x"]["image",] == "r:true"
    whole = applied(state, [((Change("D /x", ("resources",), How.VALUE),), {"memory": "2Gi"})])["D /x"]
    assert (whole["resources", "memory"], ("resources", "cpu") in whole) == ("2Gi", False)


def test_an_object_may_be_named_by_what_a_key_is_given():
    """The name holds the value, and so do the places inside; another value is another object."""
    named = (
        Change("StorageClass /<value>", (), How.IS, value=True),
        Change("StorageClass /<value>", ("pool",), How.TEXT, "p-<value>"),
    )
    assert applied({}, [(named, "fast")]) == {"StorageClass /fast": {("pool",): "p-fast"}}


def test_of_data_the_keys_are_kept():
    """A map that becomes the data of a ConfigMap or a Secret is kept as that data is."""
    change = (Change("ConfigMap n/c", ("data",), How.DATA),)
    state = {"ConfigMap n/c": {("data", "old"): ""}}
    kept = applied(state, [(change, {"run.sh": "echo hi", "DB_HOST": "db", "DB_PORT": 5432})])
    assert kept["ConfigMap n/c"] == {("data", "run.sh"): "", ("data", "DB_HOST"): "db", ("data", "DB_PORT"): "5432"}
    secret = (Change("Secret n/s", ("data",), How.DATA),)
    assert applied({"Secret n/s": {}}, [(secret, {"TOKEN": "hunter2"})])["Secret n/s"] == {("data", "TOKEN"): ""}


def test_the_word_behind_a_flag_is_the_flags():
    """`--period 24h` is one fact with another value, not another fact; what stands alone keeps its own name."""
    assert keyed(["run", "--period", "24h", "--on"], "args") == {
        ":run": "run", ":--period": "--period", ":--period+": "24h", ":--on": "--on",
    }  # fmt: skip


def deployment(**pod):
    container = {"name": "main", "image": "x:1", "args": ["run", "--port=1"], "env": [{"name": "A", "value": "b"}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "x", "namespace": "n", "labels": {"app": "x", "helm.sh/chart": "c-1"}},
        "spec": {"template": {"spec": {"containers": [container], **pod}}},
    }


def test_an_object_is_what_its_facts_say():
    """Named items, arguments and empty maps come back as Kubernetes writes them; what is not kept is gone both times."""
    body = deployment(volumes=[{"name": "tmp", "emptyDir": {}}])
    (again,) = bodies(facts_of([body]))
    assert again["spec"] == body["spec"]
    assert again["metadata"]["labels"] == {"app": "x"}
    assert facts_of([again]) == facts_of([body])


def test_texts_are_not_kept():
    """Scripts, certificates and prose are no facts; keys of data are, and the values that are meant as variables."""
    body = deployment(dnsConfig={"searches": ["a\nb"]})
    assert LOST in str(facts_of([body]))
    config = {"kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"HOST": "db", "script.sh": "#!/bin/sh\n"}}
    (kept,) = bodies(facts_of([config]))
    assert kept["data"] == {"HOST": "db", "script.sh": ""}
    secret = {"kind": "Secret", "metadata": {"name": "s"}, "stringData": {"TOKEN": "hunter2"}}
    assert "hunter2" not in str(facts_of([secret]))


def test_hooks_for_tests_are_no_part_of_a_lab():
    """Nothing deploys what only `helm test` runs; a Job's name is known without the hash it ends in."""
    note = {"annotations": {"helm.sh/hook": "test-success"}}
    assert facts_of([{"kind": "Pod", "metadata": {"name": "t", **note}}]) == {}
    assert identity({"kind": "Job", "metadata": {"name": "certs-0123456789"}}) == "Job /certs"
