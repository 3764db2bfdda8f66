"""Cilium: the pod network, network policies, Service addresses on the LAN, and Hubble, which shows who talks to whom.

Source: the published chart 1.19.5 of https://helm.cilium.io; what the operator installs: its CRD list of the same version.
"""

from __future__ import annotations

from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Produces, Role, Standby
from homelab.software.cilium.defaults import CRD_KINDS, DEFAULTS
from homelab.software.cilium.hubble import guarded, hubble, spread
from homelab.software.cilium.nodes import agent, envoy, image, monitored, placed, priority
from homelab.software.shapes import Draft, container, http_probe, port, service, template, thing, workload
from homelab.software.software import ChartTruth, Release, Software, Support
from homelab.software.values import misshapen, over, unmodelled

INERT = (
    "ipam", "kubeProxyReplacement", "kubeProxyReplacementHealthzBindAddr", "k8sServiceHost", "k8sServicePort",
    "k8sClientRateLimit", "routingMode", "tunnelProtocol", "tunnelPort", "ipv4NativeRoutingCIDR", "autoDirectNodeRoutes",
    "l2announcements", "l2NeighDiscovery", "externalIPs", "nodePort", "hostPort", "loadBalancer", "socketLB", "ipv4", "ipv6",
    "cluster", "k8s", "debug", "bandwidthManager", "localRedirectPolicy", "localRedirectPolicies", "endpointRoutes",
    "enableIPv4Masquerade", "enableIPv6Masquerade", "policyEnforcementMode", "policyAuditMode", "encryption.enabled",
    "encryption.type", "encryption.nodeEncryption", "encryption.strictMode", "dnsProxy", "MTU", "bgpControlPlane.enabled", "hostFirewall", "devices",
    "rollOutCiliumPods", "upgradeCompatibility", "healthChecking", "endpointHealthChecking", "identityAllocationMode",
    "defaultLBServiceIPAM", "enableLBIPAM", "nodeIPAM", "pmtuDiscovery", "maglev", "sctp", "egressGateway.enabled",
    "enableInternalTrafficPolicy", "annotations", "podAnnotations", "terminationGracePeriodSeconds", "apiRateLimit",
    "cgroup.hostRoot", "cni.exclusive", "cni.chainingMode", "cni.customConf", "cni.logFile", "cni.binPath", "cni.confPath",
    "bpf.masquerade", "bpf.datapathMode", "bpf.hostLegacyRouting", "bpf.lbExternalClusterIP", "bpf.mapDynamicSizeRatio",
    "bpf.tproxy", "bpf.preallocateMaps", "bpf.policyMapMax", "bpf.lbMapMax", "bpf.distributedLRU", "bpf.vlanBypass",
    "operator.rollOutPods", "operator.annotations", "operator.podAnnotations", "operator.unmanagedPodWatcher",
    "operator.extraArgs", "operator.dnsPolicy", "envoy.rollOutPods", "envoy.log", "envoy.podAnnotations",
    "hubble.relay.rollOutPods", "hubble.relay.annotations", "hubble.relay.podAnnotations", "hubble.relay.gops",
    "hubble.relay.terminationGracePeriodSeconds", "hubble.relay.retryTimeout", "hubble.ui.rollOutPods",
    "hubble.ui.annotations", "hubble.ui.podAnnotations", "hubble.ui.baseUrl", "hubble.eventBufferCapacity", "hubble.listenAddress",
    "hubble.metrics.enableOpenMetrics", "hubble.preferIpv6", "hubble.redact", "hubble.tls.auto.certValidityDuration",
    "hubble.export.static", "startupProbe", "livenessProbe", "readinessProbe", "endpointLockdownOnMapOverflow", "imagePullSecrets",
)  # fmt: skip
"""Keys that change configuration, and nothing that judgement looks at."""
_SCRAPED = ("enabled", "port", "serviceMonitor.enabled", "serviceMonitor.interval", "serviceMonitor.labels")
_PLACED = ("affinity", "nodeSelector", "tolerations", "priorityClassName", "podLabels", "resources", "updateStrategy")
_REPLICATED = ("replicas", "podDisruptionBudget", "topologySpreadConstraints", "podSecurityContext", "securityContext")
MODELLED = (
    *_PLACED,
    *(f"{block}.{key}" for block in ("operator", "envoy", "hubble.relay", "hubble.ui") for key in _PLACED),
    *(f"{block}.{key}" for block in ("operator", "hubble.relay", "hubble.ui") for key in _REPLICATED),
    *(
        f"{block}.{key}"
        for block in ("prometheus", "operator.prometheus", "envoy.prometheus", "hubble.relay.prometheus")
        for key in _SCRAPED
    ),
    "prometheus.metricsService", "operator.prometheus.metricsService", "image", "operator.image", "operator.enabled",
    "operator.hostNetwork", "envoy.image", "envoy.securityContext", "envoy.startupProbe", "envoy.livenessProbe",
    "initResources", "securityContext.privileged", "securityContext.capabilities", "securityContext.seLinuxOptions",
    "cgroup.autoMount", "sysctlfix.enabled", "bpf.autoMount.enabled", "cni.install", "cni.resources", "certgen.image",
    "certgen.resources", "certgen.tolerations", "certgen.affinity", "certgen.nodeSelector", "certgen.priorityClassName",
    "certgen.podLabels", "enableCriticalPriorityClass", "hubble.enabled", "hubble.tls.enabled",
    "hubble.tls.auto.method", "hubble.tls.auto.schedule", "hubble.tls.auto.certManagerIssuerRef", "hubble.metrics.enabled",
    "hubble.metrics.port", "hubble.metrics.serviceMonitor", "hubble.peerService.targetPort", "hubble.relay.enabled",
    "hubble.relay.image", "hubble.relay.service.type", "hubble.relay.listenPort", "hubble.relay.tls.server.enabled",
    "hubble.ui.enabled", "hubble.ui.service.type", "hubble.ui.frontend", "hubble.ui.backend",
)  # fmt: skip
NULLABLE = (
    *(f"{prefix}{key}" for prefix in ("", "operator.", "envoy.", "hubble.relay.", "hubble.ui.") for key in _PLACED),
    *(f"{block}.{key}" for block in ("operator", "hubble.relay", "hubble.ui") for key in ("podSecurityContext", "securityContext")),
    *(f"{block}.podDisruptionBudget.maxUnavailable" for block in ("operator", "hubble.relay", "hubble.ui")),
    "hubble.ui.frontend.securityContext", "hubble.ui.backend.securityContext", "cni.resources",
)  # fmt: skip
"""Keys that null may delete: the chart then leaves the field out."""
SELECTOR = {"io.cilium/app": "operator", "name": "cilium-operator"}


def expand(release: Release) -> Expansion:
    """What the chart `cilium` makes with these values."""
    if wrong := misshapen(release.values, DEFAULTS, NULLABLE):
        return Expansion(unknown=wrong)
    draft = Draft(unknown=list(unmodelled(release.values, MODELLED + INERT)))
    values = over(DEFAULTS, release.values)
    space = release.namespace
    encryption = values.get("encryption") or {}
    if encryption.get("enabled") and encryption.get("type", "ipsec") != "wireguard":
        draft.unknown.append("encryption of another type than wireguard is not modelled")
    agent(draft, space, values)
    envoy(draft, space, values)
    if values["operator"]["enabled"]:
        _operator(draft, space, values)
    _accounts(draft, space, operator=values["operator"]["enabled"])
    if values["hubble"]["enabled"]:
        hubble(draft, space, values)
    return draft.expansion()


def _operator(draft: Draft, space: str, values: dict[str, Any]) -> None:
    block = values["operator"]
    watched = block["prometheus"]
    labels = {**SELECTOR, "app.kubernetes.io/part-of": "cilium", "app.kubernetes.io/name": "cilium-operator"}
    taint = {"key": "node.cilium.io/agent-not-ready", "operator": "Exists"}
    main = container(
        "cilium-operator",
        image(block["image"], "-generic", "genericDigest"),
        ports={"health": 9234, **({"prometheus": watched["port"]} if watched["enabled"] else {})},
        resources=block.get("resources") or None,
        securityContext=block.get("securityContext") or None,
        livenessProbe=http_probe("/healthz", "health"),
        readinessProbe=http_probe("/healthz", "health"),
    )
    where = {
        **placed(block),
        "priorityClassName": priority(values, block.get("priorityClassName"), "system-cluster-critical"),
    }
    pod = template(
        {**labels, **(block.get("podLabels") or {})},
        [main],
        hostNetwork=block["hostNetwork"] or None,
        serviceAccountName="cilium-operator",
        topologySpreadConstraints=spread(block, SELECTOR),
        securityContext=block.get("podSecurityContext") or None,
        volumes=[{"name": "cilium-config-path", "configMap": {"name": "cilium-config"}}],
        **{**where, "tolerations": [*(block.get("tolerations") or ()), taint]},
    )
    draft.add(
        workload(
            "Deployment", "cilium-operator", space, pod, SELECTOR,
            replicas=block["replicas"], strategy=block.get("updateStrategy"),
        ),
        "operator",
    )  # fmt: skip
    guarded(draft, "cilium-operator", space, SELECTOR, block, "operator")
    if watched["enabled"] and (watched["serviceMonitor"]["enabled"] or watched["metricsService"]):
        ports = [port("metrics", watched["port"], "prometheus")]
        draft.add(service("cilium-operator", space, SELECTOR, ports, clusterIP="None"), "operator.prometheus")
    if watched["enabled"] and watched["serviceMonitor"]["enabled"]:
        draft.add(monitored("cilium-operator", space, SELECTOR, "metrics"), "operator.prometheus")
    subject = Subject("Deployment", "cilium-operator", space)
    draft.facts += [
        Standby(subject, 15.0, "the operator elects a leader by a lease of 15 s"),
        Role(subject, "change", "it hands out identities and addresses; what runs keeps them"),
        Produces(subject, tuple(Subject("CustomResourceDefinition", f"{kind}.cilium.io") for kind in CRD_KINDS)),
    ]


def _accounts(draft: Draft, space: str, *, operator: bool) -> None:
    secrets = "cilium-secrets"
    names = ("cilium", "cilium-operator") if operator else ("cilium",)
    for kind in ("ClusterRole", "ClusterRoleBinding"):
        draft.names(kind, names)
    draft.names("ServiceAccount", names, space)
    draft.names("ConfigMap", ("cilium-config",), space)
    draft.add(thing("Namespace", secrets))
    for kind in ("Role", "RoleBinding"):
        draft.names(kind, ("cilium-config-agent", *(("cilium-operator-ztunnel",) if operator else ())), space)
        draft.names(kind, (f"{name}-tlsinterception-secrets" for name in names), secrets)


CILIUM = Software(
    name="cilium",
    charts=(ChartTruth("cilium", ("helm.cilium.io", "quay.io/cilium"), frozenset({"1.19.5"}), expand),),
    support=(
        Support(
            "1.18",
            ("1.30", "1.31", "1.32", "1.33"),
            ("1.30", "1.31", "1.32", "1.33"),
            source="https://raw.githubusercontent.com/cilium/cilium/v1.18.14/Documentation/network/kubernetes/compatibility.rst",
        ),
    ),
)
