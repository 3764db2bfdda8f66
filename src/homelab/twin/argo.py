"""The real Argo CD as processes: Redis, repo-server, application controller, ApplicationSet controller.

It is 3.2.6, the last line that is published as a Go module; the lab may deploy a newer one, and its CRDs are then those of the
lab. It runs with the lab's own `argocd-cm`, `argocd-rbac-cm` and command parameters, in the lab's `argocd` namespace; the Deployments of the
lab's Argo CD are pods like all others, and do nothing.
"""

from __future__ import annotations

import base64
import os
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from homelab.cluster.api import Api
from homelab.tools.services import LOOPBACK, Service, Services, free_port
from homelab.twin.control_plane import WAIT, ControlPlane, answers

NAMESPACE = "argocd"
MANAGER = "argocd-controller"
"""Who applies the first day's objects: the same that looks after them later, so that no field has two owners."""
CONTROLLER, REPO_SERVER, SETS, CACHE = (
    "argocd-application-controller",
    "argocd-repo-server",
    "argocd-applicationset-controller",
    "redis-server",
)
PART = {"app.kubernetes.io/part-of": "argocd"}
"""The label by which Argo CD finds its settings."""
ADMIN = "argocd-initial-admin-secret"
PROJECT = ("argoproj.io/v1alpha1", "AppProject")
DEFAULT_PROJECT: dict[str, Any] = {
    "apiVersion": PROJECT[0],
    "kind": PROJECT[1],
    "metadata": {"name": "default", "namespace": NAMESPACE},
    "spec": {
        "sourceRepos": ["*"],
        "destinations": [{"server": "*", "namespace": "*"}],
        "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
    },
}
"""The project of Applications that name none: Argo CD's server makes it when it starts (server/server.go, initializeDefaultProject)."""


@dataclass
class Argo:
    """One Argo CD beside a control plane.

    Attributes:
        folder: where its files and working copies lie.
        services: who runs its programs.
        program: the file of a program by its name; the programs of Argo CD are one file under several names.
        path: folders in which it finds git, helm and kustomize.
    """

    folder: Path
    services: Services
    program: Callable[[str], Path]
    control_plane: ControlPlane
    path: str
    ports: dict[str, int] = field(default_factory=dict, init=False)

    def start(self) -> None:
        """Start all four and wait until they answer.

        Raises:
            ToolError: one of them ends or does not come up.
        """
        for name in ("tls", "ssh", "gpg", "bin", "tmp", "redis"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "ssh" / "ssh_known_hosts").touch()
        for name in (CONTROLLER, REPO_SERVER, SETS):
            link = self.folder / "bin" / name
            link.unlink(missing_ok=True)
            link.symlink_to(self.program("argocd"))
        self.ports = {name: free_port() for name in (CACHE, REPO_SERVER)}
        self._start_cache()
        self._start_repo_server()
        self._start_controller()
        self._start_sets()
        for name in (CONTROLLER, REPO_SERVER, SETS):
            self._ready(name)

    def _start_cache(self) -> None:
        port = self.ports[CACHE]
        flags = ("--port", str(port), "--bind", LOOPBACK, "--save", "", "--appendonly", "no")
        self.services.start(Service(CACHE, (str(self.program(CACHE)), *flags, "--dir", str(self.folder / "redis"))))
        self.services.ready(CACHE, lambda: listens(port), WAIT)

    def _start_repo_server(self) -> None:
        flags = (
            f"--port={self.ports[REPO_SERVER]}",
            f"--address={LOOPBACK}",
            f"--metrics-address={LOOPBACK}",
            "--disable-tls",
            "--parallelismlimit=2",
        )
        self._run(REPO_SERVER, "--metrics-port={}", *flags)

    def _start_controller(self) -> None:
        flags = (f"--repo-server={self._repo_server}", "--repo-server-plaintext", *self._cluster)
        self._run(CONTROLLER, "--metrics-port={}", *flags, "--status-processors=10", "--operation-processors=5")

    def _start_sets(self) -> None:
        flags = (
            f"--argocd-repo-server={self._repo_server}",
            "--repo-server-plaintext",
            f"--probe-addr={LOOPBACK}:{free_port()}",
            f"--webhook-addr={LOOPBACK}:{free_port()}",
            *self._cluster,
        )
        self._run(SETS, f"--metrics-addr={LOOPBACK}:{{}}", *flags)

    @property
    def _repo_server(self) -> str:
        return f"{LOOPBACK}:{self.ports[REPO_SERVER]}"

    @property
    def _cluster(self) -> tuple[str, ...]:
        return (f"--kubeconfig={self.control_plane.kubeconfig('admin', NAMESPACE)}", f"--namespace={NAMESPACE}")

    def _run(self, name: str, metrics: str, *flags: str) -> None:
        port = self.ports[f"{name} metrics"] = free_port()
        cache = () if name == SETS else (f"--redis={LOOPBACK}:{self.ports[CACHE]}",)
        argv = (str(self.folder / "bin" / name), metrics.format(port), "--loglevel=warn", *cache, *flags)
        self.services.start(Service(name, argv, self._environment() | self.control_plane.room.bounds(name)))

    def _environment(self) -> dict[str, str]:
        home = self.folder
        return {
            "PATH": self.path,
            "HOME": str(home),
            "TMPDIR": str(home / "tmp"),
            "KUBECONFIG": str(self.control_plane.kubeconfig("admin", NAMESPACE)),  # --kubeconfig is not read by all
            "ARGOCD_FAKE_IN_CLUSTER": "true",  # `https://kubernetes.default.svc` is what KUBECONFIG says
            "ARGOCD_TLS_DATA_PATH": str(home / "tls"),
            "ARGOCD_SSH_DATA_PATH": str(home / "ssh"),
            "ARGOCD_GNUPGHOME": str(home / "gpg"),
            "ARGOCD_GPG_ENABLED": "false",
            "ARGOCD_APPLICATION_CONTROLLER_SERVER_SIDE_DIFF": "true",  # as the lab sets it by argocd-cmd-params-cm
            "ARGOCD_K8S_CLIENT_QPS": "200",
            "ARGOCD_K8S_CLIENT_BURST": "400",
            "ARGOCD_RECONCILIATION_JITTER": "0",
        }

    def _ready(self, name: str) -> None:
        port = self.ports[f"{name} metrics"]
        self.services.ready(name, lambda: answers(f"http://{LOOPBACK}:{port}/metrics"), WAIT)


def listens(port: int) -> bool:
    """Whether somebody listens on a port of the loopback."""
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex((LOOPBACK, port)) == 0


def found(environ: Mapping[str, str] = os.environ) -> str:
    """The folders in which programs are looked for on this machine."""
    return environ.get("PATH", os.defpath)


def settle(api: Api) -> list[str]:
    """What Argo CD's own server would make on its first start, and the names of the keys that were added."""
    secret = api.get("v1", "Secret", "argocd-secret", NAMESPACE)
    if secret is None:
        meta = {"name": "argocd-secret", "namespace": NAMESPACE, "labels": PART}
        secret = api.create({"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "Opaque"})
    data: dict[str, Any] = secret.get("data") or {}
    made = {key: base64.b64encode(secrets.token_bytes(32)).decode() for key in ("server.secretkey",) if key not in data}
    if made:
        api.merge({**secret, "apiVersion": "v1", "kind": "Secret"}, {"data": made})
    for name in ("argocd-cm", "argocd-rbac-cm"):
        api.ensure(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": name, "namespace": NAMESPACE, "labels": PART},
            }
        )
    password = base64.b64encode(secrets.token_urlsafe(12).encode()).decode()
    meta = {"name": ADMIN, "namespace": NAMESPACE}
    first = {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "Opaque", "data": {"password": password}}
    anew = [f"Secret/{ADMIN}"] if api.ensure(first) else []
    return [*(f"Secret/argocd-secret {key}" for key in made), *anew]


def projects(api: Api) -> list[str]:
    """Make the project that Argo CD's own server would make, and give its name where it was not there."""
    return ["AppProject/default"] if api.ensure(DEFAULT_PROJECT) else []
