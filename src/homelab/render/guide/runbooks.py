"""docs/runbooks.md: one heading for each alert of the lab, which is where its `runbook_url` leads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from homelab.kube.tree import File, YamlFile
from homelab.render.guide import markdown as md
from homelab.render.parts import RULES

LABEL = re.compile(r"\{\{ *\$labels\.(\w+) *\}\}")


class Entry(NamedTuple):
    """One alert rule and the file it stands in."""

    component: str
    namespace: str
    path: str
    rule: Mapping[str, Any]


def entries(made: Mapping[str, File]) -> Iterator[Entry]:
    """Every alert rule of ours, as it is rendered, in the order of paths."""
    for path in sorted(made):
        file = made[path]
        for body in file.documents if isinstance(file, YamlFile) else ():
            if not isinstance(body, Mapping) or body.get("kind") != RULES:
                continue
            meta = body["metadata"]
            for group in body["spec"]["groups"]:
                for rule in group["rules"]:
                    if "alert" in rule:
                        yield Entry(meta["name"], meta.get("namespace", ""), path, rule)


def runbooks(made: Mapping[str, File]) -> str:
    """The page; an alert that several environments have stands there once, with all their expressions."""
    found: dict[str, list[Entry]] = {}
    for entry in entries(made):
        found.setdefault(str(entry.rule["alert"]), []).append(entry)
    if not found:
        return md.page(
            "Runbooks", "This lab has no alert rules: nothing in it evaluates them, or `practices.alerts` is off."
        )
    rows = [
        (f"[{name}](#{name.lower()})", _severity(group), group[0].component, _summary(group))
        for name, group in sorted(found.items())
    ]
    overview = md.table(("Alert", "Severity", "Component", "What it says"), rows)
    intro = "Each alert links its own heading here. What to do comes first, then the rule that fired."
    return md.page("Runbooks", intro, overview, *(_alert(name, group) for name, group in sorted(found.items())))


def _severity(group: list[Entry]) -> str:
    return ", ".join(dict.fromkeys(str(entry.rule.get("labels", {}).get("severity", "")) for entry in group))


def _summary(group: list[Entry]) -> str:
    return _plain((group[0].rule.get("annotations") or {}).get("summary", ""))


def _plain(text: object) -> str:
    """The text of an alert with labels in place of their values, which only a firing alert has."""
    return LABEL.sub(r"*\1*", str(text))


def _alert(name: str, group: list[Entry]) -> str:
    advice = dict.fromkeys(_plain((entry.rule.get("annotations") or {}).get("description", "")) for entry in group)
    blocks = [f"**{_severity(group)}**: {_summary(group)}", *filter(None, advice)]
    for entry in group:
        waits = f"for {entry.rule['for']}" if "for" in entry.rule else "at once"
        where = f"in the namespace `{entry.namespace}`, " if len(group) > 1 else ""
        blocks += [f"Fires {waits}, {where}from `{entry.path}`:", md.code(str(entry.rule["expr"]), "promql")]
    return md.section(name, *blocks)
