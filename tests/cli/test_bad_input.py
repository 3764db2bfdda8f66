"""Bad input: whatever is given, one sentence with the place, exit 2, no traceback, nothing written."""

from __future__ import annotations

import os

import pytest

from cli.conftest import LAB

WRONG = {
    "empty": b"",
    "truncated": LAB.encode()[:-40],
    "binary": bytes(range(256)) * 4,
    "nul": b"homelab: v1\x00\n",
    "not-utf8": b"name: \xff\xfe\n",
    "ten-megabytes": b"# " + b"x" * 10_000_000,
    "cyclic-alias": b"homelab: &a\n  - *a\n",
    "billion-laughs": b"a: &a [x, x]\n"
    + b"".join(b"%c: &%c [*%c, *%c]\n" % (c, c, c - 1, c - 1) for c in range(98, 122)),
    "duplicate-key": LAB.encode() + b"name: other\n",
    "list": b"- a\n- b\n",
    "scalar": b"hello\n",
    "two-documents": LAB.encode() + b"---\na: 1\n",
    "wrong-types": b"homelab: v1\nname: [1]\nnetwork: 5\nnodes: yes\n",
    "deep": b"a: " + b"[" * 5000 + b"]" * 5000,
    "hostile-name": LAB.replace("name: small", 'name: "../x"').encode(),
    "newline-name": LAB.replace("name: small", 'name: "a\\nb"').encode(),
    "quote-name": LAB.replace("name: small", 'name: "x\';$(id)"').encode(),
    "tag": b"homelab: !!python/object/apply:os.system ['true']\n",
    "tabs": b"homelab: v1\n\tname: x\n",
}


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("command", ["check", "render", "uptime"])
def test_bad_files_are_one_sentence(homelab, tmp_path, kind, command):
    """A bad homelab.yaml gives sentences that begin with its place, exit 2, and nothing is written."""
    file = tmp_path / "homelab.yaml"
    file.write_bytes(WRONG[kind])
    target = tmp_path / "out"
    done = homelab(command, file, *(["--to", target] if command == "render" else []))
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith(str(file))
    assert "Traceback" not in done.err
    assert "fault of homelab" not in done.err
    assert len(done.err) < 4000
    assert not target.exists()


@pytest.mark.parametrize("kind", ["empty", "binary", "cyclic-alias"])
def test_bad_standard_input_is_one_sentence(homelab, kind):
    """Standard input is judged like a file and called <stdin>."""
    done = homelab("check", "-", stdin=WRONG[kind])
    assert done.code == 2
    assert done.err.startswith("<stdin>")


@pytest.mark.parametrize("command", ["check", "render", "uptime", "roadmap", "diff", "prune", "assess"])
def test_a_file_that_is_not_there_is_one_sentence(homelab, tmp_path, command):
    """A missing file is named, and the first step is offered."""
    file = tmp_path / "nowhere.yaml"
    done = homelab(command, file, *(["--to", tmp_path] if command in {"render", "diff", "prune"} else []))
    assert done.code == 2
    assert str(file) in done.err
    assert "Traceback" not in done.err


def test_a_folder_instead_of_a_file_is_one_sentence(homelab, tmp_path):
    """A folder where a file is expected is told, with what may be meant."""
    done = homelab("check", tmp_path)
    assert done.code == 2
    assert done.err.startswith(f"{tmp_path}: is a folder, expected a homelab.yaml")


def test_an_unreadable_file_is_one_sentence(homelab, tmp_path):
    """A file without permission is told (root may read everything, so a folder in the way stands in for it)."""
    file = tmp_path / "homelab.yaml"
    file.write_text(LAB)
    file.chmod(0)
    if os.access(file, os.R_OK):
        file = file / "below"
    done = homelab("check", file)
    assert done.code == 2
    assert str(file) in done.err


def test_an_empty_folder_is_not_judged_as_good(homelab, tmp_path):
    """A folder with nothing to judge never passes in silence."""
    done = homelab("uptime", tmp_path)
    assert done.code == 2
    assert "no nodes are declared" in done.err


@pytest.mark.parametrize("where", ["file", "below-file", "link"])
def test_output_that_cannot_be_written_is_one_sentence(homelab, lab, tmp_path, where):
    """A target that is a file, lies below a file or is reached by a link that leads out is told; nothing is written."""
    outside = tmp_path / "outside"
    outside.mkdir()
    if where == "link":
        target = tmp_path / "out"
        target.mkdir()
        (target / "kubernetes").symlink_to(outside)
    else:
        (tmp_path / "plain").write_text("x")
        target = tmp_path / "plain" / ("x" if where == "below-file" else "")
    done = homelab("render", lab, "--to", target)
    assert done.code == 2
    assert "Traceback" not in done.err
    assert "fault of homelab" not in done.err
    assert list(outside.iterdir()) == []


def test_all_mistakes_at_once_as_text_and_json(homelab, tmp_path):
    """Every mistake, of the file and of the components it chooses, is told in one run, each with its line."""
    import json

    file = tmp_path / "homelab.yaml"
    file.write_text(LAB + "profile: large\ncomponents: {cilum: {}}\napps: {nothing: {}}\n")
    told = homelab("check", file)
    assert told.code == 2
    assert told.err.count(f"{file}:") == 3
    found = json.loads(homelab("check", file, "--json").out)
    assert [m["line"] for m in found["mistakes"]] == [7, 8, 9]
    assert found["assessment"] is None
