"""What Cilium's chart runs on every node: the agent, and the Envoy that reads layer 7 for it.

Source: the published chart 1.19.5 of https://helm.cilium.io.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Role
from homelab.software.cilium.defaults import SELINUX
from homelab.software.shapes import (
    Draft,
    container,
    http_probe,
    kept,
    port,
    service,
    service_monitor,
    template,
    workload,
)

HOST_PATHS = (
    "/var/run/cilium", "/var/run/netns", "/sys/fs/bpf", "/opt/cni/bin", "/etc/cni/net.d", "/lib/modules",
    "/run/xtables.lock", "/var/run/cilium/envoy/sockets", "/sys/fs/cgroup",
)  # fmt: skip
"""What the agent always mounts from its node."""


def image(block: Mapping[str, Any], tail: str = "", digest: str = "digest") -> str:
    """An image as the chart writes it: repository, tag, and the digest unless that is switched off."""
    if block.get("override"):
        return str(block["override"])
    end = f"@{block[digest]}" if block.get("useDigest") else ""
    return f"{block['repository']}{tail}:{block['tag']}{end}"


def number(value: Any) -> Any:
    """A port as a number, also where it is written as text."""
    return int(value) if str(value).isdecimal() else value


def placed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Where pods go, as every workload of this chart says it."""
    names = ("affinity", "nodeSelector", "tolerations", "priorityClassName")
    return {name: values.get(name) or None for name in names}


def priority(values: Mapping[str, Any], chosen: str | None, default: str) -> str | None:
    """A priority class: the chosen one, else the critical one unless critical ones are off."""
    return chosen or (default if values["enableCriticalPriorityClass"] else None)


def agent(draft: Draft, space: str, values: dict[str, Any]) -> None:
    """The DaemonSet `cilium`, and how it is watched."""
    rights = values["securityContext"]
    privileged = bool(rights["privileged"])
    mounts = [*HOST_PATHS, *(() if privileged else ("/proc/sys/net", "/proc/sys/kernel"))]
    if values["cgroup"]["autoMount"]["enabled"] or values["sysctlfix"]["enabled"]:
        mounts.append("/proc")
    labels = {
        "k8s-app": "cilium",
        "app.kubernetes.io/name": "cilium-agent",
        "app.kubernetes.io/part-of": "cilium",
        **(values.get("podLabels") or {}),
    }
    main = container(
        "cilium-agent",
        image(values["image"]),
        ports=_agent_ports(values),
        resources=values.get("resources") or None,
        securityContext=_rights(rights, rights["capabilities"]["ciliumAgent"]),
        **dict.fromkeys(("startupProbe", "livenessProbe", "readinessProbe"), http_probe("/healthz", "health")),
    )
    pod = template(
        labels,
        [main],
        initContainers=_init(values),
        hostNetwork=True,
        serviceAccountName="cilium",
        **{
            **placed(values),
            "priorityClassName": priority(values, values.get("priorityClassName"), "system-node-critical"),
        },
        volumes=[{"name": f"host-{index}", "hostPath": {"path": path}} for index, path in enumerate(mounts)],
    )
    strategy = values.get("updateStrategy")
    draft.add(workload("DaemonSet", "cilium", space, pod, {"k8s-app": "cilium"}, updateStrategy=strategy))
    why = "the datapath of its node stays, but new pods, Services and policies wait"
    draft.facts.append(Role(Subject("DaemonSet", "cilium", space), "change", why))
    _agent_watched(draft, space, values)


def _agent_ports(values: dict[str, Any]) -> dict[str, int]:
    hubble = values["hubble"]
    ports = {"health": 9879}
    if hubble["enabled"]:
        ports["peer-service"] = hubble["peerService"]["targetPort"]
    if values["prometheus"]["enabled"]:
        ports["prometheus"] = values["prometheus"]["port"]
    if hubble["metrics"].get("enabled"):
        ports["hubble-metrics"] = hubble["metrics"]["port"]
    return ports


def _agent_watched(draft: Draft, space: str, values: dict[str, Any]) -> None:
    watched = values["prometheus"]
    monitor = watched["serviceMonitor"]["enabled"]
    if watched["enabled"] and (monitor or watched["metricsService"]):
        ports = [port("metrics", watched["port"], "prometheus")]
        draft.add(service("cilium-agent", space, {"k8s-app": "cilium"}, ports, clusterIP="None"), "prometheus")
    if watched["enabled"] and monitor:
        draft.add(monitored("cilium-agent", space, {"app.kubernetes.io/name": "cilium-agent"}, "metrics"), "prometheus")


def monitored(name: str, space: str, selector: Mapping[str, str], end: str) -> dict[str, Any]:
    """A ServiceMonitor of this chart: over Services of the release's own namespace."""
    return service_monitor(name, space, selector, (end,), namespaceSelector={"matchNames": [space]})


def _rights(rights: Mapping[str, Any], add: list[str] | None) -> dict[str, Any]:
    if rights["privileged"]:
        return {"privileged": True}
    capabilities = kept(add=add or None, drop=["ALL"])
    return {"seLinuxOptions": rights.get("seLinuxOptions"), "capabilities": capabilities}


def _init(values: dict[str, Any]) -> list[dict[str, Any]]:
    rights = values["securityContext"]
    given = rights["capabilities"]
    privileged = bool(rights["privileged"])
    common = values.get("initResources") or None
    plain = {"privileged": True} if privileged else {"capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]}}
    cgroup = values["cgroup"]["autoMount"]
    steps: list[tuple[str, Any, Any]] = [("config", plain, common)]
    if cgroup["enabled"]:
        steps.append(("mount-cgroup", _rights(rights, given["mountCgroup"]), cgroup.get("resources") or common))
    if values["sysctlfix"]["enabled"]:
        steps.append(("apply-sysctl-overwrites", _rights(rights, given["applySysctlOverwrites"]), common))
    if values["bpf"]["autoMount"]["enabled"] and not privileged:
        steps.append(("mount-bpf-fs", {"privileged": True}, common))
    steps.append(("clean-cilium-state", _rights(rights, given["cleanCiliumState"]), common))
    if values["cni"]["install"]:
        who = {"privileged": True} if privileged else {"seLinuxOptions": rights.get("seLinuxOptions")}
        install = {**who, "capabilities": {"drop": ["ALL"]}}
        steps.append(("install-cni-binaries", install, values["cni"].get("resources") or None))
    picture = image(values["image"])
    return [container(name, picture, securityContext=context, resources=size) for name, context, size in steps]


def envoy(draft: Draft, space: str, values: dict[str, Any]) -> None:
    """The DaemonSet `cilium-envoy`, its configuration, and how it is watched."""
    block = values["envoy"]
    rights = block["securityContext"]
    chosen = {"k8s-app": "cilium-envoy"}
    probes = ["readinessProbe", *(name for name in ("startupProbe", "livenessProbe") if block[name]["enabled"])]
    watched = block["prometheus"]
    mounts = ["/var/run/cilium/envoy/sockets", "/var/run/cilium/envoy/artifacts"]
    if values["bpf"]["autoMount"]["enabled"]:
        mounts.append("/sys/fs/bpf")
    context = {"seLinuxOptions": rights.get("seLinuxOptions") or SELINUX}
    context["capabilities"] = {"add": rights["capabilities"]["envoy"], "drop": ["ALL"]}
    main = container(
        "cilium-envoy",
        image(block["image"]),
        ports={"envoy-metrics": number(watched["port"])} if watched["enabled"] else None,
        resources=block.get("resources") or None,
        securityContext={"privileged": True} if rights["privileged"] else context,
        **dict.fromkeys(probes, http_probe("/healthz", 9878)),
    )
    labels = {
        **chosen,
        "name": "cilium-envoy",
        "app.kubernetes.io/name": "cilium-envoy",
        "app.kubernetes.io/part-of": "cilium",
        **(block.get("podLabels") or {}),
    }
    pod = template(
        labels,
        [main],
        hostNetwork=True,
        serviceAccountName="cilium-envoy",
        **{
            **placed(block),
            "priorityClassName": priority(values, block.get("priorityClassName"), "system-node-critical"),
        },
        volumes=[
            {"name": "envoy-config", "configMap": {"name": "cilium-envoy-config"}},
            *({"name": f"host-{index}", "hostPath": {"path": path}} for index, path in enumerate(mounts)),
        ],
    )
    draft.add(
        workload("DaemonSet", "cilium-envoy", space, pod, chosen, updateStrategy=block.get("updateStrategy")), "envoy"
    )
    draft.facts.append(
        Role(Subject("DaemonSet", "cilium-envoy", space), "change", "only policies of layer 7 send traffic through it")
    )
    draft.names("ServiceAccount", ("cilium-envoy",), space, "envoy")
    draft.names("ConfigMap", ("cilium-envoy-config",), space, "envoy")
    if watched["enabled"]:
        ports = [port("envoy-metrics", number(watched["port"]), number(watched["port"]))]
        draft.add(service("cilium-envoy", space, chosen, ports, clusterIP="None"), "envoy.prometheus")
        if watched["serviceMonitor"]["enabled"]:
            draft.add(monitored("cilium-envoy", space, chosen, "envoy-metrics"), "envoy.prometheus")
