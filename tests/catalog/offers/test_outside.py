"""Addresses of homelab.yaml: whoever calls one may reach its host on its port, and nothing more than before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, get_args

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from catalog import policy
from conftest import REPOSITORY
from homelab.catalog.plan import Plan
from homelab.catalog.providers import catalog
from homelab.catalog.resolve import resolve
from homelab.catalog.schema import OWN
from homelab.spec import forms
from homelab.spec.homelab import Homelab
from homelab.spec.load import loads

NODES = ("192.168.68.101", "192.168.68.103")
CALLERS: dict[str, tuple[tuple[str, dict[str, str]], ...]] = {
    "git.repository": (
        ("argocd", {"app.kubernetes.io/name": "argocd-repo-server", "app.kubernetes.io/instance": "argocd"}),
    ),
    "alerts.webhook": (
        (
            "monitoring",
            {"app.kubernetes.io/name": "alertmanager", "alertmanager": "kube-prometheus-stack-alertmanager"},
        ),
    ),
    "backup.targets.*.endpoint": (
        ("velero", {"name": "node-agent"}),
        ("n8n-prod", {"cnpg.io/cluster": "n8n-postgres", "cnpg.io/podRole": "instance"}),
    ),
    "components.cert-manager.acme.server": (
        ("cert-manager", {"app.kubernetes.io/name": "cert-manager", "app.kubernetes.io/instance": "cert-manager"}),
    ),
    "components.proxmox.endpoint": (
        (
            "csi-proxmox",
            {
                "app.kubernetes.io/name": "proxmox-csi-plugin",
                "app.kubernetes.io/instance": "proxmox-csi",
                "app.kubernetes.io/component": "controller",
            },
        ),
    ),
}
"""Option that holds an address to the pods that call it."""
CALLERS["apps.own.chart.repository"] = CALLERS["git.repository"]
CALLERS["alerts.heartbeat"] = CALLERS["alerts.webhook"]
BY_MACHINES = {"components.talos.registry_mirrors": "nodes pull images themselves, outside of every policy"}
"""Options with addresses that no pod calls, and why."""
SECURE = {"apps.own.chart.repository", "components.cert-manager.acme.server", "components.proxmox.endpoint"}


@cache
def plan(option: str = "", address: str = "") -> Plan:
    """The largest lab with everything that calls somebody, and one address in it."""
    data: dict[str, Any] = yaml.safe_load((REPOSITORY / "examples/enterprise/homelab.yaml").read_text(encoding="utf-8"))
    data["git"] = {}
    data["alerts"] = {}
    data["backup"] = {"targets": {"away": {"kind": "s3", "endpoint": "https://placeholder.example.net"}}}
    data["apps"]["own"] = {"chart": {"repository": "https://charts.example.net", "name": "own", "version": "1.2.3"}}
    data["components"] |= {"proxmox-csi": {}, "cert-manager": {"acme": {"email": "me@example.org"}}}
    at = data
    *steps, last = option.replace("*", "away").split(".") if option else ["name"]
    for step in steps:
        at = at.setdefault(step, {})
    at[last] = address or at[last]
    return resolve(loads(yaml.safe_dump(data), "homelab.yaml"))


names = st.sampled_from(["git.lan", "Forge.Home.ARPA", "s3.example.net", "nas", "x1.de"])
literals = st.one_of(
    st.ip_addresses(v=4, network="192.168.68.0/26"),
    st.ip_addresses(v=4, network="203.0.113.0/24"),
    st.ip_addresses(v=6, network="fd00::/48"),
    st.sampled_from(NODES),
).map(str)
numbers = st.one_of(st.sampled_from([22, 80, 443, 2222, 3000, 8443, 65535]), st.integers(1, 65535))
paths = st.sampled_from(["/me/lab.git", "/", "/a/b/c"])


@st.composite
def urls(draw: Callable[[Any], Any], schemes: tuple[str, ...]) -> tuple[str, str, int]:
    """A URL with its host and the port that it means."""
    host, port = draw(st.one_of(names, literals)), draw(st.one_of(st.none(), numbers))
    scheme = draw(st.sampled_from(schemes))
    user = draw(st.sampled_from(["git@", "u-1@"])) if scheme == "ssh" else ""
    written = f"[{host}]" if ":" in host else host
    address = f"{scheme}://{user}{written}{'' if port is None else f':{port}'}{draw(paths)}"
    return address, host, port or {"http": 80, "https": 443, "ssh": 22}[scheme]


@st.composite
def copied(draw: Callable[[Any], Any]) -> tuple[str, str, int]:
    """An address as scp writes it: a number behind the colon is a folder."""
    host = draw(names)
    return f"git@{host}:{draw(st.sampled_from(['me/lab.git', '2222/lab.git']))}", host, 22


def addresses(option: str) -> st.SearchStrategy[tuple[str, str, int]]:
    """Addresses as an option takes them."""
    if option == "git.repository":
        return st.one_of(urls(("https", "ssh")), copied())
    return urls(("https",) if option in SECURE else ("http", "https"))


@pytest.mark.slow
@pytest.mark.parametrize("option", sorted(CALLERS))
@settings(max_examples=15)
@given(data=st.data())
def test_an_address_opens_its_port_and_no_other(option: str, data: st.DataObject) -> None:
    """With odd ports, IPv6, users and paths: the caller's policy gains exactly the address' port on its host."""
    address, host, port = data.draw(addresses(option))
    before, after = policy.policies(plan()), policy.policies(plan(option, address))
    for namespace, labels in CALLERS[option]:
        there = policy.opened(after, namespace, labels, host, NODES)
        assert (port, "TCP") in there
        elsewhere = policy.opened(before, namespace, labels, host, NODES)
        assert there - elsewhere <= {(port, "TCP")}


def test_every_address_of_the_file_has_its_callers() -> None:
    """Each option whose form is a URL or a repository is in the table above: a new one is not forgotten."""
    assert set(_addressed()) == set(CALLERS) | set(BY_MACHINES)


def _addressed() -> Iterator[str]:
    yield from _fields(Homelab, "")
    yield from _fields(OWN.settings, "apps.own.")
    for each in catalog():
        yield from _fields(each.settings, f"{'apps' if each.application else 'components'}.{each.name}.")


def _fields(model: type[BaseModel], prefix: str) -> Iterator[str]:
    """Option paths below a model whose values are addresses; `*` stands for the keys of a mapping."""
    for name, field in model.model_fields.items():
        own = f"{prefix}{name}"
        if any(expected in repr((field.annotation, field.metadata)) for expected in MARKS):
            yield own
        inside = list(_models(field.annotation, ""))
        for below, stars in inside:
            yield from _fields(below, f"{own}{stars}.")


def _models(annotation: Any, stars: str) -> Iterator[tuple[type[BaseModel], str]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, stars
        return
    mapping = getattr(annotation, "__origin__", None) is dict
    for inner in get_args(annotation):
        yield from _models(inner, f"{stars}.*" if mapping else stars)


MARKS = tuple(
    repr(get_args(kind)[-1].func) for kind in (forms.Url, forms.HttpsUrl, forms.Repository, forms.ChartRepository)
)


@pytest.mark.parametrize("address", ["https://n8n.example.org/webhook/x", "http://192.168.68.150/x"])
def test_the_front_door_is_opened_as_the_pods_behind_it(address: str) -> None:
    """A hostname of the lab, and the Gateway's own address, lead to the proxies and their ports, not to the LAN."""
    found = policy.policies(plan("alerts.webhook", address))
    proxies = {
        "gateway.envoyproxy.io/owning-gateway-name": "homelab",
        "gateway.envoyproxy.io/owning-gateway-namespace": "gateway",
    }
    (caller,) = CALLERS["alerts.webhook"]
    assert policy.called(found, caller, ("envoy-gateway-system", proxies)) == {(10443, "TCP"), (10080, "TCP")}
    assert policy.opened(found, *caller, "203.0.113.9") == set()


def test_a_service_of_the_cluster_is_opened_in_its_namespace() -> None:
    """A Service by its name is no host outside: both ends get their rule, inside the cluster only."""
    found = policy.policies(plan("alerts.webhook", "http://n8n-webhook.n8n-prod.svc.cluster.local:5678/webhook/x"))
    (caller,) = CALLERS["alerts.webhook"]
    assert policy.called(found, caller, ("n8n-prod", {"app.kubernetes.io/name": "n8n-webhook"})) == {(0, "TCP")}
    assert policy.opened(found, *caller, "203.0.113.9") == set()
