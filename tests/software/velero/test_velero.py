"""The chart velero, its schedules and its locations."""

from __future__ import annotations

import pytest

from homelab.kube.facts import Backup, Calls, Destination
from homelab.software.software import Release
from homelab.software.velero.facts import location_facts, schedule_facts
from homelab.software.velero.system import expand
from software.compare import assert_same

PLACE = {
    "name": "offsite", "provider": "aws", "bucket": "b", "prefix": "p", "default": True,
    "credential": {"name": "velero-offsite", "key": "cloud"},
    "config": {"region": "eu", "s3ForcePathStyle": True, "s3Url": "https://s3.example.net", "checksumAlgorithm": ""},
}  # fmt: skip
MONITORS = {
    "metrics": {
        key: {"enabled": True, "additionalLabels": {"release": "x"}}
        for key in ("serviceMonitor", "nodeAgentPodMonitor")
    }
}
GRID = {
    "defaults": {},
    "agent": {"deployNodeAgent": True, "snapshotsEnabled": False},
    "sized": {
        "deployNodeAgent": True,
        "resources": {"requests": {"cpu": "1"}},
        "upgradeJobResources": {"limits": {"memory": "1Gi"}},
        "nodeAgent": {"resources": {"limits": {"memory": "1Gi"}}, "podLabels": {"a": "b"}, "priorityClassName": "x",
                      "containerSecurityContext": {"privileged": True}, "tolerations": [{"operator": "Exists"}],
                      "updateStrategy": {"type": "OnDelete"}, "disableHostPath": True},
    },
    "secured": {
        "containerSecurityContext": {"readOnlyRootFilesystem": True},
        "podSecurityContext": {"runAsUser": 1000},
        "initContainers": [{"name": "plugin", "image": "i:1", "resources": {"limits": {"memory": "1Mi"}}}],
        "priorityClassName": "system-cluster-critical",
        "podLabels": {"c": "d"},
    },
    "placed": {"tolerations": [{"operator": "Exists"}], "affinity": {"nodeAffinity": {}}, "nodeSelector": {"a": "b"}},
    "budget": {"podDisruptionBudget": {"enabled": True, "unhealthyPodEvictionPolicy": "AlwaysAllow"}},
    "budget by most": {"podDisruptionBudget": {"enabled": True, "minAvailable": 0, "maxUnavailable": 1}},
    "no metrics": {"metrics": {"enabled": False}, "deployNodeAgent": True},
    "monitors": {**MONITORS, "deployNodeAgent": True, "nodeAgent": {"podLabels": {"x": "y"}}},
    "rules": {"metrics": {"prometheusRule": {"enabled": True, "spec": [{"alert": "A", "expr": "1"}], "namespace": "m"}}},
    "places": {"configuration": {"backupStorageLocation": [PLACE, {"provider": "aws", "bucket": "x"}], "volumeSnapshotLocation": []}},
    "no places": {"backupsEnabled": False, "snapshotsEnabled": False, "upgradeCRDs": False},
    "existing": {"credentials": {"existingSecret": "s", "extraSecretRef": "t"}},
    "no secret": {"credentials": {"useSecret": False}, "deployNodeAgent": True},
    "schedules": {
        "schedules": {
            "daily": {"schedule": "0 2 * * *", "template": {"ttl": "24h"}, "useOwnerReferencesInBackup": False},
            "off": {"disabled": True, "schedule": "0 2 * * *"},
            "paused": {"paused": True, "schedule": "0 2 * * *"},
        },
        "configMaps": {"x": {"data": {"a": "b"}}},
    },
    "accounts": {"serviceAccount": {"server": {"create": False}}, "rbac": {"clusterAdministrator": False}},
    "named": {"serviceAccount": {"server": {"name": "backups"}}, "rbac": {"create": False},
              "configuration": {"repositoryMaintenanceJob": {"repositoryConfigData": {"global": None}}}},
    "digest": {"image": {"digest": "sha256:1"}, "livenessProbe": None, "metrics": {"service": {"type": "NodePort"}}},
}  # fmt: skip


def release(values, name="velero"):
    return Release("velero", "https://vmware-tanzu.github.io/helm-charts", "12.1.0", name, "velero", values)


@pytest.mark.slow
@pytest.mark.parametrize("point", GRID)
def test_same_as_the_chart(point, oracle, test_data):
    """At every point of the grid the expansion equals what real helm renders."""
    made = release(GRID[point], "backups" if point == "monitors" else "velero")
    assert_same(oracle("helm"), test_data / "charts" / "velero", made, expand(made))


def world(values):
    made = {
        (b["kind"], b["metadata"].get("namespace", ""), b["metadata"]["name"]): b
        for b in expand(release(values)).objects
    }
    return lambda *key: made.get(key)


def schedule(**template):
    spec = {"schedule": "0 2 * * *", "template": {"storageLocation": "offsite", **template}}
    return {"kind": "Schedule", "metadata": {"name": "daily", "namespace": "velero"}, "spec": spec}


def test_a_schedule_is_a_backup():
    """A schedule says what it copies, when, where to and for how long; file copies need the agent on the nodes."""
    find = world({"deployNodeAgent": True, "configuration": {"backupStorageLocation": [PLACE]}})
    (backup,) = schedule_facts(schedule(ttl="168h0m0s", defaultVolumesToFsBackup=True), find).facts
    assert isinstance(backup, Backup)
    assert backup.destination == Destination("https://s3.example.net", "b", "offsite")
    assert (backup.schedule, backup.fields, backup.retention, backup.namespaces) == ("0 2 * * *", 5, 7 * 86400, ("*",))
    assert backup.volumes
    (bare,) = schedule_facts(schedule(defaultVolumesToFsBackup=True), world({})).facts
    assert not bare.volumes
    assert bare.retention == 30 * 86400


def test_flags_of_the_server_decide_where_a_schedule_does_not():
    """Where a schedule leaves it open, the server's flags say whether volumes are copied."""
    files = world({"deployNodeAgent": True, "configuration": {"defaultVolumesToFsBackup": True}})
    snapshots = world({"configuration": {"features": "EnableCSI"}})
    assert schedule_facts(schedule(), files).facts[0].volumes
    assert schedule_facts(schedule(), snapshots).facts[0].volumes
    assert not schedule_facts(schedule(snapshotVolumes=False), snapshots).facts[0].volumes


def test_what_makes_no_backup_is_unknown():
    """A paused schedule and one whose location is missing are said to be unknown."""
    paused = schedule()
    paused["spec"]["paused"] = True
    assert schedule_facts(paused, world({})).unknown
    assert "velero/offsite" in schedule_facts(schedule(), world({})).unknown[0]


def test_velero_calls_its_locations():
    """The endpoint of a location is called when a backup is due, at the port its scheme implies."""
    body = next(
        b
        for b in expand(release({"configuration": {"backupStorageLocation": [PLACE]}})).objects
        if b["kind"] == "BackupStorageLocation"
    )
    (call,) = location_facts(body, lambda *_: None).facts
    assert isinstance(call, Calls)
    assert (call.host, call.port, call.phase) == ("s3.example.net", 443, "change")
    assert not location_facts({"metadata": {"name": "x"}, "spec": {}}, lambda *_: None).facts


def test_what_is_not_modelled_is_named():
    """Template strings and unknown keys are said, not guessed."""
    made = expand(release({"initContainers": "{{ x }}", "extraObjects": [{}]}))
    assert len(made.unknown) == 2
