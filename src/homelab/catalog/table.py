"""Every component we can choose, one line each: `module:NAME`, imported on use. Alphabetical within an area."""

from __future__ import annotations

COMPONENTS: tuple[str, ...] = (
    "homelab.catalog.apps.n8n:N8N",
    "homelab.catalog.infrastructure.address:ADDRESS",
    "homelab.catalog.infrastructure.argo_cd:ARGO_CD",
    "homelab.catalog.infrastructure.cert_manager:CERT_MANAGER",
    "homelab.catalog.infrastructure.cilium:CILIUM",
    "homelab.catalog.infrastructure.cloudflared:CLOUDFLARED",
    "homelab.catalog.infrastructure.cloudnative_pg:CLOUDNATIVE_PG",
    "homelab.catalog.infrastructure.envoy_gateway:ENVOY_GATEWAY",
    "homelab.catalog.infrastructure.gateway_api:GATEWAY_API",
    "homelab.catalog.infrastructure.kube_prometheus_stack:KUBE_PROMETHEUS_STACK",
    "homelab.catalog.infrastructure.local_path:LOCAL_PATH",
    "homelab.catalog.infrastructure.metrics_server:METRICS_SERVER",
    "homelab.catalog.infrastructure.proxmox:PROXMOX",
    "homelab.catalog.infrastructure.proxmox_csi:PROXMOX_CSI",
    "homelab.catalog.infrastructure.rook_ceph:ROOK_CEPH",
    "homelab.catalog.infrastructure.talos:TALOS",
    "homelab.catalog.infrastructure.velero:VELERO",
    "homelab.catalog.platform.redis_operator:REDIS_OPERATOR",
    "homelab.catalog.security.foundation:FOUNDATION",
    "homelab.catalog.security.sealed_secrets:SEALED_SECRETS",
)
