"""Every upstream system whose truth we know, one line each: `module:NAME`, imported on use. Alphabetical."""

from __future__ import annotations

SOFTWARE: tuple[str, ...] = (
    "homelab.software.argo_cd:ARGO_CD",
    "homelab.software.cert_manager:CERT_MANAGER",
    "homelab.software.cilium:CILIUM",
    "homelab.software.cloudflared:CLOUDFLARED",
    "homelab.software.cloudnative_pg:CLOUDNATIVE_PG",
    "homelab.software.envoy_gateway:ENVOY_GATEWAY",
    "homelab.software.gateway_api:GATEWAY_API",
    "homelab.software.kube_prometheus_stack:KUBE_PROMETHEUS_STACK",
    "homelab.software.local_path:LOCAL_PATH",
    "homelab.software.metrics_server:METRICS_SERVER",
    "homelab.software.n8n:N8N",
    "homelab.software.proxmox_csi:PROXMOX_CSI",
    "homelab.software.redis_operator:REDIS_OPERATOR",
    "homelab.software.rook_ceph:ROOK_CEPH",
    "homelab.software.sealed_secrets:SEALED_SECRETS",
    "homelab.software.storage_classes:STORAGE_CLASSES",
    "homelab.software.talos:TALOS",
    "homelab.software.velero:VELERO",
)
