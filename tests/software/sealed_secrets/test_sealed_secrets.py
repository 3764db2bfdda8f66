"""Sealed Secrets: the expansion beside the real chart."""

from __future__ import annotations

import pytest

from homelab.findings import Subject
from homelab.kube.facts import Role, Singleton
from homelab.software.sealed_secrets.system import SEALED_SECRETS, expand, opened
from homelab.software.software import Release
from software.compare import assert_same

GRID = {
    "defaults": {},
    "own name": {"fullnameOverride": "sealed-secrets-controller"},
    "probes off": {"livenessProbe": {"enabled": False}, "readinessProbe": {"enabled": False}},
    "startup probe": {"startupProbe": {"enabled": True}},
    "resources": {"resources": {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}}},
    "monitor": {"metrics": {"serviceMonitor": {"enabled": True}}},
    "budget": {"pdb": {"create": True}},
    "contexts off": {"containerSecurityContext": {"enabled": False}, "podSecurityContext": {"enabled": False}},
    "no controller": {"createController": False},
    "placement": {"nodeSelector": {"a": "b"}, "priorityClassName": "system-cluster-critical", "podLabels": {"x": "y"}},
}


def release(values, name="sealed-secrets"):
    return Release(
        "sealed-secrets", "https://bitnami.github.io/sealed-secrets", "2.19.1", name, "sealed-secrets", values
    )


@pytest.mark.slow
@pytest.mark.parametrize("values", GRID.values(), ids=GRID.keys())
def test_expansion_equals_the_chart(oracle, test_data, values):
    """For each switch we read, the expansion and the real chart make the same objects."""
    for name in ("sealed-secrets", "other"):
        made = release(values, name)
        assert_same(oracle("helm"), test_data / "charts" / "sealed-secrets", made, expand(made))


def test_controller_is_a_singleton_missed_only_on_change():
    """Advice to scale the controller would change nothing, and its absence stops no service."""
    facts = expand(release({})).facts
    subject = Subject("Deployment", "sealed-secrets", "sealed-secrets")
    assert [type(fact) for fact in facts] == [Singleton, Role]
    assert all(fact.subject == subject for fact in facts)


def test_unmodelled_values_are_named():
    """A value that the expansion does not understand is said to be unknown, never ignored."""
    assert expand(release({"hostNetwork": True})).unknown == ("values key hostNetwork is not modelled",)


def test_sealed_secret_produces_its_secret():
    """A reference to a Secret that is sealed in Git does not dangle."""
    body = {"kind": "SealedSecret", "metadata": {"name": "token", "namespace": "n8n-prod"}}
    (fact,) = opened(body, None).facts
    assert fact.objects == (Subject("Secret", "token", "n8n-prod"),)
    assert SEALED_SECRETS.kinds[0].group == "bitnami.com"
