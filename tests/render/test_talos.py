"""Talos patches: valid by the real machine configuration schema, in both dialects."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from catalog.plans import lab, plan
from homelab.catalog.machines.proxmox import PROXMOX
from homelab.catalog.machines.talos import TALOS
from homelab.catalog.offers.lab import node_labels
from homelab.render.ground import ground_of
from homelab.render.talos import talos_files

VERSIONS = {"1.10.6": "config_v1.10.9.schema.json", "1.13.9": "config_v1.13.9.schema.json"}


def patches(shape, talos):
    return talos_files(plan(lab(shape, versions={"talos": talos}), TALOS))


@pytest.mark.parametrize("talos", VERSIONS)
@pytest.mark.parametrize("shape", ["one", "two", "three"])
def test_every_patch_document_is_of_the_version_s_schema(test_data, shape, talos):
    """Each document is one that this Talos version takes, field by field."""
    schema = json.loads((test_data / "schemas" / "_talos" / VERSIONS[talos]).read_text())
    for path, file in patches(shape, talos).items():
        for document in file.documents:
            name = _definition(schema, document)
            relaxed = {"$defs": _optional(schema["$defs"]), "$ref": f"#/$defs/{name}"}
            errors = [error.message for error in jsonschema_rs.validator_for(relaxed).iter_errors(document)]
            assert not errors, (path, errors)


def _definition(schema, document):
    if "kind" not in document:
        return "v1alpha1.Config"
    found = [
        name
        for name, body in schema["$defs"].items()
        if body.get("properties", {}).get("kind", {}).get("enum") == [document["kind"]]
    ]
    assert found, f"{document['kind']} is not a document of this version"
    return found[0]


def _optional(definitions):
    """A patch is an incomplete document: nothing is required of it."""
    return {name: {k: v for k, v in body.items() if k != "required"} for name, body in definitions.items()}


def bare(**more):
    """A machine of its own: no hypervisor tells us what is in it."""
    node = {"role": "control-plane", "address": "192.168.1.10", "cpu": 4, "memory": 8 << 30, "disk": 500 * 10**9}
    return plan(lab("one", hosts={}, nodes={"mini": {**node, **more}}), TALOS)


def test_the_disk_of_a_machine_of_its_own_is_told_not_guessed():
    """No name of a device is made up: the disk is found by the size that the file says, or is the one that it names."""
    path = "tofu/talos/patches/nodes/mini.yaml"
    assert talos_files(bare())[path].documents[0]["machine"]["install"] == {"diskSelector": {"size": ">= 450GB"}}
    named = talos_files(bare(install_disk="/dev/nvme0n1"))[path].documents[0]["machine"]["install"]
    assert named == {"disk": "/dev/nvme0n1"}
    assert "of two such disks" in talos_files(bare())[path].text


def test_the_port_of_a_machine_of_its_own_is_the_one_with_the_cable():
    """A box with two ports gives its address to the one that is up; a hardware address in the file is more exact."""
    path = "tofu/talos/patches/nodes/mini.yaml"
    match = [body["selector"]["match"] for body in talos_files(bare())[path].documents if "selector" in body]
    assert match == ["link.link_state"]
    exact = talos_files(bare(mac="00:1a:2b:3c:4d:5e"))[path].documents
    assert [body["selector"]["match"] for body in exact if "selector" in body] == [
        'mac(link.permanent_addr) == "00:1a:2b:3c:4d:5e"'
    ]


def test_a_virtual_machine_installs_nothing():
    """Its disk comes with Talos on it, so that no disk has to be found."""
    for path, file in patches("three", "1.13.9").items():
        assert "install" not in str(file.documents[0].get("machine", {})), path


def test_only_control_planes_hold_the_virtual_address():
    """The shared address of the API stands on every control plane and on no worker."""
    for name, file in patches("three", "1.13.9").items():
        held = any(document.get("kind") == "Layer2VIPConfig" for document in file.documents)
        assert held == ("nodes/ctrl" in name)


def test_zone_labels_name_the_physical_host():
    """The zone of a node is the machine that carries it: what fails as one."""
    files = patches("two", "1.10.6")
    labels = files["tofu/talos/patches/nodes/worker-2.yaml"].documents[0]["machine"]["nodeLabels"]
    assert labels["topology.kubernetes.io/zone"] == "pve-2"


def test_zones_carry_the_names_that_proxmox_knows():
    """The driver of volumes finds a host by the zone, so the zone is the host's name in Proxmox."""
    settings = {"proxmox": {"node_names": {"pve-2": "big"}}}
    made = plan(lab("two"), TALOS, PROXMOX, settings=settings)
    zones = {
        name: node_labels(made, name, made.homelab.nodes[name])["topology.kubernetes.io/zone"]
        for name in ("worker-1", "worker-2")
    }
    assert zones == {"worker-1": "pve-1", "worker-2": "big"}
    assert [n.labels["topology.kubernetes.io/zone"] for n in ground_of(made).nodes if n.host == "pve-2"] == [
        "big",
        "big",
    ]
