"""OpenTofu modules: formatted as tofu formats, valid by the schemas of the real providers, fed completely."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from catalog.plans import lab, plan
from homelab.catalog.infrastructure.storage.proxmox_csi import PROXMOX_CSI
from homelab.catalog.machines.address import ADDRESS
from homelab.catalog.machines.proxmox import PROXMOX
from homelab.catalog.machines.talos import TALOS
from homelab.catalog.security.sealed_secrets import SEALED_SECRETS
from homelab.render.talos import talos_files
from homelab.render.tofu import tofu_files
from homelab.spec import derived
from homelab.tools.process import Programs
from homelab.tools.tofu import fmt_check, validate
from providers.overrides import cli_config


def module(folder, machines, shape="two"):
    """The rendered tofu folders on disk."""
    made = plan(lab(shape), machines, TALOS, SEALED_SECRETS, PROXMOX_CSI)
    for path, file in {**talos_files(made), **tofu_files(made)}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(file.text)
    return folder / "tofu"


@pytest.mark.slow
@pytest.mark.parametrize("machines", [PROXMOX, ADDRESS], ids=["proxmox", "address"])
def test_modules_are_formatted_and_valid(tmp_path, oracle, machines):
    """Tofu finds nothing to format and nothing to complain about."""
    oracle("tofu")
    folder = module(tmp_path, machines)
    assert not list(fmt_check(Programs(), folder))
    for stack in ("talos", "bootstrap"):
        (folder / stack / "sealing.crt").write_text("certificate")
        (folder / stack / "sealing.key").write_text("key")
        assert not list(validate(Programs(), folder / stack, config=cli_config(tmp_path))), stack


@pytest.mark.slow
def test_a_wrong_argument_is_found(tmp_path, oracle):
    """The test above can fail: a misspelt argument is an error with its line."""
    oracle("tofu")
    folder = module(tmp_path, PROXMOX)
    file = folder / "talos/machines.tf"
    file.write_text(file.read_text().replace("node_name ", "node_nam "))
    assert list(validate(Programs(), folder / "talos", config=cli_config(tmp_path)))


@pytest.mark.parametrize("machines", [PROXMOX, ADDRESS], ids=["proxmox", "address"])
def test_every_generated_variable_is_declared_and_every_needed_one_is_given(tmp_path, machines):
    """Nothing is fed that no module takes (it would be dropped silently), and nothing is missing."""
    for stack in ("talos", "bootstrap"):
        folder = module(tmp_path, machines) / stack
        given = set(json.loads((folder / "homelab.auto.tfvars.json").read_text()))
        text = "\n".join(path.read_text() for path in folder.glob("*.tf"))
        blocks = dict(re.findall(r'^variable "(\w+)" \{(.*?)^\}', text, re.MULTILINE | re.DOTALL))
        assert given <= set(blocks)
        assert {name for name, body in blocks.items() if not re.search(r"^  default ", body, re.MULTILINE)} <= given
        shutil.rmtree(tmp_path / "tofu")


def test_every_attribute_of_a_node_is_declared(tmp_path):
    """OpenTofu drops attributes that an object type does not declare, so each must be there."""
    folder = module(tmp_path, PROXMOX) / "talos"
    nodes = json.loads((folder / "homelab.auto.tfvars.json").read_text())["nodes"]
    declared = (folder / "variables.tf").read_text().partition('variable "nodes"')[2].partition("validation")[0]
    for node in nodes.values():
        assert set(node) <= set(re.findall(r"^    (\w+) +=", declared, re.MULTILINE))


def test_ids_and_addresses_are_those_the_file_was_checked_with(tmp_path):
    """What spec found unique is what Proxmox is given: one derivation of ids and hardware addresses, not two."""
    made = lab("two")
    nodes = json.loads((module(tmp_path, PROXMOX) / "talos/homelab.auto.tfvars.json").read_text())["nodes"]
    assert {name: (node["vm_id"], node["mac"]) for name, node in nodes.items()} == {
        name: (derived.vm_id(node), derived.mac(made.name, name, node)) for name, node in made.nodes.items()
    }


def test_the_token_of_the_driver_is_made_only_where_there_is_proxmox(tmp_path):
    """Machines by address need no user on a hypervisor."""
    assert (module(tmp_path / "a", PROXMOX) / "bootstrap/csi.tf").exists()
    assert not (module(tmp_path / "b", ADDRESS) / "bootstrap/csi.tf").exists()


@pytest.mark.parametrize(
    ("talos", "provider"), [("1.10.6", "~> 0.8.1"), ("1.13.9", "~> 0.11.0"), ("1.99.0", "~> 0.11")]
)
def test_the_provider_fits_the_talos_it_configures(talos, provider):
    """Each line of Talos has its line of the provider; an unknown one keeps what is shipped."""
    made = plan(lab("two", versions={"talos": talos}), PROXMOX, TALOS)
    assert f'siderolabs/talos"\n      version = "{provider}"' in tofu_files(made)["tofu/talos/versions.tf"].text
