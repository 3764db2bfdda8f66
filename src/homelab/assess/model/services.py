"""Services: a Service is up while enough of its pods serve and what they call at run time is up."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.model import pods
from homelab.assess.model.frame import Frame
from homelab.assess.model.homes import Homes
from homelab.assess.model.mobile import owner_of
from homelab.availability.system import ALWAYS, Any_, Gate
from homelab.kube.facts import Calls, Opens, Quorum, Relies
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource, dig
from homelab.kube.workload import Container, Workload


def workload_gate(frame: Frame, homes: Homes, workload: Workload, above: frozenset[str] = frozenset()) -> str:
    """Name the gate of a workload with everything it calls at run time; `above` are the gates that asked, to end cycles."""
    name = f"workload/{workload.subject}"
    if name in frame.gates:
        return name
    gates: list[Gate | str] = [pods.gate_of(frame, homes, workload)]
    for called, patience in calls_of(frame, workload):
        if called == "api":
            gates.append("api")
            continue
        service = resolve(frame.inventory, workload.namespace, called)
        if service is None:
            continue
        target = f"service/{service.namespace}/{service.name}"
        if target not in above:
            gates += ["dns", service_gate(frame, homes, service, above | {name, target})]
            for behind in frame.inventory.workloads_of(service):
                gates += pods.started_again(frame, homes, behind, patience)
    for relied in frame.inventory.facts_about(workload.subject, Relies):
        target = f"workload/{relied.on}"
        found = frame.inventory.subject(relied.on)
        if relied.phase == "run" and found is not None and target not in above:
            gates.append(workload_gate(frame, homes, Workload(found), above | {name, target}))
    return frame.every(name, gates)


def calls_of(frame: Frame, workload: Workload) -> Iterator[tuple[str, float | None]]:
    """The hosts that a workload's pods cannot do without, and for how many seconds they wait before they end themselves.

    What `software` says, else what their environment names: a host, or the Secret that opens a database.
    """
    subjects = [workload.subject, *filter(None, [owner_of(workload)])]
    said = [fact for subject in subjects for fact in frame.inventory.facts_about(subject, Calls)]
    for fact in said:
        if fact.phase == "run":
            yield "api" if fact.host.startswith("kubernetes.default") else fact.host, fact.patience
    if said:
        return
    opened = {fact.secret.name: fact for fact in frame.inventory.facts_of(Opens) if _beside(fact, workload)}
    found: dict[str, None] = {}
    for container in workload.containers:
        for entry in container.environment:
            if host := _host(str(entry.get("value") or "")):
                found.setdefault(host)
        for secret in _secrets(container):
            if secret in opened:
                found.setdefault(f"{opened[secret].host}.{workload.namespace}.svc")
    yield from ((host, None) for host in found)


def _beside(fact: Opens, workload: Workload) -> bool:
    return fact.secret.namespace == workload.namespace


def _secrets(container: Container) -> Iterator[str]:
    """The Secrets of which a container's environment is made."""
    for entry in container.environment:
        yield str(dig(entry, ["valueFrom", "secretKeyRef", "name"], ""))
    for source in container.body.get("envFrom") or ():
        yield str(dig(source, ["secretRef", "name"], ""))


def _host(value: str) -> str:
    """The in-cluster host of an environment value (`http://redis.cache.svc:6379`, `db-rw.n8n.svc.cluster.local`)."""
    host = value.partition("://")[2] or value
    host = host.rpartition("@")[2].partition("/")[0].partition(":")[0]
    return host if ".svc" in host else ""


def resolve(inventory: Inventory, namespace: str, host: str) -> Resource | None:
    """The Service that a host name means to pods of a namespace."""
    parts = host.split(".")
    inner = parts[1] if len(parts) > 1 and parts[1] != "svc" else namespace
    return inventory.get("Service", inner, parts[0])


def service_gate(frame: Frame, homes: Homes, service: Resource, above: frozenset[str] = frozenset()) -> str:
    """Name the gate of a Service: any of its pods serves. Pods of one operator's cluster stand in for each other."""
    name = f"service/{service.namespace}/{service.name}"
    if name in frame.gates:
        return name
    # a node agent stands and falls with its node: whoever calls it there has already lost the node
    found = [w for w in frame.inventory.workloads_of(service) if w.long_running and not w.daemon]
    owners = {owner for w in found if (owner := owner_of(w)) is not None and w.kind == "Pod"}
    for workload in frame.inventory.workloads if owners else ():
        if workload not in found and workload.kind == "Pod" and owner_of(workload) in owners:
            found.append(workload)
    if not found:
        return frame.gate(name, ALWAYS)
    gates = tuple(workload_gate(frame, homes, workload, above | {name}) for workload in found)
    sets = {homes.of(workload).name: workload for workload in found}
    whole = [
        gate
        for workload in sets.values()
        if len(homes.of(workload).members) > 1
        for gate in pods.led(frame, homes, workload)
    ]
    leading = any(pods.leader(frame, homes, workload) for workload in sets.values())
    reached = [] if leading else list(pods.endpoints(frame, homes, found))
    return frame.every(name, (Any_(gates), *whole, *reached))


def quorum_gate(frame: Frame, homes: Homes, quorum: Quorum) -> str:
    """Name the gate of a quorum over several workloads (Ceph monitors)."""
    from homelab.availability.system import AtLeast

    name = f"quorum/{quorum.subject}/{quorum.what}"
    if name not in frame.gates:
        members = [w for w in frame.inventory.workloads if w.subject in quorum.members]
        frame.gate(name, AtLeast(quorum.need, tuple(pods.gate_of(frame, homes, w) for w in members)))
    return name
