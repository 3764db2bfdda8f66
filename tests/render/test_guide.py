"""The pages of the repository: about this lab, with nothing in them that the repository does not have."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache

import pytest
import yaml

from catalog.plans import lab, plan
from conftest import REPOSITORY
from homelab.catalog.infrastructure.network.cilium.component import CILIUM
from homelab.catalog.machines.talos import TALOS
from homelab.catalog.offers.lab import api_address, hostname
from homelab.catalog.plan import routes, secrets
from homelab.catalog.resolve import resolve
from homelab.kube.tree import YamlFile
from homelab.render import layout
from homelab.render.guide import markdown as md
from homelab.render.guide.amounts import MONTH, down, minutes, percent
from homelab.render.guide.first_day import monitor_switches
from homelab.render.tree import render
from homelab.spec.load import load, loads

EXAMPLES = ("starter", "guide", "two-boxes", "enterprise", "own-app")
PAGES = (layout.README, layout.BUILD, layout.NETWORK, layout.RUNBOOKS, layout.SECRETS_PAGE, layout.STORAGE,
         layout.UPGRADE, layout.REPLACE, layout.REBUILD)  # fmt: skip
PATH = re.compile(r"(?<![\w./-])(?:kubernetes|tofu|docs)/[\w.-]+(?:/[\w.-]+)*")
ARGO_VALUES = "kubernetes/infrastructure/controllers/argocd/values.yaml"
CILIUM_VALUES = "kubernetes/infrastructure/network/cilium/values.yaml"


@cache
def planned(example):
    return resolve(load(str(REPOSITORY / "examples" / example / "homelab.yaml")))


@cache
def tree(example):
    return render(planned(example))


def everything(example):
    return "\n".join(tree(example)[page].text for page in PAGES)


def alerts(example):
    for file in tree(example).files.values():
        for body in file.documents if isinstance(file, YamlFile) else ():
            if isinstance(body, dict) and body.get("kind") == "PrometheusRule":
                yield from (rule for group in body["spec"]["groups"] for rule in group["rules"] if "alert" in rule)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_page_says_who_made_it(example):
    """Each page begins with the line that says where to edit instead, and has exactly one title."""
    for page in PAGES:
        text = tree(example)[page].text
        assert text.startswith(md.MADE + "\n\n# "), page
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_path_on_a_page_exists(example):
    """A file or folder that a page names is one of this repository."""
    paths = set(tree(example))
    folders = {path.rsplit("/", depth)[0] for path in paths for depth in range(1, path.count("/") + 1)}
    for page in PAGES:
        found = set(PATH.findall(tree(example)[page].text))
        assert found <= paths | folders, (page, found - paths - folders)
    assert {layout.ROOT, layout.TALOS} <= set(PATH.findall(tree(example)[layout.BUILD].text))


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_link_between_pages_leads_somewhere(example):
    """Relative links lead to a page, and anchors to a heading of theirs."""
    for page in PAGES:
        text = tree(example)[page].text
        headings = {re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-")
                    for line in text.splitlines() if line.startswith("#")}  # fmt: skip
        for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
            if target.startswith("#"):
                assert target[1:] in headings, (page, target)
            else:
                folder = page.rpartition("/")[0]
                assert (f"{folder}/{target}" if folder else target) in tree(example), (page, target)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_pages_are_about_this_lab(example):
    """Names and addresses of its nodes, the API and every hostname are there, and no address of anywhere else."""
    found, text = planned(example), everything(example)
    for name, node in found.homelab.nodes.items():
        assert name in text
        assert node.address in tree(example)[layout.NETWORK].text
        assert node.address in tree(example)[layout.README].text
    assert f"https://{api_address(found)}:6443" in tree(example)[layout.BUILD].text
    for _, route in routes(found):
        assert hostname(found, route.host) in tree(example)[layout.NETWORK].text
    network = found.homelab.network
    known = " ".join([*network.model_dump_json().split(), *(n.address for n in found.homelab.nodes.values())])
    prefix = network.nodes.rsplit(".", 1)[0] + "."
    for address in re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", text):
        assert address in known or address.startswith(prefix), address


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_alert_has_its_runbook(example):
    """The heading that an alert's link leads to is there, with what to do and the expression."""
    text = tree(example)[layout.RUNBOOKS].text
    headings = {line[3:].lower() for line in text.splitlines() if line.startswith("## ")}
    rules = list(alerts(example))
    assert rules
    for rule in rules:
        assert rule["alert"].lower() in headings
        assert rule["expr"].strip() in text
        link = rule["annotations"].get("runbook_url")
        assert link is None or link.rpartition("#")[2] in headings


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_secret_is_explained(example):
    """Each Secret that somebody must supply has its purpose, its keys and the command that seals it."""
    text = tree(example)[layout.SECRETS_PAGE].text
    found = secrets(planned(example))
    assert found
    for _, item in found:
        assert f"## {item.namespace}/{item.name}\n" in text
        assert f"homelab secrets seal {item.name} --namespace {item.namespace}" in text
        assert all(f"`{key}`" in text for key in item.keys)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_first_day_switches_off_exactly_the_monitors(example):
    """The switches of the first day are those that the values turn on: no kind is asked for before it exists."""
    values = tree(example)[CILIUM_VALUES].documents[0]
    switches = monitor_switches(tree(example).files, CILIUM_VALUES)
    assert "prometheus.serviceMonitor.enabled" in switches
    for switch in switches:
        value = values
        for key in switch.split("."):
            value = value[key]
        assert value is True
        assert f"--set {switch}=false" in tree(example)[layout.BUILD].text
    assert str(values).count("'serviceMonitor': {'enabled': True") == len(switches)


@pytest.mark.slow
@pytest.mark.parametrize("example", ["starter", "enterprise"])
@pytest.mark.parametrize(("chart", "values"), [("cilium", CILIUM_VALUES), ("argo-cd", ARGO_VALUES)])
def test_the_first_day_needs_no_kind_that_is_not_there(example, chart, values, test_data, oracle, tmp_path):
    """What the real charts make with the switches of the page has no monitor and no test pod."""
    switches = [f"--set={switch}=false" for switch in monitor_switches(tree(example).files, values)]
    file = tmp_path / "values.yaml"
    file.write_text(tree(example)[values].text, encoding="utf-8")
    argv = [str(oracle("helm")), "template", "first", str(test_data / "charts" / chart), "--include-crds", "--skip-tests",
            "--kube-version", "1.35.2", "--values", str(file), *switches]  # fmt: skip
    made = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert "kind: DaemonSet" in made or "kind: StatefulSet" in made
    assert "monitoring.coreos.com" not in made
    assert "kind: Pod\n" not in made


def privileges(text):
    return set(re.search(r'pveum role add \w+ --privs "([^"]+)"', text)[1].split())


def test_the_token_of_proxmox_may_do_what_the_modules_do():
    """The role of the guide holds what making machines takes by the provider's documentation, and users only where users are made."""
    text = tree("guide")[layout.BUILD].text
    assert {"Datastore.AllocateTemplate", "Sys.Audit", "Sys.Modify", "VM.Allocate", "VM.Config.Disk"} <= privileges(
        text
    )
    assert ("User.Modify" in privileges(text)) == ("tofu/bootstrap/csi.tf" in tree("guide"))
    assert "pveum user token add terraform@pve homelab" in text
    assert "PROXMOX_VE_API_TOKEN='terraform@pve!homelab=" in text
    assert re.search(r"pvesm set local --content .*,import", text)
    assert "components.proxmox.insecure" in text
    assert re.search(r"components\.proxmox\.endpoint.*`homelab render` again", text)


def test_every_storage_is_asked_for_before_anything_is_made():
    """Which storages a Proxmox has is its owner's choice: each host is asked for each that OpenTofu will use, before `tofu apply`."""
    text, variables = tree("two-boxes")[layout.BUILD].text, json.loads(tree("two-boxes")[layout.VARIABLES].text)
    (asked,) = re.findall(r"^for place in ([^;]+); do\n  pvesh get ", text, re.MULTILINE)
    wanted = {(host["node_name"], host["datastore"]) for host in variables["hosts"].values()}
    wanted |= {(host["node_name"], variables["proxmox"]["image_datastore"]) for host in variables["hosts"].values()}
    for node in variables["nodes"].values():
        name = variables["hosts"][node["host"]]["node_name"]
        wanted |= {(name, disk["datastore"]) for disk in node.get("ceph", [])}
    assert {tuple(place.split("/")) for place in asked.split()} == wanted
    assert text.index('pvesh get "/nodes') < text.index("(cd tofu/talos\n tofu init\n tofu apply)")


def test_disks_that_ceph_overwrites_stand_beside_the_system_disk():
    """On machines of their own the table names them, so that they are compared with what the machine shows."""
    node = {"role": "control-plane", "address": "192.168.1.10", "cpu": 8, "memory": "32Gi", "disk": "100GB"}
    nodes = {"solo": {**node, "install_disk": "/dev/nvme0n1", "ceph": ["200GB"]}}
    devices = {"rook-ceph": {"devices": {"solo": ["disk/by-id/wwn-0x5000"]}}}
    network = {"nodes": "192.168.1.0/24", "gateway": "192.168.1.1", "load_balancers": "192.168.1.200-192.168.1.220"}
    raw = {"homelab": "v1", "name": "bare", "network": network, "nodes": nodes, "components": devices}
    text = render(resolve(loads(yaml.safe_dump(raw), "homelab.yaml")))[layout.BUILD].text
    assert "| `/dev/nvme0n1` | `/dev/disk/by-id/wwn-0x5000` |" in text
    assert text.index("wwn-0x5000") < text.index("talosctl get disks")


def test_a_machine_of_its_own_is_looked_at_before_it_is_written_to():
    """Stick, address in the router, and the look at disks and ports come before the configuration that overwrites a disk."""
    text = tree("starter")[layout.BUILD].text
    node = planned("starter").homelab.nodes["mini"]
    steps = ["metal-amd64.iso", "USB stick", "DHCP", f"talosctl get disks --insecure --nodes {node.address}",
             f"talosctl get links --insecure --nodes {node.address}", "(cd tofu/talos\n tofu init\n tofu apply)"]  # fmt: skip
    places = [text.index(step) for step in steps]
    assert places == sorted(places)
    assert "/dev/sda" not in text


@pytest.mark.parametrize("example", EXAMPLES)
def test_same_plan_same_pages(example):
    """A second render writes the same bytes."""
    again = render(resolve(load(str(REPOSITORY / "examples" / example / "homelab.yaml"))))
    assert [again[page].text for page in PAGES] == [tree(example)[page].text for page in PAGES]


@pytest.mark.parametrize("shape", ["one", "two", "three"])
def test_a_lab_of_almost_nothing_has_pages_too(shape):
    """Without gateway, alerts, secrets, storage and backups the pages say so, and name nothing of the kind."""
    found = render(plan(lab(shape), TALOS, CILIUM))
    assert set(PAGES) <= set(found)
    assert "no alert rules" in found[layout.RUNBOOKS].text
    assert "Nothing is copied anywhere" in found[layout.STORAGE].text
    assert "velero" not in found[layout.BUILD].text
    assert "kubeseal" not in found[layout.BUILD].text


def test_amounts_are_those_of_the_reference():
    """Downtime in a month is that of 730 hours, and no availability is rounded up to a nine it has not earned."""
    assert down(0.999, MONTH) == "43.8 min"
    assert down(0.99, MONTH) == "7.3 h"
    assert percent(0.99949) == "99.949 %"
    assert percent(0.9999999) != "100 %"
    assert percent(1.0) == "100 %"
    assert minutes(0) == "0"


@pytest.mark.parametrize("example", EXAMPLES)
def test_what_argo_cd_takes_over_has_one_owner(example):
    """Network, Argo CD and its namespace are applied under Argo CD's own name, so that what a commit drops later is dropped."""
    text = tree(example)[layout.BUILD].text.replace("\\\n", " ")
    applied = [line.strip() for line in text.splitlines() if "kubectl apply" in line]
    by_hand = [line for line in applied if layout.ROOT in line or "create secret" in line]
    owned = [line for line in applied if line not in by_hand]
    assert len(owned) == 3
    for line in owned:
        assert line.endswith(
            "| kubectl apply --server-side --force-conflicts --field-manager=argocd-controller -f -"
        ), line
    assert len(by_hand) <= 2


FORGES = [
    ("ssh://git@github.com/me/lab.git", "", ""),
    ("git@github.com:me/lab.git", "", ""),
    ("ssh://git@ssh.github.com:443/me/lab.git", "", ""),
    ("ssh://git@nas.lan:2222/me/lab.git", "[nas.lan]:2222", "ssh-keyscan -p 2222 nas.lan"),
    ("ssh://git@[fd00::5]:2222/me/lab.git", "[fd00::5]:2222", "ssh-keyscan -p 2222 fd00::5"),
    ("ssh://git@nas.lan/me/lab.git", "nas.lan", "ssh-keyscan nas.lan"),
    ("ssh://git@github.com:443/me/lab.git", "[github.com]:443", "ssh-keyscan -p 443 github.com"),
]
"""Address, the server as a list of known hosts calls it where Argo CD brings no key of it, and what prints its keys."""


def of_host_keys(address, *keys, private=True):
    """What the guide says of host keys, by the paragraph."""
    text = (REPOSITORY / "examples" / "guide" / "homelab.yaml").read_text(encoding="utf-8")
    git = {"repository": address, "private": private, "host_keys": list(keys)}
    page = render(resolve(loads(yaml.safe_dump({**yaml.safe_load(text), "git": git}), "homelab.yaml")))[
        layout.BUILD
    ].text
    return re.findall(r"^Argo CD knows the .*$", page, re.MULTILINE)


@pytest.mark.parametrize(("address", "name", "command"), FORGES)
def test_a_forge_that_argo_cd_does_not_know_is_named_by_its_host_and_port(address, name, command):
    """The guide names the server as a list of known hosts does, with the command; of one whose keys Argo CD brings it says nothing.

    A server wants to be known whether its repository is private or not.
    """
    for private in (True, False):
        said = of_host_keys(address, private=private)
        assert len(said) == bool(name)
        for sentence in said:
            assert (
                f"refuses `{name}`. Its keys are printed by `{command}`, by whoever answers: compare them" in sentence
            )
            assert "`git.host_keys`, render again" in sentence


@pytest.mark.parametrize("name", [name for _, name, _ in FORGES if name])
def test_a_forge_whose_key_is_given_is_not_asked_for(name):
    """Where the file has the key, the guide says that Argo CD goes by it, and nothing of commands."""
    address = next(address for address, each, _ in FORGES if each == name)
    key = f"{name} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFKoaltZD/zykxDOAQyxw1SHAt583i/Dx1BPBSzRiX5C"
    assert of_host_keys(address, key) == [f"Argo CD knows the server by the host key of `{name}` in `git.host_keys`."]
