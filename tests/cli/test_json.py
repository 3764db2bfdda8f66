"""--json: every output is what its published schema says."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from cli.reports import ASSESSMENT, HOSTILE
from homelab.cli.schema import OUTPUTS, published
from homelab.report import Assessment


def check_valid(name: str, data: object) -> None:
    jsonschema_rs.validator_for(published(name)).validate(data)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("assess", ("assess", "{lab}")),
        ("check", ("check", "{lab}")),
        ("uptime", ("uptime", "{lab}")),
        ("why", ("uptime", "{lab}", "--why", "lab")),
        ("unplug", ("uptime", "{lab}", "--unplug", "mini")),
        ("rates", ("uptime", "--rates")),
        ("roadmap", ("roadmap", "{lab}")),
        ("changes", ("render", "{lab}", "--to", "{out}")),
        ("changes", ("diff", "{lab}", "--to", "{out}")),
        ("prune", ("prune", "{lab}", "--to", "{out}")),
        ("secrets", ("secrets", "list", "{lab}")),
        ("explain", ("explain",)),
    ],
)
def test_outputs_are_what_their_schemas_say(homelab, lab, tmp_path, name, words):
    """The JSON of a command is one document that its published schema allows."""
    done = homelab(*(word.format(lab=lab, out=tmp_path / "out") for word in words), "--json")
    assert done.code in {0, 1}, done.err
    check_valid(name, json.loads(done.out))


def test_mistakes_are_what_their_schema_says(homelab, tmp_path):
    """The mistakes of a file have the published shape."""
    file = tmp_path / "homelab.yaml"
    file.write_text("homelab: v1\n")
    done = homelab("check", file, "--json")
    assert done.code == 2
    check_valid("check", json.loads(done.out))


@pytest.mark.parametrize("assessment", [ASSESSMENT, Assessment(()), Assessment((HOSTILE,))])
def test_every_kind_of_finding_is_what_its_schema_says(assessment):
    """Edits, patches, commands, unknowns, secrets and exceptions have the published shape, hostile names included."""
    check_valid("assess", assessment.json())


def test_schemas_refuse_what_is_not_published():
    """A name that the schema does not know is refused, so that a new one cannot slip out unpublished."""
    data = ASSESSMENT.json() | {"surprise": 1}
    assert not jsonschema_rs.validator_for(published("assess")).is_valid(data)


@pytest.mark.parametrize("name", ["homelab", *OUTPUTS])
def test_every_schema_is_one(homelab, name):
    """Each published schema is a valid JSON Schema, and printed whole."""
    done = homelab("schema", name)
    assert done.code == 0
    schema = json.loads(done.out)
    jsonschema_rs.meta.validate(schema)
    assert schema["title"]
