"""Prometheus and Alertmanager, where their operator does not run itself."""

from __future__ import annotations

import pytest

from homelab.twin.standins.lookup import every, needed
from homelab.twin.standins.prometheus import PROMETHEUS
from twin.standins import cases
from twin.standins.scenes import Cluster


def available(cluster, kind):
    """What is said of how many are there."""
    status = cluster.get(kind, "main", "shop")["status"]
    said = next(each for each in status["conditions"] if each["type"] == "Available")
    return said["status"], said["reason"], status["availableReplicas"]


@pytest.mark.parametrize("kind", ["Prometheus", "Alertmanager"])
def test_it_is_available_once_its_pods_are(kind):
    """It is available when all its pods are ready, degraded when some are, and not when none is."""
    cluster = Cluster(*cases.metrics(kind)("")).settle(PROMETHEUS, pods=False)
    assert available(cluster, kind) == ("False", "NoPodReady", 0)
    for count, said in ((1, ("Degraded", "SomePodsNotReady", 1)), (2, ("True", "", 2))):
        cluster.get("StatefulSet", f"{kind.lower()}-main", "shop")["status"] = {"readyReplicas": count}
        assert available(cluster.settle(PROMETHEUS, pods=False), kind) == said


def test_who_runs_for_real_has_no_stand_in():
    """Beside a real program its stand-in is left out, and only that."""
    assert [each for each in every() if each not in needed({"prometheus-operator"})] == [PROMETHEUS]
