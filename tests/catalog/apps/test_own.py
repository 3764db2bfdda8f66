"""Applications of your own: one image or one chart, in labs of one node, two hosts and three hosts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from catalog.expanded import expanded, strangers
from catalog.plans import EVERYTHING_OFF, METRICS, lab, own, plan, releases, stub
from homelab.capabilities import Capability
from homelab.catalog.apps.own.alerts import titled
from homelab.catalog.apps.own.app import full, laid
from homelab.catalog.apps.own.component import own as component
from homelab.catalog.apps.own.settings import Settings
from homelab.catalog.needs import Phase
from homelab.catalog.plan import (
    Plan,
    generated,
    namespaces_of,
    needs_of,
    parts_of,
    routes,
    secrets,
    uncopied,
)
from homelab.catalog.resolve import resolve
from homelab.catalog.upkeep import Uncopied
from homelab.findings import Subject
from homelab.kube.facts import Produces, Singleton
from homelab.kube.schemas.validate import Schemas
from homelab.software.owners.system import alone

NEIGHBOURS = (
    METRICS,
    stub("rook-ceph", Capability.STORAGE_BLOCK, Capability.STORAGE_OBJECT, Capability.STORAGE_FILE),
    stub("cloudnative-pg", Capability.DATABASE_POSTGRES),
    stub("redis-operator", Capability.CACHE_REDIS),
    stub("gateway", Capability.GATEWAY_HTTP),
)
BACKUP = {"targets": {"offsite": {"kind": "s3", "endpoint": "https://s3.example.net"}}}
SHOP = component("shop")
IMAGE: dict[str, Any] = {"image": "me/shop:1.2.3"}
SERVED = {**IMAGE, "ports": {"http": 8080}, "route": {}, "login": "own"}
BOUND = {**SERVED, "volumes": {"data": {"path": "/data", "size": "5Gi"}}}
DATABASES = {
    "postgres": {"variables": {"DATABASE_URL": "uri", "DB_HOST": "host", "DB_NAME": "database"}},
    "redis": {"variables": {"REDIS_URL": "uri", "REDIS_PASS": "password", "REDIS_PORT": "port"}},
}
WHOLE = {
    **SERVED,
    "ports": {"http": 8080, "metrics": 9090},
    "route": {"port": "http", "host": "store"},
    "volumes": {
        "media": {"path": "/media", "size": "50Gi", "shared": True},
        "thumbs": {"path": "/thumbs", "size": "1Gi", "shared": True, "backup": False},
    },
    "databases": DATABASES,
    "variables": {"PORT": 8080, "DEBUG": False},
    "secrets": {"SMTP_PASSWORD": "the password of the mailbox", "SESSION_KEY": "generate"},
    "arguments": ["serve"],
    "scratch": ["/var/cache"],
    "health": "/healthz",
    "metrics": {"port": "metrics"},
    "egress": ["smtp"],
    "environments": {"production": {"replicas": 3}, "staging": {"image": "me/shop:2.0.0"}, "dev": {"variables": {"DEBUG": True}}},
}  # fmt: skip
CHART: dict[str, Any] = {
    "chart": {"repository": "https://charts.example.org", "name": "shop", "version": "1.2.3"},
    "ports": {"http": 8080},
    "route": {"service": "front", "service_port": 80},
    "login": "own",
    "values": {"image": {"tag": "1"}, "hosts": ["a"]},
    "databases": {"postgres": {}},
    "environments": {"production": {}, "dev": {"version": "1.3.0", "values": {"image": {"pull": "Always"}}}},
}


def made(shape: str, settings: Any, **more: Any) -> Plan:
    return plan(lab(shape, backup=BACKUP, **more), *NEIGHBOURS, SHOP, settings={"shop": settings})


LABS = {
    "whole": made("three", WHOLE, profile="enterprise"),
    "bound": made("three", BOUND),
    "one": made("one", SERVED),
    "two": made("two", SERVED),
    "root": made("two", {**IMAGE, "user": 0, "read_only": False}),
    "as it is": made("two", WHOLE, practices=EVERYTHING_OFF),
    "alone": plan(lab("two"), SHOP, settings={"shop": BOUND}),
}
"""Labs in which it is an image."""


def deployment(name: str, space: str = "shop-prod") -> Any:
    (found,) = [b for b in own(LABS[name], "shop") if b["kind"] == "Deployment" and b["metadata"]["namespace"] == space]
    return found


def container(name: str, space: str = "shop-prod") -> Any:
    return deployment(name, space)["spec"]["template"]["spec"]["containers"][0]


@pytest.mark.parametrize("made", [*LABS.values(), made("two", CHART)], ids=[*LABS, "chart"])
def test_resources_pass_their_schemas(made: Plan, test_data: Any) -> None:
    """Whatever is ours of an image or around a chart is what its kind allows."""
    schemas = Schemas("1.35").with_folder(test_data / "schemas")
    for body in own(made, "shop"):
        assert schemas.validate(body) == [], body["metadata"]["name"]


@pytest.mark.parametrize("name", LABS)
def test_flows_end_at_pods_that_exist(name: str) -> None:
    """Each end of a declared flow matches pods that we or the operators really make."""
    assert strangers(LABS[name], "shop") == []


@pytest.mark.parametrize("name", LABS)
def test_what_is_referred_to_exists(name: str) -> None:
    """Every Secret and claim of a pod is made or asked for, and every route leads to a Service."""
    found = expanded(LABS[name], "shop")
    made_by = {each for fact in found.facts if isinstance(fact, Produces) for each in fact.objects}
    asked = {Subject("Secret", each.name, each.namespace) for _choice, each in secrets(LABS[name])}
    there = {(b["kind"], b["metadata"].get("namespace"), b["metadata"]["name"]) for b in found.objects}
    for body in (b for b in found.objects if b["kind"] == "Deployment"):
        space, pod = body["metadata"]["namespace"], body["spec"]["template"]["spec"]
        for entry in pod["containers"][0].get("env", ()):
            if reference := entry.get("valueFrom", {}).get("secretKeyRef"):
                assert Subject("Secret", reference["name"], space) in made_by | asked
        for volume in pod["volumes"]:
            if claim := volume.get("persistentVolumeClaim"):
                assert ("PersistentVolumeClaim", space, claim["claimName"]) in there
    for body in (b for b in found.objects if b["kind"] == "HTTPRoute"):
        (backend,) = body["spec"]["rules"][0]["backendRefs"]
        assert ("Service", body["metadata"]["namespace"], backend["name"]) in there


def test_pods_follow_the_lab_and_the_volumes() -> None:
    """Two in production, one on one node, as many as asked for, and one where a volume is bound to one node."""
    assert [deployment(name)["spec"]["replicas"] for name in ("two", "one", "whole", "bound")] == [2, 1, 3, 1]
    assert [deployment("whole", f"shop-{name}")["spec"]["replicas"] for name in ("staging", "dev")] == [1, 1]


def test_one_at_a_time_says_why_and_has_no_budget() -> None:
    """Where a volume asks for one pod, the old one stops first, nothing refuses a drain, and the reason stands beside it."""
    found = expanded(LABS["bound"], "shop")
    body = deployment("bound")
    reason = "its volume data can be used on one node at a time"
    assert body["spec"]["strategy"] == {"type": "Recreate"}
    assert body["metadata"]["annotations"] == {"kubernetes.io/description": f"One pod at a time: {reason}"}
    assert found.of("PodDisruptionBudget") == {}
    several = expanded(LABS["two"], "shop").of("PodDisruptionBudget")["shop"]["spec"]
    assert several["maxUnavailable"] == 1
    assert "annotations" not in deployment("two")["metadata"]
    two = {**BOUND, "volumes": {name: {"path": f"/{name}", "size": "1Gi"} for name in "abc"}}
    (three,) = [b for b in own(made("two", two), "shop") if b["kind"] == "Deployment"]
    assert "its volumes a, b and c can be" in three["metadata"]["annotations"]["kubernetes.io/description"]


def test_the_reason_is_a_fact_for_whoever_judges() -> None:
    """A workload that describes itself so is a singleton, whoever deployed it; any other description, and an empty reason, is none."""

    def said(description: Any) -> list[Any]:
        meta = {"name": "shop", "namespace": "x", "annotations": {"kubernetes.io/description": description}}
        return [fact.reason for fact in alone({**deployment("bound"), "metadata": meta})]

    (fact,) = alone(deployment("bound"))
    assert isinstance(fact, Singleton)
    assert (str(fact.subject), fact.reason) == (
        "shop-prod/Deployment/shop", "its volume data can be used on one node at a time"
    )  # fmt: skip
    assert said("one pod at a time:  its database is one file ") == ["its database is one file"]
    assert [said(text) for text in ("One pod at a time: ", "a shop", "", None, 7, ["x"])] == [[]] * 6
    assert list(alone({**deployment("bound"), "kind": "Service", "apiVersion": "v1"})) == []


def test_probes_ask_for_no_more_than_they_should() -> None:
    """Startup and liveness ask for a connection, readiness for the path that the owner names, else for a connection too."""
    whole, plain = container("whole"), container("two")
    listens = {"port": "http"}
    assert whole["startupProbe"] == {"tcpSocket": listens, "periodSeconds": 10, "failureThreshold": 30}
    assert whole["livenessProbe"]["tcpSocket"] == plain["readinessProbe"]["tcpSocket"] == listens
    assert whole["readinessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert not {"startupProbe", "livenessProbe", "readinessProbe"} & container("as it is").keys()


def test_sizes_follow_the_profile() -> None:
    """Requests are scaled by the profile, with a limit of memory; without the practice there are none."""
    assert container("whole")["resources"] == {
        "requests": {"cpu": "150m", "memory": "384Mi"}, "limits": {"memory": "768Mi"}
    }  # fmt: skip
    assert container("two")["resources"]["requests"] == {"cpu": "100m", "memory": "256Mi"}
    assert "resources" not in container("as it is")


def test_pods_are_as_closed_as_their_image_allows() -> None:
    """Restricted by default; root and a writable root file system are said, and lower the level of the namespace."""
    choice, rooted = LABS["two"].by_name["shop"], LABS["root"].by_name["shop"]
    assert [each.level for each in namespaces_of(LABS["two"], choice)] == ["restricted"]
    assert [each.level for each in namespaces_of(LABS["root"], rooted)] == ["baseline"]
    assert container("two")["securityContext"]["readOnlyRootFilesystem"] is True
    assert container("root")["securityContext"]["readOnlyRootFilesystem"] is False
    pod = deployment("two")["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert (pod["securityContext"]["runAsUser"], pod["securityContext"]["fsGroup"]) == (1000, 1000)
    assert "runAsNonRoot" not in deployment("root")["spec"]["template"]["spec"]["securityContext"]
    assert "securityContext" not in deployment("as it is")["spec"]["template"]["spec"]
    assert [m["mountPath"] for m in container("whole")["volumeMounts"]] == ["/media", "/thumbs", "/tmp", "/var/cache"]


def test_databases_reach_the_program_by_its_variables() -> None:
    """Hosts and names are written down, passwords come from Secrets, and an address with one is put together in the pod."""
    env = {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in container("whole")["env"]}
    assert env["DB_HOST"] == "shop-postgres-rw.shop-prod.svc"
    assert env["DB_NAME"] == "shop"
    assert env["DATABASE_URL"] == {"secretKeyRef": {"name": "shop-postgres-app", "key": "uri"}}
    assert env["REDIS_URL"] == "redis://:$(REDIS_URL_PASSWORD)@shop-redis-master.shop-prod.svc:6379/0"
    assert env["REDIS_URL_PASSWORD"] == env["REDIS_PASS"]
    assert list(env).index("REDIS_URL_PASSWORD") < list(env).index("REDIS_URL")
    assert (env["PORT"], env["DEBUG"]) == ("8080", "false")
    assert env["SMTP_PASSWORD"] == {"secretKeyRef": {"name": "shop-secrets", "key": "SMTP_PASSWORD"}}


def test_environments_share_nothing() -> None:
    """Each has a namespace, volumes, databases, Secrets and a hostname of its own, and what it says otherwise."""
    made = LABS["whole"]
    choice = made.by_name["shop"]
    spaces = ["shop-prod", "shop-staging", "shop-dev"]
    assert [each.name for each in namespaces_of(made, choice)] == spaces
    assert [p.name for p in parts_of(made, choice)] == [f"{space}{end}" for space in spaces for end in ("", "-data")]
    assert [route.host for _choice, route in routes(made)] == ["store", "store-staging", "store-dev"]
    assert [item.namespace for _choice, item in secrets(made) if item.name == "shop-secrets"] == spaces
    assert [item.namespace for _choice, item in generated(made)] == spaces
    assert container("whole", "shop-staging")["image"] == "docker.io/me/shop:2.0.0"
    assert {"name": "DEBUG", "value": "true"} in container("whole", "shop-dev")["env"]


def test_secrets_are_asked_for_or_made_up() -> None:
    """What the owner knows is asked for in his words; `generate` is made up."""
    (asked, *_) = [item for _choice, item in secrets(LABS["whole"]) if item.name == "shop-secrets"]
    assert asked.keys == {"SMTP_PASSWORD": "ask:the password of the mailbox", "SESSION_KEY": "generate:32"}


def test_volumes_are_kept_and_copied_unless_said_otherwise() -> None:
    """What cannot be made again is on a class that keeps it, and copied; a cache is neither."""
    claims = {b["metadata"]["name"]: b for b in own(LABS["whole"], "shop") if b["kind"] == "PersistentVolumeClaim"}
    assert claims["shop-media"]["spec"]["accessModes"] == ["ReadWriteMany"]
    assert claims["shop-media"]["spec"]["storageClassName"] == "ceph-file"
    (bound,) = [b for b in own(LABS["bound"], "shop") if b["kind"] == "PersistentVolumeClaim"]
    assert bound["spec"] == {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}, "storageClassName": "ceph-block-retain"
    }  # fmt: skip
    left = [item for item in uncopied(LABS["whole"]) if "app.kubernetes.io/component" in item.labels]
    labels = {"app.kubernetes.io/instance": "shop", "app.kubernetes.io/component": "thumbs"}
    assert left[0] == Uncopied("shop-prod", labels, "shop makes the contents of thumbs again")
    assert labels == claims["shop-thumbs"]["metadata"]["labels"]


def test_needs_are_what_is_asked_for() -> None:
    """An image that asks for nothing needs nothing; each option brings the capability that it takes, when it is missed."""
    bare = made("two", IMAGE)
    assert needs_of(bare, bare.by_name["shop"]) == ()
    found = {need.capability: need.phase for need in needs_of(LABS["whole"], LABS["whole"].by_name["shop"])}
    assert found == {
        Capability.GATEWAY_HTTP: Phase.RUN, Capability.DATABASE_POSTGRES: Phase.RUN, Capability.CACHE_REDIS: Phase.RUN,
        Capability.STORAGE_BLOCK: Phase.START, Capability.STORAGE_FILE: Phase.START, Capability.SECRETS_GIT: Phase.START,
    }  # fmt: skip


def test_what_has_no_login_is_routed_only_where_the_owner_says_so() -> None:
    """`login: none` closes the hostname until `access.without_login` names it."""
    bare = {**SERVED, "login": "none"}
    assert not [b for b in own(made("two", bare), "shop") if b["kind"] == "HTTPRoute"]
    told = made("two", bare, access={"without_login": ["shop"]})
    assert [b["spec"]["hostnames"] for b in own(told, "shop") if b["kind"] == "HTTPRoute"] == [["shop.example.org"]]


def test_a_chart_is_installed_in_each_environment() -> None:
    """Its values are the owner's, with what an environment says laid over them; what is around it is ours."""
    lab = made("two", CHART)
    found = releases(lab, "shop")
    assert [(r.chart, r.version, r.name, r.namespace) for r in found.values()] == [
        ("shop", "1.2.3", "shop", "shop-prod"), ("shop", "1.3.0", "shop", "shop-dev")
    ]  # fmt: skip
    assert found["shop-prod"].values == {"image": {"tag": "1"}, "hosts": ["a"]}
    assert found["shop-dev"].values == {"image": {"tag": "1", "pull": "Always"}, "hosts": ["a"]}
    bodies = [b for b in own(lab, "shop") if b["metadata"]["namespace"] == "shop-prod"]
    assert {b["kind"] for b in bodies} >= {"HTTPRoute", "LimitRange", "PrometheusRule", "Cluster", "ScheduledBackup"}
    (route,) = [b for b in bodies if b["kind"] == "HTTPRoute"]
    assert route["spec"]["rules"] == [{"backendRefs": [{"name": "front", "port": 80}]}]
    (limit,) = [b for b in bodies if b["kind"] == "LimitRange"]
    assert limit["spec"]["limits"] == [
        {"type": "Container", "defaultRequest": {"cpu": "100m", "memory": "256Mi"}, "default": {"memory": "512Mi"}}
    ]


def test_nothing_depends_on_chance() -> None:
    """The same settings make the same bytes, and the alerts of production are those that are rendered."""
    first, second = (json.dumps(own(made("three", WHOLE), "shop")) for _ in "ab")
    assert first == second
    lab = LABS["whole"]
    rendered = next(b for b in own(lab, "shop") if b["kind"] == "PrometheusRule")["spec"]["groups"][0]["rules"]
    assert [rule["alert"] for rule in rendered] == [alert.name for alert in SHOP.alerts(lab, lab.settings("shop"))]
    assert [rule["alert"] for rule in rendered] == ["ShopDown", "ShopMetricsAbsent", "ShopDatabaseAbsent"]
    assert not [b for b in own(LABS["as it is"], "shop") if b["kind"] in {"PrometheusRule", "PodMonitor"}]


def test_recovery_is_told_with_the_alert() -> None:
    """What a lost node means is said where one is woken by it: minutes where the volume follows, a backup where it does not."""

    def advice(shape: Plan) -> str:
        return str(SHOP.alerts(shape, shape.settings("shop"))[0].runbook)

    local = plan(lab("two"), METRICS, stub("local-path", Capability.STORAGE_LOCAL), SHOP, settings={"shop": BOUND})
    assert "back after some 11 minutes" in advice(LABS["bound"])
    assert "or from a backup" in advice(local)
    assert "started elsewhere after some 5 minutes" in advice(LABS["two"])
    single = made("two", {**SERVED, "alone": "its jobs run twice otherwise"})
    assert "(its jobs run twice otherwise)" in advice(single)


@pytest.mark.parametrize(
    ("written", "whole"),
    [("nginx:1", "docker.io/library/nginx:1"), ("me/app:1", "docker.io/me/app:1"), ("ghcr.io/me/app:1", "ghcr.io/me/app:1"),
     ("registry.lan:5000/a:1", "registry.lan:5000/a:1")],
)  # fmt: skip
def test_images_have_their_whole_name(written: str, whole: str) -> None:
    """Renovate reads an image with registry and path, and so it is written."""
    assert full(written) == whole


def test_values_are_laid_over_each_other_as_helm_does() -> None:
    """Mappings key by key, all else whole."""
    assert laid({"a": {"b": 1, "c": [1]}, "d": {}}, {"a": {"c": [2]}, "d": 3}) == {"a": {"b": 1, "c": [2]}, "d": 3}


@pytest.mark.parametrize(("name", "title"), [("paper-less", "PaperLess"), ("2fauth", "App2fauth"), ("a", "A")])
def test_alerts_have_a_name_of_letters(name: str, title: str) -> None:
    """Alerts are called after the application, whatever its name begins with."""
    assert titled(name) == title


def test_any_number_of_applications_stand_beside_the_built_in_ones() -> None:
    """Each is its own component, brings what it needs, and is known by its name."""
    found = resolve(lab("three", apps={"n8n": {}, "shop": BOUND, "feeds": {**IMAGE, "databases": {"postgres": {}}}}))
    assert {"n8n", "shop", "feeds", "cloudnative-pg", "foundation"} <= set(found.by_name)
    assert found.by_name["shop"].why == "apps.shop"
    assert isinstance(found.settings("feeds"), Settings)
