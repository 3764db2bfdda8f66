"""Addresses that nobody announces: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.routing.announced import KEY, POLICY, switched_off


@check(severity=Severity.HIGH)
def l2_announcements_off(inventory: Inventory) -> Iterator[Accusation]:
    """A policy asks Cilium to announce addresses, and Cilium does not: nothing on the LAN finds them."""
    off = switched_off(inventory)
    for policy in inventory.of(POLICY) if off else ():
        yield Accusation(
            policy,
            f"{policy.name} announces nothing: {off} {KEY} off",
            field="kind",
            hint="set l2announcements.enabled in the values of Cilium",
        )
