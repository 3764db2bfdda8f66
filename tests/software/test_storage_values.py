"""Whatever a stranger writes into the values of a storage chart, its expansion answers and never stumbles."""

from __future__ import annotations

from typing import Any

import pytest

from homelab.software.proxmox_csi import system as proxmox_csi
from homelab.software.rook_ceph import cluster as rook_cluster
from homelab.software.rook_ceph import csi as ceph_csi
from homelab.software.rook_ceph import defaults as rook_cluster_defaults
from homelab.software.rook_ceph import operator as rook_operator
from homelab.software.software import Release
from homelab.software.values import misshapen
from homelab.software.velero import defaults as velero_defaults
from homelab.software.velero import system as velero

CHARTS = {
    "rook-ceph": (rook_operator.expand, rook_operator.DEFAULTS),
    "rook-ceph-cluster": (rook_cluster.expand, rook_cluster_defaults.DEFAULTS),
    "ceph-csi-drivers": (ceph_csi.expand, ceph_csi.DEFAULTS),
    "velero": (velero.expand, velero_defaults.DEFAULTS),
    "proxmox-csi-plugin": (proxmox_csi.expand, proxmox_csi.DEFAULTS),
}
STRANGE: tuple[Any, ...] = (None, "x", [], [1], {}, 3)


def paths(values, prefix=()):
    for key, value in values.items():
        yield (*prefix, key)
        if isinstance(value, dict):
            yield from paths(value, (*prefix, key))


@pytest.mark.parametrize("chart", CHARTS)
def test_strange_values_are_answered(chart):
    """Null, text, lists, maps and numbers at every default's place give an answer or an unknown, never an exception."""
    expand, defaults = CHARTS[chart]
    for path in paths(defaults):
        for strange in STRANGE:
            values: Any = strange
            for key in reversed(path):
                values = {key: values}
            made = expand(Release(chart, "", "1", "release", "rook-ceph", values))
            assert made.objects or made.unknown, (path, strange)


def test_shapes_are_compared_with_the_defaults():
    """Each value of another shape is named; null is accepted exactly where it is said to be."""
    defaults = {"a": {"b": {"c": 1}}, "d": [{}], "e": [1], "f": 1}
    strange = {"a": {"b": {"c": None}}, "d": [1], "e": "x", "f": None, "z": None}
    assert misshapen(strange, defaults) == (
        "values key a.b.c is null, which is not modelled",
        "values key d is no list of the chart's kind, which is not modelled",
        "values key e is no list of the chart's kind, which is not modelled",
        "values key f is null, which is not modelled",
    )
    assert misshapen({"a": {"b": {"c": None}}, "f": None}, defaults, ("a.*", "f")) == ()
    assert misshapen({"a": 1}, defaults) == ("values key a is no map, which is not modelled",)


@pytest.mark.parametrize(
    ("chart", "values"),
    [
        ("rook-ceph-cluster", {"cephBlockPools": [{"spec": {}}], "cephFileSystems": [{"name": "x"}]}),
        ("velero", {"schedules": {"daily": "0 2 * * *"}}),
        ("proxmox-csi-plugin", {"storageClass": [{"storage": "x"}]}),
    ],
)
def test_incomplete_entries_are_named(chart, values):
    """An entry without what the chart requires is unknown; everything beside it is still said."""
    made = CHARTS[chart][0](Release(chart, "", "1", "release", "rook-ceph", values))
    assert made.unknown
    assert made.objects
