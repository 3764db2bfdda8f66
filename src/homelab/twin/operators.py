"""Real operators as processes: each starts once the lab's own pods of it are ready, with the arguments of those pods.

What leads out of a pod is left out or replaced, by name and for a reason; what is decided by arguments is so decided as it is at home.
An operator here talks to the API as the cluster's owner, so that a missing permission of its account is not found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from homelab.cluster.api import Api, ApiRefused, Object
from homelab.tools.services import LOOPBACK, Service, Services, free_port
from homelab.twin.control_plane import ControlPlane


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator that runs as a process.

    Attributes:
        program: its program among those of a twin.
        image: the repository of the image by which its pods are known.
        kinds: what it must be able to watch when it starts: it looks once, and leaves alone what is not served then.
        without: beginnings of arguments that mean something in a pod only.
        reaches: the arguments by which it finds the API, from a control plane.
    """

    program: str
    image: str
    kinds: tuple[tuple[str, str], ...]
    without: tuple[str, ...]
    reaches: Callable[[ControlPlane], tuple[str, ...]]


def _prometheus(plane: ControlPlane) -> tuple[str, ...]:
    keys = plane.keys
    return (
        f"--apiserver=https://{LOOPBACK}:{plane.port}",
        f"--ca-file={keys.authority}",
        f"--cert-file={keys.certificate('admin')}",
        f"--key-file={keys.key('admin')}",
        f"--web.listen-address={LOOPBACK}:{free_port()}",
    )


PROMETHEUS = Operator(
    "prometheus-operator",
    "prometheus-operator/prometheus-operator",
    (
        ("monitoring.coreos.com/v1", "Prometheus"),
        ("monitoring.coreos.com/v1", "Alertmanager"),
        ("monitoring.coreos.com/v1", "ThanosRuler"),
        ("monitoring.coreos.com/v1alpha1", "PrometheusAgent"),
        ("monitoring.coreos.com/v1alpha1", "ScrapeConfig"),
    ),
    ("--web.",),  # its certificate lies in a pod's volume
    _prometheus,
)
OPERATORS = (PROMETHEUS,)
"""Those that run here. cmd/operator of prometheus-operator takes the address and the certificates of an API as arguments;
the controller of Sealed Secrets only knows the account of its pod (`rest.InClusterConfig`), and Envoy Gateway reads its
certificates from `/certs` alone."""


@dataclass
class Running:
    """The operators of one twin.

    Attributes:
        program: the file of a program by its name; None where it was not built.
    """

    control_plane: ControlPlane
    services: Services
    program: Callable[[str], Path | None]
    table: Sequence[Operator] = OPERATORS
    started: dict[str, str] = field(default_factory=dict, init=False)
    """Programs that run, and the pods whose arguments they have."""

    def look(self) -> None:
        """Start every operator whose pods have become ready since the last look. Call it from the thread that keeps the twin."""
        for operator in self.table:
            program = self.program(operator.program)
            if operator.program in self.started or program is None:
                continue
            found = next(_pods(self.control_plane.api, operator.image), None)
            if found and all(self._served(*kind) for kind in operator.kinds):
                name, container = found
                given = [a for a in container.get("args") or () if not a.startswith(operator.without)]
                argv = (str(program), *given, *operator.reaches(self.control_plane))
                self.services.start(Service(operator.program, argv, _environment(container)))
                self.started[operator.program] = name

    def _served(self, version: str, kind: str) -> bool:
        """Whether the API serves a kind."""
        try:
            return bool(self.control_plane.api.kind(version, kind))
        except ApiRefused:
            return False

    @property
    def programs(self) -> tuple[str, ...]:
        """Those that were built, and so are real here once the lab's own pods of them are ready."""
        return tuple(each.program for each in self.table if self.program(each.program))


def _pods(api: Api, image: str) -> Iterator[tuple[str, Object]]:
    """Deployments with a ready pod that runs an image, and the container that does."""
    for body in api.list("apps/v1", "Deployment"):
        if not (body.get("status") or {}).get("readyReplicas"):
            continue
        for container in body["spec"]["template"]["spec"]["containers"]:
            if container["image"].partition("@")[0].rpartition(":")[0].endswith(image):
                yield f"{body['metadata']['namespace']}/{body['metadata']['name']}", container


def _environment(container: Mapping[str, object]) -> dict[str, str]:
    """The variables of a container that are written out."""
    found = container.get("env")
    return {each["name"]: each["value"] for each in found if "value" in each} if isinstance(found, list) else {}
