"""The Proxmox CSI plugin: volumes that are virtual disks on a Proxmox storage, attached to the virtual machine of the pod.

On a storage that is local to a host a volume cannot leave that host.
"""

from __future__ import annotations

from homelab.software.proxmox_csi.programs import PROGRAMS
from homelab.software.software import ChartSource, Software

PROXMOX_CSI = Software(
    name="proxmox-csi-plugin",
    programs=PROGRAMS,
    charts=(ChartSource("proxmox-csi-plugin", ("ghcr.io/sergelogvinov/charts",)),),
)
