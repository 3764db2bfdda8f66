"""Cilium: the pod network, its policies, addresses on the LAN for Services, and Hubble, which shows who talks to whom.

It replaces kube-proxy and is there before anything else: the machines start it from these same values, and Argo CD takes
it over without a change. Addresses are announced by ARP; each by one node at a time, and another takes over in 15 s.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from homelab.capabilities import Capability
from homelab.catalog import component
from homelab.catalog.component import Area, Chart, Component, Part, Values, because
from homelab.catalog.flows import Flow, Pods, Route, Serves, Uses
from homelab.catalog.infrastructure.network.cilium.alerts import NAMESPACE, OPERATOR, alerts
from homelab.catalog.needs import start
from homelab.catalog.offers.gateway import http_route, routed
from homelab.catalog.offers.lab import copies, schedulable, sized, spread_over_hosts
from homelab.catalog.offers.monitoring import INTERVAL, monitored
from homelab.catalog.plan import Plan, practice
from homelab.kube.resource import Manifest
from homelab.spec.forms import form, matches
from homelab.spec.hosts import Role
from homelab.spec.units import Label

RELAY = {"k8s-app": "hubble-relay"}
UI = {"k8s-app": "hubble-ui"}
CERTGEN = {"k8s-app": "hubble-generate-certs"}
CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
# The chart's own list without SYS_MODULE, which Talos grants to no pod.
AGENT_RIGHTS = (
    "CHOWN", "KILL", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "SYS_ADMIN", "SYS_RESOURCE", "DAC_OVERRIDE", "FOWNER", "SETGID",
    "SETUID", "SYSLOG",
)  # fmt: skip
CLEANING_RIGHTS = ("NET_ADMIN", "SYS_ADMIN", "SYS_RESOURCE")

FlowMetric = Annotated[
    str,
    form(
        "a counter of Hubble such as dns, drop, flow, http, icmp, port-distribution or tcp",
        matches(
            r"(dns|drop|flow|flows-to-world|http|httpV2|icmp|kafka|policy|port-distribution|sctp|tcp)(:[A-Za-z0-9_=;|,./-]+)?"
        ),
    ),
]
"""A counter of Hubble, with its options behind a colon."""


class Settings(component.Settings):
    """The network of the cluster."""

    operator_replicas: int | None = Field(default=None, ge=1, le=3)
    """Pods of the operator, of which one leads; derived: two, one on a lab of one node."""
    relay_replicas: int | None = Field(default=None, ge=1, le=5)
    """Pods of the Hubble relay, which collects flows from all nodes; derived: two, one on a lab of one node."""
    ui_replicas: int | None = Field(default=None, ge=1, le=5)
    """Pods of the Hubble UI; derived: two, one on a lab of one node."""
    ui_host: Label = "hubble"
    """First label of the UI's hostname."""
    encryption: bool = False
    """Encrypt traffic between nodes by WireGuard; off: frames cross the switch as they are, which costs no processor time."""
    flow_metrics: tuple[FlowMetric, ...] = ("dns", "drop", "flow", "icmp", "port-distribution", "tcp")
    """Hubble's counters, by their names in Cilium; empty: flows can be looked at, but are not counted."""


def replicas(plan: Plan, settings: Settings, what: str) -> int:
    """Pods of `operator`, `relay` or `ui`: what the owner says, else what the lab can use."""
    chosen = getattr(settings, f"{what}_replicas")
    return int(chosen) if chosen is not None else copies(plan, 2)


def values(plan: Plan, settings: Settings) -> Values:
    """Values of the chart, on the first day and on every later one."""
    return {
        **_platform(settings),
        **_agent(plan, settings),
        "envoy": {"rollOutPods": True, **_watched(plan, settings), **_size(plan, settings, "20m", "96Mi", "256Mi")},
        "operator": _operator(plan, settings),
        "hubble": _hubble(plan, settings),
        **_certgen(plan, settings),
    }


def _platform(settings: Settings) -> Values:
    found: Values = {
        "ipam": {"mode": because("kubernetes", "pod networks of the nodes come from Kubernetes")},
        "kubeProxyReplacement": because(True, "the machines run no kube-proxy"),
        "k8sServiceHost": because("localhost", "KubePrism: the API stays reachable while its virtual address moves"),
        "k8sServicePort": 7445,
        "cgroup": because({"autoMount": {"enabled": False}, "hostRoot": "/sys/fs/cgroup"}, "Talos has mounted it"),
        "securityContext": {
            "capabilities": {
                "ciliumAgent": because(list(AGENT_RIGHTS), "without SYS_MODULE: Talos lets no pod load kernel modules"),
                "cleanCiliumState": list(CLEANING_RIGHTS),
            }
        },
        "l2announcements": {"enabled": because(True, "addresses of Services are announced on the LAN by ARP")},
        "rollOutCiliumPods": because(True, "agents read their configuration only when they start"),
    }
    if settings.encryption:
        found["encryption"] = {"enabled": True, "type": "wireguard"}
    return found


def _agent(plan: Plan, settings: Settings) -> Values:
    found: Values = {}
    if monitored(plan, settings):
        # Without it the chart's templates/validate.yaml refuses to render before the kind ServiceMonitor is there, and with
        # the monitors every address of the LAN would wait for Prometheus.
        trusted = because(True, "Argo CD leaves the monitors for later while their kind is not there yet")
        found["prometheus"] = {"enabled": True, "serviceMonitor": {**_monitor(), "trustCRDsExist": trusted}}
    if resources := sized(plan, settings, cpu="100m", memory="384Mi", limit="1Gi"):
        found["resources"] = resources
        small = sized(plan, settings, cpu="20m", memory="32Mi", limit="128Mi")
        found["initResources"] = because(small, "each step of the start is a container of its own")
    return found


def _operator(plan: Plan, settings: Settings) -> Values:
    count = replicas(plan, settings, "operator")
    why = "one leads, the other waits" if count > 1 else "a second one would never find a node of its own"
    found: Values = {"replicas": because(count, why), "rollOutPods": True}
    return {
        **found,
        **_guarded(plan, settings, count, OPERATOR),
        **_watched(plan, settings),
        **_size(plan, settings, "20m", "96Mi", "256Mi"),
    }


def _hubble(plan: Plan, settings: Settings) -> Values:
    relay, ui = replicas(plan, settings, "relay"), replicas(plan, settings, "ui")
    found: Values = {
        "tls": {
            "auto": {"method": because("cronJob", "made in the cluster; by Helm they would change at every render")}
        },
        "relay": {
            "enabled": True,
            "rollOutPods": True,
            "replicas": relay,
            **_guarded(plan, settings, relay, RELAY),
            **_watched(plan, settings, "enabled"),
            **_size(plan, settings, "20m", "64Mi", "256Mi"),
        },
        "ui": {
            "enabled": True,
            "rollOutPods": True,
            "replicas": ui,
            **_guarded(plan, settings, ui, UI),
            **_ui(plan, settings),
        },
    }
    if settings.flow_metrics and monitored(plan, settings):
        found["metrics"] = {"enabled": list(settings.flow_metrics), "serviceMonitor": _monitor()}
    return found


def _ui(plan: Plan, settings: Settings) -> Values:
    front = _size(plan, settings, "10m", "32Mi", "128Mi")
    back = _size(plan, settings, "10m", "48Mi", "192Mi")
    if practice(plan, settings, "probes"):
        back |= {"livenessProbe": {"enabled": True}, "readinessProbe": {"enabled": True}}
    found: Values = {}
    if practice(plan, settings, "security_contexts"):
        tight = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
        front["securityContext"] = dict(tight)
        back["securityContext"] = dict(tight)
        pod = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
        found["securityContext"] = {"runAsUser": 1001, "runAsGroup": 1001, "fsGroup": 1001, **pod}
    return {**found, **({"frontend": front} if front else {}), **({"backend": back} if back else {})}


def _certgen(plan: Plan, settings: Settings) -> Values:
    size = _size(plan, settings, "10m", "32Mi", "128Mi")
    return {"certgen": size} if size else {}


def _size(plan: Plan, settings: Settings, cpu: str, memory: str, limit: str) -> Values:
    resources = sized(plan, settings, cpu=cpu, memory=memory, limit=limit)
    return {"resources": resources} if resources else {}


def _monitor() -> Values:
    return {"enabled": True, "interval": INTERVAL}


def _watched(plan: Plan, settings: Settings, *switches: str) -> Values:
    """`prometheus` of a workload; `switches` are keys that the chart leaves off by default."""
    if not monitored(plan, settings):
        return {}
    return {"prometheus": {**dict.fromkeys(switches, True), "serviceMonitor": _monitor()}}


def _guarded(plan: Plan, settings: Settings, count: int, labels: dict[str, str]) -> Values:
    """Budget and spread of a workload of `count` pods."""
    found: Values = {}
    if count > 1 and practice(plan, settings, "budgets"):
        found["podDisruptionBudget"] = {"enabled": True, "maxUnavailable": 1}
    if count > 1 and (spread := spread_over_hosts(plan, settings, labels)):
        found["topologySpreadConstraints"] = spread
    return found


def resources(plan: Plan, settings: Settings) -> list[Manifest]:
    """The addresses, who announces them, and the route to the UI."""
    first, _, last = plan.homelab.network.load_balancers.partition("-")
    found: list[Manifest] = [
        {
            "apiVersion": "cilium.io/v2",
            "kind": "CiliumLoadBalancerIPPool",
            "metadata": {"name": "lan"},
            "spec": {"blocks": [{"start": first.strip(), "stop": (last or first).strip()}]},
        },
        {
            "apiVersion": "cilium.io/v2alpha1",
            "kind": "CiliumL2AnnouncementPolicy",
            "metadata": {"name": "lan"},
            "spec": {"loadBalancerIPs": True, "interfaces": [plan.homelab.network.interface], **_announcers(plan)},
        },
    ]
    ui = routed(plan, *routes(plan, settings))
    where = {"name": "hubble-ui", "namespace": NAMESPACE, "service": "hubble-ui"}
    return [*found, *(http_route(plan, **where, host=route.host, port=80) for route in ui)]


def _announcers(plan: Plan) -> dict[str, Any]:
    """Workers only, where there are any: control planes shall not carry the traffic of applications."""
    if any(node.role is Role.CONTROL_PLANE for node in schedulable(plan).values()):
        return {}
    return {"nodeSelector": {"matchExpressions": [{"key": CONTROL_PLANE, "operator": "DoesNotExist"}]}}


def flows(plan: Plan, settings: Settings) -> tuple[Flow, ...]:
    """Agents, Envoy and operator use the network of their node, which no policy of pods sees."""
    relay, ui = Pods(NAMESPACE, RELAY), Pods(NAMESPACE, UI)
    return (
        *(Serves(ui, 8081, audience="gateway") for _route in routed(plan, *routes(plan, settings))),
        Serves(relay, 4245, capability=Capability.NETWORK_FLOWS),
        Serves(relay, 9966, audience="metrics"),
        Uses(ui, capability=Capability.NETWORK_FLOWS),
        Uses(ui, outside="api-server"),
        Uses(relay, outside="host", ports=(4244,)),
        Uses(Pods(NAMESPACE, CERTGEN), outside="api-server"),
    )


def routes(plan: Plan, settings: Settings) -> tuple[Route, ...]:
    """The Hubble UI, which has no login: on the LAN where the owner wants it."""
    found = Route(settings.ui_host, NAMESPACE, login=False, port="12000:80", services=("hubble-ui",))
    return (found,) if plan.has(Capability.GATEWAY_HTTP) else ()


CILIUM = Component(
    name="cilium",
    area=Area.INFRASTRUCTURE,
    group="network",
    summary="Pod network, network policies, addresses on the LAN, and a view of who talks to whom.",
    settings=Settings,
    parts=(
        Part(
            "cilium",
            NAMESPACE,
            chart=Chart("https://helm.cilium.io", "cilium", "1.19.5"),
            values=values,
            resources=resources,
            folder=".",
        ),
    ),
    provides=frozenset(
        {
            Capability.NETWORK_POD,
            Capability.NETWORK_POLICY,
            Capability.NETWORK_ADDRESS,
            Capability.NETWORK_FLOWS,
        }
    ),
    needs=(start(Capability.CLUSTER_API, "agents learn there of pods, Services and policies"),),
    flows=flows,
    alerts=alerts,
    routes=routes,
    homepage="https://cilium.io",
    applies=lambda _homelab: True,
)
