"""cert-manager in labs of one node, two hosts and three hosts, with and without an account."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from pydantic import ValidationError

from catalog.expanded import expanded, strangers
from catalog.plans import EVERYTHING_OFF, METRICS, lab, own, plan, releases
from homelab.catalog.infrastructure.controllers.cert_manager import (
    CERT_MANAGER,
    ISSUER,
    STAGING,
    Settings,
    own_authority,
)
from homelab.catalog.plan import Plan, needs_of, secrets
from homelab.documents.read import load
from homelab.kube.schemas.validate import Schemas
from homelab.software.lookup import expand
from software.compare import assert_same

ACME = {"acme": {"email": "me@example.org"}}


def made(shape: str = "three", settings: dict[str, Any] | None = None, **more: Any) -> Plan:
    return plan(lab(shape, **more), METRICS, CERT_MANAGER, settings={"cert-manager": settings or {}})


LABS = {
    "three": made(),
    "two": made("two", ACME),
    "one": made("one"),
    "off": made("two", practices=EVERYTHING_OFF),
    "many": made("three", {"replicas": 3}, profile="enterprise"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LABS)
def test_values_render_as_we_say(name: str, oracle: Callable[[str], Path], test_data: Path) -> None:
    """In each lab our values render with real helm, and to exactly what we say the chart makes of them."""
    (release,) = releases(LABS[name], "cert-manager").values()
    expansion = expand(release)
    assert expansion.unknown == ()
    assert_same(oracle("helm"), test_data / "charts" / "cert-manager", release, expansion)


@pytest.mark.parametrize("name", LABS)
def test_values_satisfy_the_charts_own_schema(name: str, test_data: Path) -> None:
    """The chart refuses values it does not know; ours are all known."""
    schema = load((test_data / "charts" / "cert-manager" / "values.schema.json").read_bytes(), "schema")[0]
    (release,) = releases(LABS[name], "cert-manager").values()
    assert [str(error) for error in jsonschema_rs.validator_for(schema).iter_errors(release.values)] == []


@pytest.mark.parametrize("name", LABS)
def test_resources_pass_their_schemas(name: str, test_data: Path) -> None:
    """Issuers and the authority's certificate are what their kinds allow."""
    schemas = Schemas("1.35").with_folder(test_data / "schemas")
    for body in own(LABS[name], "cert-manager"):
        assert schemas.validate(body) == [], body["metadata"]["name"]


@pytest.mark.parametrize("name", LABS)
def test_flows_end_at_pods_that_exist(name: str) -> None:
    """Each end of a declared flow matches pods that the chart really makes."""
    assert strangers(LABS[name], "cert-manager") == []


@pytest.mark.parametrize(("name", "copies", "budgets"), [("three", 2, 3), ("one", 1, 0), ("many", 3, 3)])
def test_copies_follow_the_lab(name: str, copies: int, budgets: int) -> None:
    """Controller, webhook and injector twice with a budget each, where a second node can carry them."""
    found = expanded(LABS[name], "cert-manager")
    assert [body["spec"]["replicas"] for body in found.of("Deployment").values()] == [copies] * 3
    assert len(found.of("PodDisruptionBudget")) == budgets


def test_without_an_account_the_lab_is_its_own_authority() -> None:
    """No account, no token, no Internet: a root made once in the cluster signs everything."""
    names = {(body["kind"], body["metadata"]["name"]) for body in own(LABS["three"], "cert-manager")}
    assert names == {("ClusterIssuer", "self-signed"), ("Certificate", "homelab-ca"), ("ClusterIssuer", ISSUER)}
    assert own_authority(LABS["three"])
    assert secrets(LABS["three"]) == ()
    assert needs_of(LABS["three"], LABS["three"].by_name["cert-manager"]) == ()


def test_with_an_account_the_token_is_asked_for() -> None:
    """Let's Encrypt by DNS: the token is a request to the owner and referred to by name; a staging issuer stands beside."""
    issuers = {body["metadata"]["name"]: body["spec"]["acme"] for body in own(LABS["two"], "cert-manager")}
    assert set(issuers) == {ISSUER, STAGING}
    (request,) = [item for _choice, item in secrets(LABS["two"])]
    for acme in issuers.values():
        reference = acme["solvers"][0]["dns01"]["cloudflare"]["apiTokenSecretRef"]
        assert (reference["name"], reference["key"]) == (request.name, *request.keys)
    assert not own_authority(LABS["two"])


def test_practices_off_leave_the_chart_as_it_is() -> None:
    """With every practice off there are no budgets, spread, monitors or sizes of ours."""
    found = expanded(LABS["off"], "cert-manager")
    assert not found.of("PodDisruptionBudget")
    assert not found.of("ServiceMonitor")
    for body in found.of("Deployment").values():
        pod = body["spec"]["template"]["spec"]
        assert "topologySpreadConstraints" not in pod
        assert not any(container.get("resources") for container in pod["containers"])


def test_an_address_that_is_none_is_refused() -> None:
    """Let's Encrypt refuses an account without a mail address; so do we, before it does."""
    with pytest.raises(ValidationError):
        Settings.model_validate({"acme": {"email": "me"}})
