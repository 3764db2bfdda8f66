"""Markdown: the few shapes that the pages of a repository are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MADE = "<!-- made by homelab from homelab.yaml; edit that, not this -->"
"""First line of every page."""
NONE = "–"
"""Stands in a cell that has nothing to say."""


def page(title: str, *blocks: str) -> str:
    """A page: the line that says who made it, its title, and its blocks; empty blocks vanish."""
    return "\n\n".join([MADE, f"# {title}", *filter(None, blocks)]) + "\n"


def section(title: str, *blocks: str, level: int = 2) -> str:
    """A heading with what stands below it; nothing where there is nothing to say."""
    found = [block for block in blocks if block]
    return "\n\n".join([f"{'#' * level} {title}", *found]) if found else ""


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; nothing without rows."""
    lines = [_row(cells) for cells in rows]
    return "\n".join([_row(head), _row(["---"] * len(head)), *lines]) if lines else ""


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", r"\|").replace("\n", " ") or NONE for cell in cells) + " |"


def code(text: str, language: str = "sh") -> str:
    """A block of code; nothing without text."""
    return f"```{language}\n{text.strip(chr(10))}\n```" if text.strip() else ""


CALL = "# just "
"""Begins the first line of a block that is a recipe of the justfile too, and names it."""


def recipe(name: str, text: str) -> str:
    """A block of commands that is typed here, or called as `just <name>`; nothing without commands."""
    return code(f"{CALL}{name}\n{text.strip(chr(10))}") if text.strip() else ""


def bullets(items: Iterable[str]) -> str:
    """A list."""
    return "\n".join(f"- {item}" for item in items)


def listed(items: Iterable[object]) -> str:
    """Names in a sentence or a cell: each as code, with commas."""
    return ", ".join(f"`{item}`" for item in items)


def link(text: str, address: str) -> str:
    """A link; plain text without an address."""
    return f"[{text}]({address})" if address else text
