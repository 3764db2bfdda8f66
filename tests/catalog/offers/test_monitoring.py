"""The kinds by which components are watched."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from homelab.catalog.flows import Pods
from homelab.catalog.offers import monitoring
from homelab.catalog.upkeep import Alert

ALERT = Alert("Gone", "up == 0", 5, "warning", "It is gone", "Look for it.")


def schema(test_data: Path, kind: str) -> jsonschema_rs.Validator:
    folder = test_data / "schemas" / "monitoring.coreos.com"
    (file,) = folder.glob(f"{kind.lower()}_v1.json")
    return jsonschema_rs.validator_for(json.loads(file.read_text()))


@pytest.mark.parametrize(
    "manifest",
    [
        monitoring.service_monitor("a", "x", {"app": "a"}, [monitoring.endpoint("metrics", scheme="https")]),
        monitoring.pod_monitor("a", "x", {"app": "a"}, [monitoring.endpoint("metrics", interval="15s")]),
        monitoring.prometheus_rule(
            "a",
            "x",
            [ALERT, monitoring.absent("AllGone", "a", Pods("x", {"app": "a"}), "a", "b")],
            "https://x/runbooks/a.md",
        ),
    ],
    ids=lambda manifest: str(manifest["kind"]),
)
def test_each_constructor_satisfies_the_operators_schema(test_data: Path, manifest: dict[str, object]) -> None:
    """What is built is what the Prometheus operator accepts."""
    errors = [str(error) for error in schema(test_data, str(manifest["kind"])).iter_errors(manifest)]
    assert errors == []


def test_an_alert_keeps_expression_severity_and_runbook() -> None:
    """Nothing an author wrote about an alert is lost on the way, and the runbook link ends at its own heading."""
    (group,) = monitoring.prometheus_rule("n8n", "x", [ALERT], "https://x/n8n.md")["spec"]["groups"]
    (rule,) = group["rules"]
    assert rule == {
        "alert": "Gone",
        "expr": "up == 0",
        "for": "5m",
        "labels": {"severity": "warning"},
        "annotations": {
            "summary": "It is gone",
            "description": "Look for it.",
            "runbook_url": "https://x/n8n.md#gone",
        },
    }


def test_an_alert_at_once_has_no_waiting_time() -> None:
    """`for: 0m` is noise: a rule without patience leaves the field out."""
    rule = monitoring.prometheus_rule("a", "x", [Alert("Now", "1", 0, "info", "s", "r")])["spec"]["groups"][0]["rules"][
        0
    ]
    assert "for" not in rule
    assert "runbook_url" not in rule["annotations"]
