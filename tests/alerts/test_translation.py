"""The Gateway as Envoy Gateway's own translator reads it: every route is accepted, and no time-out is left to a default."""

from __future__ import annotations

import base64
import datetime as dt
import json
import subprocess

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from alerts.labs import EXAMPLES, example
from homelab.catalog.offers.gateway import GATEWAY_NAMESPACE, WILDCARD_SECRET

KINDS = (
    "GatewayClass",
    "Gateway",
    "EnvoyProxy",
    "HTTPRoute",
    "BackendTrafficPolicy",
    "ClientTrafficPolicy",
    "Namespace",
)
HOUR = "3600s"

pytestmark = pytest.mark.judge


def certificate(domain):
    """The Secret that cert-manager would fill: a key and a certificate of one day."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    begin = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(f"*.{domain}")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = {"tls.crt": made.public_bytes(serialization.Encoding.PEM), "tls.key": private}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": WILDCARD_SECRET, "namespace": GATEWAY_NAMESPACE},
        "type": "kubernetes.io/tls",
        "data": {key: base64.b64encode(value).decode() for key, value in pem.items()},
    }


def objects(lab):
    """What the translator is given: the Gateway's objects, and the Services that routes lead to."""
    wanted = [dict(each.body) for each in lab.inventory.of(*KINDS)]
    routed = {
        (route.namespace, backend["name"])
        for route in lab.inventory.of("HTTPRoute")
        for rule in route.get("spec.rules", [])
        for backend in rule.get("backendRefs", [])
    }
    services = [dict(lab.inventory.get("Service", *each).body) for each in sorted(routed)]
    return [*wanted, *services, certificate(lab.homelab.domain)]


def translated(oracle, file, to, *more):
    """What egctl makes of a file of objects."""
    argv = [
        str(oracle("egctl")),
        "x",
        "translate",
        "--from",
        "gateway-api",
        "--to",
        to,
        "-o",
        "json",
        "--file",
        str(file),
    ]
    done = subprocess.run([*argv, *more], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def every(value, key):
    """Each value of a key, however deep."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key:
                yield inner
            yield from every(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from every(inner, key)


@pytest.fixture(params=EXAMPLES)
def given(request, tmp_path):
    """An example and the file of its objects."""
    lab = example(request.param)
    file = tmp_path / "objects.yaml"
    file.write_text(yaml.safe_dump_all(objects(lab)), encoding="utf-8")
    return lab, file


def test_every_route_and_policy_is_accepted(given, oracle):
    """No condition that the translator writes about a route, a listener or a policy says no."""
    lab, file = given
    found = translated(oracle, file, "gateway-api", "--add-missing-resources")
    conditions = [
        (kind, each["metadata"]["name"], condition["type"], condition["status"], condition.get("message", ""))
        for kind, items in found.items()
        if isinstance(items, list)
        for each in items
        if isinstance(each, dict) and "metadata" in each
        for group in every(each.get("status", {}), "conditions")
        for condition in group
    ]
    accepted = [each for each in conditions if each[2] == "Accepted"]
    assert len(accepted) >= len(lab.inventory.of("HTTPRoute", "BackendTrafficPolicy", "ClientTrafficPolicy"))
    wrong = [each for each in conditions if each[2] in {"Accepted", "ResolvedRefs"} and each[3] != "True"]
    assert wrong == []


def test_no_timeout_is_left_to_a_default(given, oracle):
    """What Envoy would be told: a route's answer may take for ever and be silent for an hour, on every route."""
    lab, file = given
    found = translated(oracle, file, "xds", "--type", "all", "--add-missing-resources")
    managers = [
        each for each in every(found, "typedConfig") if str(each.get("@type", "")).endswith("HttpConnectionManager")
    ]
    ours = [each for each in managers if each["statPrefix"].startswith(("http-", "https-"))]
    assert len(ours) >= 2
    assert {each["streamIdleTimeout"] for each in ours} == {HOUR}
    actions = [
        route["route"]
        for routes in every(found, "routes")
        for route in routes
        if isinstance(route, dict)
        and str(route.get("name")).startswith("httproute/")
        and "cluster" in route.get("route", {})
    ]
    assert len(actions) >= len([route for route in lab.inventory.of("HTTPRoute") if route.name != "https-redirect"])
    assert {(each.get("timeout"), each.get("idleTimeout")) for each in actions} == {("0s", HOUR)}
    believed = list(every(found, "xffTrustedCidrs"))
    assert bool(believed) is bool(lab.homelab.access.public)
