"""Monitors off, for the lab or for one component: no alert asks for what nobody scrapes any more, and none else is lost."""

from __future__ import annotations

import re
from functools import cache

import pytest

from alerts.labs import EXAMPLES, example
from alerts.test_scraped import OF_THE_CLUSTER, targets
from homelab.findings import SpecEdit

MADE_BY = {
    "argocd_app_": r"argocd-application-controller-metrics",
    "barman_cloud_": r"[^/]+/[^/]+-postgres",
    "ceph_": r"rook-ceph-mgr",
    "certmanager_": r"cert-manager",
    "cilium_": r"cilium-agent",
    "cloudflared_": r"cloudflared/cloudflared",
    "cnpg_": r"[^/]+/[^/]+-postgres",
    "envoy_": r"envoy-gateway-system/homelab-gateway",
    "kube_": r"kube-state-metrics",
    "n8n_": r"n8n|[^/]+/n8n-worker",
    "redisreplication_": r"redis-operator/redis-operator",
    "sealed_secrets_": r"sealed-secrets-controller-metrics",
    "velero_": r"velero",
}
"""Prefix of a metric to the job whose targets have it; each beside its alert, with its source."""
SERIES = re.compile(r"\b([a-z][a-z0-9]*(?:_[a-z0-9]+)+)\b(?! ?\()(\{[^}]*\})?")
"""A metric with its selector; a word before a bracket is a function."""
LABELS = re.compile(r"\b(?:by|on|without|ignoring|group_left|group_right) \([^)]*\)")
ALWAYS = {"kube-state-metrics", "node-exporter", *OF_THE_CLUSTER}
"""Jobs of the chart of Prometheus itself, which no practice of another component takes away."""


def series(expression):
    """(metric, its selector) of everything that an expression asks for."""
    return SERIES.findall(LABELS.sub("", expression))


def unanswered(lab):
    """(alert, metric or job) of every rule that asks for what no target of the lab has."""
    jobs = {(target.workload.namespace, target.job) for target in targets(lab.inventory)}
    for resource in lab.inventory.of("PrometheusRule"):
        for rule in (rule for group in resource.get("spec.groups", []) for rule in group["rules"]):
            for metric, selector in series(rule["expr"]):
                space = re.search(r'namespace="([^"]+)"', selector) if not metric.startswith("kube_") else None
                job = next(job for prefix, job in MADE_BY.items() if metric.startswith(prefix))
                here = {name for namespace, name in jobs if space is None or namespace == space[1]}
                if not any(re.fullmatch(job, name) for name in here | ALWAYS):
                    yield rule["alert"], metric
            for namespace, job in re.findall(r'up\{(?:namespace="([^"]+)",)?job="([^"]+)"', rule["expr"]):
                if job not in ALWAYS and not any(found == job and namespace in ("", space) for space, found in jobs):
                    yield rule["alert"], job


def names(lab):
    """Every alert of a lab, with what it asks for."""
    rules = (resource.get("spec.groups", []) for resource in lab.inventory.of("PrometheusRule"))
    return {rule["alert"] for groups in rules for group in groups for rule in group["rules"]}


@cache
def without(name, owner):
    """An example with monitors off: for all, or for one component."""
    lab = example(name)
    if owner is None:
        return lab.edited([SpecEdit("practices.monitors", False)])
    section = "apps" if lab.plan.by_name[owner].component.application else "components"
    return lab.edited([SpecEdit(f"{section}.{owner}.practices.monitors", False)])


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_alert_is_answered_as_the_examples_are(name):
    """The walk below begins with nothing to say."""
    assert list(unanswered(example(name))) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["enterprise", "two-boxes"])
def test_nothing_asks_for_what_nobody_scrapes(name):
    """Monitors off for the lab, and for each of its components: what loses its target loses its alerts."""
    for owner in (None, *example(name).plan.by_name):
        assert list(unanswered(without(name, owner))) == [], owner


def test_what_others_count_stays():
    """Objects are counted by kube-state-metrics: an alert on them stays when the component itself is not scraped."""
    assert "VeleroNodeAgentMissing" in names(without("enterprise", "velero"))
    assert "VeleroMetricsAbsent" not in names(without("enterprise", "velero"))


def test_databases_are_watched_where_they_are_scraped():
    """Rules over databases follow the monitors of the databases, whatever holds for the operator, and the reverse."""
    assert {"CNPGInstanceDown", "CNPGArchiveUnseen"} <= names(without("enterprise", "cloudnative-pg"))
    assert "CNPGOperatorAbsent" not in names(without("enterprise", "cloudnative-pg"))
    assert [alert for alert in names(without("enterprise", "n8n")) if alert.startswith("CNPG")] == [
        "CNPGOperatorAbsent"
    ]


def test_a_database_that_is_not_archived_is_not_missed_in_the_archive():
    """Backups off for an application's databases: nothing waits for the series of a sidecar that is not there."""
    lab = example("enterprise").edited([SpecEdit("apps.n8n.practices.database_backups", False)])
    found = names(lab)
    assert "CNPGInstanceDown" in found
    assert found & {"CNPGArchiveUnseen", "CNPGBackupTooOld", "CNPGLastFailedArchiveTime"} == set()
