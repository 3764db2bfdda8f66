"""The real ECK beside a real control plane: what it makes of Elasticsearch and Kibana, and what we say that it makes."""

from __future__ import annotations

import sys

import pytest

from homelab.cluster.api import ApiRefused
from homelab.twin.callbacks.record import not_evaluated
from twin.operated import applied, beside, installed, made_by, namespaces, said, until

pytestmark = [pytest.mark.judge, pytest.mark.skipif(sys.platform != "linux", reason="a twin runs on Linux only")]
META = {"namespace": "shop"}
SEARCH = {
    "apiVersion": "elasticsearch.k8s.elastic.co/v1",
    "kind": "Elasticsearch",
    "metadata": {"name": "search", **META},
    "spec": {
        "version": "9.1.2",
        "nodeSets": [
            {"name": "masters", "count": 3, "config": {"node.roles": ["master"]}},
            {"name": "data", "count": 2, "config": {"node.roles": ["data", "ingest"]}},
        ],
    },
}
VIEW = {
    "apiVersion": "kibana.k8s.elastic.co/v1",
    "kind": "Kibana",
    "metadata": {"name": "view", **META},
    "spec": {"version": "9.1.2", "count": 2, "elasticsearchRef": {"name": "search"}},
}
WORKLOADS = (
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "Deployment"),
    ("v1", "Service"),
    ("policy/v1", "PodDisruptionBudget"),
)


@pytest.fixture(scope="module")
def eck(tmp_path_factory, twin_program, test_data, oracle):
    """ECK installed by its chart, and an Elasticsearch with a Kibana."""
    with beside(tmp_path_factory.mktemp("eck"), twin_program, "elastic-operator") as made:
        namespaces(made.api, "shop")
        installed(made, oracle("helm"), test_data / "charts" / "eck-operator", "elastic-operator", "elastic-system")
        for body in (SEARCH, VIEW):
            applied(made.api, body)
        yield made


def test_an_elasticsearch_becomes_what_we_say(eck):
    """StatefulSets, Services and the budget of a cluster of masters and data nodes are those that `software` tells.

    No Elasticsearch answers here, so the cluster is never green, and its budget lets nobody go.
    """

    def health():
        return (eck.api.get(SEARCH["apiVersion"], "Elasticsearch", "search", "shop").get("status") or {}).get("health")

    until(
        lambda: made_by(eck.api, "Elasticsearch/search", "shop", *WORKLOADS[3:]),
        120,
        lambda: eck.log("elastic-operator"),
    )
    until(health, 60)
    assert said(eck.api, SEARCH) == made_by(eck.api, "Elasticsearch/search", "shop", *WORKLOADS)


def test_its_secrets_are_those_that_we_say(eck):
    """Whoever mounts a Secret of a cluster finds it in what `software` says is produced."""
    names = secrets(eck, "search")
    until(lambda: names <= {each["metadata"]["name"] for each in eck.api.list("v1", "Secret", "shop")}, 60)
    assert {"search-es-elastic-user", "search-es-http-certs-public"} <= names


def secrets(eck, name):
    """The Secrets that `software` says are produced for a cluster."""
    from homelab.kube.facts import Produces
    from homelab.software.lookup import kind_truths

    made = kind_truths()["elasticsearch.k8s.elastic.co", "Elasticsearch"].expand(SEARCH, lambda *_: None)
    (fact,) = (each for each in made.facts if isinstance(each, Produces))
    return {each.name for each in fact.objects if each.kind == "Secret" and each.name.startswith(name)}


def test_a_kibana_becomes_what_we_say(eck):
    """Its Deployment and its Service, as soon as the cluster that it looks at has a version."""
    until(lambda: made_by(eck.api, "Kibana/view", "shop", WORKLOADS[1]), 120, lambda: eck.log("elastic-operator"))
    assert said(eck.api, VIEW) == made_by(eck.api, "Kibana/view", "shop", *WORKLOADS)


def test_what_it_refuses_is_refused(eck):
    """Its webhook is asked by the API server through the egress proxy, and answers itself: nothing is told as not evaluated."""
    wrong = {**SEARCH, "metadata": {"name": "wrong", **META}, "spec": {**SEARCH["spec"], "version": "nonsense"}}

    def refused():
        try:
            eck.api.create({**wrong, "metadata": {**wrong["metadata"]}})
        except ApiRefused as found:
            return found.message
        eck.api.delete(wrong)
        return ""

    assert "elastic-es-validation-v1.k8s.elastic.co" in until(refused, 60, lambda: eck.log("elastic-operator"))
    assert not [each for each in not_evaluated(eck.calls) if "Elasticsearch/wrong" in each.object]
