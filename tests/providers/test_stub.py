"""The schemas of the real providers, as tofu sees them: right HCL is valid, wrong HCL is not."""

from __future__ import annotations

from importlib.util import find_spec

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
  node                        = proxmox_virtual_environment_vm.node.ipv4_addresses[7][0]
  on_destroy                  = { reset = true }
}
"""


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
            "node.ipv4_addresses",
            "node.addresses",
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
