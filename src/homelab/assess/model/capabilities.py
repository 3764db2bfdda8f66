"""Capabilities: rows for what the platform gives, what serves it apart from what only changes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from homelab.assess.model import gaps, pods, services
from homelab.assess.model.frame import Frame
from homelab.assess.model.homes import Homes
from homelab.assess.model.mobile import owner_of
from homelab.assess.model.storage import gate_of_pool
from homelab.availability.system import ALWAYS, Any_, Gate
from homelab.capabilities import Capability
from homelab.findings import Subject
from homelab.kube.facts import Pool, Role
from homelab.kube.inventory import Application, Inventory
from homelab.kube.resource import CAPABILITY, OPTION
from homelab.kube.routing import gateways
from homelab.kube.workload import Workload

APPLICATION, PLATFORM, CHANGE = "application", "platform", "change and recovery"
NOT_SERVED = frozenset(
    {
        Capability.MACHINE,
        Capability.CLUSTER_API,
        Capability.GATEWAY_API,
        Capability.POLICY_FOUNDATION,
        Capability.METRICS_CRDS,
    }
)
"""Capabilities that are not a running service, or that have a row of their own."""
MADE = {
    "database.postgres": frozenset({"Cluster"}),
    "cache.redis": frozenset({"Redis", "RedisReplication", "RedisCluster"}),
}
"""Kinds whose operator gives a capability: what it made serves, and the operator changes it."""
CHANGING = frozenset({"gitops.sync", "backup.cluster", "secrets.git", "tls.issuer"})
"""Capabilities that running things run on without."""
AGENTS = frozenset({"network.pod", "network.policy", "network.address"})
"""Capabilities that an agent on each node gives, which stands and falls with its node."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service of the model: its name, what it is to a person, and whether the Internet is asked about."""

    name: str
    kind: str
    environment: str
    public: bool
    unknown: tuple[str, ...] = ()
    """What it needs and nobody has read: its figure is what it is at most."""
    group: str = PLATFORM


def rows(frame: Frame, homes: Homes) -> list[Service]:
    """A row for each capability that an Application says it serves."""
    found: list[Service] = []
    for application in frame.inventory.applications:
        resource = application.resource
        names = str(resource.annotations.get(CAPABILITY, "")) if resource else ""
        for name in filter(None, (part.strip() for part in names.split(","))):
            if name in NOT_SERVED or any(s.name == name for s in found):
                continue
            component = _component(frame.inventory, application)
            gates = [] if name in CHANGING else [*_data(frame, homes, name, component)]
            group = PLATFORM if gates else CHANGE
            frame.every(f"lan/{name}", ("site/lan", *(gates or _every(frame, homes, component))))
            unknown = gaps.of_applications(frame.inventory, component)
            found.append(Service(name, "capability", "", public=False, unknown=unknown, group=group))
    return found


def _component(inventory: Inventory, application: Application) -> frozenset[str]:
    """The Applications of the option that made an Application: a component may have several."""
    option = application.resource.annotations.get(OPTION) if application.resource else None
    if option is None:
        return frozenset({application.name})
    others = (a for a in inventory.applications if a.resource and a.resource.annotations.get(OPTION) == option)
    return frozenset(other.name for other in others)


def _data(frame: Frame, homes: Homes, name: str, applications: frozenset[str]) -> Iterator[Gate | str]:
    """What has to be up for what uses a capability: pools, proxies, databases, else workloads that callers miss."""
    inventory = frame.inventory
    if name in AGENTS:
        yield ALWAYS
        return
    pools = {p.subject: p for p in inventory.facts_of(Pool) if _made_by(inventory, p.subject, applications)}
    if pools:
        kind = name.rpartition(".")[2]
        alike = [pool for pool in pools.values() if pool.kind == kind] or list(pools.values())
        for pool in alike:
            yield gate_of_pool(frame, pool)
            yield from _serving(frame, homes, pool.subject)
        return
    if name == Capability.GATEWAY_HTTP:
        proxies = [w for gateway in inventory.of("Gateway") for w in gateways.proxies(inventory, gateway)]
        if proxies:
            yield from (services.workload_gate(frame, homes, proxy) for proxy in proxies)
            return
    if owners := _owners(inventory, MADE.get(name, frozenset())):
        for owner in owners:
            yield from _serving(frame, homes, owner)
        return
    for workload in _workloads(inventory, applications):
        roles = {fact.phase for fact in inventory.facts_about(workload.subject, Role)}
        if not roles or "run" in roles:
            yield services.workload_gate(frame, homes, workload)


def _every(frame: Frame, homes: Homes, applications: frozenset[str]) -> Iterator[str]:
    """Every workload of a component that only changes things."""
    return (services.workload_gate(frame, homes, w) for w in _workloads(frame.inventory, applications))


def _workloads(inventory: Inventory, applications: frozenset[str]) -> Iterator[Workload]:
    for workload in inventory.workloads:
        if workload.resource.origin.application in applications and workload.long_running and not workload.daemon:
            yield workload


def _owners(inventory: Inventory, kinds: frozenset[str]) -> tuple[Subject, ...]:
    owners = (owner_of(workload) for workload in inventory.workloads)
    return tuple(dict.fromkeys(owner for owner in owners if owner is not None and owner.kind in kinds))


def _serving(frame: Frame, homes: Homes, owner: Subject) -> Iterator[Gate | str]:
    """What an operator made of one custom resource: any of its pods that answer, and their leader."""
    made = [
        w
        for w in frame.inventory.workloads
        if owner_of(w) == owner and w.long_running and not w.daemon and not _only_changes(frame.inventory, w)
    ]
    if made:
        yield Any_(tuple(services.workload_gate(frame, homes, workload) for workload in made))
        for workload in {homes.of(w).name: w for w in made}.values():
            yield from pods.led(frame, homes, workload)


def _only_changes(inventory: Inventory, workload: Workload) -> bool:
    roles = {fact.phase for fact in inventory.facts_about(workload.subject, Role)}
    return bool(roles) and "run" not in roles


def _made_by(inventory: Inventory, subject: Subject, applications: frozenset[str]) -> bool:
    owner = inventory.subject(subject)
    return owner is not None and owner.origin.application in applications
