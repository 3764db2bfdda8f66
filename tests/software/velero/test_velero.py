"""What Velero's schedules and locations mean."""

from __future__ import annotations

from homelab.kube.facts import Backup, Calls, Destination
from homelab.software.velero.facts import location_facts, schedule_facts

PLACE = {
    "kind": "BackupStorageLocation",
    "metadata": {"name": "offsite", "namespace": "velero"},
    "spec": {"objectStorage": {"bucket": "b"}, "config": {"s3Url": "https://s3.example.net"}},
}
AGENT = {"kind": "DaemonSet", "metadata": {"name": "node-agent", "namespace": "velero"}}


def server(*args):
    """A server with flags."""
    pod = {"spec": {"containers": [{"name": "velero", "args": ["server", *args]}]}}
    return {"kind": "Deployment", "metadata": {"name": "velero", "namespace": "velero"}, "spec": {"template": pod}}


def world(*objects):
    """Finds these objects."""
    made = {(b["kind"], b["metadata"]["namespace"], b["metadata"]["name"]): b for b in objects}
    return lambda *key: made.get(key)


def schedule(**template):
    spec = {"schedule": "0 2 * * *", "template": {"storageLocation": "offsite", **template}}
    return {"kind": "Schedule", "metadata": {"name": "daily", "namespace": "velero"}, "spec": spec}


def test_a_schedule_is_a_backup():
    """A schedule says what it copies, when, where to and for how long; file copies need the agent on the nodes."""
    find = world(server(), AGENT, PLACE)
    (backup,) = schedule_facts(schedule(ttl="168h0m0s", defaultVolumesToFsBackup=True), find).facts
    assert isinstance(backup, Backup)
    assert backup.destination == Destination("https://s3.example.net", "b", "offsite")
    assert (backup.schedule, backup.fields, backup.retention, backup.namespaces) == ("0 2 * * *", 5, 7 * 86400, ("*",))
    assert backup.volumes
    (bare,) = schedule_facts(schedule(defaultVolumesToFsBackup=True), world(server())).facts
    assert not bare.volumes
    assert bare.retention == 30 * 86400


def test_flags_of_the_server_decide_where_a_schedule_does_not():
    """Where a schedule leaves it open, the server's flags say whether volumes are copied."""
    files = world(server("--default-volumes-to-fs-backup=true"), AGENT)
    snapshots = world(server("--features=EnableCSI"))
    assert schedule_facts(schedule(), files).facts[0].volumes
    assert schedule_facts(schedule(), snapshots).facts[0].volumes
    assert not schedule_facts(schedule(snapshotVolumes=False), snapshots).facts[0].volumes


def test_what_makes_no_backup_is_unknown():
    """A paused schedule and one whose location is missing are said to be unknown."""
    paused = schedule()
    paused["spec"]["paused"] = True
    assert schedule_facts(paused, world(server())).unknown
    assert "velero/offsite" in schedule_facts(schedule(), world(server())).unknown[0]


def test_velero_calls_its_locations():
    """The endpoint of a location is called when a backup is due, at the port its scheme implies."""
    (call,) = location_facts(PLACE, lambda *_: None).facts
    assert isinstance(call, Calls)
    assert (call.host, call.port, call.phase) == ("s3.example.net", 443, "change")
    assert not location_facts({"metadata": {"name": "x"}, "spec": {}}, lambda *_: None).facts
