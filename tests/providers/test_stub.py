"""The schemas of the real providers, as tofu sees them: right HCL is valid, wrong HCL is not."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import pytest

from conftest import missing
from homelab.tools.process import Programs
from homelab.tools.tofu import validate
from providers.overrides import cli_config

MODULE = """\
terraform {
  required_providers {
    proxmox = { source = "bpg/proxmox" }
    talos   = { source = "siderolabs/talos" }
  }
}

provider "proxmox" {
  endpoint = "https://192.168.68.10:8006"
}

resource "proxmox_virtual_environment_vm" "node" {
  name      = "ctrl-0"
  node_name = "pve-1"

  cpu {
    cores = 4
    type  = "host"
  }

  disk {
    interface = "scsi0"
    size      = 50
  }

  initialization {
    ip_config {
      ipv4 {
        address = "192.168.68.101/24"
      }
    }
  }
}

resource "talos_machine_secrets" "lab" {}

data "talos_machine_configuration" "node" {
  cluster_name     = "homelab"
  cluster_endpoint = "https://192.168.68.100:6443"
  machine_type     = "controlplane"
  machine_secrets  = talos_machine_secrets.lab.machine_secrets
}

resource "talos_machine_configuration_apply" "node" {
  client_configuration        = talos_machine_secrets.lab.client_configuration
  machine_configuration_input = data.talos_machine_configuration.node.machine_configuration
  node                        = proxmox_virtual_environment_vm.node.name
  on_destroy                  = { reset = true }
}
"""


SCHEMAS = {path.stem: json.loads(path.read_text()) for path in sorted(Path(__file__).parent.glob("*.json"))}


def arguments(block, at=""):
    """Every argument of a block and of those inside it: its path, its type, its sentence."""
    for name, said in block.items():
        if name.endswith("[]"):
            yield from arguments(said, f"{at}{name[:-2]}.")
        else:
            yield f"{at}{name.rstrip('!=')}", *said


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_argument_has_its_sentence_and_its_page(name):
    """Nobody adds an argument without having read what the provider does with it: the sentence stands beside it, with its address."""
    schema = SCHEMAS[name]
    blocks = {
        "provider": {"page": schema["page"], "block": schema["provider"]},
        **schema["resources"],
        **schema["data"],
    }
    for resource, of in blocks.items():
        assert re.fullmatch(r"https://registry\.terraform\.io/providers/\S+/docs(/\S+)?", of["page"]), resource
        for argument, _, sentence in arguments(of["block"]):
            assert len(sentence.split()) > 1, (resource, argument)


def test_no_argument_is_known_that_no_module_uses():
    """The schemas hold what our HCL says or what the tests of the stub say, and nothing that was never thought about."""
    modules = files("homelab.render").joinpath("modules")
    text = MODULE + "".join(f.read_text() for folder in modules.iterdir() for f in folder.iterdir())
    for schema in SCHEMAS.values():
        for resource, of in {**schema["resources"], **schema["data"]}.items():
            assert resource in text
            unused = [path for path, *_ in arguments(of["block"]) if not re.search(rf"\b{path.split('.')[-1]}\b", text)]
            assert not unused, resource


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("", "", None),
        ("cores = 4", "coress = 4", 'An argument named "coress" is not expected here. Did you mean "cores"?'),
        ('node_name = "pve-1"', "", 'The argument "node_name" is required'),
        ("size      = 50", 'size = "large"', "a number is required"),
        ("ip_config {", "ip_configs {", 'Blocks of type "ip_configs" are not expected here'),
        (
            "lab.machine_secrets",
            "lab.client_configuration",
            'attributes "certs", "cluster", "secrets", and "trustdinfo" are required',
        ),
        (
            "lab.machine_secrets",
            "lab.addresses",
            'This object has no argument, nested block, or exported attribute named "addresses"',
        ),
        ("reset = true", 'reset = "maybe"', "a bool is required"),
    ],
)
def test_tofu_judges_as_with_the_real_provider(oracle, tmp_path, right, wrong, complaint):
    """Unknown, missing and mistyped arguments are found offline, in tofu's words and with their place."""
    oracle("tofu")
    if find_spec("tf") is None:
        missing("tf", "it is in requirements/dev.txt")
    config = cli_config(tmp_path)
    module = tmp_path / "module"
    module.mkdir()
    assert right in MODULE
    (module / "main.tf").write_text(MODULE.replace(right, wrong, 1) if right else MODULE)
    found = validate(Programs(), module, config=config)
    if complaint is None:
        assert found == ()
    else:
        assert complaint in str(found[0])
        assert found[0].place is not None
