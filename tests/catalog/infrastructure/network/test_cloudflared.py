"""cloudflared in labs of one node, two hosts and three hosts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from catalog.expanded import strangers
from catalog.plans import EVERYTHING_OFF, METRICS, lab, own, plan
from homelab.catalog.component import Area, Component
from homelab.catalog.component import Settings as Nothing
from homelab.catalog.flows import Route
from homelab.catalog.infrastructure.controllers.cert_manager import CERT_MANAGER
from homelab.catalog.infrastructure.network.cloudflared import CLOUDFLARED, published
from homelab.catalog.offers.gateway import PROXY_NAMESPACE, PROXY_SERVICE
from homelab.catalog.plan import Plan
from homelab.documents.read import load
from homelab.kube.schemas.validate import Schemas

N8N = Component(
    "n8n", Area.APPS, "n8n", Nothing, application=True,
    routes=lambda _plan, _settings: (Route("n8n", "n8n-prod"), Route("n8n-dev", "n8n-dev", "dev")),
)  # fmt: skip
SECRET = Component(
    "grafana", Area.PLATFORM, "g", Nothing, routes=lambda _plan, _settings: (Route("grafana", "monitoring"),)
)
ACME = {"cert-manager": {"acme": {"email": "me@example.org"}}}


def made(shape: str = "three", settings: dict[str, Any] | None = None, **more: Any) -> Plan:
    more = {"access": {"public": ["n8n"]}, **more}
    return plan(lab(shape, **more), METRICS, N8N, SECRET, CERT_MANAGER, CLOUDFLARED, settings=settings)


LABS = {
    "three": made(),
    "one": made("one"),
    "acme": made("two", ACME),
    "off": made("two", practices=EVERYTHING_OFF),
    "single": made("two", {"cloudflared": {"replicas": 1}}),
}


def of(name: str, kind: str) -> Any:
    (found,) = [body for body in own(LABS[name], "cloudflared") if body["kind"] == kind]
    return found


def configuration(name: str) -> Any:
    return load(of(name, "ConfigMap")["data"]["config.yaml"].encode(), "config.yaml")[0]


@pytest.mark.parametrize("name", LABS)
def test_resources_pass_their_schemas(name: str, test_data: Path) -> None:
    """Every object is what its kind allows."""
    schemas = Schemas("1.35").with_folder(test_data / "schemas")
    for body in own(LABS[name], "cloudflared"):
        assert schemas.validate(body) == [], (body["kind"], body["metadata"]["name"])


@pytest.mark.parametrize("name", LABS)
def test_flows_end_at_its_pods(name: str) -> None:
    """Each end of a declared flow matches the connectors."""
    assert strangers(LABS[name], "cloudflared") == []


def test_only_listed_production_hostnames_are_published() -> None:
    """Nothing but the production hostname of a listed application is reachable from outside; all else is a 404."""
    assert published(LABS["three"]) == ("n8n.example.org",)
    said = configuration("three")["ingress"]
    assert [rule.get("hostname") for rule in said] == ["n8n.example.org", None]
    assert said[-1] == {"service": "http_status:404"}


@pytest.mark.parametrize(("name", "pool"), [("three", "/etc/cloudflared/origin/ca.crt"), ("acme", None)])
def test_tls_to_the_gateway_is_verified(name: str, pool: str | None) -> None:
    """The name is checked, never switched off; a certificate of the lab's own authority is checked against that."""
    (rule, _rest) = configuration(name)["ingress"]
    assert rule["service"] == f"https://{PROXY_SERVICE}.{PROXY_NAMESPACE}.svc.cluster.local:443"
    assert rule["originRequest"]["originServerName"] == "n8n.example.org"
    assert rule["originRequest"].get("caPool") == pool
    assert "noTLSVerify" not in rule["originRequest"]
    pod = of(name, "Deployment")["spec"]["template"]["spec"]
    mounted = {mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
    assert ("/etc/cloudflared/origin" in mounted) is (pool is not None)
    volumes = {volume["name"] for volume in pod["volumes"]}
    assert {mount["name"] for mount in pod["containers"][0]["volumeMounts"]} <= volumes


def test_a_line_that_is_down_restarts_nothing() -> None:
    """`/ready` fails while the line is down: it decides readiness, never liveness."""
    (container,) = of("three", "Deployment")["spec"]["template"]["spec"]["containers"]
    assert container["readinessProbe"]["httpGet"]["path"] == "/ready"
    assert "httpGet" not in container["livenessProbe"]
    assert container["startupProbe"]


@pytest.mark.parametrize(("name", "copies", "budget"), [("three", 2, True), ("one", 1, False), ("single", 1, False)])
def test_copies_follow_the_lab(name: str, copies: int, budget: bool) -> None:
    """Two connectors with a budget where a second node can carry one; one without elsewhere."""
    objects = own(LABS[name], "cloudflared")
    assert of(name, "Deployment")["spec"]["replicas"] == copies
    assert any(body["kind"] == "PodDisruptionBudget" for body in objects) is budget


def test_practices_off_leave_a_bare_deployment() -> None:
    """With every practice off there are no probes, sizes, contexts, budgets or monitors."""
    objects = own(LABS["off"], "cloudflared")
    assert {body["kind"] for body in objects} == {"ConfigMap", "Deployment", "Certificate"}
    pod = of("off", "Deployment")["spec"]["template"]["spec"]
    assert "securityContext" not in pod
    assert "topologySpreadConstraints" not in pod
    assert not {"livenessProbe", "readinessProbe", "startupProbe", "resources"} & set(pod["containers"][0])


def test_credentials_are_asked_for_never_written() -> None:
    """The tunnel's credentials are a request to the owner; the pod refers to them by name."""
    (request,) = CLOUDFLARED.secrets(LABS["three"], LABS["three"].by_name["cloudflared"].settings)
    assert set(request.keys) == {"credentials.json"}
    volumes = of("three", "Deployment")["spec"]["template"]["spec"]["volumes"]
    assert request.name in {volume["secret"]["secretName"] for volume in volumes if "secret" in volume}


def test_it_comes_with_the_first_public_application() -> None:
    """A lab that publishes nothing has no tunnel."""
    assert CLOUDFLARED.applies is not None
    assert CLOUDFLARED.applies(LABS["three"].homelab)
    assert not CLOUDFLARED.applies(lab())
