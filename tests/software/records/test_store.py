"""The records that come with homelab: each can be read, says itself again, and is found by chart and version."""

from __future__ import annotations

import pytest

from homelab.software.lookup import expand, governed, recorded, systems
from homelab.software.records import store, text
from homelab.software.software import Release

FILES = sorted(store.DATA.glob("*.txt"))
CHARTS = {truth.chart for system in systems() for truth in system.charts}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_record_says_itself_again(file):
    """Reading and writing a record gives the same bytes: nothing is lost, and the order is stable."""
    said = file.read_text(encoding="utf-8")
    assert text.again(said) == said
    assert text.read(said).facts


def test_records_are_of_charts_that_we_know():
    """No record is of a chart that is in no table, and each chart in the table has one."""
    recorded_charts = {file.stem.rpartition("-")[0] for file in FILES}
    assert recorded_charts == CHARTS


def test_the_data_stay_small():
    """Fifteen megabytes of text at the most, so that nobody pays for charts that he does not have."""
    assert sum(file.stat().st_size for file in FILES) < 15 * 2**20


def test_nobodys_sentences_are_in_them():
    """Names, figures and short texts: no value has the length of prose."""
    for file in FILES:
        for line in file.read_text(encoding="utf-8").splitlines():
            value = line.partition("\t")[2]
            assert not (value.startswith('"') and len(value) > 200), f"{file.name}: {line[:80]}"


def test_the_nearest_version_is_of_the_same_major():
    """The newest below, else the oldest above, of the same major where there is one."""
    (version,) = store.versions("velero")
    assert store.nearest("velero", "12.9.0") == version
    assert store.nearest("velero", "3.0.0") == version
    assert store.nearest("nothing", "1.0.0") is None


def release(version: str, **more) -> Release:
    given = {
        "values": {"fullnameOverride": "sealed-secrets-controller"},
        "name": "sealed-secrets",
        "namespace": "sealed-secrets",
        "kubernetes": "1.35",
        **more,
    }
    return Release("sealed-secrets", "https://bitnami.github.io/sealed-secrets", version, **given)


def test_another_version_is_assumed_and_says_so():
    """What a version that nobody compared makes is taken from the record of the nearest one, and marked."""
    (version,) = store.versions("sealed-secrets")
    own, other = recorded(release(version), version), expand(release("2.99.0"))
    assert own.objects
    assert own.objects == other.objects
    assert other.assumed == f"chart sealed-secrets 2.99.0 by the record of {version}"


def test_what_the_record_does_not_answer_stays_unknown():
    """An unknown key is said together with the version that was taken."""
    (version,) = store.versions("sealed-secrets")
    taken = f"chart sealed-secrets 2.99.0 is taken for {version}, and "
    odd = expand(release("2.99.0", values={"odd": {"key": 1}}))
    assert odd.unknown == (f"{taken}values key odd is not recorded",)


STACK = ("kube-prometheus-stack", "https://prometheus-community.github.io/helm-charts", "88.5.3")


@pytest.mark.parametrize(("name", "wanted"), [
    ("kps", "kps-kube-prometheus-stack-operator"),
    ("quite-a-long-name", "quite-a-long-name-kube-pro-operator"),
    ("my-kube-prometheus-stack-of-home", "my-kube-prometheus-stack-o-operator"),
])  # fmt: skip
def test_a_chart_that_cuts_names_is_answered_for_under_any_name(name, wanted):
    """kube-prometheus-stack leaves 26 letters of its full name: `kube-prometheus-stack.fullname` in its `_helpers.tpl`."""
    made = expand(Release(*STACK, name, "monitoring", {}))
    assert made.unknown == ()
    assert wanted in {str(body["metadata"]["name"]) for body in made.objects if body["kind"] == "Deployment"}


def test_a_release_whose_name_leaves_no_room_is_not_answered_for():
    """Beyond the letters up to which names were seen to be cut alike, the chart is unknown, with that number."""
    (why,) = expand(Release(*STACK, "x" * 50, "monitoring", {})).unknown
    assert why.startswith(
        "chart kube-prometheus-stack is recorded for names of releases of up to 38 letters, not for x"
    )


def test_whatever_a_release_is_called_its_objects_are_named_as_helm_names_them():
    """A release that does not hold the chart's name has it behind its own."""
    (version,) = store.versions("sealed-secrets")
    for name, wanted in (("seal", "seal-sealed-secrets"), ("my-sealed-secrets", "my-sealed-secrets")):
        made = recorded(release(version, name=name, values={}), version)
        assert wanted in {str(body["metadata"]["name"]) for body in made.objects if body["kind"] == "Deployment"}


def test_a_chart_of_another_house_is_not_ours():
    """A chart by the same name from another repository is unknown."""
    other = Release("sealed-secrets", "https://charts.example.org", "2.19.1", "a", "b", {})
    assert expand(other).unknown == ("chart sealed-secrets of https://charts.example.org is not known",)


LOCATION = {"provider": "aws", "bucket": "b"}


@pytest.mark.parametrize("odd", ['a"b', "a\nobject Secret /x", "a\n\nobject Secret n/x", "-", "<item>"])
def test_a_name_that_nothing_can_have_is_never_put_into_a_record(odd):
    """Quotes and lines in a stranger's names make no facts and no stumble: what they name is unknown."""
    values = {"configuration": {"backupStorageLocation": [{"name": odd, **LOCATION}]}}
    source = "https://vmware-tanzu.github.io/helm-charts"
    for place in ((odd, "velero", {}), ("velero", odd, {}), ("velero", "velero", values)):
        asked = Release("velero", source, "12.1.0", *place)
        made = expand(asked)
        assert made.objects == ()
        assert len(made.unknown) == 1
        assert odd not in {name for _, name in governed(asked)}
