"""proxmox-csi: volumes on the disks of the Proxmox hosts, as virtual disks beside those of the virtual machines.

A volume lies on the host where its pod first ran and cannot leave it; within that host it follows its pod from one
virtual machine to another. For data that replicates itself, or labs whose nodes have no disks for Ceph.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from homelab.capabilities import Capability
from homelab.catalog import component
from homelab.catalog.component import Area, Chart, Component, Namespace, Part, Values, because
from homelab.catalog.flows import Flow, Pods, Serves, Uses
from homelab.catalog.machines.proxmox import PROXMOX
from homelab.catalog.needs import change, start
from homelab.catalog.offers.lab import copies, sized
from homelab.catalog.offers.monitoring import absent, endpoint, monitored, pod_monitor
from homelab.catalog.offers.outside import reaching
from homelab.catalog.offers.storage import LOCAL_CLASSES, RETAIN
from homelab.catalog.plan import Plan, practice
from homelab.catalog.upkeep import Alert, SecretRequest
from homelab.kube.resource import Manifest
from homelab.spec.forms import Storage

NAMESPACE = "csi-proxmox"
SECRET = "proxmox-csi"  # noqa: S105 - the name of a Secret, not its value
CHART = Chart("oci://ghcr.io/sergelogvinov/charts", "proxmox-csi-plugin", "0.5.9")
LABELS = {"app.kubernetes.io/name": "proxmox-csi-plugin", "app.kubernetes.io/instance": "proxmox-csi"}
CONTROLLER = {**LABELS, "app.kubernetes.io/component": "controller"}
NODE = {**LABELS, "app.kubernetes.io/component": "node"}
API_PORT = 8006


class Settings(component.Settings):
    """Where volumes lie, and who makes them."""

    replicas: int | None = Field(default=None, ge=1, le=3)
    """Pods that make and attach volumes; derived: 2, on one node 1. One leads, the other waits on another node."""
    datastore: Storage | None = None
    """Proxmox storage of the volumes, on every host; derived: the `datastore` of the first host."""
    default_class: bool | None = None
    """Whether claims that name no class land here; derived: where nothing provides `storage.block`."""


def replicas(plan: Plan, settings: Settings) -> int:
    """Pods of the controller."""
    return settings.replicas or copies(plan, 2)


def datastore(plan: Plan, settings: Settings) -> str:
    """The Proxmox storage of the volumes."""
    return settings.datastore or next((host.datastore for host in plan.homelab.hosts.values()), "local-zfs")


def _classes(plan: Plan, settings: Settings) -> list[Values]:
    default = settings.default_class
    if default is None:
        default = not plan.has(Capability.STORAGE_BLOCK)
    name, where = LOCAL_CLASSES["proxmox-csi"], {"storage": datastore(plan, settings), "fstype": "ext4", "ssd": True}
    mark = {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}} if default else {}
    return [
        {"name": name, **where, "reclaimPolicy": "Delete", **mark},
        {"name": f"{name}{RETAIN}", **where, "reclaimPolicy": "Retain"},
    ]


def _sized(plan: Plan, settings: Settings) -> Values:
    if not practice(plan, settings, "requests"):
        return {}
    side = {"resources": sized(plan, settings, "10m", "32Mi", limit="128Mi")}
    plugin = {"resources": sized(plan, settings, "20m", "64Mi", limit="256Mi")}
    return {
        "controller": {"plugin": plugin, **dict.fromkeys(("attacher", "provisioner", "resizer"), side)},
        "node": {"plugin": plugin, "driverRegistrar": side},
        "livenessprobe": side,
    }


def values(plan: Plan, settings: Settings) -> Values:
    """Values of the chart."""
    return {
        "replicaCount": replicas(plan, settings),
        "existingConfigSecret": because(SECRET, "address and token of Proxmox; sealed, never written here"),
        "metrics": {"enabled": monitored(plan, settings)},
        **_sized(plan, settings),
        "storageClass": _classes(plan, settings),
    }


def resources(plan: Plan, settings: Settings) -> Iterator[Manifest]:
    """The budget and the monitor that the chart lacks."""
    if practice(plan, settings, "budgets") and replicas(plan, settings) > 1:
        yield {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "proxmox-csi-controller", "namespace": NAMESPACE},
            "spec": {"maxUnavailable": 1, "selector": {"matchLabels": CONTROLLER}},
        }
    if monitored(plan, settings):
        yield pod_monitor("proxmox-csi", NAMESPACE, CONTROLLER, [endpoint("metrics")])


def flows(plan: Plan, _settings: Settings) -> tuple[Flow, ...]:
    """The controller talks to Proxmox; everything talks to the Kubernetes API."""
    controller = Pods(NAMESPACE, CONTROLLER)
    return (
        Serves(controller, 8080, audience="metrics"),
        Uses(controller, outside="api-server"),
        Uses(Pods(NAMESPACE, NODE), outside="api-server"),
        *_proxmox(plan, controller),
    )


def _proxmox(plan: Plan, pods: Pods) -> tuple[Uses, ...]:
    """The way to Proxmox: its address, and while nobody said it the LAN on Proxmox' own port."""
    if address := _endpoint(plan):
        return reaching(plan, pods, address)
    return (Uses(pods, outside=f"lan:{plan.homelab.network.nodes}", ports=(API_PORT,)),)


def _endpoint(plan: Plan) -> str | None:
    return plan.settings(PROXMOX.name).endpoint if PROXMOX.name in plan.by_name else None


def secrets(plan: Plan, _settings: Settings) -> tuple[SecretRequest, ...]:
    """The driver's configuration, with the token that tofu/bootstrap makes for it; nodes carry the lab's name as region."""
    address = (_endpoint(plan) or f"https://<host>:{API_PORT}").rstrip("/")
    asked = (
        f"ask-clusters:the driver's configuration: clusters: [{{url: {address}/api2/json, token_id: kubernetes-csi@pve!csi, "
        f"token_secret: <from tofu/bootstrap>, region: {plan.homelab.name}}}]"
    )
    return (
        SecretRequest(
            SECRET, NAMESPACE, "Address and token by which volumes are made on Proxmox", {"config.yaml": asked}
        ),
    )


def alerts(plan: Plan, settings: Settings) -> tuple[Alert, ...]:
    """Volumes that cannot be made show in its silence; none where nothing is scraped."""
    if not monitored(plan, settings):
        return ()
    return (
        absent(
            "ProxmoxCsiAbsent", "the Proxmox CSI controller", Pods(NAMESPACE, CONTROLLER), f"{NAMESPACE}/proxmox-csi"
        ),
    )


PROXMOX_CSI = Component(
    name="proxmox-csi",
    area=Area.INFRASTRUCTURE,
    group="storage",
    summary="Volumes on the disks of the Proxmox hosts.",
    settings=Settings,
    parts=(Part("proxmox-csi", NAMESPACE, CHART, values=values, resources=resources, stateful=True, folder="."),),
    namespaces=(Namespace(NAMESPACE, "privileged"),),
    provides=frozenset({Capability.STORAGE_LOCAL}),
    needs=(
        change(Capability.CLUSTER_API, "it watches for claims"),
        start(Capability.SECRETS_GIT, "the token of Proxmox is a sealed secret"),
    ),
    flows=flows,
    alerts=alerts,
    secrets=secrets,
    homepage="https://github.com/sergelogvinov/proxmox-csi-plugin",
)
