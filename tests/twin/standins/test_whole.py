"""All custom resources of `enterprise` at a real control plane: the API server takes everything that stand-ins make."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from homelab.cluster.api import ApiRefused
from homelab.documents.read import load
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.lab.charts import Charts, Options
from homelab.lab.pipeline import Lab
from homelab.tools.services import Services
from homelab.twin.control_plane import ControlPlane
from homelab.twin.nodes import nodes
from homelab.twin.standins import process
from homelab.twin.standins.lookup import every
from homelab.twin.standins.plan import REPORT
from twin.standins.test_real import pod, until

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="a twin runs on Linux only")]
EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "enterprise" / "homelab.yaml"
FIRST = ("Namespace", "PriorityClass", "StorageClass", "ServiceAccount", "Service")
PROVISIONERS = ("local-path-provisioner", "csi-provisioner")


@pytest.fixture(scope="module")
def lab(test_data):
    """What `enterprise` deploys, its charts rendered."""
    files = Lab.load(str(EXAMPLE)).tree.files
    charts = Charts(Options(folders=(test_data / "charts",)))
    return read(of_texts({path: file.text for path, file in files.items()}), helm=charts)


@pytest.fixture(scope="module")
def whole(tmp_path_factory, twin_program, test_data, lab):
    """A control plane with the kinds and the custom resources of the lab, pods of every operator, and stand-ins beside it."""
    folder = tmp_path_factory.mktemp("whole")
    services = Services(folder / "logs")
    plane = ControlPlane(folder / "plane", services, twin_program)
    try:
        plane.start()
        for node in nodes(lab.ground):
            plane.api.create(node)
        for body in definitions(test_data, {(each.group, each.kind) for each in lab.resources}):
            plane.api.create(body)
        process.start(folder / "stand-ins", services, plane, lab)
        process.ready(folder / "stand-ins", services)
        kinds = {key for each in every() for key in (*each.kinds, *each.sees) if "." in key[0]} - {
            ("storage.k8s.io", "StorageClass")
        }
        for resource in [*lab.of(*FIRST), *(r for r in lab.resources if (r.group, r.kind) in kinds)]:
            if resource.origin.maker != "operator":
                until(lambda body=resource.body: taken(plane.api, dict(body)))
        programs = [(each.operator.image, each.operator.container) for each in every() if each.operator]
        for number, (image, name) in enumerate([*programs, *((each, "") for each in PROVISIONERS)]):
            made = pod(f"operator-{number}", image=f"example.org/x/{image}:v1")
            made["spec"]["containers"][0]["name"] = name or "main"
            plane.api.create(made)
        yield plane.api, folder / "stand-ins"
        plane.api.close()
    finally:
        services.close()


def definitions(test_data, used):
    """The real definitions of the kinds that are used."""
    for file in sorted((test_data / "crds").glob("*.yaml")):
        for body in load(file.read_text(encoding="utf-8"), str(file)):
            if body and body["kind"] == "CustomResourceDefinition":
                spec = body["spec"]
                if (spec["group"], spec["names"]["kind"]) in used and spec["group"] != "cilium.io":
                    yield body


def taken(api, body):
    """Whether an object is taken; a kind is served a moment after it was defined."""
    try:
        return bool(api.apply(body, "test"))
    except ApiRefused as refused:
        if refused.code != 404:
            raise
        return False


def phases(api, lab, *kinds):
    """What each resource of these kinds says of itself."""
    found = {}
    for each in lab.of(*kinds):
        body = api.get(str(each.body["apiVersion"]), each.kind, each.name, each.namespace)
        found[str(each.subject)] = (body.get("status") or {}).get("phase")
    return found


def test_everything_is_taken_and_runs(whole, lab):
    """Ceph, databases, buckets and places for copies become what they are meant to be, and nothing that is made is refused."""
    api, folder = whole
    well = {"Ready", "Bound", "Cluster in healthy state", "Available"}
    kinds = (
        "CephCluster",
        "CephFilesystem",
        "CephObjectStore",
        "ObjectBucketClaim",
        "Cluster",
        "BackupStorageLocation",
    )
    until(lambda: set(phases(api, lab, *kinds).values()) <= well, 240)
    told = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    assert told["refused"] == {}
    assert {each["status"]["phase"] for each in api.list("v1", "PersistentVolumeClaim")} == {"Bound"}


def test_the_gateway_has_the_address_that_the_lab_says(whole, lab):
    """The Gateway is programmed at the address that the lab asks for, since its proxies run and their Service got it."""
    api, _ = whole
    (gateway,) = lab.of("Gateway")

    def status():
        return api.get(str(gateway.body["apiVersion"]), "Gateway", gateway.name, gateway.namespace).get("status") or {}

    until(lambda: ("Programmed", "True") in {(c["type"], c["status"]) for c in status().get("conditions", ())}, 120)
    (proxies,) = lab.of("EnvoyProxy")
    asked = proxies.get("spec.provider.kubernetes.envoyService.annotations")["lbipam.cilium.io/ips"]
    assert [each["value"] for each in status()["addresses"]] == [asked]


def test_certificates_are_ready(whole, lab):
    """Every Certificate of the lab is ready, by whichever issuer."""
    api, _ = whole

    def unready():
        found = [
            (each, api.get("cert-manager.io/v1", "Certificate", each.name, each.namespace))
            for each in lab.of("Certificate")
        ]
        good = [
            ("Ready", "True") in {(c["type"], c["status"]) for c in (b.get("status") or {}).get("conditions", ())}
            for _, b in found
        ]
        return [str(each.subject) for (each, _), well in zip(found, good, strict=True) if not well]

    until(lambda: not unready(), 120)
    assert len(lab.of("Certificate")) >= 5
