"""The system extensions that Talos publishes: what its image factory takes; a name it does not know makes no image.

Source: the catalogue in the README of siderolabs/extensions of autumn 2026, which says names and no releases. Which of them
1.10 had already, and the former names, are general knowledge and were not compared with an image: a name is refused only
where it stands in neither list, is a former one, or is a later one below 1.11.
"""

from __future__ import annotations

from collections.abc import Mapping

_EVER = """
amazon-ena amd-ucode amdgpu binfmt-misc bnx2-bnx2x btrfs chelsio-drivers chelsio-firmware cloudflared crun ctr drbd
dvb-cx23885 dvb-m88ds3103 ecr-credential-provider fuse3 gasket-driver glibc gvisor gvisor-debug hailort
hello-world-service i915 intel-ice-firmware intel-ucode iscsi-tools kata-containers lldpd mdadm mei mellanox-mstflint
metal-agent nebula netbird newt nfs-utils nfsd nfsrahead nonfree-kmod-nvidia-lts nonfree-kmod-nvidia-production nut-client
nvidia-container-toolkit-lts nvidia-container-toolkit-production nvidia-fabricmanager-lts nvidia-fabricmanager-production
nvidia-gdrdrv-device nvidia-open-gpu-kernel-modules-lts nvidia-open-gpu-kernel-modules-production nvme-cli panfrost
px-fuse qemu-guest-agent qlogic-firmware realtek-firmware revpi-firmware spin stargz-snapshotter tailscale tenstorrent
thunderbolt trident-iscsi-tools uinput usb-audio-drivers usb-modem-drivers util-linux-tools v4l-uvc-drivers vc4
vmtoolsd-guest-agent wasmedge xdma-driver xen-guest-agent xe youki zerotier zfs
"""
_LATER = """
bird2 cachefilesd dvb-pt3 gpio-pinctrl harbor-credential-provider hyperv-guest-agent intel-hd-audio intel-npu joydev
kata-containers-nvidia-gpu-snp kata-containers-snp libvirtd multipath-tools nfs-server rockchip-rknn soci-snapshotter uhid
urunc
"""
LATER_SINCE = (1, 11)
"""The first minor in which one of the later names may be found; when exactly each came is not known here."""
FORMER: Mapping[str, str] = {
    "amdgpu-firmware": "amdgpu",
    "i915-ucode": "i915",
    "nonfree-kmod-nvidia": "nonfree-kmod-nvidia-lts",
    "nvidia-container-toolkit": "nvidia-container-toolkit-lts",
    "nvidia-fabricmanager": "nvidia-fabricmanager-lts",
    "nvidia-open-gpu-kernel-modules": "nvidia-open-gpu-kernel-modules-lts",
    "talos-vmtoolsd": "vmtoolsd-guest-agent",
    "xe-guest-utilities": "xen-guest-agent",
}
"""Names of older releases, and what took their place before 1.10."""


def extensions(talos: str) -> frozenset[str]:
    """The names that a Talos version as `1.13.9` may have."""
    major, minor = talos.split(".")[:2]
    later = (int(major), int(minor)) >= LATER_SINCE
    return frozenset(_EVER.split()) | (frozenset(_LATER.split()) if later else frozenset())
