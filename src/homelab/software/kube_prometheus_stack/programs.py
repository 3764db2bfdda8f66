"""Prometheus by its operator, with what measures nodes and objects beside it.

Sources: prometheus-operator Documentation, kube-state-metrics README (sharding), chart kube-prometheus-stack.
"""

from __future__ import annotations

from collections.abc import Iterable

from homelab.findings import Subject
from homelab.kube.facts import Fact, Produces
from homelab.software.seen import Around, both, only, role, single
from homelab.software.software import ImageTruth

KUBELETS = "--kubelet-service="


def _made(around: Around) -> Iterable[Fact]:
    """The Service over kubelets that its flag names, and the certificate of its webhook, which hooks of its chart make."""
    made = []
    for word in around.words:
        if word.startswith(KUBELETS):
            space, _, name = word.removeprefix(KUBELETS).partition("/")
            made.append(Subject("Service", name, space))
    secrets = [str((volume.get("secret") or {}).get("secretName") or "") for volume in around.workload.volumes]
    made += [Subject("Secret", name, around.workload.namespace) for name in secrets if name.endswith("-admission")]
    yield Produces(around.subject, tuple(made))


PROGRAMS: tuple[ImageTruth, ...] = (
    ImageTruth(
        "prometheus-operator/prometheus-operator",
        both(
            single("it elects no leader: a second one would write the same objects", "prometheus-operator docs"),
            role("change", "Prometheus and Alertmanager run on without it"),
            _made,
        ),
    ),
    ImageTruth(
        "kube-state-metrics/kube-state-metrics",
        both(
            single("a second one would tell every series twice", "kube-state-metrics README"),
            role("change", "the state of objects is not recorded meanwhile"),
        ),
    ),
    ImageTruth("prometheus/node-exporter", only("DaemonSet", role("change", "a node is not measured meanwhile"))),
)
"""What is true of its programs, however they were installed."""
