"""An alert nobody reads: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Patch, Severity
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory
from homelab.kube.monitoring import loaded_by, wanted_labels


@check(severity=Severity.HIGH)
def rule_not_loaded(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """Alert rules that no Prometheus selects: they never fire."""
    for rule in inventory.of("PrometheusRule"):
        if rule.origin.maker != "file" or loaded_by(inventory, rule):
            continue
        if not inventory.of("Prometheus"):
            why = ask.anything(inventory) or "no Prometheus is declared here; another may load it"
            yield Unjudged(str(rule.subject), why, inventory.place(rule))
            continue
        labels = wanted_labels(inventory, rule)
        names = ", ".join(p.name for p in inventory.of("Prometheus"))
        said = " with " + ", ".join(f"{k}: {v}" for k, v in labels.items()) if labels else " of its own namespace"
        plain = {key: value for key, value in labels.items() if "." not in key}
        fix = next((Patch(rule.subject, f"metadata.labels.{k}", v) for k, v in plain.items()), None)
        yield Accusation(
            rule,
            f"{rule.name} is not selected by Prometheus {names}, which loads rules{said}: its alerts never fire",
            field="metadata.labels",
            hint="give the rule the labels, or open the selector: with kube-prometheus-stack by the flag"
            " ruleSelectorNilUsesHelmValues: false, since an empty selector alone changes nothing",
            fix=fix,
        )
