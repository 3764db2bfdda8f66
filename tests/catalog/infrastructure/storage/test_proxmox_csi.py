"""proxmox-csi in labs on Proxmox hosts."""

from __future__ import annotations

import pytest

from catalog.expanded import expanded, strangers
from catalog.plans import EVERYTHING_OFF, METRICS, lab, own, plan, releases, stub
from homelab.capabilities import Capability
from homelab.catalog.flows import Uses
from homelab.catalog.infrastructure.storage.proxmox_csi import PROXMOX_CSI, Settings
from homelab.catalog.offers.storage import storage_class
from homelab.catalog.plan import flows_of
from homelab.kube.facts import Standby
from homelab.kube.schemas.validate import Schemas
from homelab.software.lookup import expand
from software.compare import assert_same

LABS = {
    "one": plan(lab("one"), METRICS, PROXMOX_CSI),
    "three": plan(lab("three"), METRICS, PROXMOX_CSI, stub("block", Capability.STORAGE_BLOCK)),
    "off": plan(
        lab("two", practices=EVERYTHING_OFF), METRICS, PROXMOX_CSI, settings={"proxmox-csi": {"datastore": "tank"}}
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LABS)
def test_values_render_as_we_say(name, oracle, test_data):
    """In each lab our values render with real helm, and to exactly what we say the chart makes of them."""
    release = releases(LABS[name], "proxmox-csi")["proxmox-csi"]
    made = expand(release)
    assert made.unknown == ()
    assert_same(oracle("helm"), test_data / "charts" / "proxmox-csi-plugin", release, made)


@pytest.mark.parametrize("name", LABS)
def test_resources_and_flows(name, test_data):
    """Our own manifests pass their schemas, and flows end at pods that exist."""
    schemas = Schemas("1.35").with_folder(test_data / "schemas")
    for body in own(LABS[name], "proxmox-csi"):
        assert schemas.validate(body) == [], body["metadata"]["name"]
    assert strangers(LABS[name], "proxmox-csi") == []


def test_classes():
    """There is a class that deletes and one that keeps, on the hosts' datastore; the default only without a better one."""
    assert (storage_class(LABS["one"]), storage_class(LABS["one"], durable=True)) == (
        "proxmox-zfs",
        "proxmox-zfs-retain",
    )
    one, three, off = (expanded(LABS[name], "proxmox-csi").of("StorageClass") for name in LABS)
    assert one["proxmox-zfs"]["parameters"]["storage"] == "local-zfs"
    assert off["proxmox-zfs-retain"]["parameters"]["storage"] == "tank"
    assert "annotations" in one["proxmox-zfs"]["metadata"]
    assert "annotations" not in three["proxmox-zfs"]["metadata"]


def test_two_controllers_with_a_budget():
    """On several nodes a second controller waits, with a budget; on one node there is one and none."""
    one, three = expanded(LABS["one"], "proxmox-csi"), expanded(LABS["three"], "proxmox-csi")
    name = "proxmox-csi-proxmox-csi-plugin-controller"
    assert three.of("Deployment")[name]["spec"]["replicas"] == 2
    assert one.of("Deployment")[name]["spec"]["replicas"] == 1
    assert set(three.of("PodDisruptionBudget")) == {"proxmox-csi-controller"}
    assert not one.of("PodDisruptionBudget")
    assert any(isinstance(fact, Standby) for fact in three.facts)


def test_every_container_is_sized():
    """Every container of the controller and of the nodes has requests and a memory limit."""
    for body in expanded(LABS["three"], "proxmox-csi").objects:
        if body["kind"] in {"Deployment", "DaemonSet"}:
            for container in body["spec"]["template"]["spec"]["containers"]:
                assert container["resources"]["limits"]["memory"], container["name"]


def test_practices_off():
    """With every practice off there is no budget, no monitor and no size of ours."""
    assert own(LABS["off"], "proxmox-csi") == []
    values = releases(LABS["off"], "proxmox-csi")["proxmox-csi"].values
    assert not {"controller", "node", "livenessprobe"} & set(values)
    assert values["metrics"] == {"enabled": False}


def test_the_token_is_asked_for():
    """Proxmox's token comes from a Secret that is asked for by name, and the way to its API is open."""
    made = LABS["three"]
    (request,) = PROXMOX_CSI.secrets(made, made.settings("proxmox-csi"))
    assert request.name == releases(made, "proxmox-csi")["proxmox-csi"].values["existingConfigSecret"]
    assert "region: three" in request.keys["config.yaml"]
    out = {(f.outside, f.ports) for f in flows_of(made, made.by_name["proxmox-csi"]) if isinstance(f, Uses)}
    assert ("lan:192.168.1.0/24", (8006,)) in out
    assert all(field.description for field in Settings.model_fields.values())
    (alert,) = PROXMOX_CSI.alerts(made, made.settings("proxmox-csi"))
    assert "proxmox-csi" in alert.expression


def test_the_default_class_can_be_chosen():
    """The owner may make it the default although a better class is there."""
    block = stub("block", Capability.STORAGE_BLOCK)
    made = plan(lab("three"), PROXMOX_CSI, block, settings={"proxmox-csi": {"default_class": True}})
    assert "annotations" in expanded(made, "proxmox-csi").of("StorageClass")["proxmox-zfs"]["metadata"]
