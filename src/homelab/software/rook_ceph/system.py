"""Rook and Ceph: the three charts, the custom resources, and the Kubernetes versions they run on."""

from __future__ import annotations

from homelab.software.rook_ceph import csi, daemons, pools
from homelab.software.rook_ceph.programs import PROGRAMS
from homelab.software.software import ChartSource, KindTruth, Software, Support

ROOK = ("charts.rook.io/release",)
GROUP = "ceph.rook.io"

ROOK_CEPH = Software(
    name="rook-ceph",
    programs=PROGRAMS,
    charts=(
        ChartSource("rook-ceph", ROOK),
        ChartSource("rook-ceph-cluster", ROOK),
        ChartSource("ceph-csi-drivers", ("ceph.github.io/ceph-csi-operator",)),
    ),
    kinds=(
        KindTruth(GROUP, "CephCluster", daemons.expand),
        KindTruth(GROUP, "CephBlockPool", pools.block_pool),
        KindTruth(GROUP, "CephFilesystem", pools.filesystem),
        KindTruth(GROUP, "CephObjectStore", pools.object_store),
        KindTruth(GROUP, "CephObjectStoreUser", pools.object_user),
        KindTruth("objectbucket.io", "ObjectBucketClaim", pools.bucket_claim),
        KindTruth("csi.ceph.io", "Driver", csi.driver),
    ),
    support=(
        Support(
            line="1.20",
            runs=("1.31", "1.32", "1.33", "1.34", "1.35", "1.36"),
            supported=("1.31", "1.32", "1.33", "1.34", "1.35", "1.36"),
            source="rook/rook Documentation/Getting-Started/Prerequisites/prerequisites.md",
        ),
    ),
)
