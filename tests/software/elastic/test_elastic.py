"""Elastic Cloud on Kubernetes: what its operator makes of Elasticsearch and Kibana. `make judges` asks the operator itself."""

from __future__ import annotations

import pytest

from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.kube.facts import Calls, Produces
from homelab.software.elastic.kibana import kibana
from homelab.software.elastic.search import elasticsearch

META = {"name": "search", "namespace": "shop"}


def cluster(*sets, status=None, **spec):
    """What is made of a cluster of these sets of nodes, by kind and name."""
    body = {"metadata": META, "spec": {"version": "9.1.2", "nodeSets": list(sets), **spec}, "status": status}
    made = elasticsearch(body, lambda *_: None)
    return {f"{each['kind']}/{each['metadata']['name']}": each["spec"] for each in made.objects}


def nodes(count, name="all", **more):
    """A set of nodes."""
    return {"name": name, "count": count, **more}


def roles(*names):
    """The configuration that gives a set these roles."""
    return {"config": {"node.roles": list(names)}}


def test_each_set_is_a_workload_with_a_service():
    """Three sets of services stand before all nodes, one behind each set."""
    made = cluster(nodes(3, "masters"), nodes(2, "data"))
    assert set(made) == {
        "StatefulSet/search-es-masters",
        "StatefulSet/search-es-data",
        "Service/search-es-masters",
        "Service/search-es-data",
        "Service/search-es-internal-http",
        "Service/search-es-http",
        "Service/search-es-transport",
        "PodDisruptionBudget/search-es-default",
    }
    assert [made[f"StatefulSet/search-es-{name}"]["replicas"] for name in ("masters", "data")] == [3, 2]


@pytest.mark.parametrize(
    ("sets", "status", "stay"),
    [
        ([nodes(3)], None, 2),
        ([nodes(3)], {"health": "green"}, 2),
        ([nodes(3)], {"health": "yellow"}, 3),
        ([nodes(1)], None, 0),
        ([nodes(3, "m", **roles("master")), nodes(1, "d", **roles("data"))], None, 4),
        ([nodes(3, "m", **roles("master")), nodes(2, "d", **roles("data", "ingest"))], None, 4),
        ([nodes(1, "m", config={"node": {"roles": ["master"]}}), nodes(2, "d", **roles("data"))], None, 3),
    ],
)
def test_its_budget_spares_one_node_where_none_is_alone(sets, status, stay):
    """All must stay while the cluster is not green or one node alone has a role; a single node may go."""
    assert cluster(*sets, status=status)["PodDisruptionBudget/search-es-default"]["minAvailable"] == stay


def test_a_budget_may_be_given_or_taken_away():
    """An empty one is none, another one is taken as it is."""
    assert "PodDisruptionBudget/search-es-default" not in cluster(nodes(3), podDisruptionBudget={})
    given = cluster(nodes(3), podDisruptionBudget={"spec": {"maxUnavailable": 2}})
    assert given["PodDisruptionBudget/search-es-default"] == {"maxUnavailable": 2}


def test_data_lies_on_a_claim_unless_it_is_told_otherwise():
    """One gibibyte where nothing is said; a volume of the pod under the same name takes its place."""
    (claim,) = cluster(nodes(1))["StatefulSet/search-es-all"]["volumeClaimTemplates"]
    assert claim["spec"]["resources"]["requests"] == {"storage": "1Gi"}
    lost = nodes(1, podTemplate={"spec": {"volumes": [{"name": "elasticsearch-data", "emptyDir": {}}]}})
    assert "volumeClaimTemplates" not in cluster(lost)["StatefulSet/search-es-all"]
    own = {"metadata": {"name": "elasticsearch-data"}, "spec": {"storageClassName": "disks"}}
    assert cluster(nodes(1, volumeClaimTemplates=[own]))["StatefulSet/search-es-all"]["volumeClaimTemplates"] == [own]


def test_what_a_person_says_of_the_pod_counts():
    """Affinity, resources and containers of the template come before the defaults."""
    spec = {"affinity": {}, "containers": [{"name": "elasticsearch", "resources": {"requests": {"memory": "8Gi"}}}]}
    pod = cluster(nodes(1, podTemplate={"spec": spec}))["StatefulSet/search-es-all"]["template"]["spec"]
    assert pod["affinity"] == {}
    (main,) = pod["containers"]
    assert (main["resources"], main["image"]) == (
        {"requests": {"memory": "8Gi"}},
        "docker.elastic.co/elasticsearch/elasticsearch:9.1.2",
    )
    plain = cluster(nodes(1))["StatefulSet/search-es-all"]["template"]["spec"]
    assert plain["containers"][0]["resources"]["requests"] == {"memory": "2Gi"}
    assert "podAntiAffinity" in plain["affinity"]


def test_a_cluster_without_certificates_speaks_plainly():
    """The port is named after its protocol, as network policies and routes name it."""
    off = {"http": {"tls": {"selfSignedCertificate": {"disabled": True}}}}
    assert cluster(nodes(1), **off)["Service/search-es-http"]["ports"][0]["name"] == "http"
    assert cluster(nodes(1))["Service/search-es-http"]["ports"][0]["name"] == "https"


def test_a_service_of_a_persons_own_shape_keeps_its_name():
    """Type, selector and ports may be changed."""
    spec = {"type": "LoadBalancer", "ports": [{"name": "web", "port": 443, "targetPort": 9200}]}
    made = cluster(nodes(1), http={"service": {"spec": spec}})["Service/search-es-http"]
    assert (made["type"], made["ports"]) == ("LoadBalancer", spec["ports"])


def view(**spec):
    """What is made of a Kibana."""
    return kibana(
        {"metadata": {"name": "view", "namespace": "shop"}, "spec": {"version": "9.1.2", "count": 2, **spec}},
        lambda *_: None,
    )


def test_a_kibana_is_a_deployment_that_asks_its_cluster():
    """It calls the Service of the cluster that it names, in its own namespace or another."""
    made = view(elasticsearchRef={"name": "search"})
    assert [f"{each['kind']}/{each['metadata']['name']}" for each in made.objects] == [
        "Deployment/view-kb",
        "Service/view-kb-http",
    ]
    (call,) = (each for each in made.facts if isinstance(each, Calls))
    assert (str(call.subject), call.host, call.port) == ("shop/Deployment/view-kb", "search-es-http", 9200)
    other = view(elasticsearchRef={"name": "search", "namespace": "logs"})
    assert next(each.host for each in other.facts if isinstance(each, Calls)) == "search-es-http.logs"
    assert not [each for each in view().facts if isinstance(each, Calls)]


def test_every_secret_that_pods_mount_is_produced():
    """What the operator makes itself is nobody's fault to miss."""
    body = {"metadata": META, "spec": {"version": "9.1.2", "nodeSets": [nodes(1)]}}
    for made in (elasticsearch(body, lambda *_: None), view(elasticsearchRef={"name": "search"})):
        (fact,) = (each for each in made.facts if isinstance(each, Produces))
        there = {(each.kind, each.name) for each in fact.objects}
        pods = [each["spec"]["template"]["spec"] for each in made.objects if "template" in each["spec"]]
        for volume in (each for pod in pods for each in pod["volumes"]):
            named = (
                ("Secret", volume["secret"]["secretName"])
                if "secret" in volume
                else ("ConfigMap", volume["configMap"]["name"])
            )
            assert named in there


def test_a_repository_with_a_cluster_has_its_pods():
    """The workload of a cluster is judged as any other, and its custom resource is no unknown thing."""
    text = "apiVersion: elasticsearch.k8s.elastic.co/v1\nkind: Elasticsearch\nmetadata: {name: search, namespace: shop}\nspec: {version: 9.1.2, nodeSets: [{name: all, count: 3}]}\n"
    lab = read(of_texts({"all.yaml": text}))
    assert [str(each.subject) for each in lab.workloads] == ["shop/StatefulSet/search-es-all"]
    assert not lab.unknown
