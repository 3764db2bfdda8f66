"""rook-ceph in labs of one node, two hosts and three hosts."""

from __future__ import annotations

import pytest

from catalog.expanded import expanded, strangers
from catalog.plans import EVERYTHING_OFF, METRICS, lab, own, plain, plan, releases
from homelab.catalog.infrastructure.storage.rook_ceph.component import ROOK_CEPH, Settings
from homelab.catalog.offers.storage import bucket_claim, file_class, object_store, outlives_node, storage_class
from homelab.catalog.plan import namespaces_of, parts_of
from homelab.kube.facts import Pool, Quorum
from homelab.kube.schemas.validate import Schemas
from homelab.software.lookup import expand
from software.compare import assert_same

ONE_DISK = {"nodes": {"solo": {"role": "control-plane", "address": "192.168.1.10", "cpu": 8, "memory": "16Gi",
                               "disk": "100GB", "ceph": ["200GB"], "install_disk": "/dev/nvme0n1"}}, "hosts": {}}  # fmt: skip


def rook(shape="three", settings=None, **more):
    return plan(lab(shape, **more), METRICS, ROOK_CEPH, settings={"rook-ceph": settings or {}})


LABS = {
    "three": rook(),
    "two": rook("two"),
    "one": rook("one", {"devices": {"solo": ["disk/by-id/wwn-0x5000"]}}, **ONE_DISK),
    "off": rook("two", practices=EVERYTHING_OFF),
    "all": rook("three", {"toolbox": True, "pool_size": 2, "failure_domain": "node"}, profile="enterprise"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LABS)
def test_values_render_as_we_say(name, oracle, test_data):
    """In each lab our values render with real helm, and to exactly what we say the charts make of them."""
    for release in releases(LABS[name], "rook-ceph").values():
        made = expand(release)
        assert made.unknown == ()
        assert_same(oracle("helm"), test_data / "charts" / release.chart, release, made)


@pytest.mark.parametrize("name", LABS)
def test_resources_pass_their_schemas(name, test_data):
    """Every object of ours and every custom resource of the charts is what its kind allows."""
    schemas = Schemas("1.35").with_folder(test_data / "schemas")
    judged = [body for body in expanded(LABS[name], "rook-ceph").objects if "ceph" in body["apiVersion"]]
    for body in [*own(LABS[name], "rook-ceph"), *judged, {**bucket_claim("logs", "monitoring", quota="20Gi")}]:
        assert schemas.validate(body) == [], body["metadata"]["name"]


@pytest.mark.parametrize("name", LABS)
def test_flows_end_at_pods_that_exist(name):
    """Each end of a declared flow matches pods that the component really becomes."""
    assert strangers(LABS[name], "rook-ceph") == []


@pytest.mark.parametrize(
    ("name", "domain", "size", "mons", "osds"),
    [("three", "topology.kubernetes.io/zone", 3, 3, 3), ("two", "host", 3, 3, 4), ("one", "host", 1, 1, 1)],
)
def test_copies_and_domains_follow_the_lab(name, domain, size, mons, osds):
    """Three machines carry one copy each; on two machines copies part by node; one disk carries the only copy."""
    made = expanded(LABS[name], "rook-ceph")
    pools = {fact.subject.name: fact for fact in made.facts if isinstance(fact, Pool) and not fact.classes}
    assert set(pools) == {"ssd-pool", "myfs-enterprise", "homelab-objectstore"}
    assert {(pool.domain, pool.size) for pool in pools.values()} == {(domain, size)}
    (quorum,) = [fact for fact in made.facts if isinstance(fact, Quorum)]
    assert quorum.size == mons
    assert len([deployment for deployment in made.of("Deployment") if "-osd-" in deployment]) == osds
    assert made.unknown == ()


def test_classes_stand_on_their_pools():
    """Each class stands on a pool that exists, none is called like one, and one is the default."""
    made = expanded(LABS["three"], "rook-ceph")
    on = {fact.classes[0]: fact.subject.name for fact in made.facts if isinstance(fact, Pool) and fact.classes}
    assert on == {
        "ceph-block": "ssd-pool",
        "ceph-block-retain": "ssd-pool",
        "ceph-file": "myfs-enterprise",
        "ceph-file-retain": "myfs-enterprise",
        "ceph-bucket": "homelab-objectstore",
    }
    assert not set(on) & set(on.values())
    default = [name for name, body in made.of("StorageClass").items() if body["metadata"].get("annotations")]
    assert default == ["ceph-block"]


BY_ID = "/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi"


def test_devices_are_named_or_plugged_in_by_us():
    """Raw disks are those that the settings name, a path as a path, or those at the ports of a virtual machine; none is guessed."""
    made = plain(releases(LABS["one"], "rook-ceph")["rook-ceph-cluster"].values)
    (solo,) = made["cephClusterSpec"]["storage"]["nodes"]
    assert solo == {"name": "solo", "devices": [{"name": "/dev/disk/by-id/wwn-0x5000"}]}
    named = rook("three", {"devices": {"worker-1": ["sdc"]}})
    nodes = releases(named, "rook-ceph")["rook-ceph-cluster"].values["cephClusterSpec"]["storage"]["nodes"]
    assert [node["devices"] for node in nodes] == [[{"name": "sdc"}], *[[{"name": f"{BY_ID}1"}]] * 2]


def test_a_machine_of_its_own_says_which_disks_ceph_may_overwrite():
    """Without their names it is a mistake at the machine, with the command that shows them; a virtual machine needs none."""
    asked = rook("one", **ONE_DISK)
    (problem,) = ROOK_CEPH.refuses(asked, asked.settings("rook-ceph"))
    assert (problem.option, problem.also) == ("components.rook-ceph.devices.solo", "nodes.solo.ceph")
    assert "talosctl get disks --insecure --nodes 192.168.1.10" in (problem.hint or "")
    for name in ("one", "three"):
        assert list(ROOK_CEPH.refuses(LABS[name], LABS[name].settings("rook-ceph"))) == []


def test_two_of_everything_with_budgets():
    """With several nodes every standby has a second pod and a budget; on one node neither."""
    several, single = expanded(LABS["three"], "rook-ceph"), expanded(LABS["one"], "rook-ceph")
    assert several.of("Deployment")["rook-ceph.rbd.csi.ceph.com-ctrlplugin"]["spec"]["replicas"] == 2
    assert single.of("Deployment")["rook-ceph.rbd.csi.ceph.com-ctrlplugin"]["spec"]["replicas"] == 1
    wanted = {
        "ceph-csi-controller-manager",
        "rook-ceph.rbd.csi.ceph.com-ctrlplugin",
        "rook-ceph-rgw-homelab-objectstore",
    }
    assert wanted <= set(several.of("PodDisruptionBudget"))
    assert not wanted & set(single.of("PodDisruptionBudget"))


def test_practices_off_leave_nothing_of_ours():
    """With every practice off there are no budgets, spread, monitors or sizes of ours."""
    made = expanded(LABS["off"], "rook-ceph")
    assert not made.of("PodDisruptionBudget")
    assert not made.of("ServiceMonitor")
    values = releases(LABS["off"], "rook-ceph")
    assert "resources" not in values["rook-ceph"].values
    assert "placement" not in values["rook-ceph-cluster"].values["cephClusterSpec"]
    assert "resources" not in values["ceph-csi-drivers"].values["drivers"]["rbd"]["controllerPlugin"]


def test_every_container_is_sized():
    """With requests on, every container that the operator and its drivers run has a request and a memory limit."""
    bare = [
        (body["metadata"]["name"], container["name"])
        for body in expanded(LABS["three"], "rook-ceph").objects
        if body["kind"] in {"Deployment", "DaemonSet"}
        for container in body["spec"]["template"]["spec"]["containers"]
        if "memory" not in container.get("resources", {}).get("limits", {})
        or not container["resources"].get("requests")
    ]
    assert bare == []


def test_data_is_never_cascaded():
    """All four Applications are orphaned when the component is switched off, in one privileged namespace."""
    made = LABS["three"]
    parts = parts_of(made, made.by_name["rook-ceph"])
    assert [part.folder for part in parts] == ["operator", "drivers", "cluster", "storageclass"]
    assert all(part.stateful for part in parts)
    assert [(space.name, space.level) for space in namespaces_of(made, made.by_name["rook-ceph"])] == [
        ("rook-ceph", "privileged")
    ]


def test_what_other_components_ask():
    """Claims take the block class, databases the one that keeps, and S3 answers where the Service is."""
    made = LABS["three"]
    assert (storage_class(made), storage_class(made, durable=True)) == ("ceph-block", "ceph-block-retain")
    assert file_class(made) == "ceph-file"
    assert object_store(made) == "http://rook-ceph-rgw-homelab-objectstore.rook-ceph.svc:80"
    assert "rook-ceph-rgw-homelab-objectstore" in expanded(made, "rook-ceph").of("Service")
    assert outlives_node(made)
    bare = plan(lab("one"))
    assert (storage_class(bare), storage_class(bare, durable=True), file_class(bare), object_store(bare)) == (
        "",
        "",
        None,
        None,
    )


def test_a_lab_gets_it_with_disks_on_two_nodes():
    """Disks on two nodes make a lab a Ceph lab; one disk does not."""
    assert ROOK_CEPH.applies is not None
    assert ROOK_CEPH.applies(lab("two"))
    assert not ROOK_CEPH.applies(lab("one"))


def test_settings_and_alerts_are_documented():
    """Every setting has a docstring; alerts have a runbook, and quorum is watched only where there is one."""
    assert all(field.description for field in Settings.model_fields.values())
    names = {name: [a.name for a in ROOK_CEPH.alerts(made, made.settings("rook-ceph"))] for name, made in LABS.items()}
    assert "CephClusterErrorState" in names["three"]
    assert "CephMonQuorumAtRisk" in names["three"]
    assert "CephMonQuorumAtRisk" not in names["one"]


@pytest.mark.parametrize(
    ("name", "mon", "rgw"), [("three", "DoNotSchedule", "DoNotSchedule"), ("two", "ScheduleAnyway", "ScheduleAnyway")]
)
def test_spread_is_hard_only_where_a_loss_can_be_taken_over(name, mon, rgw):
    """Daemons never share a machine where another can take over; with fewer machines a lost one's daemons may move."""
    made = expanded(LABS[name], "rook-ceph").of("Deployment")

    def rule(deployment):
        return made[deployment]["spec"]["template"]["spec"]["topologySpreadConstraints"][0]["whenUnsatisfiable"]

    assert (rule("rook-ceph-mon-a"), rule("rook-ceph-rgw-homelab-objectstore-a")) == (mon, rgw)
