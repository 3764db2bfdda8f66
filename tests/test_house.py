"""The house keeps its own rules: sizes, names, empty doors, and nothing in its files that belongs to one machine."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections import Counter
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from conftest import REPOSITORY

SOURCE = REPOSITORY / "src" / "homelab"
NAMES_OF_NOTHING = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc", "lib"}
TABLES = {"table.py"}
HEAVY = ("pydantic", "rich", "numpy", "httpx", "yaml", "ruamel", "cryptography", "jsonschema_rs", "helm_python")
LONG_LINES = 500  # tables and data apart; see TABLES


def tracked() -> list[Path]:
    """Every file that git knows or would add; all files where this is no repository (an unpacked archive)."""
    argv = ["git", "-C", str(REPOSITORY), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        said = subprocess.run(argv, capture_output=True, check=True).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no git repository")
    return [file for name in said.split("\0") if name and (file := REPOSITORY / name).is_file()]


def modules(*folders: Path) -> list[Path]:
    return sorted(file for folder in folders for file in folder.rglob("*.py") if "__pycache__" not in file.parts)


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def functions(file: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(parsed(file)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def lines(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines())


def named(files) -> list[str]:
    return sorted(str(file.relative_to(REPOSITORY)) for file in files)


def test_files_can_be_read_in_one_sitting():
    """The median file has at most 120 lines, 95 % have at most 300, none more than 500."""
    sizes = {file: lines(file) for file in modules(SOURCE) if file.name not in TABLES and lines(file)}
    assert named(file for file, size in sizes.items() if size > LONG_LINES) == []
    assert statistics.median(sizes.values()) <= 120
    long = [file for file, size in sizes.items() if size > 300]
    assert len(long) <= 0.05 * len(sizes), named(long)


def test_functions_do_one_thing():
    """The median function has at most 10 lines, 95 % have at most 40, and none takes more than six parameters outside the commands."""
    sizes, wide = {}, []
    for file in modules(SOURCE):
        for function in functions(file):
            name = f"{file.relative_to(SOURCE)}:{function.lineno} {function.name}"
            sizes[name] = (function.end_lineno or function.lineno) - function.lineno + 1
            arguments = function.args
            taken = [
                a
                for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
                if a.arg not in {"self", "cls"}
            ]
            if len(taken) > 6 and "cli" not in file.parts:
                wide.append(name)
    assert wide == []
    assert statistics.median(sizes.values()) <= 10
    long = sorted(name for name, size in sizes.items() if size > 40)
    assert len(long) <= 0.05 * len(sizes), long


def imported(file: Path, known: set[str]) -> set[str]:
    """The modules of ours that a file imports anywhere: at its top, in functions, for types."""
    found = set()
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{each.name}" for each in node.names}
            found |= {each for each in inner if each in known} or {node.module} & known
        elif isinstance(node, ast.Import):
            found |= {each.name for each in node.names} & known
    return found


def test_no_two_files_import_each_other_in_a_circle():
    """No file imports, by any way and at any time, one that imports it: lazy imports and those for types count."""
    names = {file: ".".join(file.relative_to(SOURCE.parent).with_suffix("").parts) for file in modules(SOURCE)}
    known = {name.removesuffix(".__init__") for name in names.values()}
    graph = {name.removesuffix(".__init__"): imported(file, known) - {name} for file, name in names.items()}
    assert sum(map(len, graph.values())) > 500
    TopologicalSorter(graph).prepare()


def test_no_folder_is_crowded():
    """No folder holds more than thirty Python files: then it is time for rooms in the room."""
    folders = Counter(file.parent for file in modules(SOURCE, REPOSITORY / "tests", REPOSITORY / "scripts"))
    assert [str(folder.relative_to(REPOSITORY)) for folder, count in folders.items() if count > 30] == []


def test_no_room_is_named_after_nothing():
    """A module says what it is for; drawers for everything else do not exist."""
    assert (
        named(file for file in modules(SOURCE) if {file.stem, *file.relative_to(SOURCE).parts[:-1]} & NAMES_OF_NOTHING)
        == []
    )


def test_doors_are_empty():
    """A package's __init__ holds nothing, so that importing one module imports no other; the public face apart."""
    face = SOURCE / "__init__.py"
    assert (
        named(
            file for file in modules(SOURCE) if file.name == "__init__.py" and file != face and file.read_text().strip()
        )
        == []
    )


def test_every_module_says_what_it_is_for():
    """Each module begins with a docstring, in the package, the scripts and the tests."""
    files = [
        file for file in modules(SOURCE, REPOSITORY / "scripts", REPOSITORY / "tests") if file.name != "__init__.py"
    ]
    assert named(file for file in files if not ast.get_docstring(parsed(file))) == []


def test_every_test_promises_something():
    """Each test function has a docstring: one sentence that stays true however the test is written."""
    silent = []
    for file in modules(REPOSITORY / "tests"):
        tests = [
            function
            for function in functions(file)
            if function.name.startswith("test_") and file.name.startswith("test_")
        ]
        silent += [
            f"{file.relative_to(REPOSITORY)}:{test.lineno} {test.name}" for test in tests if not ast.get_docstring(test)
        ]
    assert silent == []


def test_every_test_can_fail():
    """No test is without an assertion: an assert, an expected error, or a helper that says what it asserts."""
    idle = []
    for file in modules(REPOSITORY / "tests"):
        for test in functions(file):
            words = ast.unparse(test)
            if (
                test.name.startswith("test_")
                and file.name.startswith("test_")
                and not re.search(r"\bassert|\.raises\(|\.fail\(|check_", words)
            ):
                idle.append(f"{file.relative_to(REPOSITORY)}:{test.lineno} {test.name}")
    assert idle == []


MACHINE = re.compile(
    r"(?<![\w.])/(?:work|root|home/(?!user\b|you\b)\w+|Users/\w+|opt/venv|tmp/(?:brief|bash))/[\w.]"
    r"|pypi\.org/simple|files\.pythonhosted|proxy\.golang|index-url|extra-index|registry\.npmjs|artifactory|nexus/repository",
    re.IGNORECASE,
)
RECORDS = SOURCE / "software" / "records" / "data"  # paths inside of containers, as charts write them
MAY_NAME = {"tests/test_house.py", "Makefile"}  # the rule itself, and the option that keeps addresses out


def test_no_file_belongs_to_one_machine():
    """No path of the machine it was written on and no address of a package registry is in any file."""
    guilty = []
    for file in tracked():
        if str(file.relative_to(REPOSITORY)) in MAY_NAME or RECORDS in file.parents:
            continue
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        guilty += [f"{file.relative_to(REPOSITORY)}: {found[0]}" for found in [MACHINE.search(text)] if found]
    assert guilty == []


def test_requirements_are_pinned_and_hashed():
    """Every package of every requirements file has one version and hashes, so that nobody else can supply it."""
    for file in sorted((REPOSITORY / "requirements").glob("*.txt")):
        blocks = re.split(
            r"\n(?=[A-Za-z])", "\n" + re.sub(r"^#.*\n", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        )[1:]
        assert blocks
        assert [
            block.split("\n")[0]
            for block in blocks
            if not re.match(r"[\w.\[\]-]+==[^\s;]+", block) or "--hash=sha256:" not in block
        ] == []


def test_help_loads_nothing_heavy():
    """`homelab --help` imports no reader, no model and no table drawer: it answers at once."""
    if not (SOURCE / "cli" / "main.py").is_file():
        pytest.skip("there is no command yet")
    script = "import sys\nfrom homelab.cli.main import main\nsys.argv = ['homelab', '--help']\ntry:\n    main()\nexcept SystemExit:\n    pass\n"
    script += f"print(sorted(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(SOURCE.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stderr
