"""The programs of a twin: which they are, what each is built from, and what building it costs.

Each is compiled from its published Go module, at the version of the table, by a small module of our own in `modules/`: a
`go.mod` that requires it, with the `replace` lines of the program's own that do not point into its repository, and a `go.sum`
with the checksum of everything that goes in. `scripts/modules.py` writes those two files anew.

Seconds were measured on two quiet cores. Those of an operator are with an empty build cache; of the rest each was built after those
before it in the table, whose packages are compiled already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from homelab.errors import UsageError

MODULES = Path(__file__).with_name("modules")
"""The folder of our modules: `<name>/go.mod` and `<name>/go.sum`, package data."""


@dataclass(frozen=True, slots=True)
class Module:
    """A published Go module, and the name of the folder in which ours lies that requires it."""

    name: str
    path: str
    version: str

    @property
    def folder(self) -> Path:
        """Where our go.mod and go.sum lie."""
        return MODULES / self.name


@dataclass(frozen=True, slots=True)
class Program:
    """One program that is compiled.

    Attributes:
        name: what its file is called.
        module: what it is part of.
        inside: its package, below the path of the module; empty where it is the module itself.
        seconds: how long it took to build.
        mebibytes: how large it is.
        stamps: `variable=value` for what its own release sets while linking.
        asked: the words that make it say its version; none where it does not say it.
        minor: the Kubernetes minor that it belongs to; empty where it serves every one.
        deployed: the repository of its image, where a lab deploys this program itself.
    """

    name: str
    module: Module
    inside: str
    seconds: int
    mebibytes: int
    stamps: tuple[str, ...] = ()
    asked: tuple[str, ...] = ("--version",)
    minor: str = ""
    deployed: str = ""

    @property
    def version(self) -> str:
        """The version without `v`, as `1.35.4`."""
        return self.module.version.removeprefix("v")

    @property
    def package(self) -> str:
        """The import path of its package."""
        return f"{self.module.path}/{self.inside}" if self.inside else self.module.path

    @property
    def flags(self) -> str:
        """What the linker is told: no symbols, and the version, without which it would say another one of itself."""
        return " ".join(("-s -w", *(f"-X {stamp}" for stamp in self.stamps)))


@dataclass(frozen=True, slots=True)
class Brought:
    """One program that the system brings, under one of several names; `hint` says how."""

    name: str
    names: tuple[str, ...]
    hint: str


def _kubernetes(version: str) -> Module:
    minor = version.rpartition(".")[0]
    return Module(f"kubernetes-{minor}", "k8s.io/kubernetes", f"v{version}")


def _control_plane(version: str, server: int, manager: int, scheduler: int) -> tuple[Program, ...]:
    """The three programs of a Kubernetes, each with the seconds that it took after the one before."""
    minor = version.rpartition(".")[0]
    major, _, rest = minor.partition(".")
    # as hack/lib/version.sh of Kubernetes sets them: without the last two, /version has a major and a minor of no letters
    says = {"gitVersion": f"v{version}", "gitMajor": major, "gitMinor": rest}
    rooms = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    stamps = tuple(f"{room}.{name}={value}" for room in rooms for name, value in says.items())
    sizes = {
        "kube-apiserver": (server, 101),
        "kube-controller-manager": (manager, 92),
        "kube-scheduler": (scheduler, 70),
    }
    return tuple(
        Program(name, _kubernetes(version), f"cmd/{name}", seconds, size, stamps, minor=minor)
        for name, (seconds, size) in sizes.items()
    )


KUBERNETES: Mapping[str, tuple[Program, ...]] = {
    "1.33": _control_plane("1.33.2", 275, 41, 9),
    "1.35": _control_plane("1.35.4", 275, 41, 9),
    "1.36": _control_plane("1.36.1", 275, 41, 9),
}
"""Kubernetes minor to its control plane; of each minor one release, the newest that was built here."""

ETCD = Program("etcd", Module("etcd", "go.etcd.io/etcd/server/v3", "v3.6.13"), "", 21, 26)
ETCDUTL = Program("etcdutl", Module("etcdutl", "go.etcd.io/etcd/etcdutl/v3", "v3.6.6"), "", 37, 17, asked=("version",))
KWOK = Program(
    "kwok",
    Module("kwok", "sigs.k8s.io/kwok", "v0.8.0"),
    "cmd/kwok",
    98,
    61,
    ("sigs.k8s.io/kwok/pkg/consts.Version=v0.8.0",),
)
ARGOCD = Program(
    "argocd",
    Module("argocd", "github.com/argoproj/argo-cd/v3", "v3.2.6"),
    "cmd",
    212,
    142,
    ("github.com/argoproj/argo-cd/v3/common.version=3.2.6",),
    ("version", "--client", "--short"),
)
"""Every process of Argo CD: it acts by the name it is called by. From 3.3 on a part of it is no published module."""
KUSTOMIZE = Program(
    "kustomize",
    Module("kustomize", "sigs.k8s.io/kustomize/kustomize/v5", "v5.7.1"),
    "",
    10,
    15,
    ("sigs.k8s.io/kustomize/api/provenance.version=v5.7.1",),
    ("version",),
)
"""What Argo CD's repo-server calls for a kustomization; the release that Argo CD 3.2 carries."""

SHARED = (ETCD, ETCDUTL, KWOK, ARGOCD, KUSTOMIZE)
"""What a twin needs whichever Kubernetes it is."""

PROMETHEUS_OPERATOR = Program(
    "prometheus-operator",
    Module("prometheus-operator", "github.com/prometheus-operator/prometheus-operator", "v0.93.1"),
    "cmd/operator",
    92,
    69,
    ("github.com/prometheus/common/version.Version=0.93.1",),
    deployed="quay.io/prometheus-operator/prometheus-operator",
)
SEALED_SECRETS = Program(
    "sealed-secrets-controller",
    Module("sealed-secrets", "github.com/bitnami/sealed-secrets", "v0.38.4"),
    "cmd/controller",
    87,
    49,
    ("main.VERSION=0.38.4",),
    deployed="docker.io/bitnami/sealed-secrets-controller",
)
ENVOY_GATEWAY = Program(
    "envoy-gateway",
    Module("envoy-gateway", "github.com/envoyproxy/gateway", "v1.9.0"),
    "cmd/envoy-gateway",
    254,
    182,
    ("github.com/envoyproxy/gateway/internal/cmd/version.envoyGatewayVersion=v1.9.0",),
    ("version",),
    deployed="docker.io/envoyproxy/gateway",
)
ECK = Program(
    "elastic-operator",
    Module("eck", "github.com/elastic/cloud-on-k8s/v3", "v3.5.0"),
    "cmd",
    92,
    69,
    ("github.com/elastic/cloud-on-k8s/v3/pkg/about.version=3.5.0",),
)
KYVERNO = Program(
    "kyverno",
    Module("kyverno", "github.com/kyverno/kyverno", "v1.19.0"),
    "cmd/kyverno",
    240,
    135,
    ("github.com/kyverno/kyverno/pkg/version.BuildVersion=v1.19.0",),
    (),
)

OPERATORS = (PROMETHEUS_OPERATOR, SEALED_SECRETS, ENVOY_GATEWAY, ECK, KYVERNO)
"""Operators that run as processes beside a twin, at the version that the chart deploys which the catalogue pins."""

REDIS = Brought(
    "redis-server",
    ("redis-server", "valkey-server"),
    "install Redis or Valkey with your system's package manager; its service need not run",
)
GIT = Brought("git", ("git",), "install git with your system's package manager")
HELM = Brought("helm", ("helm",), "install helm (helm.sh/docs/intro/install)")

BROUGHT = (REDIS, GIT, HELM)
"""What a twin needs and the system brings."""


def minors() -> tuple[str, ...]:
    """The Kubernetes minors that a twin can have, oldest first."""
    return tuple(KUBERNETES)


def minor_of(version: str) -> str:
    """The minor of a version: `1.35` for `1.35.2`.

    Raises:
        UsageError: no twin can have it.
    """
    minor = ".".join(version.removeprefix("v").split(".")[:2])
    if minor in KUBERNETES:
        return minor
    known = ", ".join(minors())
    raise UsageError(f"a twin cannot be Kubernetes {version}: the minors that can be built here are {known}")


def next_minor(minor: str) -> str | None:
    """The one minor to which a control plane may go up from this one; None where it cannot be built here."""
    major, _, number = minor.partition(".")
    above = f"{major}.{int(number) + 1}"
    return above if above in KUBERNETES else None


def control_plane(minor: str) -> tuple[Program, ...]:
    """API server, controller manager and scheduler of a minor.

    Raises:
        UsageError: no twin can have that minor.
    """
    return KUBERNETES[minor_of(minor)]


def programs(minor: str, *, operators: bool = False) -> tuple[Program, ...]:
    """All that is built for a twin of this minor, in the order in which it is built.

    Raises:
        UsageError: no twin can have that minor.
    """
    return (*control_plane(minor), *SHARED, *(OPERATORS if operators else ()))


def every() -> tuple[Program, ...]:
    """All programs of every minor."""
    return (*(each for minor in minors() for each in KUBERNETES[minor]), *SHARED, *OPERATORS)
