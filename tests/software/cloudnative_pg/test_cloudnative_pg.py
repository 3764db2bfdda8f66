"""CloudNativePG and its Barman Cloud plugin: the expansions beside the real charts."""

from __future__ import annotations

import pytest

from homelab.findings import Subject
from homelab.kube.facts import Role, Standby
from homelab.software.cloudnative_pg.system import CLOUDNATIVE_PG, expand, expand_plugin
from homelab.software.software import Release
from software.compare import assert_same

REPOSITORY = "https://cloudnative-pg.github.io/charts"
SPREAD = [{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}]
SIZED = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}
BOTH = {
    "defaults": {},
    "replicas": {"replicaCount": 2},
    "resources": {"resources": SIZED},
    "placement": {
        "topologySpreadConstraints": SPREAD,
        "nodeSelector": {"a": "b"},
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
        "priorityClassName": "system-cluster-critical",
        "podLabels": {"x": "y"},
    },
    "own names": {"fullnameOverride": "postgres-operator", "nameOverride": "pg"},
    "no rights": {"rbac": {"create": False}, "serviceAccount": {"create": False}},
    "own account": {"serviceAccount": {"name": "mine"}},
    "no crds": {"crds": {"create": False}},
    "own image": {"image": {"repository": "example/operator", "tag": "9"}},
    "contexts": {"containerSecurityContext": {"runAsUser": 5}, "podSecurityContext": {"fsGroup": 3}},
    "service": {"service": {"name": "other", "port": 8443}},
}
OPERATOR = {
    "monitor": {"monitoring": {"podMonitorEnabled": True}},
    "one namespace": {"config": {"clusterWide": False, "secret": True, "name": "own"}},
    "no hooks": {"webhook": {"mutating": {"create": False}, "validating": {"failurePolicy": "Ignore"}, "port": 9000}},
    "host network": {"hostNetwork": True, "updateStrategy": {"type": "Recreate"}},
    "queries": {"monitoringQueriesConfigMap": {"name": "mine"}, "config": {"create": False}},
}
PLUGIN = {
    "no certificates": {
        "certificate": {"createIssuer": False, "createClientCertificate": False, "createServerCertificate": False}
    },
    "own issuer": {"certificate": {"issuerName": "lab", "createIssuer": False, "duration": "24h"}},
}


def release(chart, values, name=None):
    version = {"cloudnative-pg": "0.29.0", "plugin-barman-cloud": "0.7.0"}[chart]
    return Release(chart, REPOSITORY, version, name or chart, "cnpg-system", values, "1.35")


@pytest.mark.slow
@pytest.mark.parametrize("values", [*BOTH.values(), *OPERATOR.values()], ids=[*BOTH, *OPERATOR])
def test_operator_equals_the_chart(oracle, test_data, values):
    """For each switch we read, the expansion and the real operator chart make the same objects."""
    made = release("cloudnative-pg", values)
    expansion = expand(made)
    assert expansion.unknown == ()
    assert_same(oracle("helm"), test_data / "charts" / "cloudnative-pg", made, expansion)


@pytest.mark.slow
@pytest.mark.parametrize("values", [*BOTH.values(), *PLUGIN.values()], ids=[*BOTH, *PLUGIN])
def test_plugin_equals_the_chart(oracle, test_data, values):
    """For each switch we read, the expansion and the real plugin chart make the same objects."""
    made = release("plugin-barman-cloud", values, "barman")
    expansion = expand_plugin(made)
    assert expansion.unknown == ()
    assert_same(oracle("helm"), test_data / "charts" / "plugin-barman-cloud", made, expansion)


def test_controllers_are_missed_only_on_change():
    """A database serves while its operator is away, and a second operator only waits."""
    for chart, expander in (("cloudnative-pg", expand), ("plugin-barman-cloud", expand_plugin)):
        facts = expander(release(chart, {})).facts
        subject = Subject("Deployment", chart, "cnpg-system")
        assert {type(fact): fact.subject for fact in facts if isinstance(fact, (Standby, Role))} == {
            Standby: subject,
            Role: subject,
        }
        assert next(fact for fact in facts if isinstance(fact, Role)).phase == "change"


def test_unmodelled_values_are_named():
    """A value that an expansion does not understand is said to be unknown, never ignored."""
    assert expand(release("cloudnative-pg", {"hostNetworks": True})).unknown == (
        "values key hostNetworks is not modelled",
    )
    values = {"monitoring": {"grafanaDashboard": {"create": True}}}
    assert expand(release("cloudnative-pg", values)).unknown == (
        "values key monitoring.grafanaDashboard is not modelled",
    )


def test_no_stamped_chart_is_supported_on_kubernetes_1_33():
    """On 1.33 the operator of the stamped chart runs but is not supported: the table says so."""
    (line,) = [each for each in CLOUDNATIVE_PG.support if each.chart == "0.29"]
    assert "1.33" in line.runs
    assert "1.33" not in line.supported
