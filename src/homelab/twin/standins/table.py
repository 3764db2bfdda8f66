"""Every stand-in, one line each: `module:NAME`, imported on use. Alphabetical."""

from __future__ import annotations

STANDINS: tuple[str, ...] = (
    "homelab.twin.standins.addresses:ADDRESSES",
    "homelab.twin.standins.ceph_csi:CEPH_CSI",
    "homelab.twin.standins.cert_manager:CERT_MANAGER",
    "homelab.twin.standins.cloudnative_pg:CLOUDNATIVE_PG",
    "homelab.twin.standins.envoy_gateway:ENVOY_GATEWAY",
    "homelab.twin.standins.pending:PENDING",
    "homelab.twin.standins.prometheus:PROMETHEUS",
    "homelab.twin.standins.redis:REDIS",
    "homelab.twin.standins.rook_ceph:ROOK_CEPH",
    "homelab.twin.standins.sealed_secrets:SEALED_SECRETS",
    "homelab.twin.standins.velero:VELERO",
    "homelab.twin.standins.volumes:VOLUMES",
)
