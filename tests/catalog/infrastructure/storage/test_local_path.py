"""local-path in labs of one node and of several."""

from __future__ import annotations

import json

import pytest

from catalog.expanded import expanded, strangers
from catalog.plans import EVERYTHING_OFF, lab, own, plan, stub
from homelab.capabilities import Capability
from homelab.catalog.infrastructure.storage.local_path import LOCAL_PATH, Settings
from homelab.catalog.offers.storage import outlives_node, storage_class
from homelab.kube.facts import HostPaths, Role, Singleton
from homelab.kube.schemas.validate import Schemas
from homelab.software.local_path.system import storage_class as storage_class_facts

LABS = {
    "one": plan(lab("one"), LOCAL_PATH),
    "three": plan(lab("three"), LOCAL_PATH, stub("block", Capability.STORAGE_BLOCK)),
    "chosen": plan(lab("one"), LOCAL_PATH, settings={"local-path": {"default_class": False}}),
    "off": plan(lab("one", practices=EVERYTHING_OFF), LOCAL_PATH, settings={"local-path": {"path": "/var/mnt/data"}}),
}


def by_kind(made):
    return {(body["kind"], body["metadata"]["name"]): body for body in own(made, "local-path")}


@pytest.mark.parametrize("name", LABS)
def test_manifests_pass_their_schemas(name):
    """Every manifest is what its kind allows, and flows end at its pod."""
    schemas = Schemas("1.35")
    for body in own(LABS[name], "local-path"):
        assert schemas.validate(body) == [], body["metadata"]["name"]
    assert strangers(LABS[name], "local-path") == []


def test_classes():
    """There is a class that deletes and one that keeps, of volumes that backups copy; it is the default only where no better one is."""
    assert (storage_class(LABS["one"]), storage_class(LABS["one"], durable=True)) == ("local-path", "local-path-retain")
    assert not outlives_node(LABS["one"])
    kept = {"defaultVolumeType": "local"}
    default = {**kept, "storageclass.kubernetes.io/is-default-class": "true"}
    for shape, wanted in (("one", default), ("three", kept), ("chosen", kept)):
        made = by_kind(LABS[shape])
        assert made["StorageClass", "local-path"]["metadata"]["annotations"] == wanted
        assert made["StorageClass", "local-path-retain"]["metadata"]["annotations"] == kept
    assert by_kind(LABS["one"])["StorageClass", "local-path-retain"]["reclaimPolicy"] == "Retain"


def test_configuration_names_the_folder():
    """The folder of the settings is the one that the provisioner reads, and the helper is a pod it can make."""
    data = by_kind(LABS["off"])["ConfigMap", "local-path-config"]["data"]
    assert json.loads(data["config.json"])["nodePathMap"][0]["paths"] == ["/var/mnt/data"]
    assert "resources" not in json.loads(data["helperPod.yaml"])["spec"]["containers"][0]
    assert Schemas("1.35").validate(json.loads(data["helperPod.yaml"])) == []


def test_practices():
    """Sized and restricted by default, neither with practices off."""
    on = by_kind(LABS["one"])["Deployment", "local-path-provisioner"]["spec"]["template"]["spec"]
    off = by_kind(LABS["off"])["Deployment", "local-path-provisioner"]["spec"]["template"]["spec"]
    assert on["containers"][0]["resources"]["limits"]["memory"]
    assert on["containers"][0]["securityContext"]["readOnlyRootFilesystem"]
    assert "resources" not in off["containers"][0]
    assert "securityContext" not in off


def test_it_stays_alone():
    """It is known to be a singleton that is missed only for changes, so nobody advises a second one."""
    facts = expanded(LABS["one"], "local-path").facts
    assert any(isinstance(fact, Singleton) for fact in facts)
    assert any(isinstance(fact, Role) and fact.phase == "change" for fact in facts)


def test_k3s_keeps_it_elsewhere():
    """Where k3s put it the same holds; of a provisioner that is not declared only the type of its volumes is said."""
    body = {"kind": "StorageClass", "metadata": {"name": "local-path"}, "provisioner": "rancher.io/local-path"}
    made = storage_class_facts(
        body, lambda _kind, space, _name: {"kind": "Deployment"} if space == "kube-system" else None
    )
    assert {f.subject.namespace for f in made.facts if f.subject.kind == "Deployment"} == {"kube-system"}
    (alone,) = storage_class_facts(body, lambda *_: None).facts
    assert isinstance(alone, HostPaths)
    body["metadata"]["annotations"] = {"defaultVolumeType": "local"}
    assert not storage_class_facts(body, lambda *_: None).facts


def test_settings_are_documented():
    """Every setting has a docstring, and the alert names the Deployment that exists."""
    assert all(field.description for field in Settings.model_fields.values())
    (alert,) = LOCAL_PATH.alerts(LABS["one"], LABS["one"].settings("local-path"))
    assert 'deployment="local-path-provisioner"' in alert.expression
