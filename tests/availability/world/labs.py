"""Labs at random, as a person would write them: few machines or some, good practice or not, large and small."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from homelab.errors import HomelabError
from homelab.lab.pipeline import Lab

ADDRESS = "192.168.7.{}"


def drawn(seed: int) -> dict[str, Any]:
    """A lab of this seed; it may have mistakes that only the reader finds."""
    chance = random.Random(seed)
    count, virtual = chance.choice((1, 2, 2, 3, 3, 4)), chance.random() < 0.7
    workers = chance.randint(count, 2 * count) if virtual else chance.randint(1, 4)
    many = count > 1 and chance.random() < 0.6 if virtual else chance.random() < 0.5
    ceph = workers >= 3 and chance.random() < 0.6
    nodes: dict[str, Any] = {}
    for number in range(3 if many else 1):
        nodes[f"ctrl-{number}"] = _node(chance, "control-plane", number, count if virtual else 0)
    for number in range(workers):
        worker = _node(chance, "worker", number, count if virtual else 0)
        nodes[f"worker-{number}"] = {**worker, "ceph": ["500GB"], **_disk(virtual)} if ceph else worker
    network = {
        "nodes": "192.168.7.0/24",
        "gateway": "192.168.7.1",
        "load_balancers": "192.168.7.150-192.168.7.170",
    }
    lab: dict[str, Any] = {
        "homelab": "v1",
        "name": f"lab-{seed}",
        "domain": "example.org",
        "profile": chance.choice(("homelab", "homelab", "starter")),
        "site": _site(chance),
        "network": {**network, "api": "192.168.7.100"} if many else network,
        "nodes": nodes,
        "components": _components(chance, workers, ceph=ceph),
        "practices": {name: False for name in ("budgets", "spread", "probes", "requests") if chance.random() < 0.25},
        "apps": {"n8n": {"environments": _environments(chance, workers)}},
    }
    if virtual:
        lab["hosts"] = {
            f"pve-{number}": {"cpu": 64, "memory": "256Gi", "disks": {"nvme": "4TB"}} for number in range(count)
        }
    if chance.random() < 0.4:
        lab["access"] = {"public": ["n8n"]}
    return lab


def _node(chance: random.Random, role: str, number: int, hosts: int) -> dict[str, Any]:
    small = role == "control-plane"
    node: dict[str, Any] = {
        "role": role,
        "address": ADDRESS.format((10 if small else 20) + number),
        "cpu": 4 if small else chance.choice((8, 12, 16)),
        "memory": "12Gi" if small else chance.choice(("24Gi", "32Gi", "48Gi")),
        "disk": "200GB",
    }
    return {**node, "host": f"pve-{number % hosts}"} if hosts else node


def _disk(virtual: bool) -> dict[str, str]:
    return {} if virtual else {"install_disk": "/dev/nvme0n1"}


def _site(chance: random.Random) -> dict[str, Any]:
    return {
        "power": {"grid": chance.choice(("germany", "us", "uk")), "ups": chance.choice(("off", "off", "20m"))},
        "internet": {"uplinks": chance.choice((1, 1, 2))},
        "switches": chance.choice((1, 1, 2)),
        "spare_host": chance.random() < 0.4,
    }


def _components(chance: random.Random, workers: int, *, ceph: bool) -> dict[str, Any]:
    some = min(workers, 2)
    found: dict[str, Any] = {
        "envoy-gateway": {"replicas": chance.choice((1, some)), "proxy_replicas": chance.choice((1, some))},
        "argo-cd": {"ha": workers >= 3 and chance.random() < 0.5},
        "kube-prometheus-stack": {"prometheus_replicas": chance.choice((1, some)), "alertmanager_replicas": 1},
    }
    if ceph:
        found["rook-ceph"] = {"pool_size": chance.choice((2, 3)), "failure_domain": "node"}
    return found


def _environments(chance: random.Random, workers: int) -> dict[str, Any]:
    most = min(3, workers)
    production = {
        "webhooks": chance.randint(1, 2),
        "workers": chance.randint(1, 2),
        "postgres_instances": chance.randint(1, most),
    }
    return {"production": production, **({"staging": {}} if chance.random() < 0.4 else {})}


def written(seed: int, folder: Path) -> Path:
    """A homelab.yaml of this seed that has no mistake, written down: draws are repeated until one has none."""
    for again in range(100):
        file = folder / f"lab-{seed}.yaml"
        file.write_text(json.dumps(drawn(seed + 1000 * again), indent=1), encoding="utf-8")
        try:
            assert Lab.load(str(file)).plan
        except HomelabError:
            continue
        return file
    raise AssertionError(f"no lab of seed {seed} can be built")
