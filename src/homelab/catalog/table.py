"""Every component we can choose, one line each: `module:NAME`, imported on use. Alphabetical within an area."""

from __future__ import annotations

COMPONENTS: tuple[str, ...] = (
    "homelab.catalog.apps.n8n.component:N8N",
    "homelab.catalog.machines.address:ADDRESS",
    "homelab.catalog.infrastructure.controllers.argo_cd.component:ARGO_CD",
    "homelab.catalog.infrastructure.controllers.cert_manager:CERT_MANAGER",
    "homelab.catalog.infrastructure.network.cilium.component:CILIUM",
    "homelab.catalog.infrastructure.network.cloudflared:CLOUDFLARED",
    "homelab.catalog.infrastructure.controllers.cloudnative_pg.component:CLOUDNATIVE_PG",
    "homelab.catalog.infrastructure.network.envoy_gateway.component:ENVOY_GATEWAY",
    "homelab.catalog.infrastructure.network.gateway_api:GATEWAY_API",
    "homelab.catalog.infrastructure.monitoring.kube_prometheus_stack.component:KUBE_PROMETHEUS_STACK",
    "homelab.catalog.infrastructure.storage.local_path:LOCAL_PATH",
    "homelab.catalog.infrastructure.monitoring.metrics_server:METRICS_SERVER",
    "homelab.catalog.machines.proxmox:PROXMOX",
    "homelab.catalog.infrastructure.storage.proxmox_csi:PROXMOX_CSI",
    "homelab.catalog.infrastructure.storage.rook_ceph.component:ROOK_CEPH",
    "homelab.catalog.machines.talos:TALOS",
    "homelab.catalog.infrastructure.storage.velero.component:VELERO",
    "homelab.catalog.platform.databases.redis_operator:REDIS_OPERATOR",
    "homelab.catalog.security.foundation:FOUNDATION",
    "homelab.catalog.security.sealed_secrets:SEALED_SECRETS",
)
