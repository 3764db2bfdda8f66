"""`homelab diff BASE..HEAD`: what a pull request means, for a terminal and for the comment below it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from homelab.cli.console import Console
from homelab.cli.fail_on import Failing
from homelab.cli.figures import counted, minutes
from homelab.cli.listing import tell as tell_findings
from homelab.cli.revisions import Revisions, exported

if TYPE_CHECKING:
    from homelab.findings import Finding
    from homelab.gitops.commits.immutable import Refused
    from homelab.kube.changes import Changed, Restarted
    from homelab.lab.charts import Charts
    from homelab.lab.difference import Difference, Gone, Minutes

SHOWN = 12
"""Objects of a section that are told before the rest is counted."""
FIELDS = 4
"""Fields of an object that are told."""


@dataclass(frozen=True)
class Wanted:
    """How a person wants it told, and what makes the exit code 1: any difference, where neither bound is given."""

    form: str
    everything: bool = False
    fail_on: Failing | None = None
    most: int | None = None
    """Objects that may be deleted."""

    def code(self, found: Difference) -> int:
        """The exit code."""
        if self.fail_on is None and self.most is None:
            return int(not found.empty)
        many = self.most is not None and len(deletions(found)) > self.most
        fails = self.fail_on
        return int(many or (fails is not None and any(fails.fails(f, found.assessment) for f in _new(found))))


def pull_request(console: Console, asked: Revisions, charts: Charts, wanted: Wanted) -> int:
    """Tell the difference of two revisions of the repository in this folder, and give the exit code.

    Raises:
        ToolError: git is missing, this is no repository, or a revision is not there.
    """
    from homelab.cli.charts.flags import ask_to_pull
    from homelab.lab.difference import difference

    console.working(f"reading {asked.base} and {asked.head}")
    with tempfile.TemporaryDirectory(prefix="homelab-diff-") as scratch:
        base, head = exported(asked, Path(scratch), charts)
        ask_to_pull(console, charts, head)
        found = difference(base, head, console.today)
    console.worked()
    if wanted.form == "json":
        console.json(found.json())
    elif wanted.form == "markdown":
        console.text("\n".join(markdown(found, wanted)))
    else:
        told(console, found, wanted)
    if wanted.most is not None and len(deletions(found)) > wanted.most:
        console.note(f"{counted(len(deletions(found)), 'object')} would be deleted, and {wanted.most} may be")
    return wanted.code(found)


def deletions(found: Difference) -> list[Gone]:
    """What goes, or may go: what nobody prunes counts as well where nothing says who applies it."""
    return [each for each in found.gone if each.because or not each.resource.origin.application]


def _new(found: Difference) -> Sequence[Finding]:
    return found.assessment.compared.new if found.assessment.compared else ()


def headline(found: Difference) -> str:
    """One line that counts."""
    there, compared = found.changes, found.assessment.compared
    parts = [f"{len(there.added)} added, {len(there.changed)} changed, {len(there.removed)} no longer declared"]
    if found.restarted:
        parts.append(f"pods of {counted(len(found.restarted), 'workload')} made anew")
    if found.lost:
        parts.append(f"{counted(len(found.lost), 'volume')} deleted")
    if found.refused:
        parts.append(f"{counted(len(found.refused), 'change')} refused")
    if found.minutes:
        parts.append(f"{_gained(found.minutes[0])} of downtime a year")
    if compared:
        parts.append(f"{counted(len(compared.new), 'new finding')}, {len(compared.mended)} mended")
    return " · ".join(parts)


def told(console: Console, found: Difference, wanted: Wanted) -> None:
    """Tell a person: data first, then what is deleted, made anew, changed, how long it is away, and what is found."""
    console.say(headline(found))
    for title, rows in _sections(found):
        most = len(rows) if wanted.everything else SHOWN
        console.say()
        console.say(console.styled(title, "critical") if title in {DATA, FIXED} else console.title(title))
        for name, what in rows[:most]:
            console.say(f"  {name}  {what}".rstrip(), hanging=4)
        if len(rows) > most:
            console.say(f"  and {len(rows) - most} more (--all lists them)")
    if found.without_figures:
        console.say()
        console.say(f"no minutes: {found.without_figures}")
    console.say()
    tell_findings(console, found.assessment)


def markdown(found: Difference, wanted: Wanted) -> Iterator[str]:
    """The comment: what is lost is open, the rest is folded away."""
    from homelab.cli.formats.markdown import cell
    from homelab.cli.formats.markdown import markdown as of_findings

    fails = bool(wanted.code(found)) if wanted.fail_on or wanted.most is not None else bool(found.lost)
    yield f"### homelab: {'fails' if fails else 'what this changes'}"
    yield ""
    yield headline(found)
    yield ""
    for title, rows in _sections(found):
        opened = " open" if title in {DATA, FIXED} else ""
        yield f"<details{opened}><summary>{title.capitalize()} ({len(rows)})</summary>"
        yield ""
        yield from (f"- `{cell(name)}` {cell(what)}".rstrip() for name, what in islice(rows, 10 * SHOWN))
        if len(rows) > 10 * SHOWN:
            yield f"- and {len(rows) - 10 * SHOWN} more"
        yield ""
        yield "</details>"
        yield ""
    if found.without_figures:
        yield f"No minutes: {cell(found.without_figures)}"
        yield ""
    yield of_findings(found.assessment, wanted.fail_on or Failing(2, new=True)).replace(
        "### homelab: ", "#### Findings: "
    )


DATA = "DATA THAT IS DELETED"
FIXED = "WHAT CANNOT BE CHANGED"


def _sections(found: Difference) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Titles and rows of everything but findings, empty ones left out."""
    stays = [each for each in found.gone if not each.because]
    sections = (
        (DATA, [(str(each.subject), f"{each.because}; {each}") for each in found.lost]),
        (FIXED, [(str(each.resource.subject), _fixed(each)) for each in found.refused]),
        ("DELETED", [(str(g.resource.subject), g.because) for g in found.gone if g.because]),
        ("NO LONGER DECLARED, AND LEFT BEHIND", [(str(each.resource.subject), "") for each in stays]),
        ("PODS MADE ANEW", [(str(each.subject), _pods(each)) for each in found.restarted]),
        ("CHANGED", [(str(each.after.subject), _fields(each)) for each in found.changes.changed]),
        ("ADDED", [(str(each.subject), "") for each in found.changes.added]),
        ("DOWNTIME A YEAR", [(each.service, _minutes(each)) for each in found.minutes]),
    )
    yield from ((title, rows) for title, rows in sections if rows)


def _fixed(each: Refused) -> str:
    owner = each.resource.origin.application
    waits = f": {owner} is not in step until" if owner else ": it is refused until"
    return f"{each.field}{waits} the object is deleted by hand, or the change taken back"


def _pods(each: Restarted) -> str:
    pods = "one on each node" if each.pods is None else counted(each.pods, "pod")
    if each.strategy == "OnDelete":
        return f"{pods}, when somebody deletes them (OnDelete)"
    return f"{pods}, {each.strategy}{': away meanwhile' if each.away else ''}"


def _fields(each: Changed) -> str:
    more = len(each.fields) - FIELDS
    return ", ".join(map(str, each.fields[:FIELDS])) + (f" and {more} more" if more > 0 else "")


def _minutes(each: Minutes) -> str:
    return f"{minutes(each.before)} → {minutes(each.after)} ({_gained(each)})"


def _gained(each: Minutes) -> str:
    more = each.after - each.before
    return "no more and no less" if abs(more) < 0.05 else f"{minutes(abs(more))} {'more' if more > 0 else 'less'}"
