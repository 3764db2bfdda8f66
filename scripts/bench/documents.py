"""How fast YAML is written and read and objects are judged by their schemas: 1,500 objects, about 2.4 MB, as a rendered lab has."""

from __future__ import annotations

import copy
import importlib.util
from typing import Any

import yaml
from measure import Measure, median_of

from homelab.documents import emit
from homelab.documents.emit import emit_documents
from homelab.documents.read import load, read
from homelab.kube.schemas.core import CoreSchemas
from homelab.kube.schemas.validate import Schemas

OBJECTS = 1500
SCRIPT = (
    "#!/bin/sh\nset -eu\n" + "\n".join(f'echo "step {n}: $(date)" >> /var/log/steps  # noted' for n in range(24)) + "\n"
)


def objects() -> list[dict[str, Any]]:
    """Deployments, Services, ConfigMaps with scripts, Secrets, Ingresses and CronJobs, each a little different."""
    makers = (_deployment, _service, _config, _secret, _ingress, _cron_job)
    return [makers[number % len(makers)](number) for number in range(OBJECTS)]


def _object(version: str, kind: str, number: int) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": f"app-{number}", "app.kubernetes.io/part-of": "lab", "tier": "on"}
    notes = {"homelab/option": f"apps.app-{number}", "checksum/config": f"{number:064x}", "since": "2026-01-01"}
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": {
            "name": f"app-{number}",
            "namespace": f"space-{number % 20}",
            "labels": labels,
            "annotations": notes,
        },
    }


def _pod(number: int) -> dict[str, Any]:
    container = {
        "image": f"registry.example.org/team/app-{number}:v1.{number % 30}.0@sha256:{number:064x}",
        "args": [
            "--listen=0.0.0.0:8080",
            "--level",
            "info",
            f"--peers=app-{number}-0.app-{number},app-{number}-1.app-{number}",
        ],
        "env": [{"name": f"SETTING_{n}", "value": str(n * number)} for n in range(8)]
        + [{"name": "ZONE", "value": "yes"}],
        "ports": [
            {"name": "http", "containerPort": 8080},
            {"name": "metrics", "containerPort": 9090, "protocol": "TCP"},
        ],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 5},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "config", "mountPath": "/etc/app", "readOnly": True}],
    }
    return {
        "containers": [{"name": "app", **container}, {"name": "helper", **copy.deepcopy(container)}],
        "volumes": [{"name": "config", "configMap": {"name": f"app-{number}"}}],
        "topologySpreadConstraints": [
            {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule"}
        ],
    }


def _deployment(number: int) -> dict[str, Any]:
    labels = {"app": f"app-{number}"}
    template = {"metadata": {"labels": labels}, "spec": _pod(number)}
    return {
        **_object("apps/v1", "Deployment", number),
        "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": template},
    }


def _service(number: int) -> dict[str, Any]:
    ports = [{"name": "http", "port": 80, "targetPort": "http"}, {"name": "metrics", "port": 9090, "targetPort": 9090}]
    return {**_object("v1", "Service", number), "spec": {"selector": {"app": f"app-{number}"}, "ports": ports}}


def _config(number: int) -> dict[str, Any]:
    data = {
        "run.sh": SCRIPT,
        "app.ini": f"[app]\nnumber = {number}\nurl = http://app-{number}:8080/\n",
        "flags": '{"beta": true, "rate": 1e3}',
    }
    return {**_object("v1", "ConfigMap", number), "data": data}


def _secret(number: int) -> dict[str, Any]:
    return {
        **_object("v1", "Secret", number),
        "type": "Opaque",
        "data": {f"key-{n}": "aGVsbG8gd29ybGQh" * 12 for n in range(6)},
    }


def _ingress(number: int) -> dict[str, Any]:
    paths = [
        {
            "path": f"/{n}",
            "pathType": "Prefix",
            "backend": {"service": {"name": f"app-{number}", "port": {"name": "http"}}},
        }
        for n in range(6)
    ]
    rules = [{"host": f"app-{number}.example.org", "http": {"paths": paths}}]
    return {
        **_object("networking.k8s.io/v1", "Ingress", number),
        "spec": {"ingressClassName": "gateway", "rules": rules},
    }


def _cron_job(number: int) -> dict[str, Any]:
    job = {"template": {"spec": {**_pod(number), "restartPolicy": "Never"}}}
    return {
        **_object("batch/v1", "CronJob", number),
        "spec": {"schedule": f"{number % 60} 3 * * *", "jobTemplate": {"spec": job}},
    }


def measures() -> list[Measure]:
    """Writing, reading, reading with positions, judging; peers: PyYAML in C, jsonschema."""
    values = objects()
    text = emit_documents(values)
    if load(text, "bench.yaml") != values:
        raise AssertionError("what was written is not what was read")
    size = f"{OBJECTS:,} objects ({len(text) / 1e6:.1f} MB)"
    dump = median_of(lambda: yaml.dump_all(values, Dumper=yaml.CSafeDumper, sort_keys=False), 3)
    plain = median_of(lambda: list(yaml.load_all(text, yaml.CSafeLoader)), 3)
    return [
        Measure(f"emit {size}", 0.120, median_of(lambda: emit_documents(values)), "PyYAML CSafeDumper", dump),
        Measure(
            f"emit {size}, nothing remembered", None, median_of(lambda: _emit_anew(values)), "PyYAML CSafeDumper", dump
        ),
        Measure(f"read {size}", None, median_of(lambda: load(text, "f")), "PyYAML CSafeLoader", plain),
        Measure(f"read {size} with positions", None, median_of(lambda: read(text, "f", positions=True), 3)),
        _judging(values),
    ]


def _emit_anew(values: list[dict[str, Any]]) -> str:
    """As the first render of a process does: without the forms of strings that were seen before."""
    emit._remembered.cache_clear()  # noqa: SLF001 - what is measured is its being empty
    return emit_documents(values)


def _judging(values: list[dict[str, Any]]) -> Measure:
    """Warm validators; the peer judges a tenth of the objects, and the figure is scaled."""
    schemas = Schemas("1.33")
    ours = median_of(lambda: [schemas.validate(value) for value in values])
    if any(schemas.validate(value) != [] for value in values):
        raise AssertionError("an object of the bench does not fit its schema")
    if importlib.util.find_spec("jsonschema") is None:
        return Measure(f"judge {OBJECTS:,} objects by their schemas, warm", 0.030, ours)
    from jsonschema import Draft202012Validator

    core = CoreSchemas(33)
    keys = {kind: (group, kind, version) for group, kind, version in core.kinds if version == "v1"}
    peers = {kind: Draft202012Validator(core.schema(keys[kind])) for kind in {value["kind"] for value in values}}
    peer = 10 * median_of(lambda: [peers[value["kind"]].is_valid(value) for value in values[::10]], 1)
    return Measure(f"judge {OBJECTS:,} objects by their schemas, warm", 0.030, ours, "jsonschema", peer)
