"""Who waits how long for whom: no caller of an example gives up before what it calls has been taken over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alerts.labs import EXAMPLES, example
from homelab.assess.model.mobile import failover_of
from homelab.assess.model.services import resolve
from homelab.assess.uptime import Computed
from homelab.kube.facts import Calls

PAIRS = {
    ("n8n", "n8n-redis"): "waits 60 s (QUEUE_BULL_REDIS_TIMEOUT_THRESHOLD), then ends itself",
    ("n8n-webhook", "n8n-redis"): "as main",
    ("n8n-worker", "n8n-redis"): "as main",
    (
        "n8n",
        "n8n-postgres",
    ): "asks again for ever; requests fail meanwhile, the process stays (n8n 2.35 `db-connection`)",
    ("n8n-webhook", "n8n-postgres"): "as main",
    ("n8n-worker", "n8n-postgres"): "as main",
}
"""Caller and what it calls that has a leader of more than one, and what the caller does while there is none.

Argo CD calls its cache through HAProxy, which has no leader and asks the Sentinels' Redis each second; it computes what is not in
the cache. Prometheus keeps alerts for Alertmanager and sends them again; any of its copies takes them.
"""


def pairs(inventory):
    """Every call of something that has a leader and a copy: the fact, the workload behind it, the takeover."""
    for call in inventory.facts_of(Calls):
        service = resolve(inventory, call.subject.namespace, call.host)
        for workload in inventory.workloads_of(service) if service else ():
            takeover = failover_of(inventory, workload)
            if takeover is not None and call.phase == "run":
                yield call, takeover


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_caller_outlives_a_takeover(name):
    """Each caller of something that fails over is known by name, and waits for more than one and a half takeovers."""
    found = list(pairs(example(name).inventory))
    assert found or name in {"starter", "own-app"}  # which have one of everything
    for call, takeover in found:
        assert (call.subject.name, takeover.subject.name) in PAIRS
        assert call.patience is None or call.patience > 1.5 * takeover.seconds


@pytest.mark.slow
def test_impatience_costs_minutes():
    """With n8n's own ten seconds instead of a minute, each loss of the queue's leader ends n8n, and the figure says so."""
    lab = example("enterprise")
    hasty = [replace(f, patience=10.0) if isinstance(f, Calls) and f.patience else f for f in lab.inventory.facts]
    service = f"lan:n8n.{lab.homelab.domain}"

    def minutes(inventory):
        return Computed.of(inventory, only=(service,)).minutes(service)

    assert minutes(replace(lab.inventory, facts=tuple(hasty))) > minutes(lab.inventory) > 0
