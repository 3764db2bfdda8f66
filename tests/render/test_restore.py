"""docs/restore.md: each block can be typed, each object is valid, and a lab that is built anew takes its data from the last."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache

import pytest
import yaml

from homelab.catalog.resolve import resolve
from homelab.documents.read import load
from homelab.kube.schemas.validate import Schemas
from homelab.render import layout
from homelab.render.tree import render
from homelab.spec.load import loads
from render.test_newcomer import BLOCK, EXAMPLES, computer, text_of


@cache
def tree(example, **backup):
    raw = yaml.safe_load(text_of(example))
    raw["backup"] = {**raw.get("backup", {}), **backup}
    return render(resolve(loads(yaml.safe_dump(raw), "homelab.yaml")))


def page(example, **backup):
    return tree(example, **backup)[layout.RESTORE].text


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
def test_every_block_runs_in_order(example, oracle, tmp_path):
    """No block of the page is refused by a program that it calls, with the owner's copies at hand."""
    environment = computer(tmp_path, oracle("kubectl"))
    copies = tmp_path / "home" / "copies"
    copies.mkdir()
    for name in ("sealing.key", "sealing.crt"):
        (copies / name).write_text("copy")
    for path in tree(example):
        if path.startswith("tofu/"):
            (tmp_path / "lab" / path).parent.mkdir(parents=True, exist_ok=True)
    typed = "\n".join(BLOCK.findall(page(example)))
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", typed], cwd=tmp_path / "lab", env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    calls = [json.loads(line)[:3] for line in (tmp_path / "record").read_text().splitlines()]
    assert ["tofu", "state", "push"] in calls
    assert any(call[:2] == ["talosctl", "bootstrap"] for call in calls)
    assert (copies / "talos.tfstate").exists()


def applied(text):
    """The objects that a block hands to kubectl."""
    return [
        body
        for given in re.findall(r"<<'END'\n(.*?)^END$", text, re.MULTILINE | re.DOTALL)
        for body in load(given, "x")
    ]


@pytest.mark.parametrize(
    ("example", "store"), [("guide", "n8n-postgres-local"), ("enterprise", "n8n-postgres-offsite")]
)
def test_the_second_database_is_valid_and_writes_nowhere(example, store, test_data):
    """What is applied passes its schemas, reads the folder that the original writes, and archives nothing itself."""
    policy, cluster = applied(page(example))
    schemas = Schemas("1.35").with_folder(test_data / "schemas")
    assert [schemas.validate(body) for body in (policy, cluster)] == [[], []]
    (source,) = cluster["spec"]["externalClusters"]
    assert source["plugin"]["parameters"] == {"barmanObjectName": store, "serverName": "n8n-postgres"}
    assert "plugins" not in cluster["spec"]
    assert policy["spec"]["endpointSelector"]["matchLabels"] == {"cnpg.io/cluster": cluster["metadata"]["name"]}


def test_a_later_generation_is_restored_from_its_own_folder():
    """The page names the folder that this generation writes, and the number that comes next."""
    text = page("enterprise", generation=3)
    assert applied(text)[1]["spec"]["externalClusters"][0]["plugin"]["parameters"]["serverName"] == "n8n-postgres-3"
    assert "`backup.generation: 4`" in text


def test_databases_are_never_restored_as_objects():
    """Every restore by Velero leaves databases out, and overwrites nothing where it goes into the namespace itself."""
    lines = re.sub(r"\\\n\s*", " ", page("enterprise")).splitlines()
    restores = [line for line in lines if line.startswith("velero restore create")]
    assert len(restores) == 3
    assert all("--selector '!cnpg.io/cluster'" in line for line in restores)
    assert all("--namespace-mappings" in line or "--existing-resource-policy none" in line for line in restores)


def test_what_stays_at_zero_is_said():
    """After each step that leaves something at zero replicas the page says so."""
    assert page("enterprise").count("zero replicas") == 2


def test_a_lab_without_copies_says_so():
    """Without targets nothing is promised: no command of Velero, and no archive."""
    text = page("starter")
    assert "velero " not in text
    assert "No database of this lab is archived" in text


def policies(recover):
    backup = {"generation": 2, "recover": True} if recover else {}
    files = tree("enterprise", **backup)
    bodies = [b for path in files if path.startswith("kubernetes/sets/") for b in load(files[path].text, path)]
    return {b["metadata"]["name"]: b["spec"]["syncPolicy"] for b in bodies if b["kind"] == "Application"}


def test_applications_wait_for_their_volumes():
    """While a lab recovers, applications with data are synced by hand, and nothing else is; afterwards none is."""
    waiting = {name for name, policy in policies(recover=True).items() if "automated" not in policy}
    names = [f"n8n-{name}" for name in ("prod", "staging", "dev")]
    assert waiting == {*names, *(f"{name}-data" for name in names)}
    assert all("automated" in policy for policy in policies(recover=False).values())
