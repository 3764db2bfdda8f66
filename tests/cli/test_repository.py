"""render, diff and prune: what is written, what stays, what is removed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cli.conftest import LAB

WITH_MAC = LAB.replace("cpu:", "mac: aa:bb:cc:00:11:22, cpu:")


@pytest.fixture
def rendered(homelab, lab, tmp_path) -> Path:
    """The repository of the small lab, written once."""
    target = tmp_path / "out"
    assert homelab("render", lab, "--to", target).code == 0
    return target


def texts(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.slow
def test_render_says_what_it_wrote(homelab, lab, tmp_path):
    """A first render writes the root and says how many files; the folder is made."""
    target = tmp_path / "deep" / "out"
    done = homelab("render", lab, "--to", target)
    assert done.code == 0
    assert (target / "kubernetes/sets/root-applicationset.yaml").is_file()
    count = len(texts(target)) - 1  # the hashes are not counted
    assert done.out.startswith(f"{count} files written to {target}, 0 unchanged\n")


@pytest.mark.slow
def test_a_second_render_changes_nothing(homelab, lab, rendered):
    """Rendering again writes nothing, and no byte differs, also after adding a comment."""
    before = texts(rendered)
    lab.write_text("# a comment\n" + lab.read_text())
    done = homelab("render", lab, "--to", rendered)
    assert done.out.startswith("no files written")
    assert texts(rendered) == before
    assert homelab("diff", lab, "--to", rendered).code == 0


@pytest.mark.slow
def test_hand_edits_stay_and_are_named(homelab, lab, rendered):
    """A file that a person edited is not overwritten, and render says so."""
    file = rendered / "kubernetes/sets/root-applicationset.yaml"
    file.write_text(file.read_text() + "# mine\n")
    done = homelab("render", lab, "--to", rendered)
    assert done.code == 0
    assert "1 file edited by hand, left as it is:\n  kubernetes/sets/root-applicationset.yaml" in done.out
    assert file.read_text().endswith("# mine\n")
    found = json.loads(homelab("render", lab, "--to", rendered, "--json").out)
    assert found["edited"] == ["kubernetes/sets/root-applicationset.yaml"]


@pytest.mark.slow
def test_diff_shows_a_patch_and_exits_1(homelab, lab, rendered):
    """A changed lab differs: the patch has the new value, nothing is written, and the exit code is 1."""
    before = texts(rendered)
    lab.write_text(lab.read_text().replace("192.168.1.220", "192.168.1.219"))
    done = homelab("diff", lab, "--to", rendered)
    assert done.code == 1
    assert "192.168.1.219" in done.out
    assert "\n+++ b/kubernetes/" in done.out
    names = homelab("diff", lab, "--to", rendered, "--names")
    assert all(line.startswith("~ ") for line in names.out.splitlines())
    assert texts(rendered) == before


@pytest.mark.slow
def test_prune_removes_only_what_is_owned_and_untouched(homelab, lab, rendered):
    """Files no longer rendered are listed, and with --yes removed; a person's files and edits stay."""
    mine = rendered / "kubernetes" / "mine.yaml"
    mine.write_text("a: 1\n")
    lab.write_text(lab.read_text() + "practices: {network_policies: off}\n")
    homelab("render", lab, "--to", rendered)
    listed = homelab("prune", lab, "--to", rendered)
    assert listed.code == 1
    orphans = [line.strip() for line in listed.out.splitlines() if line.startswith("  ")]
    assert orphans
    edited = rendered / orphans[0]
    edited.write_text(edited.read_text() + "# mine\n")
    said = homelab("render", lab, "--to", rendered).out
    assert f"{len(orphans) - 1} files no longer part of the lab (homelab prune removes them)" in said
    assert f"1 file no longer part of the lab and edited by hand: remove it yourself:\n  {orphans[0]}\n" in said
    done = homelab("prune", lab, "--to", rendered, "--yes")
    assert done.code == 0
    assert f"{len(orphans) - 1} files removed" in done.out
    assert f"{orphans[0]} was edited by hand" in done.err
    assert edited.exists()
    assert mine.exists()
    assert not any((rendered / orphan).exists() for orphan in orphans[1:])


@pytest.mark.slow
def test_prune_of_a_clean_repository_says_so(homelab, lab, rendered):
    """Where everything is rendered there is nothing to remove."""
    done = homelab("prune", lab, "--to", rendered)
    assert (done.code, done.out) == (0, "there is nothing to remove\n")


@pytest.mark.slow
def test_the_place_must_be_said_unless_it_is_known(homelab, lab, tmp_path):
    """Beside a file that lies in no repository, --to is needed; in one, it is not."""
    done = homelab("render", lab)
    assert done.code == 2
    assert f"--to {tmp_path / 'repository'}" in done.err
    (tmp_path / ".git").mkdir()
    assert homelab("render", lab).code == 0
    assert (tmp_path / ".homelab/owned.json").is_file()


@pytest.mark.slow
def test_judging_the_repository_equals_judging_the_file(homelab, lab, rendered):
    """Assess and uptime give the same findings and figures for the written repository as for the file."""
    file, folder = (json.loads(homelab("assess", where, "--json").out) for where in (lab, rendered))
    key = ("check", "severity", "subject", "message")
    assert [[f[k] for k in key] for f in file["findings"]] == [[f[k] for k in key] for f in folder["findings"]]
    assert file["objects"] == folder["objects"]
    one, other = (json.loads(homelab("uptime", where, "--json").out) for where in (lab, rendered))
    assert one["lab"]["lan"] == other["lab"]["lan"]
    assert [s["name"] for s in one["services"]] == [s["name"] for s in other["services"]]


@pytest.mark.slow
def test_check_and_render_say_the_steps(homelab, tmp_path):
    """Beside a rendered repository, check has the finding with its line, and render says it on the way."""
    file = tmp_path / "homelab.yaml"
    file.write_text(WITH_MAC + "versions: {talos: 1.10.6, kubernetes: 1.33.2}\n")
    assert homelab("render", file, "--to", tmp_path, "--without-computed").code == 0
    file.write_text(WITH_MAC + "versions: {talos: 1.13.9, kubernetes: 1.33.2}\n")
    done = homelab("check", file)
    assert done.code == 1
    assert "version-step-too-large" in done.out
    assert "homelab.yaml:7:12 versions.talos" in done.out
    assert "Talos 1.11, 1.12, 1.13" in homelab("render", file, "--to", tmp_path, "--without-computed").err


def test_what_ci_asks_takes_a_bump_and_refuses_what_is_not_rendered(homelab, lab, tmp_path):
    """The workflow's command passes on a merged chart version though pages name another, and fails on a version that was only asked for."""
    out = tmp_path / "out"
    assert homelab("render", lab, "--to", out, "--without-computed").code == 0
    sets = out / "kubernetes/sets/infrastructure/cilium.yaml"
    pin = re.search(r"targetRevision: (\d+\.\d+\.)(\d+)", sets.read_text())
    assert pin is not None
    sets.write_text(sets.read_text().replace(pin[0], f"targetRevision: {pin[1]}{int(pin[2]) + 1}"))
    asked = ("diff", "--names", "--offline", lab, "--to", out)
    assert homelab(*asked, "--without-computed").out == "~ docs/build.md\n~ justfile\n"
    assert homelab(*asked, "--without-pages").code == 0
    lab.write_text(lab.read_text() + "versions: {talos: 1.13.10}\n")
    done = homelab(*asked, "--without-pages")
    assert (done.code, "~ tofu/talos/homelab.auto.tfvars.json\n" in done.out) == (1, True)
    assert f"homelab render {lab} --to {out} writes what has no !" in done.err
    assert "docs/" not in done.out
