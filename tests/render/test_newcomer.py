"""The guide as a newcomer follows it: every block, in order, from an empty folder, on a computer that knows what programs take."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from conftest import REPOSITORY
from homelab.catalog.resolve import resolve
from homelab.render import layout
from homelab.render.tree import render
from homelab.spec.load import loads
from render.newcomer import COMMANDS

EXAMPLES = ("starter", "guide", "two-boxes", "enterprise")
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
ON_PROXMOX = {"pveum", "pvesm", "pvesh", "pveversion", "qm"}
AFTERWARDS = (layout.UPGRADE, layout.REPLACE, layout.REBUILD)
"""Pages for later days, in an order in which one day can have them all."""
FAKES = {command.split()[0] for command in COMMANDS} | {"kubectl"}
SHELL = {
    "for",
    "do",
    "done",
    "case",
    "esac",
    "export",
    "echo",
    "cd",
    "grep",
    "sed",
    "head",
    "chmod",
    "cp",
    "cat",
    "rm",
    "mkdir",
    "basename",
    "[",
    "ls",
    "tail",
    "break",
    "date",
}


def text_of(example, **git):
    """The file of an example, with another repository where one is given."""
    text = (REPOSITORY / "examples" / example / "homelab.yaml").read_text(encoding="utf-8")
    return yaml.safe_dump({**yaml.safe_load(text), "git": git}) if git else text


def pages(text):
    tree = render(resolve(loads(text, "homelab.yaml")))
    return {path: tree[path].text for path in tree if path.endswith(".md")}


NEWCOMER = REPOSITORY / "tests/render/newcomer.py"


def computer(tmp_path, kubectl, script=NEWCOMER):
    """Folders and environment of somebody who never did this before; `script` is what programs are there."""
    programs, home = tmp_path / "bin", tmp_path / "home"
    programs.mkdir()
    (home / ".ssh").mkdir(parents=True)
    for name in FAKES:
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$0" "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    (programs / "homelab").symlink_to(Path(sys.executable).with_name("homelab"))
    origin = tmp_path / "origin.git"
    subprocess.run(["git", "init", "--quiet", "--bare", origin], check=True)
    lines = "[user]\nname = n\nemail = n@example.org\n"
    lines += f'[url "{origin}"]\ninsteadOf = https://github.com/example/homelab.git\ninsteadOf = https://git.invalid/starter.git\n'
    lines += "insteadOf = git@git.example.org:me/homelab.git\n"
    (home / ".gitconfig").write_text(lines, encoding="utf-8")
    return {
        "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(home), "REAL_KUBECTL": str(kubectl),
        "RECORD": str(tmp_path / "record"), "LC_ALL": "C.UTF-8", "HOMELAB_CACHE": str(tmp_path / "cache"),
    }  # fmt: skip


def follow(text, tmp_path, kubectl):
    """Type every block of the guide, in one shell; what was called, and the folder."""
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "homelab.yaml").write_text(text, encoding="utf-8")
    environment = computer(tmp_path, kubectl)
    subprocess.run(["homelab", "render", "--to", "."], cwd=folder, env=environment, check=True, capture_output=True)
    blocks = [
        block
        for page in (layout.BUILD, *AFTERWARDS)
        for block in BLOCK.findall((folder / page).read_text(encoding="utf-8"))
    ]
    assert len(blocks) > 15
    typed = "\n".join(blocks).replace("homelab assess\n", "homelab assess || [ $? -eq 1 ]\n")  # 1: there are findings
    typed = typed.replace(" || break", "")  # which would hide a refusal
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", typed], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in (tmp_path / "record").read_text().splitlines()], folder


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
def test_every_block_of_the_guide_runs_in_order(example, oracle, tmp_path):
    """From an empty folder to the last look, and on the days after, no block fails, and what must not be in Git is not pushed."""
    calls, folder = follow(text_of(example), tmp_path, oracle("kubectl"))
    assert ["kubectl", "apply", "-f", layout.ROOT] in calls
    pushed = subprocess.run(["git", "--git-dir", tmp_path / "origin.git", "ls-tree", "-r", "--name-only", "main"],
                            capture_output=True, text=True, check=True).stdout.splitlines()  # fmt: skip
    assert {"homelab.yaml", layout.ROOT, ".gitignore", "sealing.pem"} <= set(pushed)
    assert (folder / "tofu/bootstrap/sealing.key").exists()
    secret = ("sealing.key", "kubeconfig", "talosconfig", ".iso", ".tfstate", ".snapshot")
    assert not [path for path in pushed if path.endswith(secret)]
    seen = subprocess.run(
        ["git", "status", "--porcelain"], cwd=folder, capture_output=True, text=True, check=True
    ).stdout
    assert ".snapshot" not in seen
    assert list(folder.glob("etcd-*.snapshot"))
    lines = (folder / ".gitignore").read_text().splitlines()
    assert len(lines) == len(set(lines))


@pytest.mark.slow
@pytest.mark.parametrize("git", [
    {"repository": "https://github.com/example/homelab.git", "private": True},
    {"repository": "git@git.example.org:me/homelab.git", "private": True},
], ids=["https", "ssh"])  # fmt: skip
def test_a_private_repository_is_read_by_what_its_address_takes(git, oracle, tmp_path):
    """A token for https, a key for SSH: the Secret that reaches the cluster has what Argo CD looks for, and nothing else."""
    if not shutil.which("ssh-keygen"):
        pytest.skip("ssh-keygen is not here")
    text = text_of("guide", **git)
    calls, _ = follow(text, tmp_path, oracle("kubectl"))
    (made,) = [call for call in calls if call[:5] == ["kubectl", "create", "secret", "generic", "repository"]]
    given = {arg.split("=")[1] for arg in made if arg.startswith("--from-")}
    assert given == {"type", "url"} | (
        {"sshPrivateKey"} if git["repository"].startswith("git@") else {"username", "password"}
    )
    secrets = pages(text)[layout.SECRETS_PAGE].partition("## argocd/repository")[2].partition("\n## ")[0]
    assert all(f"`{key}`" in secrets for key in given)


@pytest.mark.slow
def test_a_wrong_command_is_refused(oracle, tmp_path):
    """The tests above can fail: an unknown flag, a file that is not there and a command that no program has are refused."""
    environment = computer(tmp_path, oracle("kubectl"))
    for command in (
        "kubectl get nodes --al",
        "helm template x --values none.yaml",
        "velero backup make",
        "tofu apply -yes",
    ):
        done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, check=False)
        assert done.returncode == 64, command


def programs(text):
    """The programs that the blocks of a page start: the first word of each line, and what stands behind a pipe or `&&`."""
    for block in BLOCK.findall(text):
        typed = re.sub(r"(?s)<< 'END'\n.*?\nEND\n", "\n", block)
        joined = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)#.*$", "", typed))
        for part in re.split(r"\n|\||&&|\$\(|\(|;;|\)", re.sub(r"'[^']*'", "''", joined)):
            word = part.strip().partition(" ")[0].strip('"')
            if re.fullmatch(r"[a-z][a-z-]+|\[", word):
                yield "kubectl-cnpg" if part.strip().startswith("kubectl cnpg") else word


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_program_that_a_page_names_is_in_the_list(example):
    """What is typed anywhere in the pages is among what is needed, with what runs on Proxmox and in any shell left out."""
    found = pages(text_of(example))
    needed = found[layout.BUILD].partition("## What you need")[2].partition("\n## ")[0]
    listed = set(re.findall(r"(?m)^- `([\w-]+)`", needed))
    for path, text in found.items():
        assert set(programs(text)) - SHELL - ON_PROXMOX <= listed, path
        inline = set(re.findall(r"`((?:velero|cmctl|talosctl|cloudflared|hubble)|kubectl cnpg) [^`]+`", text))
        assert {name.replace(" ", "-") for name in inline} <= listed, path


def test_public_names_lead_into_the_tunnel_before_its_file_is_asked_for():
    """Login, tunnel, and a DNS record for each public hostname stand in this order, before secrets are sealed."""
    text = pages(text_of("enterprise"))[layout.BUILD]
    steps = ["cloudflared tunnel login", "cloudflared tunnel create enterprise",
             "cloudflared tunnel route dns enterprise n8n.example.org", "Seal what"]  # fmt: skip
    places = [text.index(step) for step in steps]
    assert places == sorted(places)
    assert "route dns enterprise n8n-staging" not in text


def test_the_lab_s_own_authority_is_handed_out_before_it_is_needed():
    """Its certificate is taken out and trusted on each system, and curl is given it; with a known authority none of this is said."""
    text = pages(text_of("starter"))[layout.BUILD]
    assert text.index("> homelab-ca.crt") < text.index("update-ca-certificates") < text.index("curl -sSI")
    assert all("--cacert homelab-ca.crt" in line for line in text.splitlines() if line.startswith("curl -sSI"))
    raw = yaml.safe_load(text_of("enterprise"))
    raw["components"]["cert-manager"] = {"acme": {"email": "me@example.org"}}
    known = pages(yaml.safe_dump(raw))[layout.BUILD]
    assert "homelab-ca" not in known
    assert "--cacert" not in known


@pytest.mark.parametrize("example", ["guide", "two-boxes", "enterprise"])
def test_nodes_upgrade_one_by_one_control_planes_first(example):
    """The loops of the page go over all control planes, then over the workers of one machine after the other, and stop at a failure."""
    text = pages(text_of(example))[layout.UPGRADE]
    nodes = yaml.safe_load(text_of(example))["nodes"]
    loops = re.findall(r"(?m)^# (.+)\nfor address in (.+); do\n((?:  .+\n)+)done", text)
    ordered = [name for names, _, _ in loops for name in names.split(", ")]
    assert sorted(ordered) == sorted(nodes)
    planes = [name for name in ordered if nodes[name]["role"] == "control-plane"]
    assert ordered[: len(planes)] == planes
    hosts = [nodes[name]["host"] for name in ordered[len(planes) :]]
    assert hosts == sorted(hosts)
    for names, addresses, body in loops:
        assert addresses.split() == [nodes[name]["address"] for name in names.split(", ")]
        assert all(line.endswith("|| break") for line in body.splitlines())


@pytest.mark.parametrize("example", ["guide", "enterprise"])
def test_a_machine_leaves_the_state_before_it_is_deleted(example):
    """What `prevent_destroy` refuses is said where it bites, and the state forgets the machine before Proxmox does."""
    text = pages(text_of(example))[layout.REPLACE]
    steps = [
        "kubectl drain",
        "talosctl reset",
        "`prevent_destroy` stands at each",
        "tofu state rm",
        "tofu apply",
        "qm destroy",
    ]
    places = [text.index(step) for step in steps]
    assert places == sorted(places)


def test_a_rebuilt_lab_is_warned_of_its_own_archives():
    """Each archived database stands on the page with its archive, and the old sealing key comes before a new one can be made."""
    text = pages(text_of("enterprise"))[layout.REBUILD]
    assert text.index("no new sealing key") < text.index("Expected empty archive")
    assert all(f"| n8n-{name}/n8n-postgres |" in text for name in ("prod", "staging", "dev"))
    assert "Expected empty archive" not in pages(text_of("starter"))[layout.REBUILD]
    assert "No copy of data leaves this house" in pages(text_of("two-boxes"))[layout.REBUILD]
    assert "No copy of data leaves this house" not in text


@pytest.mark.parametrize("example", EXAMPLES)
def test_whatever_opentofu_refuses_to_destroy_has_a_way_out(example):
    """Each resource with `prevent_destroy` is named on the page that says how it goes on purpose, out of the state first."""
    tree = render(resolve(loads(text_of(example), "homelab.yaml")))
    blocks = re.findall(r'^resource "(\w+)" "(\w+)" \{\n(.*?)^\}', "\n".join(tree[path].text for path in tree if path.endswith(".tf")), re.MULTILINE | re.DOTALL)  # fmt: skip
    kept = {f"{kind}.{name}" for kind, name, body in blocks if re.search(r"prevent_destroy += true", body)}
    ways = " ".join(re.findall(r"tofu state rm ([^\n`]+)", tree[layout.REPLACE].text + tree[layout.REBUILD].text))
    assert "talos_machine_secrets.this" in kept
    assert {name for name in kept if name not in ways} == set()
