"""Findings as a good colleague tells them: how it stands, the worst first, what has one cause once, and no more than one reads."""

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
READ = 20
"""Findings that are told at all; the others are counted."""


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
    """An assessment as text: a line that counts, causes, what is unknown, and what is pending.

    Of what was compared with an earlier judgement, only what is new is told one by one.
    """
    console.say(summary(assessment))
    compared = assessment.compared
    found = causes(compared.new if compared and not everything else assessment.findings)
    shown = {id(cause): len(cause.findings) for cause in found} if everything else _shown(found)
    for cause in found:
        if count := shown[id(cause)]:
            console.say()
            for line in _cause(console, cause, count):
                console.say(line)
    _counted(console, [cause for cause in found if not shown[id(cause)]])
    console.say()
    if compared and compared.mended:
        console.say(console.title("MENDED"))
        console.table([(known.check, str(known.subject)) for known in compared.mended], indent=2)
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


def _shown(found: list[Cause]) -> dict[int, int]:
    """How many findings of each cause are told: one of as many causes as one reads, then more of the worst."""
    shown = {id(cause): int(number < READ) for number, cause in enumerate(found)}
    left = READ - sum(shown.values())
    for cause in found:
        more = min(left, SHOWN - 1, len(cause.findings) - 1) if shown[id(cause)] else 0
        shown[id(cause)] += more
        left -= more
    return shown


def _counted(console: Console, rest: list[Cause]) -> None:
    """Causes that are not told one by one, a line for each severity and check."""
    if not rest:
        return
    counts = Counter[tuple[Severity, str]]()
    for cause in rest:
        counts[cause.first.severity, cause.first.check] += len(cause.findings)
    console.say()
    console.say(console.title(f"AND {counts.total()} MORE") + " (--all lists them)")
    rows = [(console.styled(level.word, level.word), check, str(n)) for (level, check), n in counts.items()]
    console.table(rows, "<<>", indent=2)


def summary(assessment: Assessment) -> str:
    """One line that counts: `12 findings (2 high, 10 low) · 3 unknown · 5 secrets to supply · 241 objects judged`."""
    compared = assessment.compared
    told = compared.new if compared else assessment.findings
    by_severity = Counter(finding.severity for finding in told)
    worst = ", ".join(f"{by_severity[s]} {s.word}" for s in sorted(Severity, reverse=True) if by_severity[s])
    parts = [counted(len(told), "new finding" if compared else "finding") + (f" ({worst})" if worst else "")]
    if compared:
        parts += [f"{len(compared.mended)} mended", f"{len(assessment.findings) - len(told)} as before"]
    if assessment.unknown:
        parts.append(f"{len(assessment.unknown)} unknown")
    if assessment.pending:
        parts.append(counted(len(assessment.pending), "secret") + " to supply")
    if assessment.accepted:
        parts.append(f"{len(assessment.accepted)} accepted")
    judged = f"{counted(assessment.objects, 'object')} of {counted(len(assessment.applications), 'Application')} judged"
    return " · ".join([*parts, judged])


def _cause(console: Console, cause: Cause, count: int) -> Iterator[str]:
    """A cause, with as many of its findings as are to be told."""
    first = cause.first
    severity = console.styled(f"{first.severity.word:<8}", first.severity.word)
    if len(cause.findings) == 1:
        yield f"{severity}  {console.title(first.check)}  {first.subject}"
        yield from _places(first, "  ")
        yield f"  {first.message}"
    else:
        because = f" · {cause.name}" if cause.name else ""
        yield f"{severity}  {console.title(first.check)}  {len(cause.findings)} objects{because}"
        for finding in cause.findings[:count]:
            yield f"  {finding.subject}: {finding.message}"
            yield from _places(finding, "    ")
        if count < len(cause.findings):
            yield f"  and {len(cause.findings) - count} more like {'this' if count == 1 else 'these'} (--all lists them)"
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
