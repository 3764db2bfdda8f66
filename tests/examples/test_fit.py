"""The examples fit: the virtual machines into the hosts, and into what is left when the largest host is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from homelab.spec.hosts import Role
from homelab.spec.load import load

GIB = 2**30
FILES = {path.parent.name: path for path in (Path(__file__).parents[2] / "examples").glob("*/homelab.yaml")}
RESERVE = 2 * GIB
"""What a hypervisor needs for itself."""


@pytest.fixture(params=sorted(FILES))
def example(request):
    return load(str(FILES[request.param]))


def test_there_are_four_examples():
    """The reference lab as it is, its guide's, an enterprise and one mini PC."""
    assert set(FILES) == {"two-boxes", "guide", "enterprise", "starter"}


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
