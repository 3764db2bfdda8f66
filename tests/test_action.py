"""The GitHub Action and the pre-commit hooks do what they say: their own commands are run on a small repository."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from conftest import REPOSITORY
from homelab.tools.git import publish
from homelab.tools.process import Programs

ACTION = yaml.safe_load((REPOSITORY / "action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
POD = "{apiVersion: v1, kind: Pod, metadata: {name: %s}, spec: {containers: [{name: a, image: 'a:%s'}]}}\n"


@pytest.fixture
def shell(tmp_path):
    """Run words of bash where `homelab` is this one, and the network is not there."""
    program = tmp_path / "bin" / "homelab"
    program.parent.mkdir()
    start = "import sys; from homelab.cli.main import main; sys.exit(main())"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{start}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)

    def run(words: str, folder: Path, **env: str) -> int:
        environ = {
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(REPOSITORY / "src"),
            "HOME": str(tmp_path),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        }
        argv = ["bash", "-e", "-o", "pipefail", "-c", words]
        return subprocess.run(
            argv, cwd=folder, env=environ | env, check=False, capture_output=True, timeout=120
        ).returncode

    return run


def step(name: str) -> str:
    (found,) = (each["run"] for each in ACTION["runs"]["steps"] if each.get("name") == name)
    return str(found)


def test_every_input_is_used_and_told():
    """No input without a sentence, none that no step reads, and no step that reads another; none goes into a shell unquoted."""
    text = (REPOSITORY / "action.yml").read_text(encoding="utf-8")
    for name, entry in ACTION["inputs"].items():
        assert entry["description"].endswith(".") or "baseline" in entry["description"]
        assert f"inputs.{name}" in text
    assert all("${{" not in each.get("run", "") for each in ACTION["runs"]["steps"])


@pytest.mark.slow
@pytest.mark.parametrize(("level", "code"), [("medium", 1), ("high", 0)])
def test_the_action_judges(shell, tmp_path, level, code):
    """It fails at the level, and leaves SARIF and a summary behind either way."""
    (tmp_path / "pod.yaml").write_text(POD % ("a", "latest"), encoding="utf-8")
    assert shell(step("Judge"), tmp_path, WHERE=".", LEVEL=level, BASELINE="", SARIF="found.sarif") == code
    assert '"ruleId": "image-tag-floating"' in (tmp_path / "found.sarif").read_text(encoding="utf-8")
    assert "image-tag-floating" in (tmp_path / "summary.md").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(("most", "code"), [("", 0), ("1", 0), ("0", 1)])
def test_the_action_says_what_a_pull_request_means(shell, tmp_path, most, code):
    """The summary has it, and more deletions than may be fail."""
    folder = tmp_path / "lab"
    publish(Programs(), folder, {"a.yaml": POD % ("a", "1"), "b.yaml": POD % ("b", "1")}, "1", "main")
    publish(Programs(), folder, {"a.yaml": POD % ("a", "2")}, "2", "main")
    assert shell(step("What the pull request means"), folder, WHERE=".", BASE="main~1", MOST=most) == code
    assert "0 added, 1 changed, 1 no longer declared" in (tmp_path / "summary.md").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("hook", HOOKS, ids=[each["id"] for each in HOOKS])
def test_hooks_run(shell, tmp_path, hook):
    """Each hook's command is one that there is: what is grave fails, the rest does not."""
    (tmp_path / "pod.yaml").write_text(POD % ("a", "latest"), encoding="utf-8")
    (tmp_path / "homelab.yaml").write_text("homelab: v2\n", encoding="utf-8")
    words = [
        *shlex.split(hook["entry"]),
        *hook.get("args", []),
        *(["homelab.yaml"] if hook.get("pass_filenames", True) else []),
    ]
    assert shell(shlex.join(words), tmp_path) == {"homelab-assess": 0, "homelab-check": 2}[hook["id"]]
