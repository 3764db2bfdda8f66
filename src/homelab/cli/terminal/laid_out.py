"""Laid out: tables, trees and long lines for the width of a terminal, by rich; without a width each line stays whole.

Texts come in cleaned, with the styles of the console; cells are measured as terminals show them, wide characters too.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console as Page
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

UNBOUNDED = 1 << 20
"""Columns of a page that nobody looks at: whatever is written fits."""
GAP = 2
"""Columns between two columns of a table."""
NARROWEST = 16
"""Columns that a sentence needs in a table, and never less than its longest word; else each row becomes a paragraph."""
HANGING = 2
"""Columns by which what is left of a long line is indented further than its beginning."""
BETWEEN = " · "
"""Between the cells of a row that became a paragraph."""


def table(rows: Sequence[Sequence[str]], head: Sequence[str], aligns: str, width: int | None) -> list[str]:
    """Rows in columns that fit into the width, or a paragraph each where they cannot.

    Args:
        rows: cells; a row may be shorter than others.
        head: what the columns are called; empty where they have no names.
        aligns: `<` or `>` for each column; a column to the right holds figures, which are never broken.
        width: columns of the terminal; None where lines stay whole.
    """
    count = max((len(row) for row in (head, *rows)), default=0)
    cells = [[Text.from_ansi(cell) for cell in (*row, *[""] * (count - len(row)))] for row in rows]
    names = [Text.from_ansi(name) for name in (*head, *[""] * (count - len(head)))]
    every = [*([names] if head else []), *cells]
    widths = [max(row[number].cell_len for row in every) for number in range(count)] if every else []
    figures = [aligns[number : number + 1] == ">" for number in range(count)]
    words = [max((_longest_word(row[number]) for row in every), default=0) for number in range(count)]
    least = [
        wide if figure else max(min(wide, NARROWEST), word)
        for wide, word, figure in zip(widths, words, figures, strict=True)
    ]
    if width is not None and sum(least) + GAP * (count - 1) > width:
        return _paragraphs(cells, names, width)
    if not every:
        return []
    made = Table(box=None, show_header=bool(head), header_style="", pad_edge=False, padding=(0, GAP, 0, 0))
    for name, figure, narrowest in zip(names, figures, least, strict=True):
        made.add_column(
            name, justify="right" if figure else "left", no_wrap=figure, overflow="fold", min_width=narrowest
        )
    for row in cells:
        made.add_row(*row)
    return _lines(made, width)


def _longest_word(text: Text) -> int:
    """Columns of the longest word: a name or a path that is broken cannot be copied."""
    return max(map(cell_len, text.plain.split()), default=0)


def _paragraphs(rows: Sequence[Sequence[Text]], names: Sequence[Text], width: int) -> list[str]:
    """Each row as its first cell, and below it the others with the names of their columns; one without a name joins the one before."""
    found = _lines(names[0], width) if names[0] else []
    for row in rows:
        items: list[Text] = []
        for name, cell in zip(names[1:], row[1:], strict=True):
            if name and cell:
                items.append(Text(f"{name.plain} ") + cell)
            elif cell and items and any(names):
                items[-1] = items[-1] + Text(" ") + cell
            elif cell:
                items.append(cell)
        found += _lines(row[0], width)
        hanging = " " * (len(row[0].plain) - len(row[0].plain.lstrip(" ")) + HANGING)
        found += [hanging + each for line in _flowed(items, width - len(hanging)) for each in _lines(line, None)]
    return found


def _flowed(items: Sequence[Text], width: int) -> Iterator[Text]:
    """Items beside each other while they fit; one that is longer than a line is broken at its spaces."""
    line = Text()
    for item in items:
        if line and line.cell_len + len(BETWEEN) + item.cell_len <= width:
            line = line + Text(BETWEEN) + item
            continue
        if line:
            yield from _broken(line, width)
        line = item
    yield from _broken(line, width)


def _broken(text: Text, width: int) -> Iterator[Text]:
    """Text in lines of a width, broken at spaces; a word that is longer has a line of its own and stays whole, to be copied."""
    starts, used = list[int](), 0
    for word in re.finditer(r"\S+\s*", text.plain):
        if used and used + cell_len(word[0].rstrip()) > width:
            starts.append(word.start())
            used = 0
        used += cell_len(word[0])
    if text:
        yield from text.divide(starts)


def wrapped(text: str, width: int, hanging: int = HANGING) -> list[str]:
    """A line broken at spaces; what is left of it hangs below its beginning."""
    if cell_len(text) <= width:
        return [text]
    styled = Text.from_ansi(text)
    if styled.cell_len <= width:
        return [text]
    indent = len(styled.plain) - len(styled.plain.lstrip(" "))
    broken = _broken(styled[indent:], max(width - indent - hanging, 1))
    told = [line for each in broken for line in _lines(each, None)]
    return [" " * (indent + hanging * bool(number)) + line for number, line in enumerate(told)]


def tree(lines: Sequence[str], width: int) -> list[str]:
    """Lines that are indented by two spaces a level, as a tree with its branches drawn; without them where a name does not fit."""
    if any(2 * (len(line) - len(line.lstrip(" "))) + _longest_word(Text.from_ansi(line)) > width for line in lines):
        return [part for line in lines for part in wrapped(line, width)]
    roots, above = list[Tree](), list[Tree]()
    for line in lines:
        inner = line.lstrip(" ")
        depth = min((len(line) - len(inner)) // 2, len(above))
        label = Text.from_ansi(inner)
        node = above[depth - 1].add(label) if depth else Tree(label)
        if not depth:
            roots.append(node)
        above[depth:] = [node]
    return [line for root in roots for line in _lines(root, width)]


def _page(width: int | None, *, colour: bool = True) -> Page:
    """A page that knows nothing of the world outside: neither the environment nor the terminal."""
    return Page(
        file=io.StringIO(), width=UNBOUNDED if width is None else width, color_system="standard" if colour else None,
        highlight=False, markup=False, emoji=False, legacy_windows=False, _environ={},
    )  # fmt: skip


def _lines(shown: RenderableType, width: int | None) -> list[str]:
    """What rich makes of something, as lines without spaces at their ends."""
    page = _page(width)
    page.print(shown, soft_wrap=width is None and isinstance(shown, Text))
    written = page.file.getvalue()  # type: ignore[attr-defined]  # the file is our own
    return [line.rstrip() for line in str(written).splitlines()]
