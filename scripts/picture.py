"""A terminal's text as an SVG: what README shows is what the command printed, colours and all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

WIDTH, HEIGHT, SIZE, MARGIN = 8.0, 18.0, 13, 20
COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "36": "#79c0ff"}
PLAIN, DIM, BACK = "#e6edf3", "#8b949e", "#0d1117"
STYLE = re.compile(r"\x1b\[([\d;]*)m")


def svg(text: str) -> str:
    """The picture of some lines with the usual colour sequences."""
    lines = text.rstrip("\n").split("\n")
    columns = max(len(STYLE.sub("", line)) for line in lines)
    wide, high = columns * WIDTH + 2 * MARGIN, len(lines) * HEIGHT + 2 * MARGIN
    rows = [
        f'<text y="{MARGIN + (number + 0.75) * HEIGHT:.1f}">{"".join(_spans(line))}</text>'
        for number, line in enumerate(lines)
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high:.0f}" '
        f'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="{SIZE}" fill="{PLAIN}">'
    )
    back = f'<rect width="{wide:.0f}" height="{high:.0f}" rx="8" fill="{BACK}"/>'
    return "\n".join([head, "<title>homelab demo</title>", back, *rows, "</svg>"]) + "\n"


def _spans(line: str) -> Iterator[str]:
    """Runs of one style, each at its column, so that columns align in any font."""
    column, style = 0, ""
    for number, part in enumerate(STYLE.split(line)):
        if number % 2:
            style = part
            continue
        for word in re.finditer(r"\S+(?: \S+)*", part):
            x = MARGIN + (column + word.start()) * WIDTH
            length = len(word[0]) * WIDTH
            yield f'<tspan x="{x:.0f}" textLength="{length:.0f}"{_attributes(style)}>{escape(word[0])}</tspan>'
        column += len(part)


def _attributes(style: str) -> str:
    codes = style.split(";")
    colour = next((COLOURS[code] for code in codes if code in COLOURS), DIM if "2" in codes else "")
    return (f' fill="{colour}"' if colour else "") + (' font-weight="bold"' if "1" in codes else "")
