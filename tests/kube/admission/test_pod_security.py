"""Pod Security Standards: every rule refuses what it names, at its level, from its version on."""

from __future__ import annotations

from typing import Any

import pytest

from homelab.kube.admission.pod_security import BASELINE, LATEST, RESTRICTED, breaches
from homelab.kube.resource import Origin, Resource
from homelab.kube.workload import Workload

KEPT = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def pod(spec: dict[str, Any] | None = None, container: dict[str, Any] | None = None, **more: Any) -> Workload:
    """A pod that keeps `restricted` but for what is given."""
    context = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    body = {"name": "main", "image": "example/main:1", "securityContext": KEPT, **(container or {})}
    metadata = {"name": "main", "namespace": "web", **more}
    whole = {"securityContext": context, "containers": [body], **(spec or {})}
    return Workload(
        Resource({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": whole}, Origin("pod.yaml"))
    )


def context(**fields: Any) -> dict[str, Any]:
    return {"securityContext": {**KEPT, **fields}}


def whole(**fields: Any) -> dict[str, Any]:
    return {"securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}, **fields}}


ARMOUR = "container.apparmor.security.beta.kubernetes.io/main"
BASE = [
    (pod({"hostNetwork": True}), "hostNetwork", 0),
    (pod({"hostPID": True}), "hostPID", 0),
    (pod({"hostIPC": True}), "hostIPC", 0),
    (pod(container=context(privileged=True)), "containers.0.securityContext.privileged", 0),
    (pod({"initContainers": [{"name": "first", **context(privileged=True)}]}), "initContainers.0.securityContext.privileged", 0),
    (pod(container=context(capabilities={"drop": ["ALL"], "add": ["NET_ADMIN"]})), "containers.0.securityContext.capabilities.add", 0),
    (pod({"volumes": [{"name": "root", "hostPath": {"path": "/"}}]}), "volumes.0.hostPath", 0),
    (pod(container={"ports": [{"containerPort": 80, "hostPort": 80}]}), "containers.0.ports.0.hostPort", 0),
    (pod(container={"readinessProbe": {"tcpSocket": {"host": "db", "port": 1}}}), "containers.0.readinessProbe.tcpSocket.host", 34),
    (pod(container={"lifecycle": {"preStop": {"httpGet": {"host": "db", "port": 1}}}}), "containers.0.lifecycle.preStop.httpGet.host", 34),
    (pod(whole(appArmorProfile={"type": "Unconfined"})), "securityContext.appArmorProfile.type", 0),
    (pod(annotations={ARMOUR: "unconfined"}), "", 0),
    (pod(container=context(seLinuxOptions={"type": "spc_t"})), "containers.0.securityContext.seLinuxOptions", 0),
    (pod(whole(seLinuxOptions={"role": "sysadm_r"})), "securityContext.seLinuxOptions", 0),
    (pod(container=context(procMount="Unmasked")), "containers.0.securityContext.procMount", 0),
    (pod(whole(seccompProfile={"type": "Unconfined"})), "securityContext.seccompProfile.type", 19),
    (pod(whole(sysctls=[{"name": "kernel.msgmax", "value": "1"}])), "securityContext.sysctls.0.name", 0),
    (pod(whole(windowsOptions={"hostProcess": True})), "securityContext.windowsOptions.hostProcess", 0),
]  # fmt: skip
MORE = [
    (pod({"volumes": [{"name": "data", "nfs": {"server": "nas", "path": "/"}}]}), "volumes.0.nfs", 0),
    (pod(container={"securityContext": {"capabilities": {"drop": ["ALL"]}}}), "containers.0.securityContext.allowPrivilegeEscalation", 8),
    (pod(container=context(runAsNonRoot=False)), "containers.0.securityContext.runAsNonRoot", 0),
    (pod(whole(runAsNonRoot=None)), "containers.0.securityContext.runAsNonRoot", 0),
    (pod(container=context(runAsUser=0)), "containers.0.securityContext.runAsUser", 23),
    (pod(whole(seccompProfile=None)), "containers.0.securityContext.seccompProfile", 19),
    (pod(container=context(capabilities={"drop": ["NET_RAW"]})), "containers.0.securityContext.capabilities.drop", 22),
    (pod(container=context(capabilities={"drop": ["ALL"], "add": ["CHOWN"]})), "containers.0.securityContext.capabilities.add", 22),
]  # fmt: skip


def test_a_pod_that_gives_up_everything_is_taken_by_every_level():
    """The pod that the cases change keeps the strictest level, so that each case is about its one field."""
    assert breaches(pod(), RESTRICTED) == ()


@pytest.mark.parametrize(("made", "field", "since"), BASE, ids=[field for _, field, _ in BASE])
def test_baseline_refuses_what_reaches_the_node(made, field, since):
    """Each rule of baseline names its field, restricted has it as well, privileged has none, and none is older than it is."""
    assert [breach.field for breach in breaches(made, BASELINE)] == [field]
    assert field in [breach.field for breach in breaches(made, RESTRICTED)]
    assert breaches(made, "privileged") == ()
    assert [breach.field for breach in breaches(made, BASELINE, since)] == [field]
    assert since == 0 or breaches(made, BASELINE, since - 1) == ()


@pytest.mark.parametrize(("made", "field", "since"), MORE, ids=[field for _, field, _ in MORE])
def test_restricted_asks_for_more(made, field, since):
    """Each rule of restricted names its field from its version on, and baseline does not have it."""
    assert [breach.field for breach in breaches(made, RESTRICTED)] == [field]
    assert breaches(made, BASELINE) == ()
    assert [breach.field for breach in breaches(made, RESTRICTED, since)] == [field]
    assert since == 0 or breaches(made, RESTRICTED, since - 1) == ()


@pytest.mark.parametrize(
    ("made", "minor"),
    [
        (pod(whole(sysctls=[{"name": "net.ipv4.tcp_rmem", "value": "1 2 3"}])), 32),
        (pod(whole(sysctls=[{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}])), 22),
        (pod(container=context(capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]})), LATEST),
        (pod({"hostUsers": False, "securityContext": {"seccompProfile": {"type": "Localhost"}}}), LATEST),
        (pod(container={"livenessProbe": {"httpGet": {"host": "127.0.0.1", "port": 1}}}), LATEST),
        (pod(container=context(runAsNonRoot=True, seccompProfile={"type": "RuntimeDefault"})), LATEST),
        (pod({"os": {"name": "windows"}}, {"securityContext": {}}), LATEST),
        (pod({"volumes": [{"name": "a", "emptyDir": {}}, {"name": "b", "csi": {"driver": "x"}}]}), LATEST),
    ],
)
def test_what_the_standards_allow_is_allowed(made, minor):
    """Safe sysctls from their version on, one capability, a user namespace instead of another user, and loopback."""
    assert breaches(made, RESTRICTED, minor) == ()
