"""What is generated from the model is true: the sample says every option, editors accept what homelab accepts."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import jsonschema_rs
import pytest

from homelab.documents.read import load
from homelab.spec.homelab import Homelab
from homelab.spec.load import loads

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
reference = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reference)
GOOD = [*sorted((ROOT / "examples").glob("*/homelab.yaml")), *sorted((ROOT / "tests/spec/valid").glob("s*.yaml"))]


@pytest.fixture(scope="module")
def validator():
    return jsonschema_rs.validator_for(json.loads(reference.schema()))


@pytest.mark.slow
@pytest.mark.parametrize("path", reference.FILES)
def test_generated_files_are_fresh(path):
    """What stands in the repository is what the model says; `make docs` writes it anew."""
    assert (ROOT / path).read_text() == reference.FILES[path]()


def test_sample_is_a_lab():
    """The sample as it is can be built."""
    assert loads(reference.sample()).name == "homelab"


def test_sample_says_the_defaults():
    """Taking the comment off every option (but examples of entries) changes nothing in the lab."""
    text = reference.sample()
    plain = loads(text)
    uncommented = re.sub(r"^( *)# ", r"\1", text, flags=re.MULTILINE)
    every = loads(uncommented)
    examples = {"hosts", "nodes", "backup", "alerts", "accept", "rates", "components", "apps"}
    for name in set(Homelab.model_fields) - examples:
        assert getattr(every, name) == getattr(plain, name), name
    assert every.backup.weekly == plain.backup.weekly
    assert every.nodes["ctrl-0"].host == "pve-1"


def test_sample_names_every_option():
    """No option of the top level is missing."""
    assert all(re.search(rf"^(# )?{name}:", reference.sample(), re.MULTILINE) for name in Homelab.model_fields)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.parent.name + "/" + path.stem)
def test_editors_accept_what_homelab_accepts(validator, path):
    """The JSON Schema underlines nothing in a good file, components that are still to come apart."""
    data = load(path.read_text(), path.name)[0]
    data.pop("components", None)
    data.pop("apps", None)
    assert [error.message for error in validator.iter_errors(data)] == []


@pytest.mark.parametrize("name", ["key-unknown", "role-unknown", "format-unknown", "list-expected", "key-missing"])
def test_editors_underline_what_types_can_say(validator, name):
    """The JSON Schema finds unknown keys, wrong words and missing options."""
    data = load((ROOT / f"tests/spec/invalid/{name}.yaml").read_text(), name)[0]
    assert list(validator.iter_errors(data))


def test_check_says_what_is_stale(tmp_path, monkeypatch, capsys):
    """`--check` names stale files and ends with 1; writing them mends it."""
    monkeypatch.setattr(reference, "ROOT", tmp_path)
    monkeypatch.setattr(reference, "FILES", {"docs/a.md": lambda: "a\n"})
    assert reference.main(["--check"]) == 1
    assert "docs/a.md is stale" in capsys.readouterr().out
    assert reference.main([]) == 0
    assert reference.main(["--check"]) == 0
