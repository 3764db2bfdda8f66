"""What a plan cannot mean: each name is resolved or refused with the nearest, and no wish is without an effect."""

from __future__ import annotations

from pathlib import Path

import pytest

from homelab.catalog.machines.extensions import FORMER, extensions
from homelab.catalog.resolve import attempt
from homelab.documents.read import read
from homelab.spec.load import of_data
from homelab.spec.words import lowered

GUIDE = Path(__file__).parents[2] / "examples" / "guide" / "homelab.yaml"

REFUSED = {
    "components: {envoy-gateway: {address: 192.168.68.99}}":
        "components.envoy-gateway.address: 192.168.68.99 lies outside of the addresses that are announced: "
        "| an address between 192.168.68.150 and 192.168.68.170",
    "components: {envoy-gateway: {address: gate}}":
        "components.envoy-gateway.address: is gate, expected an IPv4 address such as 192.168.1.150 | None",
    "components: {proxmox: {node_names: {pve1: a}}}":
        "components.proxmox.node_names.pve1: pve1 is not one of hosts | did you mean pve-1?",
    "components: {proxmox: {node_names: {pve-1: a, pve-2: a}}}":
        "components.proxmox.node_names.pve-2: a is also | each host has a name of its own in Proxmox",
    "components: {rook-ceph: {devices: {worker1: [sdb]}}}":
        "components.rook-ceph.devices.worker1: worker1 is not a node with disks for Ceph | did you mean worker-1?",
    "components: {rook-ceph: {devices: {worker-1: [sdb, sdb, sdc]}}}":
        "components.rook-ceph.devices.worker-1: names 2 disks, and 1 stand at | name each disk once",
    "components: {velero: {excluded_namespaces: [cert-manger]}}":
        "components.velero.excluded_namespaces.0: cert-manger is not a namespace of this lab | did you mean cert-manager?",
    "components: {talos: {extensions: [iscsi-tool]}}":
        "components.talos.extensions.0: iscsi-tool is not an extension of Talos 1.13.9 | did you mean iscsi-tools?",
    "components: {talos: {extensions: [i915-ucode]}}":
        "components.talos.extensions.0: i915-ucode is gone from Talos 1.13.9 | its place took i915",
    "{components: {cilium: {ui_host: argocd}}, access: {without_login: [argocd]}}":
        "components.argo-cd: is reached at argocd.example.org, as is | give one of them another hostname",
    "{components: {proxmox-csi: {default_class: on}}}":
        "components.proxmox-csi.default_class: makes a second default class, beside | switch one of them off",
    "access: {own_login: [n8n], public: []}":
        "access.own_login.0: n8n is not public, so no login is asked of it | take it out, or make it public: see",
    "access: {public: [n8n, n8n]}": "access.public.1: n8n stands here twice | take one out",
    "access: {public: [n9n]}": "access.public.0: n9n is not an application of this lab | did you mean n8n?",
    "access: {sso: [n8n]}": "access.sso: asks for an identity provider, and no component provides one yet | take it out",
    "access: {without_login: [promtheus]}":
        "access.without_login.0: promtheus is not the hostname of something without a login | did you mean prometheus?",
    "access: {without_login: [argocd]}":
        "access.without_login.0: argocd is not the hostname of something without a login "
        "| known here: alertmanager, hubble, prometheus",
    "access: {without_login: [hubble, hubble]}": "access.without_login.1: hubble stands here twice | take one out",
    "access: {vpn: tailscale}": "access.vpn: is tailscale, and no component provides it yet | take it out",
    "use: {storage.object: off}":
        "use.storage.object: is off, but rook-ceph is in this lab (components.rook-ceph) and provides storage.object as "
        "well | take it out, or say `components: {rook-ceph: off}`",
    "use: {metrics.store: off}":
        "use.metrics.store: is off, but kube-prometheus-stack is in this lab (components.kube-prometheus-stack) and provides "
        "metrics.store as well | take it out, or say `components: {kube-prometheus-stack: off}`",
    "components: {gateway-api: {practices: {network_policies: off}}}":
        "components.gateway-api.practices.network_policies: has no effect: gateway-api has no namespace of its own to guard "
        "| take it out",
    "components: {foundation: {practices: {alerts: off}}}":
        "components.foundation.practices.alerts: has no effect: foundation has no alerts | take it out",
    "apps: {n8n: {environments: {production: {webhooks: 1, workers: 1, mcp: on}}}}":
        "apps.n8n.environments.production.mcp: has no effect with fewer than two webhooks: what takes them takes MCP "
        "triggers as well | take it out, or give it two webhooks",
}  # fmt: skip
"""What is written into the guide's lab, and the one problem that it makes."""


def problems(text):
    data = read(GUIDE.read_bytes(), "guide")[0].value
    data |= {"versions": {"kubernetes": "1.35.2", "talos": "1.13.9"}, "accept": []}
    for section, wanted in read(text.encode(), "more")[0].value.items():
        data[section] = {**(data.get(section) or {}), **wanted}
    _, found = attempt(of_data(data))
    return [f"{p.option}: {p.message} | {p.hint}" for p in found]


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_meant_is_refused(text):
    """A name that refers to nothing, a second of what there is one of, and a wish that nothing fulfils are mistakes."""
    assert problems(text) == [REFUSED[text]]


@pytest.mark.parametrize(
    "text",
    [
        "components: {envoy-gateway: {address: 192.168.68.151}}",
        "components: {proxmox: {node_names: {pve-1: a, pve-2: b}}}",
        "components: {velero: {excluded_namespaces: [cert-manager, kube-system]}}",
        "components: {talos: {extensions: [iscsi-tools, zfs, urunc]}}",
        "components: {proxmox-csi: {default_class: on}, rook-ceph: {default_class: off}}",
        "access: {public: [n8n], own_login: [n8n]}",
        "apps: {n8n: {environments: {production: {webhooks: 2, workers: 1, mcp: on}}}}",
        "components: {cert-manager: {practices: {network_policies: off, alerts: off}}}",
    ],
)
def test_what_can_be_meant_is_taken(text):
    """The same options with names and addresses that there are make no problem."""
    assert problems(text) == []


def test_extensions_follow_the_version():
    """An older Talos has fewer extensions, and no former name is a present one."""
    assert extensions("1.10.6") < extensions("1.13.9")
    assert not set(FORMER) & extensions("1.13.9")
    assert set(FORMER.values()) <= extensions("1.10.6")


def test_quoted_off_is_off():
    """`'off'` in quotes switches a component off, as `off` does."""
    assert problems("components: {metrics-server: 'off'}") == problems("components: {metrics-server: off}") == []


def test_abbreviations_keep_their_letters():
    """A reason that begins with an abbreviation keeps it inside of a sentence."""
    assert (lowered("TLS to kubelets"), lowered("Pods run"), lowered("")) == ("TLS to kubelets", "pods run", "")
