"""Homes: the sets of pods that are placed together, as choices of the model: which nodes carry them, and how likely.

A set is a workload's replicas, the instances of one operator's cluster, or the voters of a quorum. Between two rounds of
planned work its pods are where the last round left them (`rounds`); which round that was is one choice of the whole lab,
so that pods that were all moved by the same work stay together. Pods that cannot move stay where they were put first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from homelab.assess.model import mobile
from homelab.assess.model.evictions import stopped, zone_of
from homelab.assess.model.frame import MAINTENANCE, POD, SITE, Frame
from homelab.assess.model.machines import allocatable, host_of
from homelab.assess.model.pending import never, size
from homelab.assess.model.placement import eligible, labels_of, rules_of
from homelab.assess.model.rounds import ALWAYS, Apart, Calendar, Pattern, Round, Settled, Step, Weights, settled
from homelab.assess.model.storage import is_local
from homelab.availability.parts import HOURS_PER_YEAR, Exclusive
from homelab.availability.system import All, Any_, Gate, Outside
from homelab.findings import Subject
from homelab.ground import Ground, Node
from homelab.kube.facts import Quorum
from homelab.kube.workload import Workload

LAST = "last round"
SURE = 1e-6
"""A chance below it is never, one that misses it to one is always."""
NODES, HOSTS = "nodes", "hosts"


@dataclass(frozen=True)
class Home:
    """A set of pods: its members, how many pods there are, the nodes that may carry them, and where they are.

    Attributes:
        name: how its choices are called.
        members: the workloads, in order; each of several has one pod.
        pods: how many pods there are.
        possible: numbers of nodes in the Ground.
        between: patterns by the round that was the last, each pod's node in order; a leader's first.
        at: patterns, sorted, when a planned state begins.
        moves: whether its pods are made elsewhere at all.
    """

    name: str
    members: tuple[Subject, ...]
    pods: int
    possible: tuple[int, ...]
    between: Mapping[str, Weights]
    at: Mapping[str, Weights]
    moves: bool


@dataclass
class Homes:
    """Every set of a lab, found when it is asked for."""

    frame: Frame
    waiting: dict[Subject, str] = field(default_factory=dict)
    """Workloads no pod of which is ever placed, and why."""
    _sets: dict[Subject, Home] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.calendar = calendar(self.frame)
        for workload in self.frame.inventory.workloads:
            if workload.long_running and (why := never(self.frame.inventory, self.frame.ground, workload)):
                self.waiting[workload.subject] = why

    def of(self, workload: Workload) -> Home:
        """The set that a workload belongs to."""
        if workload.subject not in self._sets:
            home = self._made(together(self.frame, workload))
            self._sets.update(dict.fromkeys(home.members, home))
        return self._sets[workload.subject]

    def pods_of(self, workload: Workload) -> range:
        """Which pods of its set are a workload's."""
        home = self.of(workload)
        at = home.members.index(workload.subject)
        return range(home.pods) if len(home.members) == 1 else range(at, min(at + 1, home.pods))

    def where(self, home: Home, pods: Iterable[int], gate: Callable[[Node], Sequence[Gate | str]]) -> list[Gate | str]:
        """That each term of `gate` holds of every node that carries any of these pods; what nodes share is said once."""
        asked = tuple(pods)
        found: list[Gate | str] = []
        for last, weights in home.between.items():
            carriers: dict[int, list[Pattern]] = defaultdict(list)
            for pattern in weights:
                for node in {pattern[pod] for pod in asked if pod < len(pattern)}:
                    carriers[node].append(pattern)
            wanted: dict[Gate | str, dict[Pattern, None]] = defaultdict(dict)
            for node in sorted(carriers):
                for term in gate(self.frame.ground.nodes[node]):
                    wanted[term].update(dict.fromkeys(carriers[node]))
            terms = [_unless(self._elsewhere(home, last, list(patterns)), term) for term, patterns in wanted.items()]
            if len(home.between) == 1:
                found += terms
            elif terms:
                found.append(Any_((Outside(LAST, last), All(tuple(terms)))))
        return found

    def _elsewhere(self, home: Home, last: str, patterns: list[Pattern]) -> list[Gate]:
        """That none of these patterns is the one; nothing where there is no other."""
        weights = home.between[last]
        if len(patterns) == len(weights):
            return []
        name = self._choice(f"home/{home.name}" + (f"/{last}" if len(home.between) > 1 else ""), weights)
        return [Outside(name, self._said(pattern)) for pattern in patterns]

    def _choice(self, name: str, weights: Weights) -> str:
        if name not in self.frame.choices:
            said = {self._said(pattern): weight for pattern, weight in weights.items()}
            self.frame.choices[name] = Exclusive.choice(name, said, POD)
        return name

    def _said(self, pattern: Pattern) -> str:
        return "+".join(self.frame.ground.nodes[node].name for node in pattern) or "nowhere"

    def struck(self, home: Home, hit: Callable[[Pattern, Step], bool]) -> Iterator[tuple[Step, float]]:
        """The steps of planned work that strike a set as `hit` says, and how likely they find it so."""
        for each in self.calendar.rounds:
            for step in each.steps:
                chance = sum(w for pattern, w in home.at.get(step.state, {}).items() if hit(pattern, step))
                if chance > SURE:
                    yield step, min(chance, 1.0)

    def spared(self, home: Home, hit: Callable[[Pattern, Step], bool], what: str, hours: float) -> list[Gate]:
        """That no planned work is on, for so many hours at most, that strikes a set as `hit` says.

        Where its pods find no other node, it is struck until the nodes have restarted.
        """
        found: list[Gate] = []
        for step, chance in self.struck(home, hit):
            states = self.frame.drains(step.state, hours)
            if not set(home.possible) - step.nodes:
                states.append(step.state.replace("drain", "reboot", 1))
            away = [Outside(MAINTENANCE, state) for state in states if state in self.frame.stays]
            if not away:
                continue
            whole: Gate = away[0] if len(away) == 1 else All(tuple(away))
            if chance < 1 - SURE:
                name = f"{what}/{home.name}/{step.state}"
                self.frame.choices[name] = Exclusive.choice(name, {"there": chance, "elsewhere": 1 - chance}, POD)
                whole = Any_((whole, Outside(name, "there")))
            found.append(whole)
        return found

    def data(self) -> dict[str, tuple[tuple[str, float], ...]]:
        """Machine to workloads whose volumes lie on one node, each with how likely some of them are there."""
        found: dict[str, list[tuple[str, float]]] = defaultdict(list)
        nodes, inventory = self.frame.ground.nodes, self.frame.inventory
        for workload in inventory.workloads:
            local = any(is_local(inventory, name) for name in mobile.classes_of(self.frame, workload))
            if not local or not workload.long_running or workload.daemon:
                continue
            home, pods = self.of(workload), self.pods_of(workload)
            (weights,) = [*home.between.values()][:1]
            for host in dict.fromkeys(map(host_of, nodes)):
                on = (
                    w for p, w in weights.items() if any(host_of(nodes[p[pod]]) == host for pod in pods if pod < len(p))
                )
                if (chance := sum(on)) > SURE:
                    found[host].append((str(workload.subject), min(chance, 1.0)))
        return {host: tuple(each) for host, each in found.items()}

    def _made(self, members: tuple[Workload, ...]) -> Home:
        first, ground = members[0], self.frame.ground
        name = str(first.subject)
        if any(member.subject in self.waiting for member in members):
            return Home(name, tuple(m.subject for m in members), 0, (), {ALWAYS: {(): 1.0}}, {}, moves=False)
        possible = _possible(ground, first)
        pods = len(members) if len(members) > 1 else self.frame.inventory.least_replicas(first) or 0
        led = mobile.failover_of(self.frame.inventory, first) is not None
        if first.daemon:
            whole: Weights = {possible: 1.0}
            return Home(name, (first.subject,), len(possible), possible, {ALWAYS: whole}, {}, moves=False)
        pods = min(pods, MOST)
        moves = mobile.mobility(self.frame, first) is not mobile.Mobility.PINNED
        run = self._long_run(first, pods, possible, led=led, moves=moves)
        between = {last: self._told(weights, led=led) for last, weights in run.between.items()}
        if len({tuple(sorted(weights.items())) for weights in between.values()}) == 1:
            between = {ALWAYS: next(iter(between.values()))}
        elif LAST not in self.frame.choices:
            self.frame.choices[LAST] = Exclusive.choice(LAST, self.calendar.shares, SITE)
        return Home(name, tuple(m.subject for m in members), pods, possible, between, run.at, moves)

    def _long_run(self, workload: Workload, pods: int, possible: tuple[int, ...], *, led: bool, moves: bool) -> Settled:
        nodes = self.frame.ground.nodes
        rules = tuple(
            Apart(tuple(labels_of(node).get(rule.key) for node in nodes), rule.hard, rule.skew)
            for rule in rules_of(workload)
            if rule.own
        )
        return settled(self.calendar, pods, possible, rules, led=led and pods > 1, pinned=not moves)

    def _told(self, weights: Weights, *, led: bool) -> Weights:
        """Patterns with as much as the gates ask: one pod's node; of several which machines, and the leader's node."""
        found: dict[Pattern, float] = defaultdict(float)
        for pattern, weight in weights.items():
            first = 1 if led or len(pattern) < 2 else 0
            found[self._alike(pattern[:first], pattern[first:])] += weight
        return {pattern: weight for pattern, weight in found.items() if weight > SURE / 10}

    def _alike(self, first: Pattern, rest: Pattern) -> Pattern:
        """The same machines, each by the first of its nodes that are not taken."""
        nodes = self.frame.ground.nodes
        found = list(first)
        for node in sorted(rest, key=lambda number: (host_of(nodes[number]), number)):
            here = [
                other for other, each in enumerate(nodes) if host_of(each) == host_of(nodes[node]) and each.schedulable
            ]
            found.append(next((other for other in here if other not in found), node))
        return tuple(found)


MOST = 9
"""Pods of a set that are followed one by one; of more, as many count as if they were these."""


def _unless(elsewhere: list[Gate], whole: Gate | str) -> Gate | str:
    if not elsewhere:
        return whole
    return Any_((elsewhere[0] if len(elsewhere) == 1 else All(tuple(elsewhere)), whole))


def together(frame: Frame, workload: Workload) -> tuple[Workload, ...]:
    """The workloads that are placed as one set: instances of one cluster, voters of one quorum, else itself."""
    inventory = frame.inventory
    for quorum in inventory.facts_of(Quorum):
        if workload.subject in quorum.members and len(quorum.members) > 1:
            return tuple(w for w in inventory.workloads if w.subject in quorum.members)
    owner = mobile.owner_of(workload)
    if owner is None or not _single(frame, workload):
        return (workload,)
    groups = inventory.once("instances", lambda: _instances(frame))
    return tuple(each for each in groups[owner] if each.subject == workload.subject or _fellows(workload, each))


def _single(frame: Frame, workload: Workload) -> bool:
    """Whether it is one instance of something: a pod of its own, or a Deployment of one."""
    return workload.kind == "Pod" or (workload.kind == "Deployment" and frame.inventory.least_replicas(workload) == 1)


def _fellows(one: Workload, other: Workload) -> bool:
    """Whether two instances are of one set: pods of one cluster, or Deployments that keep apart from each other."""
    if one.kind == other.kind == "Pod":
        return True
    return one.kind == other.kind and all(
        any(rule.speaks_of(b.labels) for rule in rules_of(a) if rule.own) for a, b in ((one, other), (other, one))
    )


def _instances(frame: Frame) -> Mapping[Subject, tuple[Workload, ...]]:
    found: dict[Subject, list[Workload]] = defaultdict(list)
    for workload in frame.inventory.workloads:
        owner = mobile.owner_of(workload)
        if owner is not None and _single(frame, workload):
            found[owner].append(workload)
    return {owner: tuple(members) for owner, members in found.items()}


def _possible(ground: Ground, workload: Workload) -> tuple[int, ...]:
    """The nodes that may carry a pod, by number; every open one where it asks for what nobody declares."""
    large = size(workload, "memory")
    fits = [n for n, node in enumerate(ground.nodes) if eligible(workload, node)]
    fits = fits or [n for n, node in enumerate(ground.nodes) if node.schedulable]
    return tuple(
        n for n in fits if workload.daemon or large <= allocatable(ground.nodes[n]) or not ground.nodes[n].memory
    )


def calendar(frame: Frame) -> Calendar:
    """The rounds that the lab's planned work goes: node by node, and machine by machine, as they are declared."""
    nodes = frame.ground.nodes
    declared = [host.name for host in frame.ground.hosts]
    hosts = dict.fromkeys((*(h for h in declared if any(host_of(n) == h for n in nodes)), *map(host_of, nodes)))
    whole = {f"drain host {host}": [n for n, node in enumerate(nodes) if host_of(node) == host] for host in hosts}
    single = {f"drain {node.name}": [n] for n, node in enumerate(nodes)}
    rounds = []
    for name, places in ((NODES, single), (HOSTS, whole)):
        steps = [Step(state, frozenset(on)) for state, on in places.items() if state in frame.stays]
        if steps:
            visits = max(frame.stays[step.state].visits for step in steps) * HOURS_PER_YEAR
            rounds.append(Round(name, visits, tuple(steps)))
    rooms = tuple(float(max(allocatable(node), 1)) for node in nodes)
    return Calendar(tuple(rounds), tuple(_losses(frame)), rooms)


def _losses(frame: Frame) -> Iterator[Round]:
    """Machines that die for so long that their pods are made elsewhere, while the API and evictions stand."""
    ground = frame.ground
    hosts = list(dict.fromkeys(host_of(node) for node in ground.nodes))
    planes = sum(node.control_plane for node in ground.nodes)
    for host in hosts:
        here = [number for number, node in enumerate(ground.nodes) if host_of(node) == host]
        left = planes - sum(ground.nodes[number].control_plane for number in here)
        gone = {ground.nodes[number].name for number in here}
        stays = stopped(ground, gone) & {zone_of(ground.nodes[number]) for number in here}
        if left <= planes // 2 or stays or len(hosts) < 2:
            continue
        rate = frame.parts[f"host/{host}"].rate
        yield Round(f"loss of {host}", rate.frequency * HOURS_PER_YEAR, (Step(f"loss of {host}", frozenset(here)),))
