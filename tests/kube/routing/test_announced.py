"""Announcements: who says that they are off, and which Services a policy means."""

from __future__ import annotations

from typing import Any

import pytest

from homelab.findings import Subject
from homelab.kube.facts import Announces
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Manifest, Origin, Resource
from homelab.kube.routing.announced import announcing, switched_off
from homelab.software.cilium.system import announces
from homelab.software.software import Release


def of(*bodies: Manifest, facts: tuple[Announces, ...] = ()) -> Inventory:
    """An Inventory of these objects and facts."""
    return Inventory(tuple(Resource(b, Origin("a.yaml", n)) for n, b in enumerate(bodies)), facts=facts)


def settings(**data: str) -> Manifest:
    """Cilium's ConfigMap."""
    return {
        "kind": "ConfigMap",
        "metadata": {"name": "cilium-config", "namespace": "kube-system"},
        "data": {"a": "b", **data},
    }


def test_values_say_it_before_the_settings_do() -> None:
    """A release that announces is on; where no chart is seen the ConfigMap counts, and without one nothing is known."""

    def release(values: dict[str, Any]) -> tuple[Announces, ...]:
        return tuple(announces(Release("cilium", "", "1.19.5", "cilium", "kube-system", values, "1.35")))

    assert switched_off(of(facts=release({}))) == "the values of release cilium leave"
    assert switched_off(of(facts=release({"l2announcements": {"enabled": False}}))) is not None
    assert switched_off(of(settings(), facts=release({"l2announcements": {"enabled": True}}))) is None
    assert release({}) == (Announces(Subject("Release", "cilium", "kube-system"), False),)
    assert switched_off(of()) is None
    assert switched_off(of(settings())) == "ConfigMap cilium-config leaves"
    assert switched_off(of(settings(**{"enable-l2-announcements": "true"}))) is None


POLICIES = [
    ({"loadBalancerIPs": True}, {}, True),
    ({"externalIPs": True}, {}, False),
    ({"loadBalancerIPs": True, "serviceSelector": {"matchLabels": {"lan": "yes"}}}, {}, True),
    ({"loadBalancerIPs": True, "serviceSelector": {"matchLabels": {"lan": "no"}}}, {}, False),
    (
        {"loadBalancerIPs": True, "serviceSelector": {"matchLabels": {"io.kubernetes.service.namespace": "web"}}},
        {},
        True,
    ),
    ({"loadBalancerIPs": True}, {"loadBalancerClass": "io.cilium/l2-announcer"}, True),
    ({"loadBalancerIPs": True}, {"loadBalancerClass": "metallb"}, False),
    ({"loadBalancerIPs": True}, {"type": "ClusterIP"}, False),
]


@pytest.mark.parametrize(("policy", "service", "expected"), POLICIES)
def test_a_policy_means_load_balancers_that_it_selects(
    policy: dict[str, Any], service: dict[str, Any], expected: bool
) -> None:
    """By labels, among them namespace and name; a Service of another class is left to others."""
    found = of(
        {"kind": "CiliumL2AnnouncementPolicy", "metadata": {"name": "lan"}, "spec": policy},
        {
            "kind": "Service",
            "metadata": {"name": "s", "namespace": "web", "labels": {"lan": "yes"}},
            "spec": {"type": "LoadBalancer", **service},
        },
    )
    assert (announcing(found, found.of("Service")[0]) is not None) is expected
