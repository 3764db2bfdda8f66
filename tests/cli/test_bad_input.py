"""Bad input: whatever is given, one sentence with the place, exit 2, no traceback, nothing written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.conftest import LAB

SOURCE = Path(__file__).parents[2] / "src"

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


@pytest.mark.parametrize("command", ["check", "assess", "render", "uptime", "roadmap"])
def test_a_pipe_instead_of_a_file_does_not_wait(homelab, tmp_path, command):
    """A pipe into which nobody writes is told, not waited for."""
    os.mkfifo(tmp_path / "pipe")
    done = homelab(command, tmp_path / "pipe", *(["--to", tmp_path / "out"] if command == "render" else []))
    assert done.code == 2
    assert done.err == f"{tmp_path / 'pipe'}: cannot be read: a pipe stands there, and a file is expected\n"


@pytest.mark.slow
def test_a_pipe_of_the_shell_is_read(lab):
    """What another command writes into `<(…)` is read as a file is."""
    script = "import sys; from homelab.cli.main import main; sys.argv = ['homelab', *sys.argv[1:]]; main()"
    shell = f'{sys.executable} -c "{script}" check --offline --fail-on never <(sleep 0.3; cat {lab})'
    environment = {"PYTHONPATH": str(SOURCE), "PATH": os.environ["PATH"]}
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "judged" in done.stdout


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1.5e+308", "1e400", "-1.5e+308", ".inf", "0x" + "f" * 300])
@pytest.mark.parametrize("where", ["nodes: {mini: {role: control-plane, address: 192.168.1.10, cpu: %s, memory: 32Gi, disk: 500GB}}", "goals: {lan: %s}", "components: {argo-cd: {server_replicas: %s}}", "rates: {host: {mttf: %s, reason: x}}"])  # fmt: skip
def test_numbers_that_nothing_holds_are_one_sentence(homelab, tmp_path, where, number):
    """A number beyond what a machine can count is a mistake with its place, wherever it stands."""
    file = tmp_path / "homelab.yaml"
    text = LAB.partition("nodes:\n")[0] if where.startswith("nodes") else LAB
    file.write_text(text + where % number + "\n")
    done = homelab("check", file, "--offline")
    assert done.code == 2
    assert all(line.startswith((f"{file}:", "  hint: ")) for line in done.err.splitlines())
    assert max(map(len, done.err.splitlines())) < 700


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1.5e+308", ".inf", "-1"])
def test_numbers_of_a_stranger_end_no_run(homelab, tmp_path, number):
    """A number that no cluster holds is named in somebody's repository, and the rest is judged."""
    (tmp_path / "a.yaml").write_text(
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a, namespace: b}}\nspec: {{replicas: {number}, template: "
        f"{{spec: {{terminationGracePeriodSeconds: {number}, containers: [{{name: c, image: i, resources: {{requests: {{cpu: {number}}}}}}}]}}}}}}\n"
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: b}\n"
        f"spec: {{ports: [{{port: {number}}}], selector: {{a: b}}}}\n"
    )
    (tmp_path / "good.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: b}\n")
    done = homelab("assess", tmp_path, "--offline", "--fail-on", "never", "--format", "json")
    assert done.code == 0
    assert "fault of homelab" not in done.err


def test_closed_streams_are_no_fault():
    """A process without standard input, output or error does its work."""
    script = "import sys; from homelab.cli.main import main; sys.argv = ['homelab', *sys.argv[1:]]; main()"
    environment = {"PYTHONPATH": str(SOURCE), "PATH": os.environ["PATH"]}
    shell = f'exec {sys.executable} -c "{script}" version'
    for closed, code in ((">&-", 0), ("<&-", 0), ("2>&-", 0), (">&- 2>&- <&-", 0)):
        done = subprocess.run(["bash", "-c", f"{shell} {closed}"], capture_output=True, check=False, env=environment)
        assert (done.returncode, done.stderr) == (code, b""), closed


def test_an_empty_folder_is_not_judged_as_good(homelab, tmp_path):
    """A folder with nothing to judge never passes in silence."""
    done = homelab("uptime", tmp_path)
    assert done.code == 2
    assert "no nodes are declared" in done.err


@pytest.mark.slow
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
