"""Velero: one server that runs schedules, and an agent on each node that reads volumes.

Where the Secret `velero-repo-credentials` is missing, the server makes one up whose password everybody knows. That is not said
as something it produces: nobody may rely on it, and a pod that mounts the Secret waits for a real one.

Sources: vmware-tanzu/velero README.md and docs (file-system-backup, backup-storage-locations).
"""

from __future__ import annotations

from homelab.software.seen import both, only, role, single
from homelab.software.software import ImageTruth

PROGRAMS: tuple[ImageTruth, ...] = (
    ImageTruth(
        "velero/velero",
        only(
            "Deployment",
            both(
                single("it elects no leader; two servers would run every schedule twice", "velero docs"),
                role("change", "backups and restores wait for it; nothing else does"),
            ),
        ),
    ),
    ImageTruth(
        "velero/velero",
        only("DaemonSet", role("change", "it reads the volumes of its node while a backup runs")),
    ),
)
"""What is true of its programs, however they were installed."""
