"""Change the lines of a change, one at a time, and name what no test holds: `make mutants`, or `python scripts/mutants.py [BASE]`.

Every changed line of `src/homelab` since BASE (by default origin/main, else the commit before) is mutated: a comparison turned round,
a constant changed, a `not` dropped, branches swapped, a statement left out. Of each mutant the tests of its room are run, those of
its own name first, then the quickest, as many as eight seconds hold; what runs much longer than they did loops, and is held.
The sources are mutated in a copy: the working tree stays as it is. A seed chooses where there are more than LIMIT.
Exit code 1 where a mutant lives. Standard library only.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

SECONDS = 8
LIMIT = 60
SOURCES = Path("src/homelab")
HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
ROW = re.compile(r"^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \|", re.MULTILINE)
"""A row of the table of rooms in AGENTS.md."""
PINNED = ("catalog", "render")
"""Rooms whose work the pinned examples show as well."""
TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
OTHERS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip


class Mutant(NamedTuple):
    """One change: file below the root, lines and columns (in bytes) it replaces, the new text, and what was done in words."""

    path: Path
    start: tuple[int, int]
    end: tuple[int, int]
    text: str
    what: str


def git(root: Path, *words: str) -> str:
    """What git says; empty where it refuses."""
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)  # noqa: S603, S607
    return done.stdout if done.returncode == 0 else ""


def changed(root: Path, base: str) -> dict[Path, set[int]]:
    """File to the numbers of its lines that differ from the base, in the working tree."""
    lines: dict[Path, set[int]] = {}
    for part in re.split(r"^diff --git ", git(root, "diff", "-U0", base, "--", str(SOURCES)), flags=re.MULTILINE)[1:]:
        name = re.search(r"^\+\+\+ b/(.+\.py)$", part, re.MULTILINE)
        for first, count in HUNK.findall(part) if name else ():
            numbers = range(int(first), int(first) + int(count or 1))
            lines.setdefault(Path(name[1]), set()).update(numbers)  # type: ignore[index]  # looked at above
    return lines


def mutants(path: Path, text: str, lines: set[int]) -> Iterator[Mutant]:
    """Every change of these lines, in the order of the file."""
    tree = ast.parse(text)
    said, source = set(_said(tree)), text.splitlines()
    for node in ast.walk(tree):
        if getattr(node, "lineno", 0) not in lines or node in said:
            continue
        if isinstance(node, ast.If) and source[node.lineno - 1].lstrip().startswith("elif"):
            continue  # it is a branch of the `if` above, which is turned round
        for new, what in _changes(node):
            start, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
            yield Mutant(path, start, end, new, what)


def _said(tree: ast.AST) -> Iterator[ast.AST]:
    """What changes nothing that runs: docstrings, annotations, texts that are put together."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield from (node, node.value)
        for field in ("annotation", "returns"):
            if inner := getattr(node, field, None):
                yield from ast.walk(inner)
        if isinstance(node, ast.JoinedStr):
            yield from (each for each in ast.walk(node) if each is not node)


def _changes(node: ast.AST) -> Iterator[tuple[str, str]]:
    """What a node may become: its new text, and the change in words."""
    match node:
        case ast.Compare(left, [op, *rest], values):
            turned = ast.Compare(left, [TURNED[type(op)](), *rest], values)
            yield f"({ast.unparse(turned)})", f"{type(op).__name__} became {TURNED[type(op)].__name__}"
        case ast.Constant(value):
            yield from _constants(value)
        case ast.UnaryOp(ast.Not(), operand):
            yield f"({ast.unparse(operand)})", "not was dropped"
        case ast.BoolOp(op, values):
            other = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield (
                f"({ast.unparse(ast.BoolOp(other, values))})",
                "and became or" if isinstance(op, ast.And) else "or became and",
            )
        case ast.BinOp(left, op, right) if type(op) in OTHERS:
            other_op = OTHERS[type(op)]
            yield (
                f"({ast.unparse(ast.BinOp(left, other_op(), right))})",
                f"{type(op).__name__} became {other_op.__name__}",
            )
        case ast.IfExp(test, body, orelse):
            yield f"({ast.unparse(ast.IfExp(test, orelse, body))})", "the branches were swapped"
        case ast.If(test):
            swapped = ast.If(ast.UnaryOp(ast.Not(), test), node.body, node.orelse)
            yield _indented(swapped, node), "the condition was turned round"
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            yield "pass", "the statement was left out"
        case ast.Return(value) if value is not None and not isinstance(value, ast.Constant):
            yield "return None", "None was returned"


def _indented(statement: ast.stmt, at: ast.If) -> str:
    """A statement of several lines, as it stands at its place."""
    lines = ast.unparse(ast.fix_missing_locations(statement)).splitlines()
    return f"\n{' ' * at.col_offset}".join(lines)


def _constants(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, bool):
        yield str(not value), f"{value} became {not value}"
    elif isinstance(value, int | float):
        yield f"({value + 1!r})", f"{value!r} became {value + 1!r}"
    elif isinstance(value, str) and value:
        yield f"({value + '~'!r})", f"{value!r} became {value + '~'!r}"


def mutated(text: str, mutant: Mutant) -> str:
    """The file with the change in it."""
    lines = text.encode().splitlines(keepends=True)
    (first, left), (last, right) = mutant.start, mutant.end
    head, tail = lines[first - 1][:left], lines[last - 1][right:]
    return b"".join([*lines[: first - 1], head, mutant.text.encode(), tail, *lines[last:]]).decode()


def rooms(root: Path) -> list[str]:
    """The rooms that AGENTS.md lists."""
    return re.findall(r"`([a-z_]+)`", " ".join(ROW.findall((root / "AGENTS.md").read_text(encoding="utf-8"))))


def tests_of(root: Path, path: Path) -> list[Path]:
    """The files of tests for a source: of its room, those of its own name first, and the pinned examples last."""
    inside = path.relative_to(SOURCES)
    room = inside.parts[0].removesuffix(".py")
    found: list[Path] = []
    if room in rooms(root):
        alone = root / "tests" / f"test_{room}.py"
        found = sorted((root / "tests" / room).rglob("test_*.py")) + ([alone] if alone.exists() else [])
    names = {f"test_{name}.py" for name in (inside.stem, inside.parent.name, room)}
    pinned = sorted((root / "tests/golden").glob("test_*.py")) if room in PINNED else []
    return [*sorted(found, key=lambda file: (file.name not in names, file)), *pinned]


def run(root: Path, sources: Path, tests: Sequence[Path], *more: str, seconds: int | None = None) -> int:
    """Pytest over files of tests with these sources: its exit code, or the negative number of the signal that ended it."""

    def bounded() -> None:
        if seconds:
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))

    argv = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not slow and not soak"]
    argv += ["-o", f"pythonpath={sources} tests", *more]
    environment = {**os.environ, "PYTHONPATH": str(sources), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(  # noqa: S603 - argv is written in this file
        [*argv, *map(str, tests)],
        cwd=root,
        env=environment,
        capture_output=True,
        check=False,
        preexec_fn=bounded,
    )
    return done.returncode


class Choice:
    """Which tests fit into the time: measured once for each room, with nothing changed."""

    def __init__(self, root: Path, sources: Path, seconds: int) -> None:
        """Nothing is measured yet."""
        self.root, self.sources, self.seconds = root, sources, seconds
        self.longest = float(seconds)

    @cache  # noqa: B019 - one of them lives as long as the program
    def _measured(self, tests: tuple[Path, ...]) -> dict[str, float]:
        with tempfile.NamedTemporaryFile(suffix=".xml") as report:
            code = run(self.root, self.sources, tests, f"--junitxml={report.name}", "-o", "junit_family=xunit1")
            if code not in {0, 5}:
                raise SystemExit(f"the tests fail before anything is changed: {' '.join(map(str, tests))}")
            times: dict[str, float] = {}
            for case in ET.parse(report.name).iter("testcase"):  # noqa: S314 - pytest has just written it
                name = str(case.get("file"))
                times[name] = times.get(name, 0.0) + float(case.get("time") or 0)
        return times

    def of(self, path: Path) -> list[Path]:
        """The tests for a source, in the order they are run: its own, then the quickest that still fit."""
        tests = tests_of(self.root, path)
        if not tests:
            return []
        times = self._measured(tuple(sorted(tests)))
        own = {f"test_{name}.py" for name in (path.stem, path.parent.name)}
        spent = {test: times.get(test.relative_to(self.root).as_posix(), 0.0) for test in tests}
        chosen: list[Path] = []
        for test in sorted(tests, key=lambda each: (each.name not in own, spent[each])):
            if not chosen or sum(spent[each] for each in (*chosen, test)) <= self.seconds:
                chosen.append(test)
        self.longest = max(self.longest, spent[chosen[0]])
        return chosen


def lives(choice: Choice, mutant: Mutant) -> bool:
    """Whether no test that fits into the time fails with the change; one that loops is held."""
    file = choice.sources.parent / mutant.path
    text = file.read_text(encoding="utf-8")
    tests = choice.of(mutant.path)
    if not tests:
        return True
    file.write_text(mutated(text, mutant), encoding="utf-8")
    try:
        code = run(choice.root, choice.sources, tests, seconds=round(choice.longest * 2) + 4)
    finally:
        file.write_text(text, encoding="utf-8")
    return code in {0, 5}  # no test failed, or there was none


def base_of(root: Path) -> str:
    """The commit that the change started from: where it left origin/main, or the commit before."""
    head, main = git(root, "rev-parse", "HEAD").strip(), git(root, "merge-base", "HEAD", "origin/main").strip()
    return main if main and main != head else "HEAD~1"


def main(words: Sequence[str]) -> int:
    """Mutate the change; 1 where something is not held."""
    asked = argparse.ArgumentParser(description="Name what no test holds of a change.")
    asked.add_argument("base", nargs="?", help="the commit it started from")
    asked.add_argument("--seed", type=int, default=1, help="which mutants, where there are more than LIMIT")
    asked.add_argument("--limit", type=int, default=LIMIT, help="how many at most")
    asked.add_argument("--seconds", type=int, default=SECONDS, help="of tests for each")
    given = asked.parse_args(words)
    root = Path.cwd()
    found = [
        mutant
        for path, lines in sorted(changed(root, given.base or base_of(root)).items())
        for mutant in mutants(path, (root / path).read_text(encoding="utf-8"), lines)
    ]
    if len(found) > given.limit:
        chosen = sorted(random.Random(given.seed).sample(range(len(found)), given.limit))  # noqa: S311 - nothing secret
        print(f"{len(found)} mutants, of which the seed {given.seed} chooses {given.limit}")
        found = [found[number] for number in chosen]
    alive = 0
    with tempfile.TemporaryDirectory() as folder:
        sources = Path(folder, "src")
        shutil.copytree(root / "src", sources)
        choice = Choice(root, sources, given.seconds)
        for mutant in found:
            if lives(choice, mutant):
                alive += 1
                print(f"{mutant.path}:{mutant.start[0]}: {mutant.what}, and no test fails", flush=True)
    print(f"{len(found)} mutants, {len(found) - alive} held, {alive} not")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
