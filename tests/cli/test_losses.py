"""A change that would delete data is written in two steps: guards first, and the change once the cluster has them."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from cli.conftest import LAB
from homelab.kube.durable import KEEP
from homelab.kube.resource import Origin, Resource
from homelab.render import layout, owned
from homelab.render.guards import command, waiting

GUARD = "".join(f"{key}: {value}\n" for key, value in KEEP.items())
WITH_STAGING = LAB + "apps: {n8n: {environments: {production: {}, staging: {}}}}\n"
WITHOUT = LAB + "apps: {n8n: {environments: {production: {}}}}\n"
CASCADES = "  name: n8n-staging-data\n  namespace: argocd\n  finalizers: [resources-finalizer.argocd.argoproj.io]\n"
DATABASES = "kubernetes/apps/base/n8n/environments/base/data/databases.yaml"


def aged(folder: Path) -> None:
    """Make a repository one of a release that guarded nothing, and whose Applications cascade."""
    hashes = owned.parse((folder / layout.OWNED).read_text())
    for path in hashes:
        file = folder / path
        lines = [line for line in file.read_text().splitlines(keepends=True) if line.strip() != GUARD.strip()]
        text = "".join(lines).replace("  name: n8n-staging-data\n  namespace: argocd\n", CASCADES)
        file.write_text(text)
        hashes[path] = owned.digest(text)
    (folder / layout.OWNED).write_text(owned.dump(hashes))


@pytest.fixture
def old(homelab, lab, tmp_path) -> Path:
    """The repository of a lab with two environments, as a release without guards wrote it."""
    lab.write_text(WITH_STAGING)
    target = tmp_path / "out"
    assert homelab("render", lab, "--to", target, "--without-computed").code == 0
    aged(target)
    lab.write_text(WITHOUT)
    return target


def manifests(folder: Path) -> dict[str, str]:
    """Path to text of what Argo CD reads."""
    return {str(p.relative_to(folder)): p.read_text() for p in folder.glob("kubernetes/**/*.yaml")}


def test_the_first_step_guards_and_changes_nothing_else(homelab, lab, old):
    """Databases that an environment takes along are named; only annotations are written; the exit code says that it is not done."""
    before = manifests(old)
    done = homelab("render", lab, "--to", old, "--without-computed")
    assert done.code == 1
    assert "Argo CD would delete data: n8n-staging/Cluster/" in done.out
    assert f"homelab render --synced {lab} --to {old}\n" in done.out
    changed = {path: text for path, text in manifests(old).items() if before[path] != text}
    assert changed
    assert manifests(old).keys() == before.keys()
    for path, text in changed.items():
        assert [line for line in text.splitlines() if line.strip() != GUARD.strip()] == before[path].splitlines(), path


@pytest.mark.slow
def test_the_second_step_waits_for_the_word_that_the_cluster_has_the_guards(homelab, lab, old):
    """Rendering again changes nothing, however often; with --synced the change is written, and the list of guards goes."""
    homelab("render", lab, "--to", old, "--without-computed")
    between = manifests(old)
    assert homelab("render", lab, "--to", old, "--without-computed").code == 1
    assert manifests(old) == between
    done = homelab("render", lab, "--to", old, "--without-computed", "--synced")
    assert done.code == 0
    assert "Argo CD would delete" not in done.out
    assert "n8n-staging" not in (old / "kubernetes/sets/apps/n8n.yaml").read_text()
    assert not (old / layout.GUARDS).exists()
    assert "edited by hand" not in done.out


@pytest.mark.slow
def test_taking_the_change_back_needs_no_second_step(homelab, lab, old):
    """With the environment back in the file nothing would be lost, and rendering goes on as always."""
    homelab("render", lab, "--to", old, "--without-computed")
    lab.write_text(WITH_STAGING)
    assert homelab("render", lab, "--to", old, "--without-computed").code == 0
    assert not (old / layout.GUARDS).exists()


def test_what_a_person_edited_is_guarded_by_a_command(homelab, lab, old):
    """A file of somebody else's hand is not touched: kubectl guards what it holds, by kind and group."""
    file = old / DATABASES
    file.write_text(file.read_text() + "# mine\n")
    done = homelab("render", lab, "--to", old, "--without-computed", "--json")
    assert done.code == 1
    said = json.loads(done.out)
    assert any(
        command.startswith("kubectl annotate --namespace n8n-staging Cluster.postgresql.cnpg.io ")
        for command in said["commands"]
    )
    assert DATABASES not in said["guarded"]
    assert file.read_text().endswith("# mine\n")
    assert "Prune=false" not in file.read_text()


@pytest.mark.slow
def test_diff_and_prune_say_the_same(homelab, lab, old):
    """The command diff names what would go and writes nothing; prune removes nothing that takes data along, not even with --yes."""
    before = manifests(old)
    diff = homelab("diff", lab, "--to", old, "--without-computed", "--json")
    assert (diff.code, manifests(old)) == (1, before)
    lost = {each["object"]: each["because"] for each in json.loads(diff.out)["lost"]}
    assert all(name.startswith("n8n-staging/") for name in lost)
    assert "Argo CD would delete data" in homelab("diff", lab, "--to", old, "--without-computed").out
    done = homelab("prune", lab, "--to", old, "--yes")
    assert done.code == 1
    assert "Argo CD would delete data" in done.out
    assert manifests(old).keys() == before.keys()
    assert homelab("prune", lab, "--to", old, "--yes", "--synced").code == 0
    assert DATABASES not in manifests(old)


@pytest.mark.slow
def test_a_repository_with_guards_needs_one_step(homelab, lab, tmp_path):
    """What this release wrote itself is guarded from the first day: an environment goes at once, and its data stays."""
    lab.write_text(WITH_STAGING)
    target = tmp_path / "out"
    homelab("render", lab, "--to", target, "--without-computed")
    lab.write_text(WITHOUT)
    done = homelab("render", lab, "--to", target, "--without-computed")
    assert done.code == 0
    assert "its data is no longer part of the lab" in done.out


def test_kubectl_takes_the_command_as_it_is_printed(homelab, lab, old, oracle):
    """The kind with its group, the namespace and the annotation are read by the real kubectl before it looks for a server."""
    (old / DATABASES).write_text((old / DATABASES).read_text() + "# mine\n")
    said = json.loads(homelab("render", lab, "--to", old, "--without-computed", "--json").out)
    program, *arguments = said["commands"][0].split()
    assert program == "kubectl"
    done = subprocess.run([oracle("kubectl"), "--server=http://127.0.0.1:1", *arguments], capture_output=True, text=True, check=False)  # fmt: skip
    assert "refused" in done.stderr


def test_a_name_in_a_command_to_paste_stays_one_word():
    """Whatever an object in a repository is called, the command that guards it runs nothing else."""
    body = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "a; reboot", "namespace": "$(id)"},
    }
    words = shlex.split(command(Resource(body, Origin("a.yaml", 0))))
    assert words[:6] == ["kubectl", "annotate", "--namespace", "$(id)", "PersistentVolumeClaim", "a; reboot"]


@pytest.mark.parametrize("text", ["", "{", "[]", "1", '{"objects": 1}', '{"objects": [1, null, "abcd", {}, ["a"]]}'])
def test_a_list_of_guards_of_another_shape_guards_nothing(text):
    """Half-written or made by somebody else: what is no list of objects waits for nothing, and ends no run."""
    assert waiting({layout.GUARDS: text}) == frozenset()
