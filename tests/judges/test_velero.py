"""Velero's real server over rendered labs: its locations, a backup, a restore, the tidying of a store, and its series.

An API server holds the objects, S3 servers hold the buckets; no pod runs, so no volume is copied.
"""

from __future__ import annotations

import copy
import json
import re
import subprocess

import pytest

from catalog.infrastructure.storage.test_velero_oracle import SERIES, example
from homelab.catalog.infrastructure.storage.velero.component import VELERO
from homelab.catalog.infrastructure.storage.velero.targets import NAMESPACE
from homelab.catalog.offers.monitoring import prometheus_rule
from homelab.catalog.plan import uncopied
from judges import shop
from judges.cluster import Cluster
from judges.processes import Processes, until
from judges.velero import STRANGERS, Velero

pytestmark = pytest.mark.judge
MAINTENANCE = "velero-repo-maintenance"
"""The ConfigMap with the sizes of maintenance, as the chart calls it."""


@pytest.fixture(scope="module", params=["enterprise", "guide"])
def made(request):
    """The plan of an example: one with two targets, one with the lab's own alone."""
    return example(request.param)


@pytest.fixture(scope="module")
def velero(made, tmp_path_factory, oracle, twin_program, test_data):
    """The server of that lab, running."""
    with Processes(tmp_path_factory.mktemp("velero")) as processes:
        yield Velero(made, Cluster(processes, oracle, twin_program), oracle, test_data)


@pytest.fixture(scope="module")
def backups(made, velero):
    """A backup by each daily schedule, of an application and of volumes that the lab's policies leave out."""
    cluster = velero.cluster
    left_out = {f"kept-{index}": dict(item.labels) for index, item in enumerate(uncopied(made))}
    cluster.apply(
        *shop.foundation("shop"),
        *shop.stateless("shop"),
        *(body for name, labels in left_out.items() for body in shop.volume("shop", name, labels)),
        shop.pod("shop", "database", *left_out),
    )
    shop.running(cluster, "shop", "database", *left_out)
    return {name: velero.copy(f"daily-{name}", f"first-{name}") for name in velero.stores}


def test_each_location_is_available(velero):
    """Velero takes each location in a bucket that others write into as well, and leaves alone what they wrote."""
    for name, store in velero.stores.items():
        velero.phase("backupstoragelocation", name, "Available")
        bucket = velero.named("BackupStorageLocation", name)["spec"]["objectStorage"]["bucket"]
        assert set(STRANGERS) <= set(store.keys_in(bucket))


def test_a_schedule_makes_a_complete_backup(velero, backups):
    """Each daily schedule is enabled, and its backup ends without an error, with the objects below its own prefix."""
    for name, made in backups.items():
        assert velero.get("schedule", f"daily-{name}")["status"]["phase"] == "Enabled"
        logs = velero.command("backup", "logs", made["metadata"]["name"])
        assert made["status"]["phase"] == "Completed", logs[-3000:]
        assert made["status"]["progress"]["itemsBackedUp"] > 50
        assert made["spec"]["storageLocation"] == name
        place = velero.named("BackupStorageLocation", name)["spec"]["objectStorage"]
        written = set(velero.stores[name].keys_in(place["bucket"])) - set(STRANGERS)
        assert all(key.startswith(f"{place['prefix']}/") for key in written)
        assert f"{place['prefix']}/backups/first-{name}/first-{name}.tar.gz" in written


def test_volumes_are_left_out_by_policy_and_no_others(velero, backups):
    """What the policies name asks for no agent; any other mounted volume does, and is missed where none runs."""
    assert velero.cluster.get("podvolumebackups.velero.io", "-A") == []
    cluster, (name, *_) = velero.cluster, backups
    cluster.apply(*shop.foundation("cellar"), *shop.volume("cellar", "wine", {"app": "wine"}))
    cluster.apply(shop.pod("cellar", "rack", "wine"))
    shop.running(cluster, "cellar", "rack", "wine")
    try:
        found = velero.copy(f"daily-{name}", "without-agent")
        logs = velero.command("backup", "logs", "without-agent")
    finally:
        cluster.kubectl("delete", "pod", "rack", "-n", "cellar", "--grace-period=0", "--force")
    assert found["status"]["phase"] == "PartiallyFailed"
    errors = [line for line in logs.splitlines() if "level=error" in line]
    assert errors
    assert all("daemonset pod not found in running state in node" in line for line in errors)
    assert all("cellar/rack" in line or "name=rack" in line for line in errors)


def test_a_restore_brings_the_objects_back(velero, backups):
    """Out of each target the application comes back, under another name beside the one that is there."""
    for name in backups:
        there = f"shop-from-{name}"
        velero.command(
            *("restore", "create", f"back-{name}", "--from-backup", f"first-{name}", "--wait"),
            *("--include-namespaces", "shop", "--namespace-mappings", f"shop:{there}"),
        )
        assert velero.get("restore", f"back-{name}")["status"]["phase"] == "Completed"
        for kind, fields in (
            ("configmap/settings", ("data",)),
            ("secret/till", ("data",)),
            ("service/shop", ("spec", "ports")),
            ("deployment/shop", ("spec", "template", "spec")),
            ("deployment/shop", ("spec", "replicas")),
        ):
            before, after = velero.cluster.get(kind, "-n", "shop"), velero.cluster.get(kind, "-n", there)
            for field in fields:
                before, after = before[field], after[field]
            assert before == after
        claims = velero.cluster.get("pvc", "-n", there)
        assert {each["metadata"]["name"] for each in claims} == {
            each["metadata"]["name"] for each in velero.cluster.get("pvc", "-n", "shop")
        }


def store_of(name, frequency):
    """What Velero makes for the first volume of a namespace: the store of its copies at a location."""
    labels = {"volume-namespace": "shop", "storage-location": name, "repository-type": "kopia"}
    return {
        "apiVersion": "velero.io/v1",
        "kind": "BackupRepository",
        "metadata": {
            "name": f"shop-{name}-kopia",
            "namespace": NAMESPACE,
            "labels": {f"velero.io/{key}": value for key, value in labels.items()},
        },
        "spec": {
            "volumeNamespace": "shop",
            "backupStorageLocation": name,
            "repositoryType": "kopia",
            "maintenanceFrequency": frequency,
        },
    }


def without_cpu_limit(velero):
    """The rendered sizes of maintenance with one of the four missing."""
    config = copy.deepcopy(velero.named("ConfigMap", MAINTENANCE))
    sizes = json.loads(config["data"]["global"])
    del sizes["podResources"]["cpuLimit"]
    return {**config, "data": {"global": json.dumps(sizes)}}


@pytest.fixture(scope="module")
def tidied(velero):
    """What became of a store that was due: with a size missing, then with what is rendered; the Job, and what it said."""
    cluster, name = velero.cluster, next(iter(velero.stores))

    def remembered():
        found = velero.get("backuprepository", f"shop-{name}-kopia")
        return found["status"].get("recentMaintenance", [])

    def jobs():
        return cluster.get("jobs", "-n", NAMESPACE)

    def log():
        return f"maintenance:\n{velero.processes.log('velero')[-3000:]}"

    cluster.apply(without_cpu_limit(velero), store_of(name, "1h0m0s"))
    velero.phase("backuprepository", f"shop-{name}-kopia", "Ready")
    cluster.apply(
        store_of(name, "1ms")
    )  # Velero looks at a store when its description changes, else every five minutes
    refused = until(remembered, log)
    assert jobs() == []
    cluster.apply(velero.named("ConfigMap", MAINTENANCE))
    cluster.apply(store_of(name, "2ms"))
    (job, *_) = until(jobs, log)
    said = velero.run(job)
    until(lambda: remembered()[1:], log)
    return job, said, (refused[0], remembered()[1])


def test_a_store_is_tidied_by_jobs_of_our_size(velero, tidied):
    """A store that is due gets a Job with the rendered sizes, whose command tidies it and is remembered as a success."""
    job, said, (_, remembered) = tidied
    sizes = json.loads(velero.named("ConfigMap", MAINTENANCE)["data"]["global"])["podResources"]
    (container,) = job["spec"]["template"]["spec"]["containers"]
    asked, limits = container["resources"]["requests"], container["resources"]["limits"]
    assert (asked["cpu"], asked["memory"]) == (sizes["cpuRequest"], sizes["memoryRequest"])
    assert (limits.get("cpu", "0"), limits["memory"]) == (sizes["cpuLimit"], sizes["memoryLimit"])
    assert said.returncode == 0, said.stdout[-3000:] + said.stderr[-3000:]
    assert remembered["result"] == "Succeeded"


def test_a_missing_size_stops_the_tidying(tidied):
    """Without one of the four sizes Velero makes no Job and says why, so that the Job of the rendered ones means something."""
    _, _, (refused, _) = tidied
    assert refused["result"] == "Failed"
    assert "couldn't parse CPU limit" in refused["message"]


@pytest.fixture(scope="module")
def scraped(velero, backups, tidied):
    """The series of the server after a backup of each target, and a store that was tidied."""
    gauges(velero, *velero.stores)
    return velero.metrics()


def gauges(velero, *names):
    """The series of the state of locations, once these have one.

    It says what the look before the last one found (pkg/controller/backup_storage_location_controller.go writes it from the
    list that it read before it looked), so it follows the object's phase by a minute.
    """

    def found():
        series = [each for each in velero.metrics() if each[0] == "velero_backup_location_status_gauge"]
        there = {labels for _, labels, _ in series}
        return series if all(f'backup_location_name="{name}"' in there for name in names) else None

    return until(found, lambda: f"series of {', '.join(names)}: {found()}", 90)


def test_every_series_that_alerts_ask_for_is_there(made, velero, scraped):
    """Each series and each label of Velero's that an alert names is scraped from the server, schedules by their names."""
    exported = {}
    for name, labels, _ in scraped:
        exported.setdefault(name, []).append(dict(re.findall(r'(\w+)="([^"]*)"', labels)))
    asked = [
        found for alert in VELERO.alerts(made, made.settings("velero")) for found in SERIES.findall(alert.expression)
    ]
    assert len(asked) > 10
    for name, matchers in asked:
        for label, value in re.findall(r'(\w+)="([^"]+)"', matchers):
            if name == "velero_backup_last_successful_timestamp" and not value.startswith("daily-"):
                continue  # no backup of these was made
            assert value in {labels.get(label) for labels in exported[name]}, (name, label)
        assert set(re.findall(r"(\w+)[=!]", matchers)) <= set().union(*exported[name]), name


def rootless(velero, name):
    """A location without a prefix, in a bucket that others write into."""
    planted = copy.deepcopy(velero.named("BackupStorageLocation", name))
    planted["metadata"]["name"] = "rootless"
    planted["spec"].pop("default", None)
    del planted["spec"]["objectStorage"]["prefix"]
    return planted


def test_a_shared_bucket_needs_a_prefix_and_its_alert_fires(made, velero, oracle, tmp_path):
    """Without its prefix a location is refused, and over the server's own series the alert fires for it and no other."""
    planted = rootless(velero, next(iter(velero.stores)))
    velero.cluster.apply(planted)
    found = velero.phase("backupstoragelocation", "rootless", "Unavailable")
    assert "invalid top-level directories" in found["status"]["message"]
    planted["spec"]["validationFrequency"] = "30s"  # a changed description is looked at once more
    velero.cluster.apply(planted)
    series = gauges(velero, *velero.stores, "rootless")
    rules = prometheus_rule("velero", NAMESPACE, VELERO.alerts(made, made.settings("velero")))["spec"]
    counted = 'count by (backup_location_name) (ALERTS{alertname="VeleroLocationUnavailable",alertstate="firing"})'
    case = {
        "interval": "5m",
        "input_series": [
            {"series": f"{name}{{{labels}}}", "values": f"{float(value):g}x60"} for name, labels, value in series
        ],
        "promql_expr_test": [
            {
                "expr": counted,
                "eval_time": "2h",
                "exp_samples": [{"labels": '{backup_location_name="rootless"}', "value": 1}],
            }
        ],
    }
    assert ruled(oracle("promtool"), rules, case, tmp_path) == ""


def ruled(promtool, rules, case, folder):
    """What promtool says against a case of these rules; empty when it holds."""
    (folder / "rules.yaml").write_text(json.dumps(rules))
    (folder / "case.yaml").write_text(json.dumps({"rule_files": ["rules.yaml"], "tests": [case]}))
    done = subprocess.run(
        [str(promtool), "test", "rules", str(folder / "case.yaml")], capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr
