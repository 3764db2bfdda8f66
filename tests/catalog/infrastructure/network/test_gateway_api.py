"""gateway-api: the kinds, and nothing that runs."""

from __future__ import annotations

from catalog.expanded import expanded
from catalog.plans import lab, plan
from homelab.catalog.infrastructure.network.gateway_api import GATEWAY_API
from homelab.catalog.plan import parts_of


def test_only_the_standard_kinds_and_their_policy() -> None:
    """The lab gets the ten standard kinds and the policy that guards them; no experimental and no Envoy kind."""
    made = expanded(plan(lab(), GATEWAY_API), "gateway-api")
    names = set(made.of("CustomResourceDefinition"))
    assert len(names) == 10
    assert {name.partition(".")[2] for name in names} == {"gateway.networking.k8s.io"}
    assert set(made.of("ValidatingAdmissionPolicy")) == {"safe-upgrades.gateway.networking.k8s.io"}
    assert made.unknown == ()


def test_switching_it_off_deletes_no_route() -> None:
    """The kinds are orphaned, not cascaded: with a definition all objects of its kind would go."""
    lab_plan = plan(lab(), GATEWAY_API)
    assert all(part.stateful for part in parts_of(lab_plan, lab_plan.by_name["gateway-api"]))
