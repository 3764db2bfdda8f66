"""The examples fit: machines into hosts, pods into nodes, and pods into what is left when a host is lost."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from homelab.assess.model.placement import eligible
from homelab.documents.quantity import parse_bytes, parse_cpu
from homelab.lab.pipeline import Lab
from homelab.spec.hosts import Role
from homelab.spec.load import load

GIB = 2**30
FILES = {path.parent.name: path for path in (Path(__file__).parents[2] / "examples").glob("*/homelab.yaml")}
RESERVE = 2 * GIB
"""What a hypervisor needs for itself."""
KEPT = 0.15
"""Share of a node that Talos and the kubelet keep, rounded up."""
TODAY = date(2026, 11, 1)


@pytest.fixture(params=sorted(FILES))
def example(request):
    return load(str(FILES[request.param]))


def test_there_are_six_examples():
    """The reference lab as it is, its guide's, an enterprise, one mini PC, and two that show an application of one's own."""
    assert set(FILES) == {"two-boxes", "guide", "enterprise", "starter", "own-app", "own-chart"}


def test_hypervisors_keep_memory_for_themselves(example):
    """The virtual machines of a host leave it what it needs itself."""
    for host, machine in example.hosts.items():
        taken = sum(node.memory for node in example.nodes.values() if node.host == host)
        assert taken + RESERVE <= machine.memory, host


def test_disks_have_room(example):
    """The disks of a host's virtual machines fit onto it with a tenth to spare."""
    for host, machine in example.hosts.items():
        taken = sum(node.disk + sum(node.ceph) for node in example.nodes.values() if node.host == host)
        assert taken <= 0.9 * sum(machine.disks.values()), host


def test_processors_are_shared_within_reason(example):
    """No host promises more than three virtual processors for one of its threads."""
    for host, machine in example.hosts.items():
        assert sum(node.cpu for node in example.nodes.values() if node.host == host) <= 3 * machine.cpu


def test_starter_is_small():
    """The smallest example has at most fifteen lines, one machine, and needs no account and no hypervisor."""
    text = FILES["starter"].read_text()
    lab = load(str(FILES["starter"]))
    assert text.count("\n") <= 15
    assert (len(lab.nodes), len(lab.hosts), lab.git.repository, lab.access.public) == (1, 0, None, ())
    assert lab.nodes["mini"].memory == 32 * GIB


def test_reference_lab_is_as_its_readme_says():
    """One control plane and six workers on two machines, the versions of the README, four workers on the larger box."""
    lab = load(str(FILES["two-boxes"]))
    assert [name for name, node in lab.nodes.items() if node.role is Role.CONTROL_PLANE] == ["ctrl-0"]
    assert (lab.versions.kubernetes, lab.versions.talos) == ("1.33.2", "1.10.6")
    by_host = {host: [n for n, node in lab.nodes.items() if node.host == host] for host in lab.hosts}
    assert by_host == {
        "pve-1": ["ctrl-0", "worker-1", "worker-2"],
        "pve-2": ["worker-3", "worker-4", "worker-5", "worker-6"],
    }
    assert [machine.memory // GIB for machine in lab.hosts.values()] == [64, 96]


def test_guide_has_the_minimum_sizes():
    """Three control planes of 4 threads and 8 GiB, four workers of 8 threads and 16 GiB."""
    lab = load(str(FILES["guide"]))
    sizes = sorted((node.role.value, node.cpu, node.memory // GIB) for node in lab.nodes.values())
    assert sizes == [("control-plane", 4, 8)] * 3 + [("worker", 8, 16)] * 4


def test_enterprise_survives_a_host_on_paper():
    """Every host carries one of three control planes, and two of three hosts keep two thirds of the workers."""
    lab = load(str(FILES["enterprise"]))
    for host in lab.hosts:
        left = [node for node in lab.nodes.values() if node.host != host]
        assert sum(node.role is Role.CONTROL_PLANE for node in left) == 2
        assert sum(node.role is Role.WORKER for node in left) == 4
    assert {machine.memory // GIB for machine in lab.hosts.values()} == {128}


@cache
def lab(name):
    return Lab.load(str(FILES[name]))


@cache
def pods(name):
    """Every long-running pod as (workload, thousandths of a processor, bytes), largest first; a node agent once."""
    inventory, found = lab(name).inventory, []
    for workload in inventory.workloads:
        if workload.long_running:
            cpu = sum(parse_cpu(c.request("cpu") or 0) for c in workload.containers)
            memory = sum(parse_bytes(c.request("memory") or 0) for c in workload.containers)
            copies = 1 if workload.daemon else inventory.least_replicas(workload) or 0
            found += [(workload, cpu, memory)] * copies
    return sorted(found, key=lambda pod: -pod[2])


def homeless(name, lost=None):
    """The pods that first fit finds no node for without a host, those with the fewest choices and then the largest first.

    Pods that are bound to the nodes of the lost host are not counted.
    """
    nodes = lab(name).inventory.ground.nodes
    left = [node for node in nodes if lost is None or node.host != lost]
    free = {node.name: [node.cpu * 1000 * (1 - KEPT), node.memory * (1 - KEPT)] for node in left}
    out = []
    choices = {id(pod[0]): sum(eligible(pod[0], node) for node in left) for pod in pods(name)}
    for workload, cpu, memory in sorted(pods(name), key=lambda pod: (not pod[0].daemon, choices[id(pod[0])])):
        homes = [free[node.name] for node in left if eligible(workload, node)]
        if not homes and any(eligible(workload, node) for node in nodes if node not in left):
            continue
        room = [home for home in homes if home[0] >= cpu and home[1] >= memory]
        if len(room) < (len(homes) if workload.daemon else 1):
            out.append(f"{workload.namespace}/{workload.name}")
        for home in room if workload.daemon else room[:1]:
            home[0] -= cpu
            home[1] -= memory
    return out


def accused(name, check):
    return [finding.subject.name for finding in lab(name).assessment(TODAY, only=(check,)).findings]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(FILES))
def test_pods_fit_the_nodes(name):
    """What the pods of an example request, memory and processors, has room on its nodes; the lab's own check agrees."""
    assert homeless(name) == []
    assert accused(name, "workloads-do-not-fit") == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["guide", "enterprise", "starter", "own-app"])
def test_every_pod_is_counted(name):
    """Where requests are a practice every long-running pod has one for memory and for processors."""
    assert [w.name for w, cpu, memory in pods(name) if not (cpu and memory)] == []


def test_enterprise_has_room_for_what_a_lost_host_carried():
    """Whichever of the three hosts is lost, the two others take its pods; nothing is accused."""
    assert {host: homeless("enterprise", host) for host in lab("enterprise").homelab.hosts} == {
        "pve-1": [], "pve-2": [], "pve-3": [],
    }  # fmt: skip
    assert accused("enterprise", "no-room-after-host-loss") == []


def test_guide_says_that_a_box_cannot_carry_both():
    """Two hosts of the minimum sizes carry the pods, one alone does not, and each host is accused of it."""
    assert accused("guide", "no-room-after-host-loss") == ["pve-1", "pve-2"]


def test_two_boxes_says_that_nobody_can_tell():
    """Half of its workloads request nothing: what one box would carry is not known, and each of a chart's is accused."""
    silent = {w.name: w for w, _, memory in pods("two-boxes") if not memory}
    assert len(silent) > 30
    assert {name for name, w in silent.items() if w.resource.origin.maker == "chart"} <= set(
        accused("two-boxes", "memory-request-missing")
    )
