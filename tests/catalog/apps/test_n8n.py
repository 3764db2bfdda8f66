"""n8n in labs of one node, two hosts and three hosts, in one to three environments."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from catalog.expanded import expanded, strangers
from catalog.plans import EVERYTHING_OFF, METRICS, lab, own, plain, plan, releases, stub
from homelab.capabilities import Capability
from homelab.catalog.apps.n8n.component import N8N
from homelab.catalog.flows import Serves
from homelab.catalog.plan import Plan, flows_of, namespaces_of, needs_of, parts_of, routes, secrets
from homelab.catalog.resolve import resolve
from homelab.catalog.trace import trace
from homelab.documents.quantity import parse_bytes
from homelab.findings import Patch, Subject
from homelab.kube.facts import Calls, Produces
from homelab.kube.schemas.validate import Schemas
from homelab.software.lookup import expand
from software.compare import assert_same

NEIGHBOURS = (
    METRICS,
    stub("rook-ceph", Capability.STORAGE_BLOCK, Capability.STORAGE_OBJECT),
    stub("cloudnative-pg", Capability.DATABASE_POSTGRES),
    stub("redis-operator", Capability.CACHE_REDIS),
    stub("gateway", Capability.GATEWAY_HTTP),
)
BACKUP = {"targets": {"offsite": {"kind": "s3", "endpoint": "https://s3.example.net"}}}
AS_IT_IS = {"production": {"webhooks": 2, "workers": 1, "postgres_instances": 2}, "staging": {}, "dev": {}}
ALL_ON = {"production": {"webhooks": 2, "workers": 2, "postgres_instances": 3}, "staging": {}, "dev": {}}


def made(shape: str = "three", environments: Any = None, **more: Any) -> Plan:
    settings = {"environments": environments} if environments else {}
    return plan(lab(shape, backup=BACKUP, **more), *NEIGHBOURS, N8N, settings={"n8n": settings})


LABS = {
    "three": made(),
    "enterprise": made("three", ALL_ON, profile="enterprise"),
    "as it is": made("two", AS_IT_IS, practices=EVERYTHING_OFF),
    "one": made("one"),
    "mcp": made("two", {"production": {"mcp": True}, "dev": {"workers": 1}}),
    "alone": plan(lab("two"), N8N),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LABS)
def test_values_render_as_we_say(name: str, oracle: Callable[[str], Path], test_data: Path) -> None:
    """In each lab our values pass the chart's strict schema, and render to exactly what we say they make."""
    for release in releases(LABS[name], "n8n").values():
        expansion = expand(release)
        assert expansion.unknown == ()
        assert_same(oracle("helm"), test_data / "charts" / "n8n", release, expansion)


@pytest.mark.parametrize("name", LABS)
def test_resources_pass_their_schemas(name: str, test_data: Path) -> None:
    """Database, queue, routes and rules are what their kinds allow."""
    schemas = Schemas("1.35").with_folder(test_data / "schemas")
    for body in own(LABS[name], "n8n"):
        assert schemas.validate(body) == [], body["metadata"]["name"]


@pytest.mark.parametrize("name", LABS)
def test_flows_end_at_pods_that_exist(name: str) -> None:
    """Each end of a declared flow matches pods that the chart and the operators really make."""
    assert strangers(LABS[name], "n8n") == []


@pytest.mark.parametrize("name", LABS)
def test_what_is_called_and_referred_to_exists(name: str) -> None:
    """Every host that a pod calls is a Service, every route's backend too, and every Secret is made or asked for."""
    found = expanded(LABS[name], "n8n")
    services = {(b["metadata"]["namespace"], b["metadata"]["name"]) for b in found.objects if b["kind"] == "Service"}
    for fact in found.facts:
        if isinstance(fact, Calls) and fact.phase == "run":
            assert (fact.subject.namespace, fact.host) in services
    for body in found.of("HTTPRoute").values():
        (backend,) = body["spec"]["rules"][0]["backendRefs"]
        assert (body["metadata"]["namespace"], backend["name"]) in services
    made_by = {each for fact in found.facts if isinstance(fact, Produces) for each in fact.objects}
    asked = {Subject("Secret", each.name, each.namespace) for _choice, each in secrets(LABS[name])}
    for release in releases(LABS[name], "n8n").values():
        values = release.values
        named = [values["existingEncryptionKeySecret"], values["externalPostgresql"]["existingSecret"]]
        named += [values["externalRedis"]["existingSecret"]] if "externalRedis" in values else []
        for each in named:
            assert Subject("Secret", each, release.namespace) in made_by | asked


def test_only_queue_mode_has_workers_and_redis() -> None:
    """Production has a queue; an environment without workers has neither queue nor webhook pods, and main takes all."""
    found = {release.namespace: expand(release) for release in releases(LABS["as it is"], "n8n").values()}
    names = {
        space: sorted(b["metadata"]["name"] for b in made.objects if b["kind"] == "Deployment")
        for space, made in found.items()
    }
    assert names == {"n8n-prod": ["n8n", "n8n-webhook", "n8n-worker"], "n8n-staging": ["n8n"], "n8n-dev": ["n8n"]}
    replications = [b["metadata"]["namespace"] for b in own(LABS["as it is"], "n8n") if b["kind"] == "RedisReplication"]
    assert replications == ["n8n-prod"]
    assert Capability.CACHE_REDIS in {need.capability for need in needs_of(LABS["three"], LABS["three"].by_name["n8n"])}


def test_main_is_stopped_before_its_successor_starts() -> None:
    """Two mains at once would run every timer twice: a rollout has no surge, and main has no budget."""
    found = expanded(LABS["enterprise"], "n8n")
    main = found.of("Deployment")["n8n"]["spec"]
    assert (main["replicas"], main["strategy"]["rollingUpdate"]["maxSurge"]) == (1, 0)
    assert set(found.of("PodDisruptionBudget")) >= {"n8n-webhook", "n8n-worker", "n8n-postgres", "n8n-postgres-primary"}
    assert "n8n" not in found.of("PodDisruptionBudget")


def test_every_container_is_bounded_and_probed() -> None:
    """With practices on each container of n8n, its database and its queue has a size and a liveness probe."""
    for body in expanded(LABS["enterprise"], "n8n").objects:
        if body["kind"] not in {"Deployment", "StatefulSet", "Pod"}:
            continue
        pod = body["spec"] if body["kind"] == "Pod" else body["spec"]["template"]["spec"]
        for container in pod["containers"]:
            assert container["resources"]["requests"]["memory"], body["metadata"]["name"]
            assert container["livenessProbe"], body["metadata"]["name"]


def test_copies_follow_the_lab() -> None:
    """On one node there is one of each and nothing to spread; with more there are two, on different hosts first."""
    one = expanded(LABS["one"], "n8n")
    assert {body["spec"]["replicas"] for body in one.of("Deployment").values()} == {1}
    assert not one.of("PodDisruptionBudget")
    three = expanded(LABS["three"], "n8n").of("Deployment")["n8n-worker"]["spec"]
    (terms,) = three["template"]["spec"]["affinity"]["podAntiAffinity"].values()
    assert terms[0]["podAffinityTerm"]["topologyKey"] == "topology.kubernetes.io/zone"
    assert three["replicas"] == 2


def test_practices_off_describe_the_lab_as_it_is() -> None:
    """With every practice off there are no budgets, spread, sizes, monitors, rules and archive but the operator's own."""
    found = expanded(LABS["as it is"], "n8n")
    assert set(found.of("PodDisruptionBudget")) == {"n8n-postgres-primary"}
    kinds = ("ServiceMonitor", "PodMonitor", "PrometheusRule", "ObjectStore", "ScheduledBackup")
    assert not any(found.of(kind) for kind in kinds)
    for body in found.of("Deployment").values():
        pod = body["spec"]["template"]["spec"]
        assert "affinity" not in pod
        assert not pod["containers"][0]["resources"]
    webhook = found.of("Deployment")["n8n-webhook"]["spec"]
    assert webhook["replicas"] == 2


def test_webhooks_are_routed_apart() -> None:
    """What arrives from outside goes to webhook pods, test webhooks and the editor to main; each environment has its host."""
    found = expanded(LABS["enterprise"], "n8n").of("HTTPRoute")
    paths = [match["path"]["value"] for match in found["n8n-webhook"]["spec"]["rules"][0]["matches"]]
    assert "/webhook" in paths
    assert "/webhook-test" not in paths
    assert [route.host for _choice, route in routes(LABS["enterprise"])] == ["n8n", "n8n-staging", "n8n-dev"]
    assert routes(LABS["alone"]) == ()


def test_mcp_sessions_have_a_pod_of_their_own_when_asked_for() -> None:
    """An MCP pod exists, sized and routed, only where it is asked for and several webhook pods would split sessions."""
    found = expanded(LABS["mcp"], "n8n")
    mcp = found.of("Deployment")["n8n-mcp-webhook"]["spec"]["template"]["spec"]["containers"][0]
    assert mcp["resources"]["limits"]["memory"]
    assert found.of("HTTPRoute")["n8n-mcp-webhook"]["spec"]["rules"][0]["matches"][0]["path"]["value"] == "/mcp"
    assert "n8n-mcp-webhook" not in expanded(LABS["enterprise"], "n8n").of("Deployment")


def test_environments_share_nothing() -> None:
    """Each environment has a namespace, two Applications (n8n, and its data) and an encryption key of its own."""
    choice = LABS["enterprise"].by_name["n8n"]
    assert [each.name for each in namespaces_of(LABS["enterprise"], choice)] == ["n8n-prod", "n8n-staging", "n8n-dev"]
    made = [(part.name, part.environment) for part in parts_of(LABS["enterprise"], choice)]
    names = {"prod": "production", "staging": "staging", "dev": "dev"}
    assert made == [(f"n8n-{s}{end}", name) for s, name in names.items() for end in ("", "-data")]
    keys = [each.namespace for _choice, each in secrets(LABS["enterprise"]) if each.name == "n8n-encryption-key"]
    assert keys == ["n8n-prod", "n8n-staging", "n8n-dev"]


def test_webhooks_without_workers_are_refused() -> None:
    """Webhook pods put executions into a queue: without workers nobody would take them out."""
    with pytest.raises(ValidationError, match="webhooks need workers"):
        N8N.settings.model_validate({"environments": {"dev": {"webhooks": 1, "workers": 0}}})
    with pytest.raises(ValidationError):
        N8N.settings.model_validate({"environments": {"test": {}}})


def test_no_value_is_random() -> None:
    """The same lab gives the same values and manifests twice."""
    first, second = (
        json.dumps([r.values for r in releases(made(), "n8n").values()] + own(made(), "n8n")) for _ in "ab"
    )
    assert first == second


def traced(subject: Subject, field: str, value: Any) -> Any:
    """The edit that mends a field of something that n8n becomes in a lab of two hosts."""
    homelab = lab("two", apps={"n8n": {"environments": {"production": {"workers": 1}, "staging": {}}}})
    catalog = (*NEIGHBOURS, stub("secrets", Capability.SECRETS_GIT), N8N)

    def find(other: Plan) -> Any:
        bodies = [b for b in expanded(other, "n8n").objects if b["kind"] == subject.kind]
        names = ((b, (b["metadata"].get("namespace"), b["metadata"]["name"])) for b in bodies)
        return next((body for body, key in names if key == (subject.namespace, subject.name)), None)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("homelab.catalog.resolve.catalog", lambda: catalog)
        return trace(resolve(homelab), Patch(subject, field, value), find, owner="n8n")


@pytest.mark.parametrize(
    ("what", "field", "value", "option", "set_to"),
    [
        ("Deployment/n8n-prod/n8n-worker", "spec.replicas", 2, "production.workers", None),
        ("Cluster/n8n-prod/n8n-postgres", "spec.instances", 3, "production.postgres_instances", 3),
        ("Cluster/n8n-staging/n8n-postgres", "spec.instances", 2, "staging.postgres_instances", 2),
        ("StatefulSet/n8n-prod/n8n-redis", "spec.replicas", 3, "production.redis_replicas", 3),
    ],
)
def test_each_single_pod_has_an_option_that_mends_it(
    what: str, field: str, value: int, option: str, set_to: int | None
) -> None:
    """A finding about one pod of anything becomes an edit of its environment; where two are derived, one is unsaid."""
    kind, space, name = what.split("/")
    (edit,) = traced(Subject(kind, name, space), field, value)
    assert (edit.path, edit.value) == (f"apps.n8n.environments.{option}", set_to)


def environment(plan: Plan, name: str) -> dict[str, dict[str, str]]:
    """Deployment to the plain variables of its container, as the pod gets them: what is written there outranks ConfigMaps."""
    found = expanded(plan, name).of("Deployment")
    return {
        title: {
            each["name"]: each.get("value", "") for each in body["spec"]["template"]["spec"]["containers"][0]["env"]
        }
        for title, body in found.items()
    }


def test_every_role_waits_for_the_queue_longer_than_a_takeover() -> None:
    """Main, workers and webhook processors alike outlive a promotion; n8n's own ten seconds end them all."""
    roles = environment(LABS["three"], "n8n")
    assert set(roles) == {"n8n", "n8n-worker", "n8n-webhook"}
    assert {each["QUEUE_BULL_REDIS_TIMEOUT_THRESHOLD"] for each in roles.values()} == {"60000"}


def test_the_path_says_how_many_proxies_are_believed() -> None:
    """Behind the Gateway alone n8n believes one hop; behind the tunnel as well two, in production, which is public, only."""
    assert {each["N8N_PROXY_HOPS"] for each in environment(LABS["three"], "n8n").values()} == {"1"}
    tunnel = stub("tunnel", Capability.ACCESS_PUBLIC)
    public = lab("three", backup=BACKUP, access={"public": ["n8n"]})
    made = plan(public, *NEIGHBOURS, tunnel, N8N, settings={"n8n": {"environments": {"production": {}, "dev": {}}}})
    hops = {
        release.namespace: plain(release.values)["extraEnvVars"]["N8N_PROXY_HOPS"]
        for release in releases(made, "n8n").values()
    }
    assert hops == {"n8n-prod": "2", "n8n-dev": "1"}


GIVEN_UP = {
    "N8N_BINARY_DATA_STORAGE_PATH", "N8N_BINARY_DATA_TTL", "N8N_PERSISTED_BINARY_DATA_TTL", "EXECUTIONS_DATA_PRUNE_TIMEOUT",
    "N8N_AVAILABLE_BINARY_DATA_MODES", "N8N_CONFIG_FILES", "N8N_RUNNERS_ENABLED", "N8N_SKIP_WEBHOOK_DEREGISTRATION_SHUTDOWN",
    "N8N_EXPRESSION_EVALUATOR", "N8N_EXPRESSION_REPORT_DIFFERENCE", "N8N_EXPRESSION_ENGINE", "EXECUTIONS_PROCESS",
}  # fmt: skip
"""Variables that n8n 2.35 warns of (`deprecation.service`), but WEBHOOK_URL, which the chart writes by itself."""


def test_no_variable_is_one_that_n8n_gives_up() -> None:
    """Nothing that the next version of n8n ignores or refuses is set, and binary data is not left in memory."""
    for title, variables in environment(LABS["mcp"], "n8n").items():
        assert not GIVEN_UP & variables.keys(), title
        assert variables["N8N_DEFAULT_BINARY_DATA_MODE"] == "database", title


@pytest.mark.parametrize("profile", ["starter", "homelab", "enterprise"])
def test_memory_is_asked_for_as_it_is_held(profile: str) -> None:
    """No role of any profile asks for less than an idle process of n8n 2.35 was seen to hold: 419 MiB."""
    found = expanded(made("three", profile=profile), "n8n").of("Deployment")
    for title, body in found.items():
        (container,) = body["spec"]["template"]["spec"]["containers"]
        assert parse_bytes(container["resources"]["requests"]["memory"]) >= 419 << 20, title


def test_only_who_answers_is_scraped() -> None:
    """Webhook processors have no metrics, so nobody may scrape them."""
    scraped = {f.pods.labels["app.kubernetes.io/name"] for f in flows_of(LABS["three"], LABS["three"].by_name["n8n"])
               if isinstance(f, Serves) and f.audience == "metrics" and "app.kubernetes.io/name" in f.pods.labels}  # fmt: skip
    assert scraped == {"n8n", "n8n-worker"}
