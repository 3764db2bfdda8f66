"""What Talos itself says about the rendered patches: decoded strictly, laid over what it generates, and validated."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from functools import cache

import pytest

from catalog.plans import lab, plan
from conftest import REPOSITORY
from homelab.catalog.machines.talos import TALOS, contract, line
from homelab.catalog.offers.lab import api_address
from homelab.catalog.resolve import resolve
from homelab.documents.read import load as documents
from homelab.render.talos import talos_files
from homelab.software.talos.contracts import CHANGES, FIRST, between
from homelab.spec.load import load

EXAMPLES = ("starter", "guide", "two-boxes", "enterprise", "own-app")
PATCHES = "tofu/talos/patches"
ROLES = {"control-plane": "controlplane", "worker": "worker"}


@cache
def example(name):
    return resolve(load(str(REPOSITORY / "examples" / name / "homelab.yaml")))


def bare(talos, **more):
    """A machine of its own, of which the file says as little as this Talos allows."""
    node = {"role": "control-plane", "address": "192.168.1.10", "cpu": 4, "memory": 8 << 30, "disk": 250 * 10**9}
    kubernetes = {"1.10.6": "1.33.2", "1.13.9": "1.35.2"}[talos]
    return plan(
        lab("one", hosts={}, nodes={"mini": {**node, **more}}, versions={"talos": talos, "kubernetes": kubernetes}),
        TALOS,
    )


def requests(made):
    """What `tofu/talos` hands to the provider for each machine, in its order."""
    files = talos_files(made)
    for name, node in made.homelab.nodes.items():
        image = 'machine: {install: {image: "factory.talos.dev/metal-installer/0:v1"}}'
        role = [files[f"{PATCHES}/control-plane.yaml"].text] if node.role == "control-plane" else []
        patches = [files[f"{PATCHES}/all.yaml"].text, image, *role, files[f"{PATCHES}/nodes/{name}.yaml"].text]
        yield {
            "role": ROLES[str(node.role)],
            "platform": "nocloud" if node.host else "metal",
            "endpoint": f"https://{api_address(made)}:6443",
            "kubernetes": made.homelab.versions.kubernetes,
            "contract": f"v{contract(made)}",
            "patches": patches,
        }


def upgraded(made, contract):
    """The lab when its nodes run the newest Talos, and its configurations are still made for another."""
    new = {"talos": "1.13.9", "kubernetes": "1.35.2", "contract": contract}
    versions = made.homelab.versions.model_copy(update=new)
    return replace(made, homelab=made.homelab.model_copy(update={"versions": versions}))


def fields(text):
    """(document and path, value) of everything that a configuration says; lists are values."""
    for body in documents(text, "configuration"):
        name = "".join(f"{body[key]}/" for key in ("kind", "name") if key in body)
        yield from ((name + path, value) for path, value in leaves(body))


def leaves(value, path=""):
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else key)
    else:
        yield path, value


def answers(oracle, made, asked=None):
    """What the Talos of this lab says about each machine."""
    program = oracle(f"talos-config-{made.homelab.versions.talos.rpartition('.')[0]}")
    text = "\n".join(map(json.dumps, asked or requests(made)))
    done = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_talos_takes_every_machine_of_the_examples(oracle, name):
    """Each machine's whole configuration is valid for the lab's Talos, without an error and without a warning."""
    made = example(name)
    found = answers(oracle, made)
    assert len(found) == len(made.homelab.nodes)
    for node, said in zip(made.homelab.nodes.values(), found, strict=True):
        assert "error" not in said
        assert f"{node.address}/24" in said["config"]


LINES = sorted([FIRST, *CHANGES])


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_contract_changes_what_is_said_of_it_and_nothing_else(oracle, name):
    """Machines that run 1.13 take each contract since 1.10, and from one to the next differ in the fields that `homelab contract` tells."""
    contracts = [f"{major}.{minor}.0" for major, minor in LINES]
    asked = [request for each in contracts for request in requests(upgraded(example(name), each))]
    found = answers(oracle, upgraded(example(name), contracts[-1]), asked)
    assert [said["error"] for said in found if "error" in said] == []
    machines = len(example(name).homelab.nodes)
    for index, new in enumerate(contracts[1:], start=1):
        for number in range(machines):
            before, after = (dict(fields(found[at * machines + number]["config"])) for at in (index - 1, index))
            differ = {
                path: after.get(path) for path in before.keys() | after.keys() if before.get(path) != after.get(path)
            }
            plane = asked[number]["role"] == "controlplane"
            told = between(line(contracts[index - 1]), line(new))
            assert {path: None if value is None else json.dumps(value) for path, value in differ.items()} == {
                change.field: change.value for change in told if plane or not change.planes
            }


@pytest.mark.slow
@pytest.mark.parametrize("made", [
    bare("1.13.9"), bare("1.13.9", install_disk="/dev/nvme0n1", mac="00:1a:2b:3c:4d:5e"),
    bare("1.10.6", mac="00:1a:2b:3c:4d:5e"),
], ids=["told by size and cable", "named", "old dialect"])  # fmt: skip
def test_talos_takes_machines_of_their_own(oracle, made):
    """Selectors of disks and links are such as Talos can read, with a word or without."""
    (said,) = answers(oracle, made)
    assert "error" not in said


@pytest.mark.slow
@pytest.mark.parametrize("talos", ["1.10.6", "1.13.9"])
@pytest.mark.parametrize(("patch", "complaint"), [
    ("machine: {kubelets: {}}", "kubelets"),
    ("machine: {install: {diskSelector: {size: '>= many'}}}", "many"),
    ("machine: {kubelet: {nodeIP: {validSubnets: [lan]}}}", "lan"),
])  # fmt: skip
def test_talos_refuses_what_is_wrong(oracle, talos, patch, complaint):
    """The tests above can fail: an unknown field, a size that is none and a network that is none are errors."""
    made = bare(talos, mac="00:1a:2b:3c:4d:5e")
    (asked,) = requests(made)
    (said,) = answers(oracle, made, [{**asked, "patches": [*asked["patches"], patch]}])
    assert complaint in said["error"]


@pytest.mark.slow
def test_talos_judges_the_expression_of_a_link(oracle):
    """What selects a port is compiled, not only read."""
    made = bare("1.13.9")
    (asked,) = requests(made)
    patches = [text.replace("link.link_state", "link.cable") for text in asked["patches"]]
    assert patches != asked["patches"]
    (said,) = answers(oracle, made, [{**asked, "patches": patches}])
    assert "cable" in said["error"]
