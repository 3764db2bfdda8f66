"""Alert rules tried by Prometheus' own tool: a case is an alert, a title, series with a value an hour, an hour and a count."""

from __future__ import annotations

import json
import re
import subprocess

TITLES = {"never there", "there and good", "gone again"}
"""What every rule over a backup is tried with, beside the cases in which it is broken."""


def often(values):
    """Hourly values as one every five minutes: Prometheus forgets a series after that."""
    return " ".join(_often(*re.fullmatch(r"(_|-?\d+)(?:\+(\d+))?x(\d+)", token).groups()) for token in values.split())


def _often(first, step, hours):
    count = 12 * int(hours)
    return f"_x{count}" if first == "_" else f"{first}+{int(step or 0) / 12:g}x{count}"


def tried(alert, title, series, hour, count):
    """A case as promtool reads it."""
    firing = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)'
    return {
        "name": f"{alert}: {title}",
        "interval": "5m",
        "input_series": [{"series": name, "values": often(values)} for name, values in series.items()],
        "promql_expr_test": [
            {"expr": firing, "eval_time": f"{hour}h", "exp_samples": [{"labels": "{}", "value": count}]}
        ],
    }


def lacking(rules, cases):
    """The alerts that are not tried with series that were never there, are good, are broken, and are gone again."""
    titles = {rule["alert"]: set() for group in rules["groups"] for rule in group["rules"]}
    for alert, title, *_ in cases:
        titles[alert].add(title)
    return {alert for alert, found in titles.items() if TITLES - found or not {t for t in found if "broken" in t}}


def judged(promtool, rules, folder, **cases):
    """What promtool says against the cases, by the interval at which rules are looked at; empty when all hold."""
    (folder / "rules.yaml").write_text(json.dumps(rules))
    command = [str(promtool), "test", "rules"]
    for interval, chosen in cases.items():
        whole = {"rule_files": ["rules.yaml"], "evaluation_interval": interval[1:]}
        file = folder / f"{interval}.yaml"
        file.write_text(json.dumps({**whole, "tests": [tried(*case) for case in chosen]}))
        command.append(str(file))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr
