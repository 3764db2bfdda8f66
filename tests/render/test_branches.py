"""Branches that no example takes: each is rendered from a lab made for it."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from conftest import REPOSITORY
from homelab.catalog.resolve import resolve
from homelab.errors import InvalidHomelab
from homelab.lab.pipeline import Lab
from homelab.render import layout
from homelab.render.tree import render
from homelab.spec.load import loads

OLD, NEW = "1.10.6", "1.13.9"


def example(name, **sections):
    """The data of an example, with some sections laid over it."""
    raw = yaml.safe_load((REPOSITORY / "examples" / name / "homelab.yaml").read_text(encoding="utf-8"))
    return {**raw, **{key: {**(raw.get(key) or {}), **value} for key, value in sections.items()}}


def rendered(data):
    return render(resolve(loads(yaml.safe_dump(data), "homelab.yaml")))


def bodies(tree, kind):
    files = [file for path, file in tree.items() if path.startswith("kubernetes/apps/") and hasattr(file, "documents")]
    return [body for file in files for body in file.documents if body.get("kind") == kind]


def solo(talos, **more):
    """The starter's one machine with a Talos, and more said of it."""
    data = example("starter", versions={"talos": talos, "kubernetes": "1.33.2"})
    ((name, node),) = data["nodes"].items()
    return {**data, "nodes": {name: {**node, **more}}}, name


def test_an_older_talos_asks_for_the_port():
    """Before 1.12 no document names a port by its cable, so a machine of its own without a MAC is refused, and told why."""
    data, name = solo(OLD)
    with pytest.raises(InvalidHomelab) as raised:
        loads(yaml.safe_dump(data), "homelab.yaml")
    (mistake,) = raised.value.mistakes
    assert mistake.path == f"nodes.{name}.mac"
    assert mistake.hint
    assert loads(yaml.safe_dump(solo(NEW)[0]), "homelab.yaml")


def test_an_older_talos_is_given_the_port():
    """With a MAC it is told by its hardware address, in the machine's own network section, and no later document is written."""
    data, name = solo(OLD, mac="AA:BB:CC:00:11:22")
    tree = rendered(data)
    (patch,) = tree[f"{layout.TALOS}/patches/nodes/{name}.yaml"].documents
    (port,) = patch["machine"]["network"]["interfaces"]
    assert port["deviceSelector"] == {"hardwareAddr": "aa:bb:cc:00:11:22"}
    assert port["addresses"]
    assert "`aa:bb" in (page := tree[layout.BUILD].text).lower() or "AA:BB:CC:00:11:22" in page


@pytest.mark.parametrize(("instances", "kind", "key"), [
    (2, "required", "topology.kubernetes.io/zone"), (3, "required", "kubernetes.io/hostname"),
    (9, "preferred", "kubernetes.io/hostname"),
])  # fmt: skip
def test_databases_are_apart_as_far_as_there_are_machines(instances, kind, key):
    """As many instances as hosts: one on each. More: one on each node, hosts preferred. More than nodes: as well as it goes."""
    production = {"webhooks": 2, "workers": 1, "postgres_instances": instances}
    (body,) = bodies(rendered(example("guide", apps={"n8n": {"environments": {"production": production}}})), "Cluster")
    assert body["spec"]["affinity"] == {"podAntiAffinityType": kind, "topologyKey": key}
    spread = body["spec"].get("topologySpreadConstraints")
    if key == "topology.kubernetes.io/zone":
        assert spread is None
    else:
        assert [(each["topologyKey"], each["whenUnsatisfiable"]) for each in spread] == [("topology.kubernetes.io/zone", "ScheduleAnyway")]  # fmt: skip


def test_machines_that_no_host_describes_are_their_own():
    """Without a map of hosts each node is a machine of its own: the pages name it, and say no size that nobody said."""
    texts = rendered(example("starter")).texts()
    ((name, _),) = example("starter")["nodes"].items()
    architecture = texts[layout.README].partition("## Architecture")[2].partition("## ")[0]
    assert f"\n{name}\n└── {name}  " in architecture
    assert "1 physical machine, 1 control plane" in architecture
    assert f"| {name} | {name} |" in texts[layout.STORAGE]
    assert re.search(rf"\| {name} \| `[\d.]+` \| control-plane \| {name} \|", texts[layout.NETWORK])


def test_the_rates_of_the_owner_are_those_that_are_computed_with(tmp_path):
    """A rate with its reason stands in what the lab stands on, and moves the figure of the lab."""
    rate = {"host": {"mttf": 200, "mttr": 48, "reason": "own records"}}
    tree = rendered({**example("starter"), "rates": rate})
    (ground,) = tree[layout.LAB].documents
    assert ground["rates"] == rate
    figures = []
    for rates in ({}, rate):
        file = tmp_path / "homelab.yaml"
        file.write_text(yaml.safe_dump({**example("starter"), "rates": rates}), encoding="utf-8")
        figures.append(Lab.load(str(file)).uptime(deep=False).lab.lan.availability)
    assert figures[1] < figures[0] - 0.1


def declared(text, variable):
    """The attributes of a variable's type, and those of them that must be given."""
    block = re.search(rf'^variable "{variable}" \{{(.*?)^\}}', text, re.MULTILINE | re.DOTALL)[1]
    kind = block.partition("type")[2].partition("default")[0]
    names = re.findall(r"(\w+) += (optional)?", kind)
    return {name for name, _ in names}, {name for name, optional in names if not optional}


@pytest.mark.parametrize(("example_name", "stack"), [("guide", layout.TALOS), ("guide", layout.BOOTSTRAP)])
def test_every_key_of_a_generated_object_is_declared(example_name, stack):
    """OpenTofu drops what an object type does not declare, and `validate` reads no values: each key is compared here."""
    data = example(example_name, components={"proxmox": {"endpoint": "https://pve.example.org:8006/"}})
    data["components"]["proxmox-csi"] = {}
    texts = rendered(data).texts()
    given = json.loads(texts[f"{stack}/homelab.auto.tfvars.json"])
    text = "\n".join(part for path, part in texts.items() if path.startswith(stack) and path.endswith(".tf"))
    objects = {name: value for name, value in given.items() if isinstance(value, dict)}
    assert "proxmox" in objects
    for name, value in objects.items():
        known, needed = declared(text, name)
        for each in [value] if name not in {"nodes", "hosts"} else value.values():
            assert set(each) <= known, name
            assert name in {"nodes", "hosts"} or needed <= set(each), name
    assert (
        json.loads(texts[f"{stack}/homelab.auto.tfvars.json"])["proxmox"]["endpoint"] == "https://pve.example.org:8006/"
    )
