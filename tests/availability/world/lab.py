"""What there is: machines, pods and their rules, as declared. Read once from the inventory, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from homelab.documents.quantity import parse_bytes, parse_cpu
from homelab.ground import Ground
from homelab.kube.inventory import Inventory
from homelab.kube.selector import matches
from homelab.kube.workload import Workload

HOSTNAME, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
PRIORITY = {"system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000}
HOLDERS = {"ceph.com": "ceph", "local": "local", "proxmox": "proxmox"}
"""A part of a provisioner's name to what holds its volumes."""


@dataclass(frozen=True)
class Machine:
    """A node, by its number; `host` is the number of the machine under it."""

    name: str
    host: int
    control_plane: bool
    schedulable: bool
    virtual: bool
    cpu: int
    memory: int
    labels: Mapping[str, str]
    disks: int

    @property
    def zone(self) -> str:
        """As declared by its label; the zone without a name is one as well."""
        return self.labels.get(ZONE, "")


@dataclass(frozen=True)
class Term:
    """A rule over other pods: who they are, within what, how strict, and by how much."""

    others: frozenset[int]
    key: str
    hard: bool
    weight: int = 1
    skew: int = 1
    own: bool = True


@dataclass(frozen=True)
class Pod:
    """A pod that is to run for ever, by its number."""

    name: str
    owner: str
    """`namespace/Kind/name`, as findings and figures call a workload."""
    namespace: str
    labels: Mapping[str, str]
    cpu: int
    memory: int
    asked: bool
    priority: int
    control_plane: bool
    """Whether it tolerates control planes."""
    patience: float | None
    """Seconds until it leaves an unreachable node; None for never."""
    nodes: frozenset[int]
    """Nodes that its selectors, affinities and tolerations admit."""
    preferred: Mapping[int, int]
    away: tuple[Term, ...] = ()
    near: tuple[Term, ...] = ()
    spread: tuple[Term, ...] = ()
    sticky: bool = False
    """At most one: a StatefulSet's pod, or one that an operator makes by hand."""
    volume: str = ""
    """What holds its claim: `ceph`, `local`, `proxmox`, `other`; empty for none."""
    watched: bool = True
    """Whether a liveness probe ends the serving process when it hangs."""
    ready: float = 30.0
    pinned: bool = False
    """Stays on the node that it first got: its data is there."""


@dataclass(frozen=True)
class Budget:
    """A PodDisruptionBudget: these pods, and how many of them may be away."""

    pods: frozenset[int]
    away: int


@dataclass(frozen=True)
class Team:
    """Pods of which one leads; `how` is who sees to a takeover."""

    name: str
    pods: tuple[int, ...]
    how: str
    """`cnpg`, `sentinel`, `label` (nobody promotes), `haproxy`."""
    voters: tuple[int, ...] = ()
    operator: tuple[int, ...] = ()
    guarded: bool = False
    """Whether budgets hold its pods."""


@dataclass(frozen=True)
class Pool:
    """Copies on Ceph: so many, so many needed, spread over a domain (`osd`, `host` or a label)."""

    kind: str
    size: int
    least: int
    domain: str


@dataclass(frozen=True)
class Lab:
    """All of it."""

    ground: Ground
    inventory: Inventory
    hosts: tuple[str, ...]
    machines: tuple[Machine, ...]
    pods: tuple[Pod, ...]
    budgets: tuple[Budget, ...]
    teams: tuple[Team, ...]
    pools: tuple[Pool, ...]
    osds: tuple[int, ...]
    mons: tuple[int, ...]
    announcers: frozenset[int]
    """Nodes that may announce a load balancer's address; none where nobody announces by leases."""
    vip: bool
    by_owner: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def machines(ground: Ground) -> tuple[tuple[str, ...], tuple[Machine, ...]]:
    """Hosts by name, nodes on them; a machine by address is its own host."""
    hosts: list[str] = []
    found = []
    for node in ground.nodes:
        host = node.host or node.name
        if host not in hosts:
            hosts.append(host)
        labels = {HOSTNAME: node.name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", **node.labels}
        if node.control_plane:
            labels[CONTROL_PLANE] = ""
        found.append(
            Machine(
                node.name,
                hosts.index(host),
                node.control_plane,
                node.schedulable,
                node.virtual,
                int(node.cpu * 1000),
                int(node.memory * 0.95),
                labels,
                len(node.ceph),
            )
        )
    return tuple(hosts), tuple(found)


def _tolerates(pod: Mapping[str, Any], key: str, effect: str) -> tuple[bool, float | None]:
    for entry in pod.get("tolerations") or ():
        if entry.get("effect") in (None, effect) and entry.get("key") in (None, key):
            seconds = entry.get("tolerationSeconds")
            return True, None if seconds is None else float(seconds)
    return False, None


def _admits(term: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    return matches({"matchExpressions": term.get("matchExpressions") or []}, labels)


def _nodes(pod: Mapping[str, Any], found: tuple[Machine, ...]) -> frozenset[int]:
    selected = pod.get("nodeSelector") or {}
    required = ((pod.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    terms = (required or {}).get("nodeSelectorTerms")
    return frozenset(
        index
        for index, machine in enumerate(found)
        if all(machine.labels.get(key) == str(value) for key, value in selected.items())
        and (not terms or any(_admits(term, machine.labels) for term in terms))
        and (machine.schedulable or _tolerates(pod, CONTROL_PLANE, "NoSchedule")[0])
    )


def _preferred(pod: Mapping[str, Any], found: tuple[Machine, ...]) -> dict[int, int]:
    wanted = ((pod.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "preferredDuringSchedulingIgnoredDuringExecution"
    )
    score: dict[int, int] = {}
    for entry in wanted or ():
        for index, machine in enumerate(found):
            if _admits(entry.get("preference") or {}, machine.labels):
                score[index] = score.get(index, 0) + int(entry.get("weight", 1))
    return score


def _volume(inventory: Inventory, workload: Workload) -> str:
    classes = [str(claim.get("spec", {}).get("storageClassName") or "") for claim in workload.claim_templates]
    for volume in workload.volumes:
        claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        bound = inventory.get("PersistentVolumeClaim", workload.namespace, str(claim)) if claim else None
        if claim:
            classes.append(str((bound.get("spec.storageClassName") if bound else "") or ""))
    for name in classes:
        known = inventory.get("StorageClass", "", name)
        provisioner = str(known.body.get("provisioner", "")) if known else ""
        return next((holder for part, holder in HOLDERS.items() if part in provisioner), "other")
    return ""


def ready_after(workload: Workload, start: float) -> float:
    """Seconds until a started pod is ready: the first probe of each container after its process has come up."""
    longest = start
    for container in workload.containers:
        probe = container.body.get("startupProbe") or container.body.get("readinessProbe")
        if probe:
            first, period = float(probe.get("initialDelaySeconds", 0)), float(probe.get("periodSeconds", 10))
            at = first
            while at < start:
                at += period
            longest = max(longest, at)
    return longest


def _pods(inventory: Inventory, found: tuple[Machine, ...]) -> list[tuple[Pod, Workload | None]]:
    made: list[tuple[Pod, Workload | None]] = []
    for workload in inventory.workloads:
        if not workload.long_running or workload.daemon:
            continue
        asked = [c.request("memory") for c in workload.containers]
        cpu = sum(parse_cpu(c.request("cpu") or "0") for c in workload.containers)
        memory = sum(parse_bytes(each or "0") for each in asked)
        tolerated, seconds = _tolerates(workload.pod, "node.kubernetes.io/unreachable", "NoExecute")
        serving = workload.containers[0].body if workload.containers else {}
        app = str(workload.labels.get("app", ""))
        for number in range(inventory.least_replicas(workload) or 0):
            pod = Pod(
                name=workload.name if workload.kind == "Pod" else f"{workload.name}-{number}",
                owner=f"{workload.namespace}/{workload.kind}/{workload.name}",
                namespace=workload.namespace,
                labels=workload.labels,
                cpu=cpu,
                memory=memory,
                asked=bool(asked and asked[0]),
                priority=PRIORITY.get(str(workload.pod.get("priorityClassName", "")), 0),
                control_plane=_tolerates(workload.pod, CONTROL_PLANE, "NoSchedule")[0],
                patience=seconds if tolerated else 300.0,
                nodes=_nodes(workload.pod, found),
                preferred=_preferred(workload.pod, found),
                sticky=workload.kind in ("StatefulSet", "Pod"),
                volume=_volume(inventory, workload),
                watched="livenessProbe" in serving,
                ready=ready_after(workload, 30.0),
                pinned=app == "rook-ceph-mon",
            )
            made.append((pod, workload))
    if any(("k8s-app", "kube-dns") in fact.labels for fact in inventory.facts if type(fact).__name__ == "Runs"):
        made += [(dns, None) for dns in _names(found)]
    return made


def _names(found: tuple[Machine, ...]) -> list[Pod]:
    """CoreDNS as Talos runs it: two pods, apart where that is possible, on control planes too."""
    labels = {"k8s-app": "kube-dns"}
    return [
        Pod(
            name=f"coredns-{number}",
            owner="kube-system/Deployment/coredns",
            namespace="kube-system",
            labels=labels,
            cpu=100,
            memory=70 * 2**20,
            asked=True,
            priority=PRIORITY["system-cluster-critical"],
            control_plane=True,
            patience=300.0,
            nodes=frozenset(range(len(found))),
            preferred={},
        )
        for number in range(2)
    ]


def _others(
    pods: list[tuple[Pod, Workload | None]], spaces: Iterable[str], selector: Mapping[str, Any] | None
) -> frozenset[int]:
    within = set(spaces)
    return frozenset(
        index for index, (pod, _) in enumerate(pods) if pod.namespace in within and matches(selector, pod.labels)
    )


def _terms(pods: list[tuple[Pod, Workload | None]], index: int) -> dict[str, tuple[Term, ...]]:
    """The rules of one pod about others, its own kind among them."""
    pod, workload = pods[index]
    if workload is None:
        alike = frozenset(i for i, (p, _) in enumerate(pods) if p.owner == pod.owner)
        return {"away": (Term(alike, HOSTNAME, hard=False, weight=100),), "near": (), "spread": ()}
    affinity = workload.pod.get("affinity") or {}
    sides = {}
    for side, key in (("away", "podAntiAffinity"), ("near", "podAffinity")):
        rules = affinity.get(key) or {}
        hard = [(term, True, 1) for term in rules.get("requiredDuringSchedulingIgnoredDuringExecution") or ()]
        soft = [
            (entry.get("podAffinityTerm") or {}, False, int(entry.get("weight", 1)))
            for entry in rules.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
        ]
        found = []
        for term, strict, weight in hard + soft:
            others = _others(pods, term.get("namespaces") or [pod.namespace], term.get("labelSelector"))
            if others:  # an agent that runs on every node is met everywhere
                found.append(Term(others, str(term.get("topologyKey", HOSTNAME)), strict, weight))
        sides[side] = tuple(found)
    spread = tuple(
        Term(
            _others(pods, [pod.namespace], entry.get("labelSelector")),
            str(entry.get("topologyKey", HOSTNAME)),
            entry.get("whenUnsatisfiable", "DoNotSchedule") == "DoNotSchedule",
            skew=int(entry.get("maxSkew", 1)),
            own=matches(entry.get("labelSelector"), pod.labels),
        )
        for entry in workload.spread
    )
    if not workload.spread and workload.kind in ("Deployment", "StatefulSet", "ReplicaSet"):
        alike = frozenset(i for i, (p, _) in enumerate(pods) if p.owner == pod.owner)
        spread = (Term(alike, HOSTNAME, hard=False, skew=3), Term(alike, ZONE, hard=False, skew=5))
    return {**sides, "spread": spread}


def _budgets(inventory: Inventory, pods: list[tuple[Pod, Workload | None]]) -> tuple[Budget, ...]:
    found = []
    for budget in inventory.of("PodDisruptionBudget"):
        members = _others(pods, [budget.namespace], budget.get("spec.selector"))
        if not members:
            continue
        least, most = budget.get("spec.minAvailable"), budget.get("spec.maxUnavailable")
        if most is not None:
            away = _share(most, len(members))
        elif least is not None:
            away = len(members) - _share(least, len(members))
        else:
            away = 0
        found.append(Budget(members, away))
    return tuple(found)


def _share(value: Any, whole: int) -> int:
    text = str(value)
    return -(-int(text[:-1]) * whole // 100) if text.endswith("%") else int(text)


def _teams(
    inventory: Inventory, pods: list[tuple[Pod, Workload | None]], budgets: tuple[Budget, ...]
) -> tuple[Team, ...]:
    def of(test: Any) -> tuple[int, ...]:
        return tuple(index for index, (pod, _) in enumerate(pods) if test(pod))

    teams = []
    postgres = of(lambda pod: pod.owner.endswith("Deployment/cloudnative-pg"))
    for cluster in inventory.of("Cluster"):
        key = {"cnpg.io/cluster": cluster.name}
        members = of(
            lambda pod, key=key, space=cluster.namespace: (
                pod.namespace == space
                and all(pod.labels.get(k) == v for k, v in key.items())
                and pod.labels.get("cnpg.io/podRole") == "instance"
            )
        )
        if members:
            held = any(budget.pods & set(members) for budget in budgets)
            teams.append(Team(f"{cluster.namespace}/{cluster.name}", members, "cnpg", (), postgres, guarded=held))
    redis = of(lambda pod: pod.owner.endswith("Deployment/redis-operator"))
    sentinels = {
        (r.namespace, str(r.get("spec.redisSentinelConfig.redisReplicationName"))): r
        for r in inventory.of("RedisSentinel")
    }
    for made in inventory.of("RedisReplication"):
        members = of(lambda pod, m=made: pod.owner == f"{m.namespace}/StatefulSet/{m.name}")
        watcher = sentinels.get((made.namespace, made.name))
        voters = (
            of(lambda pod, w=watcher: pod.owner == f"{w.namespace}/StatefulSet/{w.name}-sentinel") if watcher else ()
        )
        if members:
            how = "sentinel" if voters and len(members) > 1 else "label"
            teams.append(Team(f"{made.namespace}/{made.name}", members, how, voters, redis))
    cache = of(lambda pod: pod.labels.get("argocd-redis-ha") == "replica")
    if cache:
        teams.append(Team("argocd/redis-ha", cache, "haproxy", voters=cache))
    files = of(lambda pod: pod.labels.get("app") == "rook-ceph-mds")
    if files:
        teams.append(Team("rook-ceph/mds", files, "mds"))
    return tuple(teams)


def _pools(inventory: Inventory) -> tuple[Pool, ...]:
    found = {}
    for fact in inventory.facts:
        if type(fact).__name__ == "Pool":
            found[fact.kind] = Pool(fact.kind, fact.size, fact.min_size, fact.domain)  # type: ignore[union-attr]
    return tuple(found.values())


def _announcers(inventory: Inventory, found: tuple[Machine, ...]) -> frozenset[int]:
    policies = inventory.of("CiliumL2AnnouncementPolicy")
    return frozenset(
        index
        for index, machine in enumerate(found)
        if any(matches(policy.get("spec.nodeSelector", {}), machine.labels) for policy in policies)
    )


def survey(inventory: Inventory) -> Lab:
    """The lab of an inventory that has its ground."""
    ground = inventory.ground
    assert ground is not None
    hosts, found = machines(ground)
    made = _pods(inventory, found)
    daemons = [w for w in inventory.workloads if w.daemon]
    cpu = sum(parse_cpu(c.request("cpu") or "0") for w in daemons for c in w.containers)
    memory = sum(parse_bytes(c.request("memory") or "0") for w in daemons for c in w.containers)
    room = tuple(
        Machine(
            m.name, m.host, m.control_plane, m.schedulable, m.virtual, m.cpu - cpu, m.memory - memory, m.labels, m.disks
        )
        for m in found
    )
    pods = []
    for index, (pod, _) in enumerate(made):
        pods.append(Pod(**{**{f: getattr(pod, f) for f in pod.__dataclass_fields__}, **_terms(made, index)}))
    budgets = _budgets(inventory, made)
    owners: dict[str, list[int]] = {}
    for index, pod in enumerate(pods):
        owners.setdefault(pod.owner, []).append(index)
    return Lab(
        ground=ground,
        inventory=inventory,
        hosts=hosts,
        machines=room,
        pods=tuple(pods),
        budgets=budgets,
        teams=_teams(inventory, made, budgets),
        pools=_pools(inventory),
        osds=tuple(i for i, p in enumerate(pods) if p.labels.get("app") == "rook-ceph-osd"),
        mons=tuple(i for i, p in enumerate(pods) if p.labels.get("app") == "rook-ceph-mon"),
        announcers=_announcers(inventory, room),
        vip=ground.api not in {node.address for node in ground.nodes},
        by_owner={owner: tuple(members) for owner, members in owners.items()},
    )
