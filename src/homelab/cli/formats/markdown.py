"""Markdown, for the comment under a pull request: counts, one table, details folded away."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.cli.fail_on import Failing
from homelab.cli.listing import Cause, causes, mended, summary
from homelab.findings import Finding
from homelab.report import Assessment

SHOWN = 20
"""Objects of one cause that are named."""


def markdown(assessment: Assessment, fail_on: Failing) -> str:
    """The whole comment: of what was compared with an earlier judgement, only what is new and what is mended."""
    compared = assessment.compared
    found = causes(compared.new if compared else assessment.findings)
    failing = [cause for cause in found if any(fail_on.fails(each, assessment) for each in cause.findings)]
    lines = [f"### homelab: {'fails' if failing else 'holds'}", "", summary(assessment), ""]
    if found:
        lines += ["| severity | check | what | where |", "|---|---|---|---|"]
        lines += [_row(cause) for cause in found]
        lines.append("")
    for cause in failing:
        lines += _details(cause)
    if compared and compared.mended:
        lines += ["<details><summary>Mended</summary>", ""]
        lines += [f"- `{known.check}` {cell(str(known.subject))}" for known in compared.mended]
        lines += ["", "</details>", ""]
    if assessment.unknown:
        lines += ["<details><summary>Could not be judged</summary>", ""]
        lines += [f"- {cell(u.what)}: {cell(u.why)}" for u in assessment.unknown]
        lines += ["", "</details>", ""]
    return "\n".join(lines).rstrip()


def _row(cause: Cause) -> str:
    first = cause.first
    single = len(cause.findings) == 1
    what = (
        str(first.subject) if single else f"{len(cause.findings)} objects" + (f" · {cause.name}" if cause.name else "")
    )
    return f"| {first.severity.word} | `{first.check}` | {cell(what)} | {cell(_where(first))} |"


def _where(finding: Finding) -> str:
    place = finding.place or finding.option_place
    return f"`{place}`" if place else ""


def _details(cause: Cause) -> Iterator[str]:
    yield f"<details><summary>{cell(cause.first.check)}: {cell(cause.first.message)}</summary>"
    yield ""
    for finding in cause.findings[:SHOWN]:
        yield f"- {cell(str(finding.subject))} {cell(_where(finding))}: {cell(finding.message)}"
    if len(cause.findings) > SHOWN:
        yield f"- and {len(cause.findings) - SHOWN} more"
    if mend := mended(cause.first):
        yield ""
        yield f"Fix: {cell(mend)}"
    yield ""
    yield "</details>"
    yield ""


def cell(text: str) -> str:
    """A text that stays inside its cell, whatever name is in it."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
