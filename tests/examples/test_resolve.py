"""The examples resolve: every name in them is known, every setting typed, every need met."""

from __future__ import annotations

from pathlib import Path

import pytest

from homelab.catalog.order import waves
from homelab.catalog.plan import practice
from homelab.catalog.resolve import check, resolve
from homelab.spec.load import load

FILES = {path.parent.name: path for path in (Path(__file__).parents[2] / "examples").glob("*/homelab.yaml")}
PRACTICES_OFF = {"backup_schedules", "database_backups", "budgets", "spread", "probes", "requests"}


@pytest.mark.parametrize("name", sorted(FILES))
def test_example_has_no_mistake(name):
    """`homelab check` has nothing to say about an example's file itself."""
    assert [str(mistake) for mistake in check(str(FILES[name]))] == []


def test_starter_needs_no_account():
    """One mini PC gets local volumes and an authority of its own; no tunnel, no hypervisor, no object store."""
    plan = resolve(load(str(FILES["starter"])))
    names = set(plan.by_name)
    assert {"address", "local-path", "cert-manager", "n8n"} <= names
    assert not {"proxmox", "cloudflared", "rook-ceph", "velero"} & names


def test_reference_lab_lacks_exactly_what_its_readme_lists():
    """The practices that its roadmap is about are off, all others are on, for every component."""
    plan = resolve(load(str(FILES["two-boxes"])))
    for choice in plan.choices:
        for name in type(plan.homelab.practices).model_fields:
            assert practice(plan, choice.settings, name) is (name not in PRACTICES_OFF), (choice.name, name)


def test_order_is_one_that_can_be_built():
    """Network before namespaces, namespaces before what lives in them, storage and databases before the app."""
    found = waves(resolve(load(str(FILES["enterprise"]))))
    assert found["cilium"] < found["foundation"] < found["rook-ceph"] <= found["n8n"]
    assert found["cloudnative-pg"] < found["n8n"]
