"""The operators that run for real, one line each.

Most run in a pod without a container (`tools.pod`), with the arguments, variables, volumes and the account of the lab's own
pods, so that what those may not do they may not do here. prometheus-operator takes an API and its login as arguments, and needs
no pod: it runs on machines that let nobody enter namespaces, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from homelab.tools.services import LOOPBACK, free_port
from homelab.twin.callbacks.setup import Setup

Bare = Callable[[Setup, str], tuple[str, ...]]
"""The arguments by which a program finds the API outside of a pod, as an account."""


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator that runs as a process.

    Attributes:
        program: its program among those of a twin.
        image: the end of its image's repository, by which its pods are known.
        kinds: what it must be able to watch when it starts: it looks once, and leaves alone what is not served then.
        without: beginnings of arguments that mean something in a pod only; of those that need no pod.
        bare: how it runs without a pod; None where it cannot.
        keyed: whether it is of use only with a key that its owner gives.
    """

    program: str
    image: str
    kinds: tuple[tuple[str, str], ...]
    without: tuple[str, ...] = ()
    bare: Bare | None = None
    keyed: bool = False


def _prometheus(setup: Setup, account: str) -> tuple[str, ...]:
    return (
        f"--apiserver=https://{LOOPBACK}:{setup.port}",
        f"--ca-file={setup.authority}",
        f"--cert-file={setup.certificate}",
        f"--key-file={setup.key}",
        f"--as={account}",  # cmd/operator/main.go: "Username to impersonate"
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
ECK = Operator(
    "elastic-operator",
    "eck/eck-operator",
    (("elasticsearch.k8s.elastic.co/v1", "Elasticsearch"), ("kibana.k8s.elastic.co/v1", "Kibana")),
)
KYVERNO = Operator("kyverno", "kyverno/kyverno", (("kyverno.io/v1", "ClusterPolicy"),))
"""The admission controller: its policies admit and deny. Reports, clean-up and background controllers are other programs."""
SEALED_SECRETS = Operator(
    "sealed-secrets-controller",
    "bitnami/sealed-secrets-controller",
    (("bitnami.com/v1alpha1", "SealedSecret"),),
    keyed=True,
)
"""It only knows the account of its pod (pkg/controller/main.go: `rest.InClusterConfig`)."""
OPERATORS = (PROMETHEUS, ECK, KYVERNO, SEALED_SECRETS)
"""Every one."""
