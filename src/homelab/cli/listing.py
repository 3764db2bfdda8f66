"""Findings as a good colleague tells them: what has one cause is told once, with the places, the mend and who else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from homelab.cli.console import Console
from homelab.cli.figures import counted
from homelab.errors import pasted
from homelab.findings import Command, Finding, Patch, Severity, SpecEdit
from homelab.report import Assessment

SHOWN = 3
"""Findings of one cause that are told one by one; the others are counted."""


@dataclass(frozen=True)
class Cause:
    """Findings of one check that one thing explains: a chart, an operator, an option."""

    name: str
    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The finding that speaks for all."""
        return self.findings[0]


def causes(findings: Iterable[Finding]) -> list[Cause]:
    """Findings grouped by check, severity and common cause, the worst first, then the largest group."""
    groups: dict[tuple[int, str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        name = finding.group or finding.option or ""
        groups[-finding.severity, finding.check, name].append(finding)
    found = [Cause(name, tuple(members)) for (_, _, name), members in groups.items()]
    return sorted(found, key=lambda c: (-c.first.severity, -len(c.findings), c.first.check, c.name))


def tell(console: Console, assessment: Assessment, *, everything: bool = False) -> None:
    """An assessment as text: causes, what is unknown, what is pending, and a last line that counts."""
    for cause in causes(assessment.findings):
        for line in _cause(console, cause, everything=everything):
            console.say(line)
        console.say()
    _unknown(console, assessment, everything=everything)
    if assessment.pending:
        console.say(console.title("SECRETS TO SUPPLY"))
        console.table([(f"{p.namespace}/{p.name}", p.purpose) for p in assessment.pending], indent=2)
        console.say("  `homelab secrets list` says where each value comes from, and the command that seals it")
        console.say()
    if everything and assessment.accepted:
        console.say(console.title("ACCEPTED"))
        rows = [
            (a.finding.check, str(a.finding.subject), a.reason + (f" (until {a.until})" if a.until else ""))
            for a in assessment.accepted
        ]
        console.table(rows, indent=2)
        console.say()
    console.say(summary(assessment))


def summary(assessment: Assessment) -> str:
    """One line that counts: `12 findings (2 high, 10 low) · 3 unknown · 5 secrets to supply · 241 objects judged`."""
    by_severity = Counter(finding.severity for finding in assessment.findings)
    worst = ", ".join(f"{by_severity[s]} {s.word}" for s in sorted(Severity, reverse=True) if by_severity[s])
    parts = [counted(len(assessment.findings), "finding") + (f" ({worst})" if worst else "")]
    if assessment.unknown:
        parts.append(f"{len(assessment.unknown)} unknown")
    if assessment.pending:
        parts.append(counted(len(assessment.pending), "secret") + " to supply")
    if assessment.accepted:
        parts.append(f"{len(assessment.accepted)} accepted")
    judged = f"{counted(assessment.objects, 'object')} of {counted(len(assessment.applications), 'Application')} judged"
    return " · ".join([*parts, judged])


def _cause(console: Console, cause: Cause, *, everything: bool) -> Iterator[str]:
    first = cause.first
    severity = console.styled(f"{first.severity.word:<8}", first.severity.word)
    if len(cause.findings) == 1:
        yield f"{severity}  {console.title(first.check)}  {first.subject}"
        yield from _places(first, "  ")
        yield f"  {first.message}"
    else:
        because = f" · {cause.name}" if cause.name else ""
        yield f"{severity}  {console.title(first.check)}  {len(cause.findings)} objects{because}"
        shown = cause.findings if everything else cause.findings[:SHOWN]
        for finding in shown:
            yield f"  {finding.subject}: {finding.message}"
            yield from _places(finding, "    ")
        if len(shown) < len(cause.findings):
            yield f"  and {len(cause.findings) - len(shown)} more like these (--all lists them)"
    mend = mended(first)
    if mend:
        yield f"  {console.styled('fix:', 'good')} {mend}"


def _places(finding: Finding, indent: str) -> Iterator[str]:
    option = ""
    if finding.option:
        at = f"{finding.option_place} " if finding.option_place else ""
        option = f"{at}{finding.option}"
    place = str(finding.place) if finding.place else ""
    if place or option:
        yield indent + (f"{place}  ({option})" if place and option else place or option)
    for what, where in finding.evidence:
        yield f"{indent}{where}: {what}" if where else f"{indent}{what}"


def mended(finding: Finding) -> str:
    """The mend in one line: the sentence, and the edit that `--fix` writes."""
    return " · ".join(part for part in (finding.hint or "", fix_text(finding.fix)) if part)


def fix_text(fix: object) -> str:
    """A fix as one reads it: an edit of homelab.yaml, a field of an object, or a command."""
    if isinstance(fix, SpecEdit):
        return f"take out {fix.path}" if fix.value is None else f"{fix.path}: {_written(fix.value)}"
    if isinstance(fix, tuple):
        return ", ".join(fix_text(edit) for edit in fix)
    if isinstance(fix, Patch) and fix.field:
        return f"set {fix.field} to {_written(fix.value)}"
    if isinstance(fix, Patch):
        return f"add {fix.subject}"
    return pasted(*fix.argv) if isinstance(fix, Command) else ""


def _written(value: object) -> str:
    """A value as YAML's flow style writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_written, value)) + "]"
    return str(value)


def _unknown(console: Console, assessment: Assessment, *, everything: bool) -> None:
    """What could not be judged, by the reason: never a pass."""
    if not assessment.unknown:
        return
    console.say(console.title("COULD NOT BE JUDGED"))
    by_reason: dict[str, list[str]] = defaultdict(list)
    for unknown in assessment.unknown:
        by_reason[unknown.why].append(f"{unknown.what} ({unknown.check})" if unknown.check else unknown.what)
    for why, what in by_reason.items():
        shown = what if everything else what[:SHOWN]
        more = f" and {len(what) - len(shown)} more" if len(shown) < len(what) else ""
        console.say(f"  {why}: {', '.join(shown)}{more}")
    console.say()
