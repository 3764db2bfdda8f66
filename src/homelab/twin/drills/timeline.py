"""Timeline: a drill as a picture: when what happened, in seconds of the lab's clock. Readable on light and dark pages.

Colours follow the reader's scheme by the picture's own style sheet; every mark has a title, so that nothing is said by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from xml.sax.saxutils import escape

from homelab.twin.drills.scene import Record
from homelab.twin.drills.watch import Happened

WIDE, LEFT, TOP, ROW, FOOT = 960, 210, 52, 24, 34
TICKS = 8
LANES: Mapping[str, str] = MappingProxyType(
    {
        "step": "what was done",
        "node silent": "nodes called silent",
        "pod marked": "pods marked not ready",
        "pod given up": "pods given up",
        "pod made": "pods made",
        "pod placed": "pods placed",
        "pod gone": "pods gone",
        "node back": "nodes back",
    }
)
STYLE = """
  .t{font:13px ui-sans-serif,system-ui,sans-serif;fill:#1f2328}.s{font-size:11px;fill:#59636e}.h{font-weight:600}
  .l{stroke:#d1d9e0}.step{fill:#8250df}.bad{fill:#cf222e}.new{fill:#1a7f37}.k{stroke:#8250df;stroke-dasharray:3 3}
  @media (prefers-color-scheme:dark){.t{fill:#e6edf3}.s{fill:#9198a1}.l{stroke:#3d444d}.step{fill:#a371f7}.bad{fill:#f85149}.new{fill:#3fb950}.k{stroke:#a371f7}}
"""
COLOURS: Mapping[str, str] = MappingProxyType(
    {"step": "step", "node silent": "bad", "pod marked": "bad", "pod given up": "bad", "pod gone": "bad"}
)


def svg(record: Record, title: str) -> str:
    """The picture of a record."""
    end = max([each.at for each in record.happened] + [look.at for look in record.looks.values()], default=1.0)
    high = TOP + ROW * len(LANES) + FOOT
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {high}" role="img">',
            f"<title>{escape(title)}</title><style>{STYLE}</style>",
            f'<text class="t h" x="12" y="24">{escape(title)}</text>',
            *_axis(record, end, high),
            *_steps(record, end),
            *(line for number, lane in enumerate(LANES) for line in _lane(record, lane, number, end)),
            "</svg>",
            "",
        ]
    )


def _x(at: float, end: float) -> float:
    """Where a second of this machine stands."""
    return LEFT + (WIDE - LEFT - 24) * at / max(end, 0.001)


def _axis(record: Record, end: float, high: int) -> Iterator[str]:
    fast = record.clock.fast
    for number in range(TICKS + 1):
        at = end * number / TICKS
        x = _x(at, end)
        yield f'<line class="l" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{high - FOOT}"/>'
        yield f'<text class="t s" x="{x:.1f}" y="{high - 14}" text-anchor="middle">{(at - record.struck) * fast:.0f} s</text>'
    said = f"the lab's clock, {fast:g} times as fast" if fast != 1 else "the lab's clock"
    yield f'<text class="t s" x="12" y="{high - 14}">{said}</text>'


def _steps(record: Record, end: float) -> Iterator[str]:
    for each in record.happened:
        if each.what == "step":
            x = _x(each.at, end)
            yield f'<line class="k" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{TOP + ROW * len(LANES)}"/>'


def _lane(record: Record, lane: str, number: int, end: float) -> Iterator[str]:
    y = TOP + ROW * (number + 0.5)
    marks = [each for each in record.happened if each.what == lane]
    yield f'<text class="t" x="12" y="{y + 4:.1f}">{LANES[lane]} ({len(marks)})</text>'
    for each in marks:
        yield _mark(record, each, y, end)


def _mark(record: Record, each: Happened, y: float, end: float) -> str:
    words = f"{record.clock.lab(each.at - record.struck):.0f} s: {each.what} {each.name} {each.node}".strip()
    colour = COLOURS.get(each.what, "new")
    x = _x(each.at, end)
    return f'<circle class="{colour}" cx="{x:.1f}" cy="{y:.1f}" r="4" fill-opacity=".7"><title>{escape(words)}</title></circle>'
