"""What makes the produced repository a place to work in: read by the real programs that will read it."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from functools import cache

import jsonschema_rs
import pytest
import yaml

from conftest import REPOSITORY
from homelab.catalog.resolve import resolve
from homelab.render import layout
from homelab.render.guide.tools import ALWAYS, SOMETIMES
from homelab.render.tree import render
from homelab.spec.load import load, loads

EXAMPLES = ("starter", "guide", "two-boxes", "enterprise", "own-app")
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPEAKS = re.compile(r"homelab\.dev/|^# (components|apps|use)\.")
"""A line that is there for the tool and not for the lab: a label, an annotation, or the name of an option."""


@cache
def rendered(example):
    lab = load(str(REPOSITORY / "examples" / example / "homelab.yaml"))
    return render(resolve(lab)).texts()


def of_address(address):
    """The files of the smallest example with another address of its repository."""
    text = (REPOSITORY / "examples/starter/homelab.yaml").read_text(encoding="utf-8")
    raw = {**yaml.safe_load(text), "git": {"repository": address}}
    return render(resolve(loads(yaml.safe_dump(raw), "homelab.yaml"))).texts()


def recipes(just, text, tmp_path):
    """Name to script of the recipes, as the real just reads them."""
    (tmp_path / "justfile").write_text(text, encoding="utf-8")
    done = subprocess.run([just, "--dump", "--dump-format", "json"], cwd=tmp_path, capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["recipes"]
    return {
        name: "\n".join("".join(line) for line in recipe["body"])
        for name, recipe in found.items()
        if not name.startswith("_")
    }


@pytest.mark.parametrize("example", EXAMPLES)
def test_less_than_one_line_in_a_hundred_speaks_of_the_tool(example):
    """The repository is about the lab: an Application names the option that made it, and its folder says it once."""
    lines = [(path, line) for path, text in rendered(example).items() for line in text.splitlines()]
    tool = [line for path, line in lines if path.endswith(".yaml") and SPEAKS.search(line)]
    assert 0 < len(tool) < len(lines) / 100
    assert not [path for path, line in lines if "homelab.dev/" in line and not path.startswith(layout.SETS)]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_block_of_the_guide_is_a_recipe(example, oracle, tmp_path):
    """The real just reads as many recipes as the guide has named blocks, each with the block's own text; others ask for something."""
    texts = rendered(example)
    found = recipes(oracle("just"), texts[layout.JUSTFILE], tmp_path)
    blocks = [block.partition("\n") for block in BLOCK.findall(texts[layout.BUILD])]
    named = {head.removeprefix("# just "): body for head, _, body in blocks if head.startswith("# just ")}
    assert set(found) == {*named, "validate", "render"}
    assert len(named) > 15
    for name, body in named.items():
        assert found[name] == "#!/usr/bin/env bash\nset -euo pipefail\n" + body.rstrip("\n")
    for head, _, body in blocks:
        if not head.startswith("# just "):
            assert "export " in head or "…" in body or head == "# on one Proxmox host, as root", head


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_program_has_the_version_of_the_lab(example):
    """What is installed is what the pages name; Kubernetes' and Talos' programs are of the lab's own versions."""
    texts = rendered(example)
    found = tomllib.loads(texts[layout.PROGRAMS])["tools"]
    lab = load(str(REPOSITORY / "examples" / example / "homelab.yaml")).versions
    assert (found["kubectl"], found["talosctl"]) == (lab.kubernetes, lab.talos)
    pages = "\n".join(text for path, text in texts.items() if path.endswith(".md"))
    known = {"tofu" if name == "opentofu" else name for name in found if ":" not in name}
    assert known <= {*ALWAYS, *SOMETIMES, "talosctl", "cloudflared"}
    assert all(f"`{name}`" in pages for name in known)
    image = re.search(r"image: docker\.io/cloudflare/cloudflared:(\S+)", "\n".join(texts.values()))
    assert found.get("cloudflared") == (image[1] if image else None)


@pytest.mark.parametrize(("address", "path"), [
    ("https://github.com/me/lab.git", layout.GITHUB), ("git@git.example.org:me/lab.git", layout.GITHUB),
    ("https://codeberg.org/me/lab.git", layout.FORGEJO), ("ssh://git@forgejo.example.org:2222/me/lab.git", layout.FORGEJO),
    ("https://gitlab.com/me/lab.git", layout.GITLAB), ("git@gitlab.example.org:me/lab.git", layout.GITLAB),
])  # fmt: skip
def test_the_address_says_which_forge_validates(address, path):
    """One workflow, for the forge that the address names; GitHub's way, which others read too, where nobody can tell."""
    found = {layout.GITHUB, layout.FORGEJO, layout.GITLAB} & of_address(address).keys()
    assert found == {path}


@pytest.mark.parametrize("address", ["https://github.com/me/lab.git", "https://codeberg.org/me/lab.git"])
def test_actions_are_valid(address, oracle, tmp_path):
    """The real actionlint finds nothing in the workflow, and something in a misspelt one."""
    texts = of_address(address)
    text = next(texts[path] for path in (layout.GITHUB, layout.FORGEJO) if path in texts)
    text = text.replace("runs-on: docker", "runs-on: ubuntu-latest")  # a label that only runners of a Forgejo have
    file = tmp_path / "validate.yaml"
    for version, code in ((text, 0), (text.replace("runs-on", "run-on"), 1)):
        file.write_text(version, encoding="utf-8")
        done = subprocess.run([oracle("actionlint"), "-shellcheck=", file], capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout


def test_the_pipeline_of_gitlab_is_valid(gitlab_schema):
    """GitLab's own schema takes the pipeline, and refuses a misspelt one."""
    text = of_address("https://gitlab.com/me/lab.git")[layout.GITLAB]
    judge = jsonschema_rs.validator_for(gitlab_schema)
    assert judge.is_valid(yaml.safe_load(text))
    assert not judge.is_valid(yaml.safe_load(text.replace("script:", "scripts:")))


def test_ci_runs_what_the_recipe_runs():
    """`just validate` and each forge's workflow run the same commands, so that what holds here holds there."""
    for address in ("https://github.com/me/lab.git", "https://gitlab.com/me/lab.git"):
        texts = of_address(address)
        recipe = texts[layout.JUSTFILE].partition("\nvalidate:\n")[2].partition("\n\n")[0]
        commands = [line.strip() for line in recipe.splitlines() if line.strip().startswith("homelab ")]
        assert len(commands) == 2
        workflow = texts.get(layout.GITHUB) or texts[layout.GITLAB]
        assert all(command in workflow for command in commands)


def test_somebody_s_own_file_stays_theirs():
    """A .gitignore or justfile that was there before is not ours to render; the one beside the secrets always is."""
    plan = resolve(load(str(REPOSITORY / "examples/starter/homelab.yaml")))
    tree = render(plan, existing={".gitignore": "mine\n", "justfile": "mine:\n"})
    assert not {".gitignore", "justfile"} & tree.keys()
    assert ".mise.toml" in tree
    lines = tree[layout.IGNORED_STATE].text.splitlines()
    assert {"sealing.key", "kubeconfig", "talosconfig", "*.tfstate*", "*.iso", ".terraform/"} <= set(lines)


def test_no_licence_is_given_for_its_owner():
    """Who may copy the description of a house is not for a tool to say."""
    assert not [path for path in rendered("guide") if "LICEN" in path.upper()]
