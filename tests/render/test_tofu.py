"""OpenTofu modules: formatted as tofu formats, valid by the schemas of the real providers, fed completely."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess

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
        needed = {name for name, body in blocks.items() if not re.search(r"^  default ", body, re.MULTILINE)}
        assert needed - given == {"state_passphrase"}  # of the environment: no file holds it
        shutil.rmtree(tmp_path / "tofu")


def test_every_attribute_of_a_node_is_declared(tmp_path):
    """OpenTofu drops attributes that an object type does not declare, so each must be there."""
    folder = module(tmp_path, PROXMOX) / "talos"
    nodes = json.loads((folder / "homelab.auto.tfvars.json").read_text())["nodes"]
    declared = (folder / "variables.tf").read_text().partition('variable "nodes"')[2].partition("validation")[0]
    for node in nodes.values():
        assert set(node) <= set(re.findall(r"^    (\w+) +=", declared, re.MULTILINE))


@pytest.mark.slow
@pytest.mark.parametrize("stack", ["talos", "bootstrap"])
def test_state_is_written_encrypted(tmp_path, oracle, stack):
    """Real tofu writes no secret into the state in the clear, opens it with the passphrase, and refuses another one."""
    tofu = str(oracle("tofu"))
    folder = tmp_path / "stack"
    folder.mkdir()
    shutil.copy(module(tmp_path, PROXMOX) / stack / "encryption.tf", folder)
    (folder / "main.tf").write_text('resource "terraform_data" "it" {\n  input = "the-authority"\n}\n')
    quiet = {**os.environ, "TF_INPUT": "0", "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}

    def run(passphrase, *argv):
        environment = {**quiet, "TF_VAR_state_passphrase": passphrase}
        return subprocess.run([tofu, *argv], cwd=folder, env=environment, capture_output=True, text=True, check=False)

    assert run("a passphrase of the house", "init").returncode == 0
    assert run("a passphrase of the house", "apply", "-auto-approve").returncode == 0
    assert "the-authority" not in (folder / "terraform.tfstate").read_text()
    assert "the-authority" in run("a passphrase of the house", "show").stdout
    assert "the-authority" not in run("the passphrase of others", "show").stdout
    assert run("the passphrase of others", "plan").returncode != 0


def test_machines_are_made_through_the_api_alone(tmp_path):
    """A token is all that making machines takes: the image is imported by Proxmox, not over SSH, in a format it can read."""
    text = "\n".join(path.read_text() for path in (module(tmp_path, PROXMOX) / "talos").glob("*.tf"))
    code = re.sub(r"#.*", "", text)
    assert "file_id" not in code
    assert "ssh" not in code
    assert re.search(r'content_type += "import"', code)
    assert re.search(r"import_from += proxmox_download_file\.talos", code)
    names = re.findall(r'(?:file_name|url) += "[^"]*\.(\w+)"', code)
    assert names == ["qcow2", "qcow2"]


def test_no_deprecated_resource_is_used(tmp_path):
    """Names that the provider only keeps as aliases (since 0.100) are not in new repositories."""
    text = "\n".join(path.read_text() for path in module(tmp_path, PROXMOX).rglob("*.tf"))
    assert not re.findall(r"proxmox_virtual_environment_(?:download_file|acl|user_token)\b", text)
    assert set(re.findall(r'bpg/proxmox"\n +version = "([^"]+)"', text)) == {"~> 0.100"}


def test_a_thread_for_each_disk_has_a_controller_for_each_disk(tmp_path):
    """`iothread` does something only with the controller that has one disk each."""
    text = (module(tmp_path, PROXMOX) / "talos/machines.tf").read_text()
    assert re.search(r"iothread += true", text)
    assert re.search(r'scsi_hardware += "virtio-scsi-single"', text)


def test_raw_disks_of_a_host_lie_on_its_storages_in_turn():
    """Two disks of Ceph on one host are two physical disks, where the host names two storages."""
    found = lab("two")
    host = found.hosts["pve-1"].model_copy(update={"ceph_datastores": ("nvme-1", "nvme-2")})
    hosts = {**found.hosts, "pve-1": host}
    made = plan(found.model_copy(update={"hosts": hosts}), PROXMOX, TALOS)
    nodes = json.loads(tofu_files(made)["tofu/talos/homelab.auto.tfvars.json"].text)["nodes"]
    where = {name: [disk["datastore"] for disk in node.get("ceph", [])] for name, node in nodes.items()}
    assert where == {"ctrl-0": [], "worker-1": ["nvme-1"], "worker-2": ["local-zfs"], "worker-3": ["nvme-2"],
                     "worker-4": ["local-zfs"]}  # fmt: skip


@pytest.mark.parametrize(("machines", "platform"), [(PROXMOX, "nocloud"), (ADDRESS, "metal")])
def test_the_installer_is_that_of_the_machine_s_platform(tmp_path, machines, platform):
    """An upgrade does not turn a virtual machine into a metal one: the provider says the installer of the platform."""
    text = "\n".join(path.read_text() for path in (module(tmp_path, machines) / "talos").glob("*.tf"))
    assert re.findall(r'platform += "(\w+)"', text) == [platform]
    assert "platform      = local.platform" in text
    assert re.search(r"installer += data\.talos_image_factory_urls\.this\.urls\.installer", text)


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


def test_the_namespace_of_the_sealing_key_is_only_named(tmp_path):
    """Its labels are said in Git: one that OpenTofu set as well would stay when a commit drops it."""
    text = (module(tmp_path, PROXMOX) / "bootstrap/sealing.tf").read_text(encoding="utf-8")
    block = text[text.index('resource "kubernetes_namespace_v1"') : text.index('resource "kubernetes_secret_v1"')]
    assert re.findall(r"^ {4}(\w+) += ", block, re.MULTILINE) == ["name", "ignore_changes"]
