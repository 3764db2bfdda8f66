"""Crashes: how often the container that serves is gone for a while on a node that stands."""

from __future__ import annotations

from homelab.assess.model.frame import Frame
from homelab.availability.system import Rate
from homelab.kube.workload import Container, Workload

DEFAULT = "kubectl.kubernetes.io/default-container"
"""Annotation by which a pod names its main container."""


def rate_of(frame: Frame, workload: Workload) -> Rate:
    """Crashes, hangs and evictions of one pod as one alternating renewal: outages add, and so do their lengths.

    A hang lasts until a liveness probe ends it, else until a person notices; a container without a memory request is
    the first to be evicted when its node runs short.
    """
    crash, hang = frame.rate("container"), frame.rate("container.hang")
    main = serving(frame, workload)
    probed = all(container.body.get("livenessProbe") for container in main)
    bounded = all(container.request("memory") and container.limit("memory") for container in main)
    causes = [(crash.frequency, crash.mttr), (hang.frequency, hang.mttr if probed else frame.hours("person.notices"))]
    if not bounded:
        evicted = frame.rate("container.evicted")
        causes.append((evicted.frequency, evicted.mttr))
    frequency = sum(each for each, _ in causes)
    if not frequency:
        return Rate.never(crash.source)
    down = sum(each * length for each, length in causes) / frequency
    return Rate(1 / frequency - down, down, crash.error_factor, "crashes, hangs and evictions together")


def serving(frame: Frame, workload: Workload) -> tuple[Container, ...]:
    """The containers that a pod is there for: those whose ports its Services lead to, else the one it names, else its first.

    A sidecar that reloads a configuration or scrapes figures may hang without anybody missing it.
    """
    ordinary = tuple(container for container in workload.containers if not container.init)
    if len(ordinary) < 2:
        return ordinary or workload.containers
    named = str(workload.annotations.get(DEFAULT, ""))
    if chosen := tuple(container for container in ordinary if container.name == named):
        return chosen
    wanted = {
        str(port.get("targetPort", port.get("port")))
        for service in frame.inventory.services_of(workload)
        for port in service.get("spec.ports", []) or ()
    }
    return tuple(c for c in ordinary if _ports(c) & wanted) or ordinary[:1]


def _ports(container: Container) -> set[str]:
    return {
        str(port[key]) for port in container.ports for key in ("name", "containerPort") if port.get(key) is not None
    }
