"""`--fail-on`: which findings make a command exit with 1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from homelab.findings import Finding
    from homelab.report import Assessment

Command = TypeVar("Command", bound=Callable[..., Any])
SEVERITIES = ("info", "low", "medium", "high", "critical")
NEVER, NEW = "never", "new"
DEFAULT = "medium"


@dataclass(frozen=True, slots=True)
class Failing:
    """From which severity on findings fail (None: none does), and whether only new ones do."""

    level: int | None
    new: bool = False

    def fails(self, finding: Finding, assessment: Assessment) -> bool:
        """Whether a finding of an assessment makes the exit code 1."""
        if self.level is None or finding.severity < self.level:
            return False
        return not self.new or (assessment.compared is not None and finding in assessment.compared.new)


class FailOn(click.ParamType["Failing"]):
    """The words of `--fail-on`: a severity, `new`, `new:` and a severity, or `never`."""

    name = "level"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Failing:
        """What a word means; click tells a wrong one."""
        if isinstance(value, Failing):
            return value
        first, colon, level = str(value).partition(":")
        new = first == NEW
        word = (level if colon else DEFAULT) if new else str(value)
        if word in SEVERITIES:
            return Failing(SEVERITIES.index(word), new)
        if value == NEVER:
            return Failing(None)
        raise click.BadParameter(
            f"{value!r} is none of {', '.join((*SEVERITIES, NEW, f'{NEW}:high', NEVER))}", ctx, param
        )


def fail_on_option(words: str) -> Callable[[Command], Command]:
    """The option, with its help."""
    return click.option("--fail-on", type=FailOn(), default=DEFAULT, metavar="LEVEL", help=words)
