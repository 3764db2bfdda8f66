"""Machines and Talos: what carries the cluster, chosen by what the lab has."""

from __future__ import annotations

import pytest

from catalog.plans import lab
from homelab.capabilities import Capability
from homelab.catalog.machines.address import ADDRESS
from homelab.catalog.machines.proxmox import PROXMOX
from homelab.catalog.machines.talos import TALOS
from homelab.catalog.plan import parts_of
from homelab.catalog.resolve import attempt, resolve
from homelab.software.talos.system import TALOS as TRUTH
from homelab.spec.derived import mac, vm_id

CATALOG = (TALOS, PROXMOX, ADDRESS)
BARE = {
    "hosts": {},
    "nodes": {"mini": {"role": "control-plane", "address": "10.0.7.20", "cpu": 4, "memory": "1Gi", "disk": "10Gi"}},
}


def test_hosts_mean_proxmox_and_none_mean_addresses():
    """Where there are hosts, OpenTofu makes virtual machines on them; else machines are known by address."""
    assert [choice.name for choice in resolve(lab(), components=CATALOG).choices] == ["proxmox", "talos"]
    assert [choice.name for choice in resolve(lab(**BARE), components=CATALOG).choices] == ["address", "talos"]


def test_the_ground_floor_has_no_application():
    """Argo CD does not make the machines it runs on."""
    plan = resolve(lab(), components=CATALOG)
    assert all(parts_of(plan, choice) == () for choice in plan.choices)
    assert {Capability.CLUSTER_API, Capability.CLUSTER_DNS, Capability.KUBELET} <= set(plan.providers)


def test_proxmox_is_reached_by_https_only():
    """A token never crosses the network in the clear."""
    found = attempt(lab(components={"proxmox": {"endpoint": "http://pve:8006"}}), components=CATALOG)[1]
    assert [problem.option for problem in found] == ["components.proxmox.endpoint"]


@pytest.mark.parametrize(("talos", "kubernetes", "runs"), [
    ("1.10.6", "1.33.2", True), ("1.10.6", "1.34.0", False), ("1.13.9", "1.36.0", True), ("1.13.9", "1.30.0", False),
])  # fmt: skip
def test_talos_runs_the_minors_it_says(talos, kubernetes, runs):
    """A Kubernetes outside the range of the Talos line is a mistake at `versions.kubernetes`."""
    found = attempt(lab(versions={"talos": talos, "kubernetes": kubernetes}), components=CATALOG)[1]
    assert [problem.option for problem in found] == ([] if runs else ["versions.kubernetes"])
    assert all(row.source for row in TRUTH.support)


def test_identities_follow_from_name_and_address():
    """A virtual machine's id shows its address, its hardware address stays the same, and both can be said."""
    node = lab(**BARE).nodes["mini"]
    assert vm_id(node) == 7020
    assert mac("a", "mini", node) == mac("a", "mini", node) != mac("b", "mini", node)
    assert mac("a", "mini", node).startswith("bc:24:11:")
    said = node.model_copy(update={"vm_id": 120, "mac": "BC:24:11:00:00:01"})
    assert (vm_id(said), mac("a", "mini", said)) == (120, "bc:24:11:00:00:01")
