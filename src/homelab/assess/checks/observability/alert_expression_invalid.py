"""A rule that is no PromQL: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.promql.parse import problem
from homelab.kube.resource import Resource

FILLED_IN = ("{{", "${", "<<", "…")
"""Signs of an expression that is not written out: a template, a variable, a text that a record does not keep."""
OTHERS = "operator.victoriametrics.com"
"""Whose operator reads the same rules in a richer language."""


@check(severity=Severity.HIGH, aliases=("promql-syntax",))
def alert_expression_invalid(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """The expression of a rule does not parse: the rule is refused, and what it watches is not watched."""
    richer = next((r for r in inventory.of("VMAgent", "VMAlert", "VMSingle", "VMCluster") if r.group == OTHERS), None)
    for resource in inventory.of("PrometheusRule"):
        for field, name, expression in _rules(resource):
            why = problem(expression)
            if why is None:
                continue
            if richer is not None:
                place = inventory.place(resource, field)
                yield Unjudged(f"{resource.subject}: {name}", f"{richer.subject} may read it as MetricsQL", place)
                continue
            yield Accusation(
                resource,
                f"the expression of {name} does not parse: {why}",
                field=field,
                hint="promtool check rules says where",
            )


def _rules(resource: Resource) -> Iterator[tuple[str, str, str]]:
    """(field, name, expression) of every rule whose expression is written out."""
    for number, group in enumerate(resource.get("spec.groups", [])):
        for index, rule in enumerate(group.get("rules") or ()):
            expression = rule.get("expr") if isinstance(rule, Mapping) else None
            if expression is None or any(sign in str(expression) for sign in FILLED_IN):
                continue
            name = str(rule.get("alert") or rule.get("record") or f"rule {index}")
            yield f"spec.groups.{number}.rules.{index}.expr", name, str(expression)
