"""Pages of checks as tests: their named blocks become repositories, their `# finding` marks what must be accused.

*What it says* holds every finding of the accused repository, as the runner gives it: severity, object, sentence.

Headings part a page: blocks before *Fixed* are the accused repository, blocks below *Fixed* replace its files (an empty
block removes one), blocks below *Left alone* and *Unknown* are repositories of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from homelab.assess.check import Check, Unjudged
from homelab.assess.run import assess
from homelab.findings import Finding
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.ground import FILE
from homelab.kube.inventory import Inventory
from homelab.report import Assessment

CHECKS = Path(__file__).resolve().parents[2] / "src" / "homelab" / "assess" / "checks"
MARK = "# finding"
DAY = date(2026, 12, 1)
"""The day on which pages are judged: by then some versions have ended, others not yet."""
VARIANTS = ("Fixed", "Left alone", "Unknown")
_BLOCK = re.compile(
    r"^```(?:(?:yaml|json|hcl|text) path=(?P<path>\S+)|(?P<lab>lab\.yaml))\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """A page with the repositories that its blocks make."""

    path: Path
    variants: dict[str, dict[str, str]]

    @property
    def accused(self) -> dict[str, str]:
        """Files of the repository that has the problem."""
        return self.variants.get("", {})

    @property
    def fixed(self) -> dict[str, str]:
        """The same repository after the mend."""
        merged = {**self.accused, **self.variants.get("Fixed", {})}
        return {path: text for path, text in merged.items() if text.strip()}

    @property
    def marked(self) -> set[tuple[str, int]]:
        """(file, line) of every mark."""
        return {
            (path, number)
            for path, text in self.accused.items()
            for number, line in enumerate(text.splitlines(), 1)
            if MARK in line
        }


def load(path: Path) -> Page:
    """The page of a file."""
    text = path.read_text(encoding="utf-8")
    headings = [(m.start(), m[1]) for m in _HEADING.finditer(text) if not _inside(text, m.start())]
    variants: dict[str, dict[str, str]] = {}
    for block in _BLOCK.finditer(text):
        above = [name for start, name in headings if start < block.start()]
        variant = above[-1] if above and above[-1] in VARIANTS else ""
        variants.setdefault(variant, {})[block["path"] or FILE] = block["text"]
    return Page(path, variants)


def _inside(text: str, position: int) -> bool:
    return text[:position].count("\n```") % 2 == 1


def inventory(files: dict[str, str]) -> Inventory:
    """What a page's repository deploys."""
    return read(of_texts(files))


SAYS = re.compile(r"^## What it says\n\n```text\n(.*?)^```\n\n", re.MULTILINE | re.DOTALL)


def said(check: Check, files: dict[str, str]) -> Assessment:
    """What the runner tells of a page's repository where this check alone is asked."""
    return assess(inventory(files), today=DAY, only=[check.id])


def told(found: Assessment) -> str:
    """Findings as *What it says* has them, a line each."""
    return "".join(f"{f.severity.word:<8}  {f.subject}  {f.message}\n" for f in found.findings)


def says(text: str) -> str:
    """What a page claims that its check says; empty where it claims nothing."""
    found = SAYS.search(text)
    return found[1] if found else ""


def repinned(text: str, lines: str) -> str:
    """The page with other lines below *What it says*."""
    section = f"## What it says\n\n```text\n{lines}```\n\n"
    return (
        SAYS.sub(lambda _: section, text)
        if SAYS.search(text)
        else text.replace("## Why it matters\n", f"{section}## Why it matters\n", 1)
    )


def judged(check: Check, files: dict[str, str]) -> tuple[list[Finding], list[Unjudged]]:
    """What one check says about a page's repository."""
    said = list(check(inventory(files), DAY))
    return [s for s in said if isinstance(s, Finding)], [s for s in said if isinstance(s, Unjudged)]


def places(findings: list[Finding]) -> set[tuple[str, int | None]]:
    """(file, line) of findings; a finding without a place stands at no line."""
    return {(f.place.file, f.place.line) if f.place else ("nowhere", None) for f in findings}
