"""OpenTofu about HCL."""

from __future__ import annotations

import json

import pytest

from homelab.errors import Place, ToolError
from homelab.tools.fake import play, said
from homelab.tools.process import Programs
from homelab.tools.tofu import fmt_check, initialise, validate


def test_diagnostics_have_a_place():
    """What tofu finds comes with file, line and column where it knows them; its reminder of local providers is no finding."""
    diagnostics = [
        {"severity": "warning", "summary": "Provider development overrides are in effect"},
        {
            "severity": "error",
            "summary": "Unsupported argument",
            "detail": "Did you mean x?",
            "range": {"filename": "main.tf", "start": {"line": 3, "column": 5}},
        },
        {"severity": "warning", "summary": "Deprecated"},
    ]
    runner = play(
        said("tofu", "validate", "-json", "-no-color", stdout=json.dumps({"diagnostics": diagnostics}), code=1)
    )
    first, second = validate(runner, ".", config="/x")
    assert first.place == Place("main.tf", 3, 5)
    assert str(first) == "main.tf:3:5: Unsupported argument: Did you mean x?"
    assert str(second) == "Deprecated"
    assert runner.calls[0].env["TF_CLI_CONFIG_FILE"] == "/x"


@pytest.mark.slow
def test_real_tofu_names_the_files_it_would_change(oracle, tmp_path):
    """Formatted files are not named; others are, in all folders below; what is no HCL is an error."""
    oracle("tofu")
    (tmp_path / "below").mkdir()
    (tmp_path / "good.tf").write_text('locals {\n  a  = 1\n  bb = "2"\n}\n')
    (tmp_path / "below" / "bad.tf").write_text("locals {\na=1\n}\n")
    assert fmt_check(Programs(), tmp_path) == ("below/bad.tf",)
    (tmp_path / "none.tf").write_text("locals {\n")
    with pytest.raises(ToolError, match="tofu failed with code 2"):
        fmt_check(Programs(), tmp_path)


@pytest.mark.slow
def test_real_tofu_validates_a_module(oracle, tmp_path):
    """A module without providers of its own is valid or not, offline; the mistake has its place."""
    oracle("tofu")
    (tmp_path / "main.tf").write_text('resource "terraform_data" "a" {\n  input = 1\n}\n')
    initialise(Programs(), tmp_path)
    assert validate(Programs(), tmp_path) == ()
    (tmp_path / "main.tf").write_text('resource "terraform_data" "a" {\n  inptu = 1\n}\n')
    (mistake,) = validate(Programs(), tmp_path)
    assert (mistake.severity, mistake.place) == ("error", Place("main.tf", 2, 3))
    assert "inptu" in str(mistake)
