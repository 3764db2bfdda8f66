"""Pod security: what Kubernetes' own admission refuses in a pod, by level and version.

The levels are those of the Pod Security Standards; each rule names its file in k8s.io/pod-security-admission v0.36
(`policy/check_*.go`) and the minor since which it holds. Only what is refused at `enforce` matters here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from homelab.kube.resource import dig
from homelab.kube.workload import Workload

BASELINE, RESTRICTED = "baseline", "restricted"
LEVELS = ("privileged", BASELINE, RESTRICTED)
LATEST = 10_000
"""The minor that `latest` stands for: newer than every rule."""
ADDED = frozenset(
    {"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
     "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"}
)  # fmt: skip
"""Capabilities that baseline lets a container add (check_capabilities_baseline.go)."""
SYSCTLS: Mapping[str, int] = {
    "kernel.shm_rmid_forced": 0,
    "net.ipv4.ip_local_port_range": 0,
    "net.ipv4.tcp_syncookies": 0,
    "net.ipv4.ping_group_range": 0,
    "net.ipv4.ip_unprivileged_port_start": 0,
    "net.ipv4.ip_local_reserved_ports": 27,
    "net.ipv4.tcp_keepalive_time": 29,
    "net.ipv4.tcp_fin_timeout": 29,
    "net.ipv4.tcp_keepalive_intvl": 29,
    "net.ipv4.tcp_keepalive_probes": 29,
    "net.ipv4.tcp_rmem": 32,
    "net.ipv4.tcp_wmem": 32,
}
"""Safe sysctls to the minor since which they are (check_sysctls.go)."""
SELINUX = frozenset({"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"})
VOLUMES = frozenset(
    {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
)
"""Kinds of volumes that restricted allows (check_restrictedVolumes.go)."""
LOOPBACK = frozenset({"", "127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Breach:
    """What a level refuses: a sentence's part (`container main is privileged`), and the field in the pod spec."""

    what: str
    field: str


@dataclass(frozen=True)
class _Pod:
    """A pod as the rules look at it; `each` are its containers with their places below the pod spec."""

    spec: Mapping[str, Any]
    annotations: Mapping[str, str]
    each: tuple[tuple[str, Mapping[str, Any], str], ...]
    minor: int

    @property
    def user_namespace(self) -> bool:
        """Whether root in it is nobody on the node: from 1.33 on the standards ask less of such pods."""
        return self.spec.get("hostUsers") is False

    @property
    def windows(self) -> bool:
        return bool(dig(self.spec, ["os", "name"]) == "windows")


Rule = Callable[[_Pod], Iterator[Breach]]


def breaches(workload: Workload, level: str, minor: int = LATEST) -> tuple[Breach, ...]:
    """Everything that a namespace of this level refuses in a workload's pods; nothing for `privileged`."""
    spec = workload.pod
    each = tuple(
        (str(body.get("name", "")), body, f"{key}.{index}")
        for key in ("initContainers", "containers", "ephemeralContainers")
        for index, body in enumerate(spec.get(key) or ())
        if isinstance(body, Mapping)
    )
    pod = _Pod(spec, workload.annotations, each, minor)
    rules = {BASELINE: _BASELINE, RESTRICTED: _BASELINE + _RESTRICTED}.get(level, ())
    found = [breach for since, rule in rules if minor >= since for breach in rule(pod)]
    return tuple(dict.fromkeys(found))


def _context(body: Mapping[str, Any], *path: str) -> Any:
    return dig(body, ["securityContext", *path])


def _host_namespaces(pod: _Pod) -> Iterator[Breach]:  # check_hostNamespaces.go
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.spec.get(key) is True:
            yield Breach(f"{key} is true", key)


def _privileged(pod: _Pod) -> Iterator[Breach]:  # check_privileged.go
    for name, body, path in pod.each:
        if _context(body, "privileged") is True:
            yield Breach(f"container {name} is privileged", f"{path}.securityContext.privileged")


def _added(pod: _Pod) -> Iterator[Breach]:  # check_capabilities_baseline.go
    for name, body, path in pod.each:
        if more := sorted(set(map(str, _context(body, "capabilities", "add") or ())) - ADDED):
            yield Breach(f"container {name} adds {', '.join(more)}", f"{path}.securityContext.capabilities.add")


def _host_paths(pod: _Pod) -> Iterator[Breach]:  # check_hostPathVolumes.go
    for index, volume in enumerate(pod.spec.get("volumes") or ()):
        if isinstance(volume, Mapping) and volume.get("hostPath") is not None:
            yield Breach(f"volume {volume.get('name')} is a hostPath", f"volumes.{index}.hostPath")


def _host_ports(pod: _Pod) -> Iterator[Breach]:  # check_hostPorts.go
    for name, body, path in pod.each:
        for index, port in enumerate(body.get("ports") or ()):
            if isinstance(port, Mapping) and port.get("hostPort"):
                yield Breach(f"container {name} takes host port {port['hostPort']}", f"{path}.ports.{index}.hostPort")


def _probe_hosts(pod: _Pod) -> Iterator[Breach]:  # check_hostProbesAndhostLifecycle.go
    actions = (
        *((f"{probe}.{how}", probe) for probe in PROBES for how in ("httpGet", "tcpSocket")),
        *((f"lifecycle.{when}.{how}", when) for when in ("postStart", "preStop") for how in ("httpGet", "tcpSocket")),
    )
    for name, body, path in pod.each:
        for action, what in actions:
            host = dig(body, [*action.split("."), "host"], "")
            if host not in LOOPBACK:
                yield Breach(f"{what} of container {name} asks another host", f"{path}.{action}.host")


PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def _app_armor(pod: _Pod) -> Iterator[Breach]:  # check_appArmorProfile.go
    for field, body in _contexts(pod):
        if _context(body, "appArmorProfile", "type") == "Unconfined":
            yield Breach("AppArmor is Unconfined", f"{field}appArmorProfile.type")
    for key, value in pod.annotations.items():
        if str(key).startswith("container.apparmor.security.beta.kubernetes.io/") and value == "unconfined":
            yield Breach("AppArmor is unconfined", "")


def _selinux(pod: _Pod) -> Iterator[Breach]:  # check_seLinuxOptions.go
    for field, body in _contexts(pod):
        options = _context(body, "seLinuxOptions") or {}
        if options.get("type", "") not in SELINUX or options.get("user") or options.get("role"):
            yield Breach("seLinuxOptions are its own", f"{field}seLinuxOptions")


def _proc_mount(pod: _Pod) -> Iterator[Breach]:  # check_procMount.go
    for name, body, path in pod.each:
        if _context(body, "procMount") not in {None, "", "Default"} and not pod.user_namespace:
            yield Breach(f"container {name} sets procMount", f"{path}.securityContext.procMount")


def _seccomp_off(pod: _Pod) -> Iterator[Breach]:  # check_seccompProfile_baseline.go
    for field, body in _contexts(pod):
        if _context(body, "seccompProfile", "type") == "Unconfined":
            yield Breach("seccomp is Unconfined", f"{field}seccompProfile.type")


def _sysctls(pod: _Pod) -> Iterator[Breach]:  # check_sysctls.go
    for index, entry in enumerate(_context(pod.spec, "sysctls") or ()):
        name = str(entry.get("name", "")) if isinstance(entry, Mapping) else ""
        if SYSCTLS.get(name, LATEST + 1) > pod.minor:
            yield Breach(f"sysctl {name} is not safe", f"securityContext.sysctls.{index}.name")


def _host_process(pod: _Pod) -> Iterator[Breach]:  # check_windowsHostProcess.go
    for field, body in _contexts(pod):
        if _context(body, "windowsOptions", "hostProcess") is True:
            yield Breach("hostProcess is true", f"{field}windowsOptions.hostProcess")


def _volume_kinds(pod: _Pod) -> Iterator[Breach]:  # check_restrictedVolumes.go
    for index, volume in enumerate(pod.spec.get("volumes") or ()):
        kinds = {str(key) for key in volume if key != "name"} if isinstance(volume, Mapping) else set()
        for kind in sorted(kinds - VOLUMES - {"hostPath"}):
            yield Breach(f"volume {volume.get('name')} is of kind {kind}", f"volumes.{index}.{kind}")


def _escalation(pod: _Pod) -> Iterator[Breach]:  # check_allowPrivilegeEscalation.go
    for name, body, path in () if pod.windows else pod.each:
        if _context(body, "allowPrivilegeEscalation") is not False:
            what = f"container {name} does not set allowPrivilegeEscalation: false"
            yield Breach(what, f"{path}.securityContext.allowPrivilegeEscalation")


def _non_root(pod: _Pod) -> Iterator[Breach]:  # check_runAsNonRoot.go
    if pod.user_namespace:
        return
    whole = _context(pod.spec, "runAsNonRoot")
    for name, body, path in pod.each:
        own = _context(body, "runAsNonRoot")
        if own is False or (own is None and whole is not True):
            yield Breach(f"container {name} does not set runAsNonRoot: true", f"{path}.securityContext.runAsNonRoot")


def _root(pod: _Pod) -> Iterator[Breach]:  # check_runAsUser.go
    for field, body in () if pod.user_namespace else _contexts(pod):
        if _context(body, "runAsUser") == 0:
            yield Breach("runAsUser is 0", f"{field}runAsUser")


def _seccomp(pod: _Pod) -> Iterator[Breach]:  # check_seccompProfile_restricted.go
    whole = _context(pod.spec, "seccompProfile", "type")
    for name, body, path in () if pod.windows else pod.each:
        own = _context(body, "seccompProfile", "type")
        if (own or whole) is None:
            what = f"container {name} does not set a seccompProfile"
            yield Breach(what, f"{path}.securityContext.seccompProfile")


def _dropped(pod: _Pod) -> Iterator[Breach]:  # check_capabilities_restricted.go
    for name, body, path in () if pod.windows else pod.each:
        capabilities = _context(body, "capabilities") or {}
        if "ALL" not in (capabilities.get("drop") or ()):
            yield Breach(f"container {name} does not drop ALL", f"{path}.securityContext.capabilities.drop")
        elif more := sorted((set(map(str, capabilities.get("add") or ())) - {"NET_BIND_SERVICE"}) & ADDED):
            yield Breach(f"container {name} adds {', '.join(more)}", f"{path}.securityContext.capabilities.add")


def _contexts(pod: _Pod) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The pod and each container, each with the place of its security context."""
    yield "securityContext.", pod.spec
    for _, body, path in pod.each:
        yield f"{path}.securityContext.", body


_BASELINE: tuple[tuple[int, Rule], ...] = (
    (0, _host_namespaces), (0, _privileged), (0, _added), (0, _host_paths), (0, _host_ports), (34, _probe_hosts),
    (0, _app_armor), (0, _selinux), (0, _proc_mount), (19, _seccomp_off), (0, _sysctls), (0, _host_process),
)  # fmt: skip
_RESTRICTED: tuple[tuple[int, Rule], ...] = (
    (0, _volume_kinds), (8, _escalation), (0, _non_root), (23, _root), (19, _seccomp), (22, _dropped),
)  # fmt: skip
