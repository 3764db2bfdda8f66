"""Cases of alerts as text: `cases/<component>.yaml` becomes tests of promtool.

Each alert has what is *there* in all its cases (for none but rules that are joined with something else), its series when all is
*good* and when it is *broken*, and who breaks the *silence* when they are missing: `itself`, or another alert that stands beside
it. Four cases follow: never there, there and good, broken, gone again. `more` holds further ones. Labels are those that a
scrape leaves. A number is a series that stays at it; a text is promtool's own notation. `{namespace}` is that of the rule,
`{route}` and `{service}` stand for every Service with a hostname.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from homelab.catalog.plan import Plan, routes

CASES = Path(__file__).parent / "cases"
ITSELF = "itself"
LEAD = 20
"""Minutes that a case lasts beyond the `for` of its alert: longer than any window in a rule."""
Series = Mapping[str, Any]


@dataclass(frozen=True)
class Scenario:
    """What an alert is tried with."""

    good: Series
    broken: Series
    silence: str
    there: Series
    more: tuple[Mapping[str, Any], ...] = ()


@cache
def scenarios() -> dict[str, Scenario]:
    """Alert to its scenario."""
    found: dict[str, Scenario] = {}
    for file in sorted(CASES.glob("*.yaml")):
        for alert, body in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            assert alert not in found, f"{alert} has cases twice"
            found[alert] = Scenario(**{"there": {}, **body})
    return found


def cases_of(
    plan: Plan, namespace: str, rule: Mapping[str, Any], limits: Mapping[str, int]
) -> Iterator[dict[str, Any]]:
    """The tests of one rule; `limits` are the minutes that each alert waits.

    The four cases follow each other on one line of time, for each test of promtool makes a database of its own.
    """
    alert, given = rule["alert"], scenarios()[rule["alert"]]
    itself = given.silence == ITSELF
    silent = {alert: itself} | ({} if itself else {given.silence: True})
    long = max(limits[name] for name in silent) + LEAD
    whole = {"other": f"1x{4 * long}", **{name: f"{value}x{4 * long}" for name, value in given.there.items()}}
    lines = {name: f"_x{long} {_phase(given.good, name, long)} {_phase(given.broken, name, long)} stale" for name in
             {**given.good, **given.broken}}  # fmt: skip
    series = _series({**whole, **lines}, plan, namespace)
    asked = [
        *_asked(long - 1, silent),  # never there
        *_asked(2 * long - 1, {alert: False}),  # there and good
        *_asked(3 * long - 1, {alert: True}),  # broken
        *_asked(4 * long - 1, silent),  # gone again
    ]
    yield {"name": alert, "interval": "1m", "input_series": series, "promql_expr_test": asked}
    for extra in given.more:
        there = {} if "other" in extra["series"] else {name: f"{value}x600" for name, value in given.there.items()}
        yield {
            "name": f"{alert}: {extra['case']}",
            "interval": "1m",
            "input_series": _series({**there, **extra["series"]}, plan, namespace),
            "promql_expr_test": _asked(extra["at"], {alert: bool(extra["fires"])}),
        }


def _phase(of: Series, name: str, length: int) -> str:
    """A series during one case, in promtool's notation, of one sample a minute; a series that the case has not is missing."""
    if name not in of:
        return f"_x{length}"
    text = str(of[name])
    return re.sub(r"x\d+$", f"x{length - 1}", text) if re.search(r"\dx\d", text) else f"{text}x{length - 1}"


def _series(of: Series, plan: Plan, namespace: str) -> list[dict[str, str]]:
    return [
        {"series": name, "values": str(values)} for text, values in of.items() for name in _named(text, plan, namespace)
    ]  # fmt: skip


def _asked(at: int, fires: Mapping[str, bool]) -> list[dict[str, Any]]:
    """What fires at a minute, whatever its labels."""
    return [
        {
            "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) > bool 0 or vector(0)',
            "eval_time": f"{at}m",
            "exp_samples": [{"labels": "{}", "value": int(wanted)}],
        }
        for alert, wanted in fires.items()
    ]


def _named(text: str, plan: Plan, namespace: str) -> list[str]:
    """A series by its whole name, or one for each Service with a hostname."""
    text = text.replace("{namespace}", namespace)
    if "{service}" not in text:
        return [text]
    routed = sorted({(route.namespace, service) for _choice, route in routes(plan) for service in route.services})
    return [text.replace("{route}", space).replace("{service}", service) for space, service in routed]
