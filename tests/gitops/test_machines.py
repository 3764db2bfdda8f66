"""Control planes are counted where machines are declared, and nowhere else."""

from __future__ import annotations

import pytest

from homelab.gitops.machines import declared
from homelab.gitops.repository import of_texts

FILES = {
    "lab.auto.tfvars.json": ('{"nodes": {"a": {"role": "control-plane"}, "b": {"role": "worker"}}}', 1),
    "nodes.tfvars.json": ('{"nodes": [{"type": "controlplane"}, {"type": "controlplane"}]}', 2),
    "talconfig.yaml": ("nodes:\n  - {hostname: a, controlPlane: true}\n  - {hostname: b, controlPlane: false}\n", 1),
    "x.tfvars": (
        'a = { role = "controlplane" }\n# b = { role = "controlplane" }\n/* c = { role = "controlplane" } */\n',
        1,
    ),
    "y.tfvars": (
        'nodes = {\n  a = {\n    machine_type = "controlplane"\n  }\n  b = { ip = "1", type = "worker" }\n}\n',
        1,
    ),
}


@pytest.mark.parametrize(("path", "text", "planes"), [(p, t, n) for p, (t, n) in FILES.items()], ids=FILES)
def test_control_planes_are_counted(path, text, planes):
    """Each kind of file gives the control planes it declares, commented ones left out."""
    (found,) = declared(of_texts({path: text}))
    assert (found.subject.name, found.control_planes, found.place.file) == (path, planes, path)


@pytest.mark.parametrize("text", ["{}", '{"nodes": 3}', '{"nodes": {"a": 1}}', '{"count": 3}', "["])
def test_files_without_roles_say_nothing(text):
    """A variables file without machines and roles counts nothing."""
    assert list(declared(of_texts({"a.tfvars.json": text}))) == []
