"""What Velero itself makes of what is rendered for it: schedules, locations, policies, and the JSON inside ConfigMaps."""

from __future__ import annotations

import copy
import json
import re
import subprocess
from functools import cache

import pytest

from catalog.infrastructure.storage.test_velero import LABS
from catalog.plans import own, releases
from conftest import REPOSITORY
from homelab.catalog.infrastructure.storage.velero.component import VELERO
from homelab.catalog.plan import uncopied
from homelab.catalog.resolve import resolve
from homelab.spec.load import load
from software.compare import real

EXAMPLES = ("guide", "two-boxes", "enterprise")
ELSEWHERE = ("postgres/n8n-prod/n8n-postgres/wals/1", "loki/index/1")
"""Keys that others write into every bucket."""


@cache
def example(name):
    return resolve(load(str(REPOSITORY / "examples" / name / "homelab.yaml")))


def flag(objects, kind, name):
    """The value of a flag of the container that a workload of Velero's chart begins with; empty where it is not given."""
    (made,) = [body for body in objects if body["kind"] == kind] or [None]
    arguments = made["spec"]["template"]["spec"]["containers"][0]["args"] if made else []
    return next((each.partition("=")[2] for each in arguments if each.startswith(f"{name}=")), "")


def asked(made, oracle, test_data):
    """What a lab has for Velero, as the oracle reads it."""
    release = releases(made, "velero")["velero"]
    objects = [*real(oracle("helm"), test_data / "charts" / "velero", release), *own(made, "velero")]
    claims = {f"{item.namespace} {index}": dict(item.labels) for index, item in enumerate(uncopied(made))}
    return {
        "objects": objects,
        "keys": {target.bucket: ELSEWHERE for target in made.homelab.backup.targets.values()},
        "claims": {**claims, "of an app": {"app": "shop"}, "without labels": {}},
        "scratch": ["tmp"],
        "agent": flag(objects, "DaemonSet", "--node-agent-configmap"),
        "maintenance": flag(objects, "Deployment", "--repo-maintenance-job-configmap"),
    }


def answered(oracle, request):
    done = subprocess.run(
        [oracle("velero-objects")], input=json.dumps(request), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*LABS, *EXAMPLES])
def test_velero_accepts_all_of_it(name, oracle, test_data):
    """Every schedule, location and ConfigMap is what Velero reads, also where others write into the same buckets."""
    made = LABS[name] if name in LABS else example(name)
    assert answered(oracle, asked(made, oracle, test_data))["errors"] is None


@pytest.mark.slow
def test_what_is_copied(oracle, test_data):
    """Each schedule skips scratch space and what its owners save or can lose, and copies every other volume."""
    request = asked(example("enterprise"), oracle, test_data)
    said = answered(oracle, request)["skipped"]
    assert set(said) == {body["metadata"]["name"] for body in request["objects"] if body["kind"] == "Schedule"}
    assert len(request["claims"]) > 3
    for volumes in said.values():
        copied = {name for name, action in volumes.items() if action != "skip"}
        assert copied == {"of an app", "without labels"}
        assert set(volumes) == {*request["claims"], "tmp"}


def body(request, kind, name):
    return next(b for b in request["objects"] if b["kind"] == kind and b["metadata"]["name"] == name)


def without_cpu_limit(request):
    config = body(request, "ConfigMap", request["maintenance"])
    sizes = json.loads(config["data"]["global"])
    del sizes["podResources"]["cpuLimit"]
    config["data"]["global"] = json.dumps(sizes)


def two_keys(request):
    body(request, "ConfigMap", request["agent"])["data"]["more"] = "{}"


def without_prefix(request):
    del body(request, "BackupStorageLocation", "offsite")["spec"]["objectStorage"]["prefix"]


def misspelt_policy(request):
    data = body(request, "ConfigMap", "volume-policies")["data"]
    data["policies.yaml"] = data["policies.yaml"].replace("pvcLabels", "claimLabels").replace("emptyDir]", "emptyDir]}")


def unknown_field(request):
    body(request, "Schedule", "daily-offsite")["spec"]["template"]["volumesToFsBackup"] = True


def six_fields(request):
    body(request, "Schedule", "daily-offsite")["spec"]["schedule"] = "0 0 2 * * *"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (without_cpu_limit, "couldn't parse CPU limit"),
        (two_keys, "more than one keys are found"),
        (without_prefix, "invalid top-level directories"),
        (misspelt_policy, "failed to decode yaml data"),
        (unknown_field, 'unknown field "volumesToFsBackup"'),
        (six_fields, "expected exactly 5 fields"),
    ],
)
def test_velero_refuses_what_it_cannot_use(fault, said, oracle, test_data):
    """A planted fault of each kind is refused in Velero's own words, so that silence means something."""
    request = copy.deepcopy(asked(LABS["both"], oracle, test_data))
    fault(request)
    assert any(said in error for error in answered(oracle, request)["errors"] or [])


SERIES = re.compile(r"(velero_\w+)(?:\{([^}]*)\})?")


@pytest.mark.slow
def test_alerts_ask_for_series_that_velero_has(oracle):
    """Every series and label of Velero's that an alert names is exported by this version of it."""
    said = subprocess.run([oracle("velero-objects"), "metrics"], capture_output=True, text=True, check=True).stdout
    exported = {line.split()[0]: set(line.split()[1:]) for line in said.splitlines()}
    made = LABS["both"]
    asked = [
        found for alert in VELERO.alerts(made, made.settings("velero")) for found in SERIES.findall(alert.expression)
    ]
    assert len(asked) > 10
    for name, matchers in asked:
        assert set(re.findall(r"(\w+)[=!]", matchers)) <= exported[name], name
