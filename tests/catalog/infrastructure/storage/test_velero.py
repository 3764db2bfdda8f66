"""velero with targets on the lab's own Ceph, on a box at home and elsewhere."""

from __future__ import annotations

import json
import re

import pytest

from catalog.expanded import expanded, strangers
from catalog.plans import EVERYTHING_OFF, METRICS, lab, own, plan, releases
from homelab.capabilities import Capability
from homelab.catalog.flows import Uses
from homelab.catalog.infrastructure.storage.rook_ceph.component import ROOK_CEPH
from homelab.catalog.infrastructure.storage.velero.component import VELERO, Settings
from homelab.catalog.needs import Phase
from homelab.catalog.offers.turns import in_turn
from homelab.catalog.plan import flows_of, namespaces_of, needs_of
from homelab.kube.facts import Backup, Singleton
from homelab.kube.schemas.validate import Schemas
from homelab.software.lookup import expand
from software.compare import assert_same

CEPH = {"local": {"kind": "ceph"}}
AWAY = {"offsite": {"kind": "s3", "endpoint": "https://s3.example.net", "bucket": "homelab", "region": "eu-1"}}
BOX = {
    "box": {"kind": "nas", "endpoint": "http://192.168.1.200:9000"},
    "nas": {"kind": "nas", "endpoint": "http://nas.lan"},
}


def velero(shape="three", targets=None, settings=None, **more):
    made = lab(shape, backup={"targets": CEPH | AWAY if targets is None else targets}, **more)
    return plan(made, METRICS, ROOK_CEPH, VELERO, settings={"velero": settings or {}})


LABS = {
    "both": velero(),
    "away": velero("one", AWAY),
    "box": velero("two", BOX | {"amazon": {"kind": "s3"}}),
    "off": velero("two", practices=EVERYTHING_OFF),
    "objects": velero("three", None, {"volumes": False, "excluded_namespaces": ["cache"]}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LABS)
def test_values_render_as_we_say(name, oracle, test_data):
    """In each lab helm accepts our values by the chart's schema, and renders what we say the chart makes of them."""
    release = releases(LABS[name], "velero")["velero"]
    made = expand(release)
    assert made.unknown == ()
    assert_same(oracle("helm"), test_data / "charts" / "velero", release, made)


@pytest.mark.parametrize("name", LABS)
def test_resources_pass_their_schemas(name, test_data):
    """The bucket claim, the schedules and the locations are what their kinds allow."""
    schemas = Schemas("1.35").with_folder(test_data / "schemas")
    places = expanded(LABS[name], "velero").of("BackupStorageLocation").values()
    for body in [*own(LABS[name], "velero"), *places]:
        assert schemas.validate(body) == [], body["metadata"]["name"]


@pytest.mark.parametrize("name", LABS)
def test_flows_end_at_pods_that_exist(name):
    """Each end of a declared flow matches pods of Velero."""
    found = [pods for pods in strangers(LABS[name], "velero") if pods.labels]
    assert found == []


def test_three_schedules_for_each_target():
    """Every target gets a daily, a weekly and a monthly backup of all namespaces with volumes, kept as long as wanted."""
    made = expanded(LABS["both"], "velero")
    backups = {fact.subject.name: fact for fact in made.facts if isinstance(fact, Backup)}
    assert set(backups) == {
        f"{rhythm}-{target}" for rhythm in ("daily", "weekly", "monthly") for target in ("local", "offsite")
    }
    assert {fact.retention / 86400 for fact in backups.values()} == {7, 28, 365}
    assert all(fact.volumes and fact.namespaces == ("*",) for fact in backups.values())
    assert backups["daily-offsite"].destination.endpoint == "https://s3.example.net"
    assert backups["daily-local"].destination.endpoint == "http://rook-ceph-rgw-homelab-objectstore.rook-ceph.svc:80"
    assert made.unknown == ()


def test_keys_by_reference_only():
    """The lab's own bucket brings its keys; every other target and the password are asked for, and nothing is written."""
    requests = VELERO.secrets(LABS["both"], LABS["both"].settings("velero"))
    assert [request.name for request in requests] == ["velero-repo-credentials", "velero-offsite"]
    values = releases(LABS["both"], "velero")["velero"].values
    assert values["credentials"] == {"useSecret": False, "extraSecretRef": "velero"}
    local, offsite = values["configuration"]["backupStorageLocation"]
    assert "credential" not in local
    assert local["default"]
    assert offsite["credential"] == {"name": "velero-offsite", "key": "cloud"}
    assert offsite["config"]["profile"] == "default"
    claim = expanded(LABS["both"], "velero").of("ObjectBucketClaim")["velero"]
    assert claim["spec"]["bucketName"] == local["bucket"]


def test_ways_out():
    """A target elsewhere needs the Internet, a box at home its address or whatever its name means, the lab's own a capability."""
    ways = {
        (flow.outside or flow.capability, flow.ports)
        for flow in flows_of(LABS["box"], LABS["box"].by_name["velero"])
        if isinstance(flow, Uses)
    }
    assert ways == {
        ("api-server", ()),
        ("lan:192.168.1.200/32", (9000,)),
        ("world", (80,)),
        ("world", (443,)),
    }
    both = flows_of(LABS["both"], LABS["both"].by_name["velero"])
    assert Capability.STORAGE_OBJECT in {flow.capability for flow in both if isinstance(flow, Uses)}


def test_nothing_needs_backups_to_run():
    """What Velero needs is needed for changes only; the object store only where a target lies on it."""
    needed = {name: needs_of(made, made.by_name["velero"]) for name, made in LABS.items()}
    assert all(need.phase is Phase.CHANGE for needs in needed.values() for need in needs)
    assert Capability.STORAGE_OBJECT in {need.capability for need in needed["both"]}
    assert Capability.STORAGE_OBJECT not in {need.capability for need in needed["away"]}


def test_practices_off():
    """With every practice off there are no schedules, monitors, sizes or contexts of ours, and no alert on their age."""
    made = LABS["off"]
    objects = expanded(made, "velero")
    assert not objects.of("Schedule")
    assert not objects.of("ServiceMonitor")
    values = releases(made, "velero")["velero"].values
    assert not {"resources", "containerSecurityContext", "nodeAgent"} & set(values)
    assert not [alert for alert in VELERO.alerts(made, made.settings("velero")) if "Late" in alert.name]


def test_alerts_look_at_the_age_of_schedules_that_exist():
    """Each rhythm of each target is watched under the name of its schedule, for age and for never having been."""
    made = LABS["both"]
    alerts = {alert.name: alert for alert in VELERO.alerts(made, made.settings("velero"))}
    names = set(expanded(made, "velero").of("Schedule"))
    asked = {
        name for alert in alerts.values() for name in re.findall(r'timestamp\{schedule="([^"]+)"', alert.expression)
    }
    assert asked == names
    for rhythm in ("daily", "weekly", "monthly"):
        assert f'schedule=~"{rhythm}-.+"' in alerts[f"VeleroBackupLate{rhythm.capitalize()}"].expression
    places = re.findall(r'backup_location_name="(\w+)"', alerts["VeleroLocationUnavailable"].expression)
    assert places == ["local", "offsite"]
    assert len(alerts) == len(VELERO.alerts(made, made.settings("velero")))


def test_targets_take_turns():
    """No two targets are copied to at the same minute, and hour and day stay as they are wanted."""
    schedules = expanded(LABS["both"], "velero").of("Schedule")
    assert schedules["weekly-local"]["spec"]["schedule"] == "0 3 * * 0"
    assert schedules["weekly-offsite"]["spec"]["schedule"] == "30 3 * * 0"
    assert expanded(LABS["away"], "velero").of("Schedule")["daily-offsite"]["spec"]["schedule"] == "0 2 * * *"


@pytest.mark.parametrize(("cron", "turns"), [
    ("0 2 * * *", ["0 2 * * *", "20 2 * * *", "40 2 * * *"]),
    ("50 23 * * 0", ["50 23 * * 0", "10 23 * * 0", "30 23 * * 0"]),
    ("*/10 2 * * *", ["*/10 2 * * *"] * 3),
])  # fmt: skip
def test_a_turn_stays_within_its_hour(cron, turns):
    """A schedule is moved by minutes only, so that a Sunday stays a Sunday; one that runs all the time stays as it is."""
    assert [in_turn(cron, index, 3) for index in range(3)] == turns


def test_the_server_waits_for_the_password():
    """The server mounts the Secret that is asked for, and not optionally: before it is there no pod starts."""
    made = LABS["both"]
    pod = expanded(made, "velero").of("Deployment")["velero"]["spec"]["template"]["spec"]
    wanted = VELERO.secrets(made, made.settings("velero"))[0].name
    (volume,) = [each for each in pod["volumes"] if each.get("secret")]
    assert volume["secret"] == {"secretName": wanted}
    assert volume["name"] in {mount["name"] for mount in pod["containers"][0]["volumeMounts"]}


def test_every_container_is_sized():
    """Server, plugin and agent have requests and memory limits; the server stays alone and has no budget."""
    made = expanded(LABS["both"], "velero")
    server = made.of("Deployment")["velero"]["spec"]["template"]["spec"]
    agent = made.of("DaemonSet")["node-agent"]["spec"]["template"]["spec"]
    for container in [*server["containers"], *server["initContainers"], *agent["containers"]]:
        assert container["resources"]["requests"], container["name"]
        assert container["resources"]["limits"]["memory"], container["name"]
    assert not made.of("PodDisruptionBudget")
    assert any(isinstance(fact, Singleton) for fact in made.facts)


def test_pods_that_velero_makes_are_sized():
    """The agent reads the sizes of the pods it makes from a ConfigMap that exists; tidying pods are sized as well."""
    made = LABS["both"]
    values = releases(made, "velero")["velero"].values
    (argument,) = values["nodeAgent"]["extraArgs"]
    assert argument.partition("=")[2] in expanded(made, "velero").of("ConfigMap")
    sizes = json.loads(values["configMaps"]["node-agent"]["data"]["node-agent-config.json"])["podResources"]
    tidy = values["configuration"]["repositoryMaintenanceJob"]["repositoryConfigData"]["global"]["podResources"]
    assert set(sizes) == set(tidy) == {"cpuRequest", "cpuLimit", "memoryRequest", "memoryLimit"}
    assert all(sizes.values())
    assert all(tidy.values())
    bare = releases(LABS["off"], "velero")["velero"].values
    assert "configMaps" not in bare
    assert "repositoryMaintenanceJob" not in bare["configuration"]


def test_without_volumes():
    """With volumes off there is no agent, and its backups say that they copy objects only."""
    made = expanded(LABS["objects"], "velero")
    assert not made.of("DaemonSet")
    backups = [fact for fact in made.facts if isinstance(fact, Backup)]
    assert all(not fact.volumes and fact.excluded == ("cache",) for fact in backups)


def test_a_lab_with_targets_gets_it():
    """Targets make a lab one with backups; the namespace is privileged because the agent reads the node's folders."""
    assert VELERO.applies is not None
    assert VELERO.applies(LABS["away"].homelab)
    assert not VELERO.applies(lab("one"))
    assert namespaces_of(LABS["away"], LABS["away"].by_name["velero"])[0].level == "privileged"
    assert all(field.description for field in Settings.model_fields.values())
