"""Every line of a check is reached by its own page: what no page shows, no test of a page holds."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from assess.pages import CHECKS, DAY, Page, inventory, load
from homelab.assess.check import Check
from homelab.assess.names import checks

TABLE = Path(__file__).with_name("unreached.txt")
"""Check and line, as written, that its page does not reach yet: none comes in by itself, and one that is reached goes out."""
REPIN = os.environ.get("HOMELAB_REPIN") == "1"


def unreached() -> set[tuple[str, str]]:
    rows = (line.partition("  ") for line in TABLE.read_text(encoding="utf-8").splitlines())
    return {(check, statement) for check, _, statement in rows}


def bodies(code: CodeType) -> Iterator[CodeType]:
    """The code of every function in a file."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from bodies(constant)


def statements(file: Path) -> set[int]:
    """The lines of functions on which something happens."""
    code = compile(file.read_text(encoding="utf-8"), str(file), "exec")
    return {line for body in bodies(code) for _, _, line in body.co_lines() if line and line != body.co_firstlineno}


def reached(check: Check, page: Page, file: Path) -> set[int]:
    """The lines of a check's file that its page's repositories execute."""
    lines: set[int] = set()

    def local(frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            lines.add(frame.f_lineno)
        return local

    def entered(frame: FrameType, _event: str, _argument: Any) -> Any:
        return local if frame.f_code.co_filename == str(file) else None

    repositories = [page.accused, page.fixed, page.variants.get("Left alone", {}), page.variants.get("Unknown", {})]
    found = [inventory(files) for files in repositories]
    before = sys.gettrace()
    sys.settrace(entered)
    try:
        for each in found:
            list(check(each, DAY))
    finally:
        sys.settrace(before)
    return lines


def missed(check: Check) -> set[tuple[str, str]]:
    file = Path(check.judge.__code__.co_filename)
    assert file.is_relative_to(CHECKS)
    text = file.read_text(encoding="utf-8").splitlines()
    return {(check.id, text[line - 1].strip()) for line in statements(file) - reached(check, load(check.page), file)}


@pytest.mark.slow
@pytest.mark.parametrize("check", checks(), ids=[check.id for check in checks()])
def test_a_page_reaches_every_line_of_its_check(check):
    """A line that no block of the page reaches stands in the table, and no other does; `HOMELAB_REPIN=1` takes reached ones out."""
    known, now = unreached(), missed(check)
    if REPIN:
        kept = {row for row in known if row[0] != check.id} | (now & known)
        TABLE.write_text("".join(f"{name}  {line}\n" for name, line in sorted(kept)), encoding="utf-8")
    assert {row for row in unreached() if row[0] == check.id} == now


def test_no_line_stands_in_the_table_for_a_check_that_there_is_not():
    """The table shrinks with what it is about."""
    assert {name for name, _ in unreached()} <= {check.id for check in checks()}
