"""What an owner lets an application call: each wish is a rendered rule, or a mistake with its mend."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalog import policy
from conftest import REPOSITORY
from homelab.catalog.providers import catalog
from homelab.catalog.resolve import resolve
from homelab.errors import HomelabError
from homelab.kube.schemas.validate import Schemas
from homelab.spec.load import loads

MAIN = ("n8n-prod", {"app.kubernetes.io/name": "n8n", "app.kubernetes.io/instance": "n8n"})
NODE = "192.168.68.103"
PROXIES = {
    "gateway.envoyproxy.io/owning-gateway-name": "homelab",
    "gateway.envoyproxy.io/owning-gateway-namespace": "gateway",
}
USUAL = {(80, "TCP"), (443, "TCP")}


def plan(egress: Any) -> Any:
    data = yaml.safe_load((REPOSITORY / "examples/enterprise/homelab.yaml").read_text(encoding="utf-8"))
    data["apps"]["n8n"]["egress"] = egress
    return resolve(loads(yaml.safe_dump(data), "homelab.yaml"))


@cache
def opened(name: str, port: int, protocol: str, host: str) -> set[tuple[int, str]]:
    wanted = {"host": name, "port": port, "protocol": protocol}
    return policy.opened(policy.policies(plan([wanted])), *MAIN, host, [NODE])


@pytest.mark.parametrize(
    ("word", "ports"),
    [("smtp", {25, 465, 587}), ("imap", {143, 993}), ("pop3", {110, 995}), ("ldap", {389, 636}), ("ssh", {22}), ("mqtt", {1883, 8883})],
)  # fmt: skip
def test_a_word_opens_its_ports_anywhere(word: str, ports: set[int]) -> None:
    """Mail, directories, machines: each pod of the application may call them on their ports, wherever they are."""
    found = policy.policies(plan([word]))
    for role in ("n8n", "n8n-worker", "n8n-webhook"):
        there = policy.opened(found, MAIN[0], {**MAIN[1], "app.kubernetes.io/name": role}, "mail.example.net")
        assert there == USUAL | {(port, "TCP") for port in ports}


@pytest.mark.parametrize(
    ("name", "inside", "beside"),
    [
        ("10.0.0.5", "10.0.0.5", "10.0.0.6"),
        ("10.0.0.0/24", "10.0.0.77", "10.0.1.1"),
        ("fd00::5", "fd00::5", "fd00::6"),
        ("fd00:1::/64", "fd00:1::9", "fd00:2::9"),
        ("192.168.68.0/24", "192.168.68.20", "192.168.69.1"),
    ],
)
def test_an_address_is_opened_alone(name: str, inside: str, beside: str) -> None:
    """A host by its address, or a network: its port is open there, and beside it nothing is new."""
    assert opened(name, 5432, "tcp", inside) == USUAL | {(5432, "TCP")}
    assert opened(name, 5432, "tcp", beside) == USUAL


def test_a_name_is_opened_on_its_port() -> None:
    """A host by its name may be anywhere outside: one port is open, by the protocol that was asked for."""
    assert opened("db.home.arpa", 5432, "tcp", "db.home.arpa") == USUAL | {(5432, "TCP")}
    assert opened("ntp.home.arpa", 123, "udp", "ntp.home.arpa") == USUAL | {(123, "UDP")}


@pytest.mark.parametrize("name", [NODE, "192.168.68.0/24"])
def test_nodes_are_opened_as_nodes(name: str) -> None:
    """A node's address matches no network in Cilium: it is opened by what it is."""
    assert opened(name, 9100, "tcp", NODE) == {(9100, "TCP")}


@pytest.mark.parametrize(
    "wanted", ["gateway", {"host": "n8n-dev.example.org", "port": 443}, {"host": "192.168.68.150", "port": 80}]
)
def test_the_lab_s_own_hostnames_lead_to_the_proxies(wanted: Any) -> None:
    """An application that calls the lab's own hostnames reaches the proxies on the ports where they listen."""
    found = policy.policies(plan([wanted]))
    proxies = ("envoy-gateway-system", PROXIES)
    assert policy.called(found, MAIN, proxies) == {(10443, "TCP"), (10080, "TCP")}
    assert policy.called(policy.policies(plan([])), MAIN, proxies) == set()


REFUSED: list[tuple[Any, str]] = [
    (["smpt"], "apps.n8n.egress.0: is smpt"),
    (["smpt"], "did you mean smtp?"),
    ([{"host": "10.0.0.5/24", "port": 5432}], "did you mean 10.0.0.0/24?"),
    ([{"host": "db host", "port": 5432}], "expected a name, an address or a network"),
    ([{"host": "db", "port": 0}], "apps.n8n.egress.0.port: is 0, expected at least 1"),
    ([{"host": "db", "port": 65536}], "expected at most 65535"),
    ([{"host": "db", "port": "5432"}], "expected a whole number"),
    ([{"host": "db"}], "apps.n8n.egress.0.port: is missing"),
    ([{"host": "db", "port": 1, "protocol": "icmp"}], "expected one of tcp, udp"),
    ([{"host": "db", "prot": 1, "port": 1}], "did you mean port?"),
    ("smtp", "expected a list"),
    ([{"host": "10.244.3.4", "port": 80}], "lies in the cluster"),
    ([{"host": "10.96.0.0/16", "port": 80}], "name its Service"),
    ([{"host": "n8n.example.org", "port": 8443}], "answers on 80 and 443"),
    ([{"host": "192.168.68.150", "port": 443, "protocol": "udp"}], "the lab's own Gateway"),
]


@pytest.mark.parametrize(("egress", "sentence"), REFUSED)
def test_what_cannot_be_opened_is_a_mistake(egress: Any, sentence: str) -> None:
    """Words that nobody knows, hosts and ports that are none, and what no rule could open: refused with the mend."""
    with pytest.raises(HomelabError) as raised:
        plan(egress)
    assert sentence in str(raised.value)


def test_every_way_out_is_a_valid_cilium_policy(test_data: Path) -> None:
    """Words, names, addresses and networks of both families become policies that Cilium's own schema accepts."""
    schemas = Schemas("1.35").with_folder(test_data / "schemas")
    hosts = ("db.home.arpa", "10.0.0.5", "10.0.0.0/24", "fd00::5", "fd00:1::/64", NODE, "x.data.svc")
    wanted = ["smtp", "gateway", *({"host": host, "port": 5432, "protocol": "udp"} for host in hosts)]
    for body in policy.policies(plan(wanted)):
        assert schemas.validate(body) == [], body["metadata"]["name"]


def test_every_application_has_it() -> None:
    """Whatever application is added, its owner's wish is a rule of its own namespaces."""
    for component in (each for each in catalog() if each.application):
        data = yaml.safe_load((REPOSITORY / "examples/enterprise/homelab.yaml").read_text(encoding="utf-8"))
        data["apps"] = {component.name: {"egress": [{"host": "203.0.113.7", "port": 7777}]}}
        found = policy.policies(resolve(loads(yaml.safe_dump(data), "homelab.yaml")))
        opened = {body["metadata"]["namespace"] for body in found if "203.0.113.7/32" in str(body["spec"])}
        assert any(space.startswith(component.name) for space in opened), component.name
