"""A state that was left unencrypted, and the block of the upgrade page that encrypts it."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from conftest import REPOSITORY
from homelab.catalog.resolve import resolve
from homelab.render import layout
from homelab.render.tree import render
from homelab.spec.load import load

RESOURCE = 'resource "terraform_data" "identity" {\n  input = "the authority of the cluster"\n}\n'


@pytest.mark.slow
def test_an_unencrypted_state_is_read_once_more_and_written_encrypted(oracle, tmp_path):
    """OpenTofu refuses the former state, the page's block turns it into an encrypted one, and the rendered stack goes on with it."""
    tree = render(resolve(load(str(REPOSITORY / "examples/starter/homelab.yaml"))))
    (block,) = re.findall(r"```sh\n(for stack in .*?)\n```", tree[layout.UPGRADE].text, re.DOTALL)
    stack = tmp_path / layout.TALOS
    stack.mkdir(parents=True)
    (stack / "main.tf").write_text(RESOURCE)
    path = f"{oracle('tofu').parent}:{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(tmp_path), "TF_VAR_state_passphrase": "sixteen letters and more"}

    def run(*argv: str, code: int = 0) -> str:
        done = subprocess.run(
            argv, cwd=stack, env=environment, input="yes\n", capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    run("tofu", "init", "-no-color")
    run("tofu", "apply", "-no-color")
    state = stack / "terraform.tfstate"
    assert "the authority" in state.read_text()
    (stack / "encryption.tf").write_text(tree[f"{layout.TALOS}/encryption.tf"].text)
    assert "unencrypted payload" in run("tofu", "plan", "-no-color", code=1)
    for argv in (("init", "--quiet"), ("add", "tofu/talos/encryption.tf"), ("-c", "user.name=n", "-c", "user.email=n@example.org", "commit", "--quiet", "-m", "x")):  # fmt: skip
        run("git", "-C", str(tmp_path), *argv)
    typed = block.replace(f" {layout.BOOTSTRAP}", "")
    done = subprocess.run(["bash", "-e", "-c", typed], cwd=tmp_path, env=environment, input="yes\n", capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "the authority" not in state.read_text()
    assert "No changes" in run("tofu", "plan", "-no-color")
