"""`homelab assess`: the judgement of a lab, for people and for every program that reads one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from homelab.cli.charts.flags import ask_to_pull, charts_options
from homelab.cli.console import Console
from homelab.cli.fail_on import Failing, fail_on_option
from homelab.cli.opened import json_option, opened, source_argument
from homelab.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

    from homelab.cli.formats.sarif import Mends
    from homelab.lab.charts import Charts
    from homelab.lab.pipeline import Repository
    from homelab.report import Assessment, Known

FORMATS = ("text", "json", "sarif", "junit", "markdown", "gitlab")


@click.command()
@source_argument
@fail_on_option(
    "Exit 1 at or above this: info, low, medium, high, critical, or never. `new` fails on what the baseline does not "
    "have, from medium on; `new:low` from low on."
)
@click.option(
    "--only",
    multiple=True,
    metavar="CHECK",
    help="Run this check only: its name, another tool's, a subject as `backup`, or a glob; may be repeated.",
)
@click.option("--baseline", metavar="FILE", help="Tell what is new, and what is mended, since this was written.")
@click.option("--write-baseline", metavar="FILE", help="Write what is found now, to compare later runs with.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How to tell it; text by default.")
@click.option("--kubernetes", metavar="VERSION", help="What breaks on this Kubernetes: APIs, charts, operators.")
@click.option("--strict", is_flag=True, help="Exit 2 where something could not be judged.")
@click.option(
    "--fix", is_flag=True, help="Write what mends findings, each mend proved: shown as a patch of any repository first."
)
@click.option("--preview", is_flag=True, help="With --fix: show it, and write nothing.")
@click.option("--all", "everything", is_flag=True, help="List every finding and object, and what was accepted.")
@charts_options
@json_option
@click.pass_context
def assess(
    ctx: click.Context,
    *,
    source: str,
    fail_on: Failing,
    only: tuple[str, ...],
    baseline: str | None,
    write_baseline: str | None,
    form: str,
    kubernetes: str | None,
    strict: bool,
    fix: bool,
    preview: bool,
    everything: bool,
    charts: Charts,
    as_json: bool,
) -> None:
    """Judge SOURCE: a homelab.yaml, or the folder of anybody's GitOps repository.

    Findings name file and line, and the option that made the object where it is known.
    A finding is accepted by an annotation on the object, by an entry under `accept` in homelab.yaml or in
    `.homelab/assess.yaml`, with a reason; annotations for kube-score, kube-linter and Polaris count as well.
    """
    from homelab.assess.baseline import compared, dump
    from homelab.cli.fix import replace
    from homelab.lab.named import named
    from homelab.lab.pipeline import Lab
    from homelab.lab.upgrade import on_kubernetes

    console: Console = ctx.obj
    if fail_on.new and not baseline:
        raise UsageError("--fail-on new needs a --baseline", hint="--write-baseline FILE writes one")
    before = known(baseline) if baseline else None
    if fix:
        from homelab.cli.fix import fix as write_fixes

        write_fixes(console, source, only, charts, preview=preview)
        return
    console.working(f"judging {source}")
    lab = opened(source, charts)
    ask_to_pull(console, charts, lab)
    found = on_kubernetes(lab, kubernetes, console.today, only) if kubernetes else lab.assessment(console.today, only)
    if isinstance(lab, Lab):
        found = named(lab, found)
    if before is not None:
        found = compared(found, before)
    if write_baseline:
        replace(Path(write_baseline), dump(found))
    console.worked()
    if form == "sarif" and not as_json:
        from homelab.cli.formats.sarif import sarif
        from homelab.report import number

        ours = lab.source if isinstance(lab, Lab) else None
        mends = {} if isinstance(lab, Lab) else proved_mends(lab, found, console.today)
        console.json(sarif(found, number(), ours, mends))
    else:
        show(console, found, "json" if as_json else form, fail_on, everything=everything)
    if empty(found):
        console.note(f"nothing was judged: there is no manifest below {source} that could be read")
    ctx.exit(code(found, fail_on, strict=strict))


def proved_mends(repository: Repository, found: Assessment, today: date) -> Mends:
    """What `--fix` would write for each finding alone, with the paths as places show them."""
    from homelab.lab.repair import proposals

    shown = repository.repository.shown
    made = proposals(repository, found.findings, today)
    return {key: {shown(file): texts for file, texts in each.files.items()} for key, each in made.items()}


def empty(found: Assessment) -> bool:
    """Whether nothing was read at all: a wrong path, an empty folder, broken files only."""
    return not (found.objects or found.findings or found.accepted or found.unreachable)


def known(file: str) -> tuple[Known, ...]:
    """What a baseline knows.

    Raises:
        UnreadableDocument: the file is no baseline.
    """
    from homelab.assess.baseline import parse

    return parse(Path(file).read_text(encoding="utf-8"), file)


def code(found: Assessment, fail_on: Failing, *, strict: bool = False) -> int:
    """0 holds, 1 where a finding fails, 2 where nothing was read, or `strict` and something is unknown."""
    if empty(found) or (strict and found.unknown):
        return 2
    return int(any(fail_on.fails(finding, found) for finding in found.findings))


def show(
    console: Console,
    found: Assessment,
    form: str,
    fail_on: Failing,
    *,
    everything: bool = False,
) -> None:
    """Print an assessment in one of the formats but SARIF, which wants the homelab.yaml as well."""
    if form == "json":
        console.json(found.json())
    elif form == "junit":
        from homelab.cli.formats.junit import junit

        console.text(junit(found, fail_on))
    elif form == "gitlab":
        from homelab.cli.formats.gitlab import gitlab

        console.json(gitlab(found))
    elif form == "markdown":
        from homelab.cli.formats.markdown import markdown

        console.text(markdown(found, fail_on))
    else:
        from homelab.cli.listing import tell

        tell(console, found, everything=everything)
