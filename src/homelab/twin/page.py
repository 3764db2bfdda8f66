"""The report of a rehearsal as files: one page for people with the pictures in it, and the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from homelab.twin.drills.rows import Compared, shown
from homelab.twin.drills.run import Drilled
from homelab.twin.rehearsal import Rehearsal

STYLE = """\
:root{color-scheme:light dark;--line:#8884}body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;
border-bottom:1px solid var(--line)}h2{margin-top:2.5rem}code{font-size:.9em}.bad{color:#c33}.good{color:#284}svg{max-width:100%;height:auto}
@media(prefers-color-scheme:dark){.bad{color:#f77}.good{color:#7c9}}"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Nothing is loaded and nothing runs, whatever a name in the lab holds."""


def write(folder: Path, found: Rehearsal, data: Mapping[str, Any], title: str) -> Path:
    """Write `index.html` and `report.json` into a folder: the page's file.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for drilled in found.drilled:
        (folder / f"{drilled.name.replace(' ', '-').replace('/', '-')}.svg").write_text(drilled.picture(), "utf-8")
    page = folder / "index.html"
    page.write_text(html(found, title), encoding="utf-8")
    return page


def html(found: Rehearsal, title: str) -> str:
    """The page."""
    applications = [(a.name, a.sync, a.health, a.message if not a.good else "") for a in found.applied.applications]
    findings = [(f.severity.word, f.check, str(f.subject), str(f.place or ""), f.message) for f in found.findings]
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>Kubernetes {escape(found.kubernetes)}: {_verdict(good=found.good)}</p>",
        "<h2>Applications</h2>",
        _table(("Application", "sync", "health", "it says"), applications),
        "<h2>Refused, or left waiting</h2>",
        _table(("severity", "check", "object", "where", "message"), findings) if findings else "<p>Nothing.</p>",
        *(part for drilled in found.drilled for part in _drill(drilled)),
        "<h2>What stood in</h2>",
        _table(("",), [(each,) for each in found.stood_in]),
        "<h2>Addresses of sources that were rewritten</h2>",
        _table(("where", "was", "is"), [(f"{r.file}:{r.line}", r.before, r.after) for r in found.rewritten]),
    ]
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    return f"<!doctype html><html lang=en><head>{head}<title>{escape(title)}</title><style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n"


def _drill(drilled: Drilled) -> Iterable[str]:
    yield f"<h2>{escape(drilled.scenario.title)}: {escape(drilled.target.name)}</h2>"
    yield f"<p>{_verdict(good=drilled.well)}, expectation <code>{drilled.sha256[:12]}</code></p>"
    rows = [
        (each.row.says, each.row.expected, _seen(each), each.row.by.value, each.verdict.value)
        for each in drilled.compared
    ]
    yield _table(("what", "expected", "seen", "decided by", "verdict"), rows)
    yield drilled.picture()


def _seen(each: Compared) -> str:
    return "" if each.seen is None else shown(each.seen.value)


def _verdict(*, good: bool) -> str:
    return '<b class="good">as predicted</b>' if good else '<b class="bad">not as it should be</b>'


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = "".join(f"<th>{escape(each)}</th>" for each in head)
    lines = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{names}</tr>{lines}</table>"
