"""Where programs are looked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from homelab.errors import ToolError
from homelab.tools import find


def program(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return file


def test_the_cache_comes_before_the_path(tmp_path):
    """A program that `make oracles` made wins over the one of the system, whose version nobody knows."""
    cached, ours = program(tmp_path / "cache" / "bin", "helm"), program(tmp_path / "bin", "helm")
    environ = {"HOMELAB_CACHE": str(tmp_path / "cache"), "PATH": str(tmp_path / "bin")}
    assert find.find("helm", environ) == cached
    cached.unlink()
    assert find.find("helm", environ) == ours


def test_a_path_is_taken_as_it_is(tmp_path):
    """A program named by its path is not looked for anywhere else."""
    file = program(tmp_path, "helm")
    assert find.find(str(file), {}) == file
    assert find.find(str(tmp_path / "kubectl"), {"PATH": str(tmp_path)}) is None


def test_the_cache_is_in_the_home_of_the_user(tmp_path):
    """Without HOMELAB_CACHE, the cache is where a user expects it."""
    assert find.cache({"HOME": str(tmp_path)}) == tmp_path / ".cache" / "homelab"
    assert find.cache({"HOMELAB_CACHE": "/x", "HOME": "/y"}) == Path("/x")


@pytest.mark.parametrize("name", sorted(find.HINTS))
def test_a_missing_program_says_how_to_get_it(name, tmp_path):
    """Every program we know has a hint, and an error that names where it was looked for."""
    with pytest.raises(ToolError, match=re.escape(f"{name} is not installed: it is neither in {tmp_path}")) as caught:
        find.require(name, {"HOMELAB_CACHE": str(tmp_path), "PATH": str(tmp_path)})
    assert name in str(caught.value.hint).lower() or name == "tofu"
