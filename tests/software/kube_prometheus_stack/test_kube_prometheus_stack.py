"""What the Prometheus operator makes of its resources."""

from __future__ import annotations

from homelab.kube.facts import Calls
from homelab.software.kube_prometheus_stack.kinds import RELOADER, alertmanager, prometheus
from homelab.software.records import store
from homelab.software.records.judged import bodies

SIZED = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}
SPREAD = [
    {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "prometheus"}},
    }
]
CLAIM = {"volumeClaimTemplate": {"spec": {"storageClassName": "ceph", "resources": {"requests": {"storage": "9Gi"}}}}}


def objects(expansion):
    return {(body["kind"], body["metadata"]["name"]): body for body in expansion.objects}


def resource(kind, **spec):
    return {"kind": kind, "metadata": {"name": "k8s", "namespace": "m"}, "spec": spec}


def operator(*args, **container):
    """An operator with flags."""
    pod = {"spec": {"containers": [{"name": "operator", "args": list(args), **container}]}}
    return {"kind": "Deployment", "metadata": {"name": "operator", "namespace": "m"}, "spec": {"template": pod}}


def test_the_operator_makes_a_set_for_each_shard_with_its_volume():
    """Replicas, spread, resources and claims of the custom resource reach the pods; the Service governs all shards."""
    sized = [{"name": "config-reloader", "resources": SIZED}]
    body = resource(
        "Prometheus",
        replicas=2,
        shards=2,
        resources=SIZED,
        storage=CLAIM,
        topologySpreadConstraints=SPREAD,
        containers=sized,
    )
    found = objects(prometheus(body, lambda *_: None))
    assert {key[1] for key in found if key[0] == "StatefulSet"} == {"prometheus-k8s", "prometheus-k8s-shard-1"}
    spec = found["StatefulSet", "prometheus-k8s"]["spec"]
    pod = spec["template"]["spec"]
    assert spec["replicas"] == 2
    assert pod["topologySpreadConstraints"] == SPREAD
    assert [each["name"] for each in pod["containers"]] == ["prometheus", "config-reloader"]
    assert pod["containers"][0]["resources"] == SIZED
    assert pod["containers"][1]["resources"] == SIZED
    (claim,) = spec["volumeClaimTemplates"]
    assert claim["metadata"]["name"] == "prometheus-k8s-db"
    assert claim["spec"]["resources"] == {"requests": {"storage": "9Gi"}}
    selector = found["Service", "prometheus-operated"]["spec"]["selector"]
    assert selector.items() <= spec["template"]["metadata"]["labels"].items()


def test_the_budget_of_the_chart_matches_the_pods_of_the_operator():
    """The selectors of budgets and Services that the chart writes find the pods that the operator makes."""
    record = store.load("kube-prometheus-stack", "88.5.3", "kube-prometheus-stack", "monitoring")
    chart = {(body["kind"], body["metadata"]["name"]): body for body in bodies(record.facts)}
    for kind, make in (("Prometheus", prometheus), ("Alertmanager", alertmanager)):
        title = f"kube-prometheus-stack-{kind.lower()}"
        made = objects(make(chart[kind, title], lambda *_: None))
        labels = made["StatefulSet", f"{kind.lower()}-{title}"]["spec"]["template"]["metadata"]["labels"]
        for beside in ("PodDisruptionBudget", "Service"):
            spec = chart[beside, title]["spec"]["selector"]
            assert spec.get("matchLabels", spec).items() <= labels.items(), (beside, title)


def test_config_reloaders_are_what_the_operator_is_told():
    """Their size and probes stand in the operator's arguments; without an operator in sight they are its defaults."""
    told = operator(
        "--config-reloader-cpu-request=100m",
        "--config-reloader-cpu-limit=0",
        "--config-reloader-memory-request=128Mi",
        "--config-reloader-memory-limit=256Mi",
        "--enable-config-reloader-probes=true",
    )
    beside = objects(prometheus(resource("Prometheus"), lambda *_: told))["StatefulSet", "prometheus-k8s"]["spec"]
    pod = beside["template"]["spec"]
    assert pod["containers"][1]["resources"] == SIZED
    assert "livenessProbe" in pod["containers"][1]
    assert pod["initContainers"][0]["resources"] == SIZED
    unsized = operator("--config-reloader-cpu-request=0")
    made = objects(prometheus(resource("Prometheus"), lambda *_: unsized))["StatefulSet", "prometheus-k8s"]["spec"]
    assert made["template"]["spec"]["containers"][1]["resources"] == {}
    lonely = objects(prometheus(resource("Prometheus"), lambda *_: None))["StatefulSet", "prometheus-k8s"]["spec"]
    assert lonely["template"]["spec"]["containers"][1]["resources"] == RELOADER
    assert lonely["replicas"] == 1


def test_what_the_operator_makes_at_run_time_is_said():
    """Generated configuration exists, though no file has it."""
    (fact,) = alertmanager(resource("Alertmanager", secrets=["slack"]), lambda *_: None).facts
    assert {thing.name for thing in fact.objects} == {
        "alertmanager-k8s-generated",
        "alertmanager-k8s-cluster-tls-config",
        "alertmanager-k8s-web-config",
    }


def test_alerts_leave_by_the_service_that_the_resource_names():
    """Prometheus calls each Alertmanager that it is told of, at the number that its Service has for the port's name."""
    named = {"name": "router", "namespace": "m", "port": "web"}
    service = {"kind": "Service", "metadata": {"name": "router"}, "spec": {"ports": [{"name": "web", "port": 9999}]}}
    body = resource("Prometheus", alerting={"alertmanagers": [named]})
    for find, number in ((lambda kind, *_: service if kind == "Service" else None, 9999), (lambda *_: None, 9093)):
        (call,) = [fact for fact in prometheus(body, find).facts if isinstance(fact, Calls)]
        assert (call.subject.name, call.host, call.port, call.phase) == ("prometheus-k8s", "router", number, "change")


def test_alertmanagers_gossip_over_both_protocols():
    """The two ports by which Alertmanagers find each other have one number and two protocols, as an API server insists on."""
    (body, _) = alertmanager(resource("Alertmanager"), lambda *_: None).objects
    (main,) = (c for c in body["spec"]["template"]["spec"]["containers"] if c["name"] == "alertmanager")
    mesh = {(each["name"], each["containerPort"], each.get("protocol", "TCP")) for each in main["ports"]}
    assert {("mesh-tcp", 9094, "TCP"), ("mesh-udp", 9094, "UDP")} <= mesh
