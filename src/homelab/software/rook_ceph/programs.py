"""Rook and Ceph: the operators, the custom resources, and the Kubernetes versions they run on."""

from __future__ import annotations

from homelab.software.seen import both, elected, role, single
from homelab.software.software import ImageTruth

PROGRAMS: tuple[ImageTruth, ...] = (
    ImageTruth(
        "rook/ceph",
        both(
            single("it elects no leader, and running volumes do not need it", "rook"),
            role("change", "it changes and repairs the cluster; daemons and volumes run on without it"),
        ),
        word="operator",
    ),
    ImageTruth(
        "cephcsi/ceph-csi-operator",
        both(
            elected("ceph-csi-operator runs with --leader-elect"),
            role("change", "it makes and changes the CSI drivers; those that run need it no more"),
        ),
    ),
)
"""What is true of its programs, however they were installed."""
