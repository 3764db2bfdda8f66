"""Whether every kind of the examples has somebody in a twin who sees to it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.kube.inventory import Inventory
from homelab.lab.pipeline import Lab
from homelab.twin.standins.lookup import every

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
BUILT_IN = ("", "apps", "batch", "policy", "autoscaling")
REAL = {"argoproj.io": "the real Argo CD"}
NOBODY = {
    ("cilium.io", "CiliumNetworkPolicy"): "packets are not sent in a twin",
    ("cilium.io", "CiliumClusterwideNetworkPolicy"): "packets are not sent in a twin",
    ("cilium.io", "CiliumL2AnnouncementPolicy"): "the agents announce, and say nothing of it",
}
"""Kinds that need nobody, and why."""


@cache
def lab(name) -> Inventory:
    """What an example deploys."""
    files = Lab.load(str(EXAMPLES / name / "homelab.yaml")).tree.files
    return read(of_texts({path: file.text for path, file in files.items()}))


@pytest.mark.parametrize("name", ["starter", "enterprise"])
def test_every_kind_has_somebody(name):
    """Each custom kind that an example deploys is seen to by a stand-in or a real program, or is said to need nobody."""
    known = {key for each in every() for key in (*each.kinds, *each.unsaid)} | set(NOBODY)
    custom = {(each.group, each.kind) for each in lab(name).resources}
    lost = {key for key in custom if key[0] not in BUILT_IN and not key[0].endswith(".k8s.io")} - known
    lost |= {key for key in custom if key[0] == "gateway.networking.k8s.io"} - known
    assert {key for key in lost if key[0] not in REAL} == set()


def test_what_needs_nobody_is_not_stood_in_for():
    """A kind that is said to need nobody has no stand-in, and none has two."""
    kinds = [key for each in every() for key in each.kinds]
    assert len(kinds) == len(set(kinds))
    assert not set(kinds) & {key for each in every() for key in each.unsaid} | set(NOBODY) & set(kinds)
