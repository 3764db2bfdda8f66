"""Proxmox CSI: volumes on the disks of Proxmox hosts; what is attached runs on without it."""

from __future__ import annotations

from homelab.software.seen import LEASE, both, elected, role
from homelab.software.software import ImageTruth

PROGRAMS: tuple[ImageTruth, ...] = (
    ImageTruth(
        "sergelogvinov/proxmox-csi-controller",
        both(
            elected(f"the sidecars run with --leader-election: {LEASE:g} s"),
            role("change", "it makes, attaches and grows volumes; attached ones run on"),
        ),
    ),
    ImageTruth(
        "sergelogvinov/proxmox-csi-node",
        role("start", "it mounts volumes on its node when pods start; mounted ones run on"),
    ),
)
"""What is true of its programs, however they were installed."""
