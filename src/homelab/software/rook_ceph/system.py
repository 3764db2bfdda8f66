"""Rook and Ceph: the three charts, the custom resources, and the Kubernetes versions they run on."""

from __future__ import annotations

from homelab.software.rook_ceph import cluster, csi, daemons, operator, pools
from homelab.software.software import ChartTruth, KindTruth, Software, Support

ROOK = ("charts.rook.io/release",)
GROUP = "ceph.rook.io"

ROOK_CEPH = Software(
    name="rook-ceph",
    charts=(
        ChartTruth("rook-ceph", ROOK, frozenset({"v1.20.6"}), operator.expand),
        ChartTruth("rook-ceph-cluster", ROOK, frozenset({"v1.20.6"}), cluster.expand),
        ChartTruth("ceph-csi-drivers", ("ceph.github.io/ceph-csi-operator",), frozenset({"1.0.4"}), csi.expand),
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
