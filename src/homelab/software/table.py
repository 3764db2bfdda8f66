"""Every upstream system whose truth we know, one line each: `module:NAME`, imported on use. Alphabetical."""

from __future__ import annotations

SOFTWARE: tuple[str, ...] = (
    "homelab.software.argo_cd.system:ARGO_CD",
    "homelab.software.cert_manager.system:CERT_MANAGER",
    "homelab.software.cilium.system:CILIUM",
    "homelab.software.cloudflared.system:CLOUDFLARED",
    "homelab.software.cloudnative_pg.system:CLOUDNATIVE_PG",
    "homelab.software.distributions.system:DISTRIBUTIONS",
    "homelab.software.envoy_gateway.system:ENVOY_GATEWAY",
    "homelab.software.flux.system:FLUX",
    "homelab.software.gateway_api.system:GATEWAY_API",
    "homelab.software.k8up.system:K8UP",
    "homelab.software.kube_prometheus_stack.system:KUBE_PROMETHEUS_STACK",
    "homelab.software.local_path.system:LOCAL_PATH",
    "homelab.software.longhorn.system:LONGHORN",
    "homelab.software.metrics_server.system:METRICS_SERVER",
    "homelab.software.n8n.system:N8N",
    "homelab.software.proxmox_csi.system:PROXMOX_CSI",
    "homelab.software.quiet.system:QUIET",
    "homelab.software.redis_operator.system:REDIS_OPERATOR",
    "homelab.software.reflectors.system:REFLECTORS",
    "homelab.software.rook_ceph.system:ROOK_CEPH",
    "homelab.software.savers.system:SAVERS",
    "homelab.software.sealed_secrets.system:SEALED_SECRETS",
    "homelab.software.kubernetes.system:STORAGE_CLASSES",
    "homelab.software.strimzi.system:STRIMZI",
    "homelab.software.talos.system:TALOS",
    "homelab.software.vaults.system:VAULTS",
    "homelab.software.velero.system:VELERO",
    "homelab.software.volsync.system:VOLSYNC",
)
