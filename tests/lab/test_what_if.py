"""What-ifs: whichever way is short, what comes out is what the edited lab would give by itself."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from conftest import REPOSITORY
from homelab.findings import SpecEdit
from homelab.gitops.reground import reground
from homelab.lab.pipeline import Lab

GROUND = [
    ("site.spare_host", True),
    ("site.power.ups", "40m"),
    ("site.power.grid", "none"),
    ("site.internet.uplinks", 1),
]
MORE = [("components.envoy-gateway.proxy_replicas", 3), ("practices.budgets", False), ("versions.kubernetes", "1.34.1")]


@cache
def lab():
    found = Lab.load(str(REPOSITORY / "examples" / "enterprise" / "homelab.yaml"))
    found.whole.minutes()
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("path", "value"), [*GROUND, *MORE])
def test_a_what_if_is_the_lab_it_would_be(path, value):
    """Inventory, places and figures of an edit equal those of the edited lab read for itself."""
    after = lab().edited([SpecEdit(path, value)])
    alone = replace(after, before=None)
    assert after.inventory == alone.inventory
    assert after.inventory.locate(".homelab/lab.yaml", 0, ("site",)) == alone.inventory.locate(
        ".homelab/lab.yaml", 0, ("site",)
    )
    assert after.whole.minutes() == pytest.approx(alone.whole.minutes(), rel=1e-9)


@pytest.mark.slow
def test_only_a_change_of_the_ground_is_short():
    """A site's edit reads nothing again; one that changes what is deployed, or with what Kubernetes, reads all."""

    def short(path, value):
        after = lab().edited([SpecEdit(path, value)])
        return reground(lab().inventory, lab().tree, after.tree) is not None

    assert all(short(*edit) for edit in GROUND)
    assert not any(short(*edit) for edit in MORE)
