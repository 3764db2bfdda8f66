"""The real control plane: etcd members, API server, controller manager, scheduler, and KWOK in place of the kubelets.

Each flag that differs from a default has its reason; the flags of KWOK are of 0.8.0, those of Kubernetes of 1.33 to 1.36
(https://kubernetes.io/docs/reference/command-line-tools-reference/).
"""

from __future__ import annotations

import json
import os
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from homelab.cluster.api import Api
from homelab.tools.process import Programs
from homelab.tools.run import Call
from homelab.tools.services import LOOPBACK, Service, Services, free_port
from homelab.twin.keys import Keys
from homelab.twin.room import Room, room
from homelab.twin.stages import stages

ALIVE = "twin.homelab.dev/alive"
"""The label of nodes whose heartbeats KWOK sends; a node that loses it is a dead machine."""
SERVICES = "10.96.0.0/12"
"""The addresses of Services, as Talos has them."""
PODS = "10.244.0.0/16"
OK = 200
KUBERNETES = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
READERS = (*KUBERNETES, "kwok")
"""What reads etcd, or the API from its first second on."""
TOLERATION = 300
"""Seconds that admission lets pods stay on a node that is not ready or unreachable: `--default-unreachable-toleration-seconds`."""
EVICTIONS = 0.1
"""Nodes of one zone that are given up in a second: `--node-eviction-rate`; a tenth of it in a zone that is half gone."""
WAIT = 60.0
"""Seconds until a program that has not come up is given up."""
BUSY = ("--kube-api-qps=400", "--kube-api-burst=800")
"""The client limits of 20 a second would make 180 pods take 13 s."""
AS_TALOS = ("--enable-admission-plugins=NodeRestriction", "--anonymous-auth=false")
"""What Talos gives its API server beside (siderolabs/talos internal/app/machined/pkg/controllers/k8s/control_plane_static_pod.go)."""
ADMISSION = {
    "apiVersion": "apiserver.config.k8s.io/v1",
    "kind": "AdmissionConfiguration",
    "plugins": [
        {
            "name": "PodSecurity",
            "configuration": {
                "apiVersion": "pod-security.admission.config.k8s.io/v1",
                "kind": "PodSecurityConfiguration",
                "defaults": {
                    "enforce": "baseline",
                    "enforce-version": "latest",
                    "audit": "restricted",
                    "audit-version": "latest",
                    "warn": "restricted",
                    "warn-version": "latest",
                },
                "exemptions": {"usernames": [], "runtimeClasses": [], "namespaces": ["kube-system"]},
            },
        }
    ],
}
"""What Talos gives its API server unless told otherwise (www.talos.dev, *Pod Security*; pkg/machinery, `admissionControl`)."""


@dataclass(frozen=True, slots=True)
class Newer:
    """Another version of Kubernetes, and the file of each of its programs by name."""

    version: str
    program: Callable[[str], Path]


@dataclass
class ControlPlane:
    """One control plane.

    Attributes:
        folder: where its keys, data and configuration lie.
        services: who runs its programs.
        program: the file of a program by its name.
        members: etcd members, one for each control-plane node of the lab.
        fast: how many times faster the clocks of failure run: the grace of a silent node, how long its pods are borne with,
            and the pause between two nodes that are given up are divided by it.
        grace: seconds of silence after which a node is given up, on a clock that is not fast: 50, and 40 before 1.32.
    """

    folder: Path
    services: Services
    program: Callable[[str], Path]
    members: int = 1
    fast: float = 1.0
    grace: float = 50.0
    etcd: list[str] = field(default_factory=list, init=False)
    """Addresses for clients of the members."""
    door: Path | None = None
    """The Unix socket by which the API server calls into the cluster; without it those calls find nobody."""
    room: Room = field(default_factory=lambda: room(0, 0, 0, 0))
    """What its programs may take."""
    port: int = field(default=0, init=False)

    @cached_property
    def keys(self) -> Keys:
        """Its authority, with what each program shows."""
        keys = Keys(self.folder / "keys")
        keys.sign("server", hosts=("kubernetes", "kubernetes.default", "kubernetes.default.svc"))
        keys.sign("admin", "system:masters")
        keys.sign("controller-manager", "system:masters")
        keys.sign("scheduler", "system:masters")
        keys.sign("aggregator")
        return keys

    @cached_property
    def api(self) -> Api:
        """Its API, as its owner."""
        return Api(LOOPBACK, self.port, self.keys.authority, self.keys.certificate("admin"), self.keys.key("admin"))

    @property
    def toleration(self) -> int:
        """Seconds that pods stay on a silent node unless they say otherwise; the API server knows whole ones only."""
        return max(1, round(TOLERATION / self.fast))

    def start(self) -> None:
        """Start all of it and wait until it is ready.

        Raises:
            ToolError: a program ends or does not come up; with the end of its log.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._start_etcd()
        self.start_server()
        self._start_controllers()

    def _start_etcd(self) -> None:
        self.peers = peers = [f"http://{LOOPBACK}:{free_port()}" for _ in range(self.members)]
        self.etcd = [f"http://{LOOPBACK}:{free_port()}" for _ in range(self.members)]
        cluster = ",".join(f"etcd-{number}={peer}" for number, peer in enumerate(peers))
        for number, (client, peer) in enumerate(zip(self.etcd, peers, strict=True)):
            flags = (
                f"--name=etcd-{number}",
                f"--data-dir={self.folder / f'etcd-{number}'}",
                f"--listen-client-urls={client}",
                f"--advertise-client-urls={client}",
                f"--listen-peer-urls={peer}",
                f"--initial-advertise-peer-urls={peer}",
                f"--initial-cluster={cluster}",
                "--unsafe-no-fsync",  # a twin need not survive a power cut of this machine
                "--log-level=warn",
            )
            self._run(f"etcd-{number}", "etcd", *flags)
        for number, client in enumerate(self.etcd):
            self.services.ready(f"etcd-{number}", lambda client=client: answers(f"{client}/health"), WAIT)  # type: ignore[misc]

    def restore(self, snapshot: Path) -> None:
        """Begin anew from a snapshot, after every member of etcd is gone with its data.

        Each member gets the snapshot, as etcd's own page on disaster recovery has it
        (https://etcd.io/docs/v3.6/op-guide/recovery/); what read the API before starts anew, as on machines that boot.

        Raises:
            ToolError: the snapshot is none, or a program does not come up.
        """
        names = [f"etcd-{number}" for number in range(self.members)]
        for name in (*READERS, *names):
            self.services.kill(name)
        cluster = ",".join(f"{name}={peer}" for name, peer in zip(names, self.peers, strict=True))
        for name, peer in zip(names, self.peers, strict=True):
            home = self.folder / name
            shutil.rmtree(home, ignore_errors=True)
            flags = (f"--name={name}", f"--initial-cluster={cluster}", f"--initial-advertise-peer-urls={peer}")
            argv = (str(self.program("etcdutl")), "snapshot", "restore", str(snapshot), f"--data-dir={home}", *flags)
            Programs().run(Call(argv))
        for name in names:
            self.services.again(name)
        for name, client in zip(names, self.etcd, strict=True):
            self.services.ready(name, lambda client=client: answers(f"{client}/health"), WAIT)  # type: ignore[misc]
        for name in READERS:
            self.services.again(name)
            if name == READERS[0]:
                self.services.ready(name, self.api.ready, WAIT)

    def upgrade(self, to: Newer) -> None:
        """Go on with the programs of another version on the same etcd: the API server first, then what asks it.

        That is the order of Kubernetes' version skew policy (https://kubernetes.io/releases/version-skew-policy/).

        Raises:
            ToolError: one of them ends or does not come up.
        """
        for name in KUBERNETES:
            self.services.exchange(name, to.program(name))
            if name == READERS[0]:
                self.services.ready(name, self.api.ready, WAIT)

    def start_server(self) -> None:
        """Start the API server; after it ended, too, at the same port."""
        self.port = self.port or free_port()
        (self.folder / "admission.json").write_text(json.dumps(ADMISSION), encoding="utf-8")
        (self.folder / "egress.json").write_text(json.dumps(_egress(self.door, self.services.logs)), encoding="utf-8")
        self._run("kube-apiserver", "kube-apiserver", *self._server_flags())
        self.services.ready("kube-apiserver", self.api.ready, WAIT)

    def _server_flags(self) -> tuple[str, ...]:
        certificate, key = self.keys.certificate, self.keys.key
        return (
            f"--etcd-servers={','.join(self.etcd)}",
            f"--bind-address={LOOPBACK}",
            f"--advertise-address={LOOPBACK}",
            f"--secure-port={self.port}",
            "--endpoint-reconciler-type=none",  # a loopback address is no endpoint
            f"--client-ca-file={self.keys.authority}",
            f"--tls-cert-file={certificate('server')}",
            f"--tls-private-key-file={key('server')}",
            f"--service-account-key-file={key(Keys.ACCOUNTS)}",
            f"--service-account-signing-key-file={key(Keys.ACCOUNTS)}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-cluster-ip-range={SERVICES}",
            "--authorization-mode=Node,RBAC",
            *AS_TALOS,
            "--allow-privileged=true",  # as Talos has it: Cilium asks for it
            f"--admission-control-config-file={self.folder / 'admission.json'}",
            "--enable-aggregator-routing=true",
            f"--egress-selector-config-file={self.folder / 'egress.json'}",
            f"--proxy-client-cert-file={certificate('aggregator')}",
            f"--proxy-client-key-file={key('aggregator')}",
            f"--requestheader-client-ca-file={self.keys.authority}",
            "--requestheader-allowed-names=aggregator",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            f"--default-not-ready-toleration-seconds={self.toleration}",
            f"--default-unreachable-toleration-seconds={self.toleration}",
            "--max-requests-inflight=2000",
            "--max-mutating-requests-inflight=1000",
            "--profiling=false",
        )

    def _start_controllers(self) -> None:
        common = ("--leader-elect=false", f"--bind-address={LOOPBACK}", *BUSY)
        self._run(
            "kube-controller-manager",
            "kube-controller-manager",
            f"--kubeconfig={self.kubeconfig('controller-manager')}",
            f"--secure-port={free_port()}",
            f"--service-account-private-key-file={self.keys.key(Keys.ACCOUNTS)}",
            f"--root-ca-file={self.keys.authority}",
            f"--cluster-signing-cert-file={self.keys.authority}",
            f"--cluster-signing-key-file={self.keys.key(Keys.AUTHORITY)}",
            f"--node-monitor-grace-period={self.grace / self.fast:g}s",
            f"--node-monitor-period={5 / self.fast:g}s",
            f"--node-eviction-rate={EVICTIONS * self.fast:g}",
            f"--secondary-node-eviction-rate={EVICTIONS * self.fast / 10:g}",
            "--use-service-account-credentials=true",  # each controller has its own rights, as with Talos
            *common,
        )
        self._run(
            "kube-scheduler",
            "kube-scheduler",
            f"--kubeconfig={self.kubeconfig('scheduler')}",
            f"--secure-port={free_port()}",
            *common,
        )
        (self.folder / "stages.yaml").write_text(stages(), encoding="utf-8")
        self._run(
            "kwok",
            "kwok",
            f"--kubeconfig={self.kubeconfig('admin')}",
            f"--config={self.folder / 'stages.yaml'}",
            f"--manage-nodes-with-label-selector={ALIVE}=true",
            f"--node-lease-duration-seconds={max(4, round(40 / self.fast))}",
            f"--cidr={PODS}",
            f"--node-ip={LOOPBACK}",
            "-v=ERROR",
        )

    def _run(self, name: str, program: str, *flags: str) -> None:
        self.services.start(Service(name, (str(self.program(program)), *flags), self.room.bounds(name)))

    def kubeconfig(self, name: str, namespace: str = "default") -> Path:
        """A file with which the owner of a certificate reaches this API."""
        cluster = {"server": f"https://{LOOPBACK}:{self.port}", "certificate-authority": str(self.keys.authority)}
        user = {"client-certificate": str(self.keys.certificate(name)), "client-key": str(self.keys.key(name))}
        made = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "twin",
            "clusters": [{"name": "twin", "cluster": cluster}],
            "users": [{"name": name, "user": user}],
            "contexts": [{"name": "twin", "context": {"cluster": "twin", "user": name, "namespace": namespace}}],
        }
        file = self.folder / f"{name}-{namespace}.kubeconfig"
        file.write_text(json.dumps(made, indent=1), encoding="utf-8")
        return file


def _egress(door: Path | None, here: Path) -> dict[str, Any]:
    """Calls into the cluster go through the door (kubernetes.io/docs/tasks/extend-kubernetes/setup-konnectivity).

    The API server runs `here`, and the way to the door from there is short: a socket's path has 107 bytes at most.
    """
    transport = {"uds": {"udsName": os.path.relpath(door, here)}} if door else {}
    connection = {"proxyProtocol": "HTTPConnect", "transport": transport} if door else {"proxyProtocol": "Direct"}
    selection = {"name": "cluster", "connection": connection}
    return {
        "apiVersion": "apiserver.k8s.io/v1beta1",
        "kind": "EgressSelectorConfiguration",
        "egressSelections": [selection],
    }


def answers(url: str, trusted: ssl.SSLContext | None = None) -> bool:
    """Whether a server answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=5, context=trusted) as answer:  # noqa: S310 - addresses are the twin's own
            return bool(answer.status == OK)
    except (OSError, urllib.error.URLError):
        return False
