"""What *up* means for each service: conditions on the state, joined along who calls whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from availability.world.lab import Lab
from availability.world.life import World
from homelab.kube.facts import Calls, Relies
from homelab.kube.resource import Resource

Condition = tuple[str, Any]
"""A kind and what it is about: `("endpoints", pods)`."""
CAPABILITY = "homelab.dev/capability"


@dataclass(frozen=True)
class Service:
    """A service as figures name it; `internet` are its conditions for callers from outside, None for those at home only."""

    name: str
    lan: frozenset[Condition]
    internet: frozenset[Condition] | None = None


class Meaning:
    """The services of a lab, and the callers that give up when what they call is away for too long."""

    def __init__(self, lab: Lab) -> None:
        """Read routes, calls and capabilities."""
        self.lab, self.inventory = lab, lab.inventory
        self.calls: dict[str, list[Calls | Relies]] = {}
        for fact in self.inventory.facts:
            if isinstance(fact, Calls | Relies) and fact.phase == "run":
                self.calls.setdefault(f"{fact.subject.namespace}/{fact.subject.kind}/{fact.subject.name}", []).append(
                    fact
                )
        self.names = ("endpoints", lab.by_owner.get("kube-system/Deployment/coredns", ()))
        self.services = tuple(self._services())
        self.impatient = tuple(self._impatient())

    # --- services ---------------------------------------------------------------------------------------------------

    def _services(self) -> list[Service]:
        found = [Service("kubernetes-api", frozenset({("site", None), ("address", None)}))]
        tunnel = self._of("cloudflared")
        hostnames: dict[str, set[Condition]] = {}
        for route in self.inventory.of("HTTPRoute"):
            for host in route.get("spec.hostnames") or ():
                behind = hostnames.setdefault(str(host), set())
                for rule in route.get("spec.rules") or ():
                    for backend in rule.get("backendRefs") or ():
                        space = str(backend.get("namespace") or route.namespace)
                        behind |= self.behind(space, str(backend.get("name", "")), set())
        for host, behind in hostnames.items():
            door = {("site", None), self.names, ("endpoints", self._gateway())}
            lan = frozenset(door | behind | {("announced", None)})
            public = host in self.lab.ground.public
            found.append(Service(host, lan, frozenset(door | behind | {("endpoints", tunnel)}) if public else None))
        present = {
            name
            for application in self.inventory.applications
            if application.resource
            for name in str(application.resource.annotations.get(CAPABILITY, "")).split(",")
        }
        for name, conditions in self._capabilities().items():
            if name in present:
                found.append(Service(name, frozenset(conditions | {("site", None)})))
        return found

    def _of(self, *names: str) -> tuple[int, ...]:
        """The pods of workloads by their names."""
        return tuple(
            pod for owner, pods in self.lab.by_owner.items() if owner.rpartition("/")[2] in names for pod in pods
        )

    def _gateway(self) -> tuple[int, ...]:
        label = "gateway.envoyproxy.io/owning-gateway-name"
        return tuple(i for i, pod in enumerate(self.lab.pods) if label in pod.labels)

    def _labelled(self, key: str, value: str) -> tuple[int, ...]:
        return tuple(i for i, pod in enumerate(self.lab.pods) if pod.labels.get(key) == value)

    def _capabilities(self) -> dict[str, set[Condition]]:
        """What each capability promises, by its own sentence, in terms of who keeps that promise."""
        api: Condition = ("api", None)
        rgw = self._labelled("app", "rook-ceph-rgw")
        store = self._labelled("app.kubernetes.io/name", "prometheus")
        alerts = self._labelled("app.kubernetes.io/name", "alertmanager")
        stores = self._volumes(store)
        argo = {"argocd-application-controller", "argocd-repo-server"}
        found: dict[str, set[Condition]] = {
            "network.pod": {("nodes", None)},
            "network.policy": {("nodes", None)},
            "network.address": {api, ("acting", self._of("cilium-operator")), ("announced", None)},
            "network.flows": {("endpoints", self._of("hubble-relay"))},
            "gateway.http": {("endpoints", self._gateway()), ("announced", None)},
            "tls.issuer": {
                ("acting", self._of("cert-manager")),
                ("endpoints", self._of("cert-manager-webhook")),
            },
            "access.public": {("endpoints", self._of("cloudflared"))},
            "secrets.git": {("acting", self._of("sealed-secrets-controller"))},
            "gitops.sync": {("acting", self._of("argocd-application-controller"))}
            | {("endpoints", self._of(name)) for name in argo - {"argocd-application-controller"}}
            | self._argo_cache(),
            "storage.block": {("pool", self._pool("block"))},
            "storage.file": {("pool", self._pool("file"))}
            | {("team", i) for i, t in enumerate(self.lab.teams) if t.how == "mds"},
            "storage.object": {("pool", self._pool("object")), ("endpoints", rgw)},
            "storage.local": {("acting", self._of("local-path-provisioner"))},
            "backup.cluster": {("acting", self._of("velero"))},
            "metrics.store": {("endpoints", store)} | stores,
            "alerts.route": {("endpoints", store), ("endpoints", alerts)} | stores | self._volumes(alerts),
            "database.postgres": {("acting", self._of("cloudnative-pg"))},
            "cache.redis": {("acting", self._of("redis-operator"))},
        }
        if "storage.block" in found and not self.lab.pools:
            found["storage.block"] = {("acting", self._of("proxmox-csi-plugin-controller"))}
        return found

    def _argo_cache(self) -> set[Condition]:
        teams = {("team", i) for i, team in enumerate(self.lab.teams) if team.how == "haproxy"}
        proxies = self._of("argocd-redis-ha-haproxy") or self._of("argocd-redis")
        return {*teams, ("endpoints", proxies)}

    def _pool(self, kind: str) -> str:
        """Pools that keep as many copies over the same domain answer together: the first of them stands for all."""
        mine = next((p for p in self.lab.pools if p.kind == kind), None)
        if mine is None:
            return kind
        return next(
            p.kind for p in self.lab.pools if (p.size, p.least, p.domain) == (mine.size, mine.least, mine.domain)
        )

    def _volumes(self, pods: tuple[int, ...]) -> set[Condition]:
        return {("pool", self._pool("block"))} if any(self.lab.pods[pod].volume == "ceph" for pod in pods) else set()

    # --- what is behind a name --------------------------------------------------------------------------------------

    def behind(self, namespace: str, name: str, seen: set[str]) -> set[Condition]:
        """The conditions of a Service by its name: its endpoints, and what those call while they run."""
        service = self.inventory.get("Service", namespace, name)
        if service is None:
            return self._nameless(namespace, name)
        pods, owners = self._endpoints(service)
        team = next((i for i, t in enumerate(self.lab.teams) if set(pods) & set(t.pods)), None)
        found: set[Condition] = set()
        if team is not None and self.lab.teams[team].how in ("cnpg", "sentinel", "label"):
            found.add(("team", team))
        elif pods:
            found.add(("endpoints", pods))
        found |= self._volumes(pods)
        for owner in owners:
            found |= self.needs(owner, seen)
        return found

    def _nameless(self, namespace: str, name: str) -> set[Condition]:
        """Services that an operator makes at run time are known by their custom resource."""
        for index, team in enumerate(self.lab.teams):
            space, _, called = team.name.partition("/")
            if space == namespace and (name == called or name.startswith(f"{called}-")):
                return {("team", index)} | self._volumes(team.pods)
        return set()

    def _endpoints(self, service: Resource) -> tuple[tuple[int, ...], list[str]]:
        chosen = dict(service.get("spec.selector") or {})
        if service.name == "hubble-peer" or not chosen:
            return (), []
        owners = [f"{w.namespace}/{w.kind}/{w.name}" for w in self.inventory.workloads_of(service) if not w.daemon]
        return tuple(p for owner in owners for p in self.lab.by_owner.get(owner, ())), owners

    def needs(self, owner: str, seen: set[str]) -> set[Condition]:
        """What the pods of a workload need while they run."""
        if owner in seen:
            return set()
        seen = seen | {owner}
        found: set[Condition] = set()
        for fact in self.calls.get(owner, ()):
            if isinstance(fact, Relies):
                on = f"{fact.on.namespace}/{fact.on.kind}/{fact.on.name}"
                found |= {("any", self.lab.by_owner.get(on, ()))} | self.needs(on, seen)
            elif place := self._local(fact.host, fact.subject.namespace):
                found |= self.behind(*place, seen)
                if fact.host.startswith("argocd-redis-ha"):
                    found |= self._argo_cache()
        return found

    def _local(self, host: str, namespace: str) -> tuple[str, str] | None:
        parts = host.split(".")
        if len(parts) == 1:
            return namespace, parts[0]
        return (parts[1], parts[0]) if (len(parts) > 2 and parts[2] == "svc") or len(parts) == 2 else None

    def _impatient(self) -> list[tuple[Condition, tuple[int, ...], float]]:
        """Leaders that are called, by whom, and for how many seconds these wait for them."""
        return [
            (condition, self.lab.by_owner.get(owner, ()), fact.patience)
            for owner, facts in self.calls.items()
            for fact in facts
            if isinstance(fact, Calls) and fact.patience is not None
            if (place := self._local(fact.host, fact.subject.namespace))
            for condition in self.behind(*place, set())
            if condition[0] == "team"
        ]


class Watch:
    """A world looked at: which services are down, for how long, since when."""

    def __init__(self, world: World, meaning: Meaning) -> None:
        """Conditions are shared: each is judged once for all services."""
        self.world, self.meaning = world, meaning
        asked: list[frozenset[Condition]] = []
        self.rows: list[tuple[str, str]] = []
        for service in meaning.services:
            asked.append(service.lan)
            self.rows.append((service.name, "lan"))
            if service.internet is not None:
                asked.append(service.internet)
                self.rows.append((service.name, "internet"))
        conditions = sorted({c for each in asked for c in each} | {c for c, _, _ in meaning.impatient}, key=repr)
        number = {condition: index for index, condition in enumerate(conditions)}
        self.conditions = conditions
        self.tests = [self._test(condition) for condition in conditions]
        self.needs = [sum(1 << number[c] for c in each) for each in asked]
        """Conditions of each row as bits, as those that fail are kept."""
        self.impatient = [(number[c], pods, seconds) for c, pods, seconds in meaning.impatient]
        self.begin()

    def matters(self) -> frozenset[int]:
        """The pods on which any condition may hang: the ends of others are no outage of anything."""
        lab = self.world.lab
        found = {pod for team in lab.teams for pod in (*team.pods, *team.voters, *team.operator)}
        found |= {*lab.mons, *lab.osds, *self.world.ceph.operator}
        for kind, what in self.conditions:
            if kind in ("endpoints", "acting", "any"):
                found |= set(what)
        return frozenset(found)

    def _test(self, condition: Condition) -> Callable[[], bool]:
        world = self.world
        kind, what = condition
        tests: dict[str, Callable[[], bool]] = {
            "site": lambda: world.site,
            "nodes": lambda: not all(world.outages),
            "api": lambda: world.control.api,
            "address": lambda: world.control.reachable,
            "announced": lambda: world.control.announced,
            "acting": lambda: world.leases.acting(what),
            "team": lambda: world.teams.serves(what),
            "pool": lambda: world.ceph.serves(what),
            "any": lambda: any(world.alive[pod] for pod in what),
            "endpoints": lambda: self._endpoints(what),
        }
        return tests[kind]

    def _endpoints(self, pods: tuple[int, ...]) -> bool:
        """Somebody answers, and nobody is asked who cannot."""
        alive, listed = self.world.alive, self.world.listed
        ready = False
        for pod in pods:
            if listed[pod]:
                if not alive[pod]:
                    return False
                ready = True
        return ready or not pods

    def begin(self) -> None:
        """Nothing has been down yet."""
        self.down = [0.0] * len(self.rows)
        self.away = [False] * len(self.rows)
        self.at, self.failed = 0.0, 0
        self.outages = [0] * len(self.rows)
        self.since: list[tuple[float, list[int]] | None] = [None] * len(self.tests)

    def wait(self) -> None:
        """What was down since the last look has been down until now."""
        passed = self.world.now - self.at
        if passed > 0:
            for row, away in enumerate(self.away):
                if away:
                    self.down[row] += passed
            self.at = self.world.now

    def look(self) -> None:
        """Judge the services at this moment."""
        self.wait()
        if not self.world.changed:
            return
        self.world.changed = False
        failed = 0
        for index, test in enumerate(self.tests):
            if not test():
                failed |= 1 << index
        for index, pods, seconds in self.impatient:
            self._patience(index, pods, seconds, holds=not failed >> index & 1)
        for index, _, _ in self.impatient:
            if not failed >> index & 1:
                self.since[index] = None
        if failed == self.failed:
            return
        self.failed = failed
        for row, needs in enumerate(self.needs):
            away = bool(failed & needs)
            if away and not self.away[row]:
                self.outages[row] += 1
            self.away[row] = away

    def _patience(self, index: int, pods: tuple[int, ...], seconds: float, *, holds: bool) -> None:
        """Callers that waited in vain and ended themselves are in their back-off when the wait is over."""
        world, since = self.world, self.since[index]
        if not holds:
            self.since[index] = since or (world.now, list(world.turn))
        elif since is not None and (lasted := world.now - since[0]) > seconds:
            for pod in pods:
                if world.turn[pod] == since[1][pod]:
                    wait = world.between(0, min(300.0, lasted / 2))
                    world.crash(pod, wait + world.lab.pods[pod].ready)
