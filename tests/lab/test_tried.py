"""Changes that a twin tries: those that somebody may commit one day, and none that `homelab check` refuses."""

from __future__ import annotations

import pytest

from conftest import REPOSITORY
from homelab.lab.pipeline import Lab
from homelab.lab.tried import tried

EXPECTED = {
    "starter": ["foundation-off", "n8n-off", "kube-prometheus-stack-off", "pool-resized"],
    "guide": ["foundation-off", "cloudflared-off", "velero-off", "pool-resized"],
}


def changes(example):
    """The changes of an example by name."""
    return {each.name: each for each in tried(Lab.load(str(REPOSITORY / "examples" / example / "homelab.yaml")))}


@pytest.mark.parametrize("example", EXPECTED)
def test_what_can_go_is_tried(example):
    """What something else needs stays, and so does Argo CD, without which nobody would delete anything."""
    assert list(changes(example)) == EXPECTED[example]


def test_each_environment_goes_alone():
    """Where an application has several environments, each goes, and the others stay."""
    found = changes("enterprise")
    paths = found["n8n-staging-off"].lab.tree.files
    assert not any("environments/staging" in path for path in paths)
    assert any("environments/production" in path for path in paths)


def test_the_pool_loses_its_last_address():
    """Nothing but the pool is another."""
    before = Lab.load(str(REPOSITORY / "examples" / "starter" / "homelab.yaml"))
    after = changes("starter")["pool-resized"].lab
    one, two = before.tree.texts(), after.tree.texts()
    differ = [path for path in one if path.startswith("kubernetes/") and one[path] != two.get(path)]
    assert one.keys() == two.keys()
    assert len(differ) == 1
    assert "192.168.1.158" in two[differ[0]]
