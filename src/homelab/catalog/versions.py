"""Versions that cannot run together, by the support tables of `software`. Unsupported or ended versions are a check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from homelab.catalog.plan import Plan, parts_of, pin
from homelab.software.lookup import systems
from homelab.software.software import Software, Support
from homelab.spec.source import Problem


def version_conflicts(plan: Plan) -> Iterator[Problem]:
    """What the chosen versions cannot do together, each named at the option that would mend it."""
    kubernetes = plan.homelab.versions.kubernetes
    minor = ".".join(kubernetes.split(".")[:2])
    for system, version, option, chart in _versions(plan):
        row = support_row(system, version, chart=chart)
        if row and row.runs and minor not in row.runs:
            yield Problem(
                "versions.kubernetes",
                f"is {kubernetes}, but {system.name} {row.line} runs on {span(row.runs)} only, chosen by",
                f"choose a Kubernetes of {span(row.runs)}, or another {system.name}",
                also=option,
            )


def support_row(system: Software, version: str, *, chart: bool) -> Support | None:
    """The row of a system's table that a version belongs to; `chart` says that it is a chart's version."""
    for row in system.support:
        line = row.chart if chart and row.chart else row.line
        if f"{version.removeprefix('v')}.".startswith(f"{line.removeprefix('v').rstrip('.')}."):
            return row
    return None


def span(minors: Sequence[str]) -> str:
    """Minors as people say them: `1.31 to 1.36`, `1.33`."""
    listed = sorted(minors, key=lambda minor: tuple(map(int, minor.split("."))))
    return listed[0] if len(listed) == 1 else f"{listed[0]} to {listed[-1]}"


def _versions(plan: Plan) -> Iterator[tuple[Software, str, str, bool]]:
    """(system, version, option that says so, is it a chart's version) of everything with a support table."""
    known = [system for system in systems() if system.support]
    for system in known:
        if system.name == "talos":
            yield system, plan.homelab.versions.talos, "versions.talos", False
    for choice in plan.choices:
        for part in parts_of(plan, choice):
            for system in known:
                if part.chart and any(truth.chart == part.chart.name for truth in system.charts):
                    yield (
                        system,
                        pin(plan, part),
                        option_of(choice.name, application=choice.component.application),
                        True,
                    )


def option_of(name: str, *, application: bool) -> str:
    """The option path at which a component's settings stand."""
    return f"{'apps' if application else 'components'}.{name}"
