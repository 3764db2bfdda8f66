"""`homelab assess`: the judgement of a lab, for people and for every program that reads one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from homelab.cli.charts.flags import ask_to_pull, charts_options
from homelab.cli.console import Console
from homelab.cli.opened import json_option, opened, source_argument

if TYPE_CHECKING:
    from homelab.lab.charts import Charts
    from homelab.report import Assessment

SEVERITIES = ("info", "low", "medium", "high", "critical")
FORMATS = ("text", "json", "sarif", "junit", "markdown")


@click.command()
@source_argument
@click.option("--fail-on", type=click.Choice([*SEVERITIES, "never"]), default="medium", help="Exit 1 at or above this.")
@click.option("--only", multiple=True, metavar="CHECK", help="Run this check only; may be repeated.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How to tell it; text by default.")
@click.option("--strict", is_flag=True, help="Exit 2 where something could not be judged.")
@click.option("--fix", is_flag=True, help="Write the edits that mend findings into homelab.yaml.")
@click.option("--all", "everything", is_flag=True, help="List every object of a cause, and what was accepted.")
@charts_options
@json_option
@click.pass_context
def assess(
    ctx: click.Context,
    *,
    source: str,
    fail_on: str,
    only: tuple[str, ...],
    form: str,
    strict: bool,
    fix: bool,
    everything: bool,
    charts: Charts,
    as_json: bool,
) -> None:
    """Judge SOURCE: a homelab.yaml, or the folder of anybody's GitOps repository.

    Findings name file and line, and the option that made the object where it is known.
    A finding is accepted by an annotation on the object or an entry under `accept`, with a reason.
    """
    from homelab.lab.named import named
    from homelab.lab.pipeline import Lab

    console: Console = ctx.obj
    if fix:
        from homelab.cli.fix import fix as write_fixes

        write_fixes(console, source, only, charts)
        return
    console.working(f"judging {source}")
    lab = opened(source, charts)
    ask_to_pull(console, charts, lab)
    found = lab.assessment(console.today, only)
    if isinstance(lab, Lab):
        found = named(lab, found)
    console.worked()
    if form == "sarif" and not as_json:
        from homelab.cli.sarif import sarif
        from homelab.report import number

        console.json(sarif(found, number(), getattr(lab, "source", None)))
    else:
        show(console, found, "json" if as_json else form, fail_on, only, everything=everything)
    if empty(found):
        console.note(f"nothing was judged: there is no manifest below {source} that could be read")
    ctx.exit(code(found, fail_on, strict=strict))


def empty(found: Assessment) -> bool:
    """Whether nothing was read at all: a wrong path, an empty folder, broken files only."""
    return not (found.objects or found.findings or found.accepted or found.unreachable)


def code(found: Assessment, fail_on: str, *, strict: bool = False) -> int:
    """0 holds, 1 findings at or above `fail_on`, 2 where nothing was read, or `strict` and something is unknown."""
    if empty(found) or (strict and found.unknown):
        return 2
    if fail_on == "never":
        return 0
    return int(any(finding.severity >= SEVERITIES.index(fail_on) for finding in found.findings))


def show(
    console: Console, found: Assessment, form: str, fail_on: str, only: Sequence[str] = (), *, everything: bool = False
) -> None:
    """Print an assessment in one of the formats but SARIF, which wants the homelab.yaml as well."""
    from homelab.findings import Severity

    level = Severity(SEVERITIES.index(fail_on)) if fail_on in SEVERITIES else Severity.CRITICAL
    if form == "json":
        console.json(found.json())
    elif form == "junit":
        from homelab.assess.run import checks
        from homelab.cli.junit import junit

        console.text(junit(found, level, only or [check.id for check in checks()]))
    elif form == "markdown":
        from homelab.cli.markdown import markdown

        console.text(markdown(found, level))
    else:
        from homelab.cli.listing import tell

        tell(console, found, everything=everything)
