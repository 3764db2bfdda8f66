"""The world in time: machines, nodes, pods, the API, and whoever acts on them. One event after another."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from typing import Any

from availability.world.ceph import Ceph
from availability.world.control import Control
from availability.world.lab import Lab
from availability.world.leaders import Leases, Teams
from availability.world.scheduler import Scheduler
from availability.world.times import Calendar, Delays

Act = Callable[..., None]


class World:
    """State, and what happens to it. Nodes, pods, hosts by their numbers; times in seconds from the episode's start."""

    def __init__(self, lab: Lab, delays: Delays, calendar: Calendar, chance: random.Random) -> None:
        """Everything up and nothing placed yet."""
        self.lab, self.delays, self.calendar, self.chance = lab, delays, calendar, chance
        self.scheduler = Scheduler(lab)
        self.now = 0.0
        self.events: list[tuple[float, int, Act, tuple[Any, ...]]] = []
        self.count = 0
        nodes, pods = len(lab.machines), len(lab.pods)
        self.outages, self.notready = [0] * nodes, [False] * nodes
        self.cordoned, self.age = [False] * nodes, [0] * nodes
        self.used = [[0, 0] for _ in range(nodes)]
        self.where, self.alive, self.listed = [-1] * pods, [False] * pods, [False] * pods
        self.stuck, self.turn = [False] * pods, [0] * pods
        self.bound: list[int] = [-1] * pods
        self.attached: list[int] = [-1] * pods
        self.freed = [0.0] * pods
        self.site = True
        self.pending: set[int] = set()
        self.unstarted: set[int] = set()
        self.queued = False
        self.taint_next: dict[str, float] = {}
        self.withheld: set[int] = set()
        self.helped: set[int] = set()
        self.changed = True
        self.control = Control(self)
        self.leases = Leases(self)
        self.teams = Teams(self)
        self.ceph = Ceph(self)

    # --- the clock --------------------------------------------------------------------------------------------------

    def after(self, delay: float, act: Act, *given: Any) -> None:
        """Let something happen later."""
        self.count += 1
        heapq.heappush(self.events, (self.now + delay, self.count, act, given))

    def between(self, low: float, high: float) -> float:
        """A delay that lies anywhere between two."""
        return low + (high - low) * self.chance.random()

    def human(self) -> float:
        """Until somebody who runs this for a hobby sees to it: awake, asleep, or away."""
        plan, chance = self.calendar, self.chance
        found = plan.awake * chance.lognormvariate(0.0, plan.awake_sigma)
        found += plan.night if chance.random() < plan.nightly else 0.0
        return found + (plan.away if chance.random() < plan.rarely else 0.0)

    # --- nodes ------------------------------------------------------------------------------------------------------

    def up(self, node: int) -> bool:
        """Whether a node runs."""
        return not self.outages[node]

    def lose(self, node: int, *, gently: bool = False) -> None:
        """A node stops: at once, or shut down in order."""
        self.outages[node] += 1
        if self.outages[node] > 1:
            return
        self.age[node] += 1
        self.changed = True
        lost = [pod for pod, on in enumerate(self.where) if on == node]
        for pod in lost:
            self._dies(pod)
            if gently:
                self.listed[pod] = False
        late = self.control.lost(node, gently=gently)
        self.ceph.lost(lost, gently=gently)
        for pod in lost:
            self.teams.lost(pod, crashed=False)
        d = self.delays
        seen = self.between(d.grace - d.lease_every, d.grace) + self.between(0, d.monitor_every) + late
        self.after(seen, self._noticed, node, self.age[node])

    def regain(self, node: int) -> None:
        """A node runs again, once nothing else holds it down."""
        self.outages[node] -= 1
        if self.outages[node] == 0:
            self.age[node] += 1
            self.changed = True
            self.after(self.delays.kubelet_start, self._kubelet, node, self.age[node])

    def _kubelet(self, node: int, age: int) -> None:
        if self.age[node] != age or not self.up(node):
            return
        self.control.member_starts(node)
        if not self.control.api:
            self.control.waiting_nodes.add(node)
            return
        self.registers(node)

    def registers(self, node: int) -> None:
        """The kubelet speaks with the API again: what was deleted meanwhile goes, what stayed starts."""
        if not self.up(node):
            return
        self.notready[node] = False
        self.withheld.discard(node)
        self.helped.discard(node)
        self.changed = True
        for pod, on in enumerate(self.where):
            if on == node:
                if self.stuck[pod]:
                    self.unplace(pod)
                elif not self.alive[pod]:
                    self.begin(pod)
            elif self.attached[pod] == node and on < 0:
                self.freed[pod] = self.now
        self.reconsider()
        self.want_schedule()

    def _noticed(self, node: int, age: int) -> None:
        """The node's lease is too old: NotReady, its pods leave the endpoints, and the clock of their patience starts."""
        if self.age[node] != age or (self.up(node) and not self.hung(node)):
            return
        if not self.control.api:
            return  # told again when the API is back
        self.notready[node] = True
        self.changed = True
        for pod, on in enumerate(self.where):
            if on == node:
                self.listed[pod] = False
                self.teams.noticed(pod)
        self.withheld.add(node)
        self.reconsider()

    def notice_later(self) -> None:
        """A controller that has just come up gives every silent node its grace anew."""
        for node in range(len(self.outages)):
            if not self.up(node) and not self.notready[node]:
                self.after(self.between(self.delays.grace, self.delays.grace + 5), self._noticed, node, self.age[node])

    def reconsider(self) -> None:
        """Taint what may be tainted: not in a zone that is mostly gone, and nowhere when all zones are."""
        if not self.withheld:
            return
        zones: dict[str, list[bool]] = {}
        for node, machine in enumerate(self.lab.machines):
            zones.setdefault(machine.zone, []).append(self.notready[node])
        full = {zone for zone, gone in zones.items() if all(gone)}
        if len(full) == len(zones):
            return
        for node in sorted(self.withheld):
            zone = self.lab.machines[node].zone
            gone = zones[zone]
            if zone not in full and sum(gone) > 2 and sum(gone) >= 0.55 * len(gone):
                continue
            self.withheld.discard(node)
            at = max(self.now, self.taint_next.get(zone, 0.0))
            self.taint_next[zone] = at + self.delays.taint_every
            for patience in {self.lab.pods[p].patience for p, on in enumerate(self.where) if on == node}:
                if patience is not None:
                    self.after(at - self.now + patience, self._evict, node, self.age[node], patience)

    def _evict(self, node: int, age: int, patience: float) -> None:
        """The pods whose patience with a silent node is over are deleted."""
        if self.age[node] != age or not self.notready[node]:
            return
        if not self.control.api:
            self.control.evictions.append((node, age, patience))
            return
        for pod, on in enumerate(self.where):
            if on == node and self.lab.pods[pod].patience == patience and not self.stuck[pod]:
                self._delete_unseen(pod, node)
        self.want_schedule()

    def _delete_unseen(self, pod: int, node: int) -> None:
        """A deletion that no kubelet confirms: a Deployment goes on elsewhere, whoever is at most one waits."""
        if self.lab.pods[pod].sticky and not self.hung(node):
            self.stuck[pod] = True
            self._call(node)
            return
        if self.lab.pods[pod].sticky:
            self.stuck[pod] = True
            return
        volume = self.lab.pods[pod].volume
        self.unplace(pod)
        if volume in ("ceph", "local"):
            self.freed[pod] = float("inf")
            self._call(node)
        elif volume:
            self.freed[pod] = self.now + self.delays.force_detach

    def _call(self, node: int) -> None:
        if node not in self.helped:
            self.helped.add(node)
            self.after(self.human(), self._help, node, self.age[node])

    def _help(self, node: int, age: int) -> None:
        """Somebody marks the dead node out of service: its pods are deleted, its volumes detached."""
        if self.age[node] != age or self.up(node):
            return
        if not self.control.api:
            self.after(self.delays.settle, self._help, node, age)
            return
        for pod, on in enumerate(self.where):
            if on == node and self.stuck[pod]:
                self.unplace(pod)
            if self.attached[pod] == node and self.freed[pod] > self.now and self.lab.pods[pod].volume != "local":
                self.freed[pod] = self.now
        self.want_schedule()

    # --- a kubelet that hangs ---------------------------------------------------------------------------------------

    def hung(self, node: int) -> bool:
        """Whether the node runs and its kubelet does not."""
        return self.control.hung[node]

    def hang_kubelet(self, node: int, lasts: float) -> None:
        """The kubelet says nothing; what runs goes on running, and is counted out all the same."""
        self.control.hung[node] = True
        self.age[node] += 1
        d = self.delays
        seen = self.between(d.grace - d.lease_every, d.grace) + self.between(0, d.monitor_every)
        self.after(seen, self._noticed, node, self.age[node])
        self.after(lasts, self._unhang, node, self.age[node])

    def _unhang(self, node: int, age: int) -> None:
        self.control.hung[node] = False
        if self.age[node] != age:
            return
        self.notready[node] = False
        self.withheld.discard(node)
        self.changed = True
        for pod, on in enumerate(self.where):
            if on == node:
                if self.stuck[pod]:
                    self._dies(pod)
                    self.teams.lost(pod, crashed=True)
                    self.unplace(pod)
                elif self.alive[pod]:
                    self.after(self.delays.endpoints, self._relist, pod)
                else:
                    self.begin(pod)
        self.want_schedule()

    # --- pods -------------------------------------------------------------------------------------------------------

    def _dies(self, pod: int) -> None:
        if self.alive[pod]:
            self.alive[pod] = False
            self.changed = True
            self.leases.lost(pod)
        self.turn[pod] += 1

    def crash(self, pod: int, lasts: float | None = None) -> None:
        """The process ends and is started again on its node."""
        if self.where[pod] < 0 or not self.alive[pod]:
            return
        self._dies(pod)
        self.after(self.delays.endpoints, self._relist, pod)
        self.teams.lost(pod, crashed=True)
        whole = self.delays.back_off + self.lab.pods[pod].ready if lasts is None else lasts
        self.after(whole, self._started, pod, self.turn[pod])

    def hang(self, pod: int, lasts: float) -> None:
        """The process serves no more and does not end: readiness sees it, liveness ends it, or somebody does."""
        if self.where[pod] < 0 or not self.alive[pod]:
            return
        self._dies(pod)
        self.after(self.delays.hang_seen, self._relist, pod)
        self.after(self.delays.hang_seen, self.teams.lost, pod)
        self.after(lasts, self._started, pod, self.turn[pod])

    def _relist(self, pod: int) -> None:
        """The endpoints follow what the kubelet says, if there is an API to say it to."""
        node = self.where[pod]
        if (
            self.control.api
            and (node < 0 or (self.up(node) and not self.notready[node]))
            and self.listed[pod] != self.alive[pod]
        ):
            self.listed[pod] = self.alive[pod]
            self.changed = True

    def resync(self) -> None:
        """The API is back: kubelets say how their pods are."""
        if self.control.api:
            for pod in range(len(self.where)):
                self._relist(pod)

    def begin(self, pod: int) -> None:
        """The kubelet starts a pod that it knows of; without an API it knows of none after a boot."""
        if not self.control.api:
            self.unstarted.add(pod)
            return
        self.turn[pod] += 1
        wait = 0.0
        if self.lab.pods[pod].volume in ("ceph", "proxmox", "other") and self.attached[pod] != self.where[pod]:
            wait = self.delays.attach
        self.attached[pod] = self.where[pod]
        self.after(wait + self.lab.pods[pod].ready, self._started, pod, self.turn[pod])

    def _started(self, pod: int, turn: int) -> None:
        if self.turn[pod] != turn or self.where[pod] < 0 or not self.up(self.where[pod]):
            return
        self.alive[pod] = True
        self.changed = True
        self.after(self.delays.endpoints, self._relist, pod)
        self.leases.started(pod)
        self.teams.stronger()

    def unplace(self, pod: int) -> None:
        """The pod's object is gone from its node; its owner makes another one."""
        node = self.where[pod]
        if node >= 0:
            self.used[node][0] -= self.lab.pods[pod].cpu
            self.used[node][1] -= self.lab.pods[pod].memory
        self._dies(pod)
        self.where[pod] = -1
        self.stuck[pod] = False
        if self.listed[pod]:
            self.listed[pod] = False
            self.changed = True
        self.pending.add(pod)
        self.want_schedule()

    def evict(self, pod: int) -> None:
        """Asked to leave by a drain: out of the endpoints, ended in order, made anew."""
        self.listed[pod] = False
        self._dies(pod)
        self.teams.lost(pod, crashed=True)
        self.unplace(pod)

    # --- scheduling -------------------------------------------------------------------------------------------------

    def want_schedule(self) -> None:
        """Look at what waits, in a moment."""
        if self.pending and not self.queued:
            self.queued = True
            self.after(self.delays.schedule, self._schedule)

    def among(self, pod: int) -> frozenset[int]:
        """Where the pod's data lets it be."""
        known = self.lab.pods[pod]
        if self.bound[pod] < 0:
            return known.nodes
        if known.pinned or known.volume == "local":
            return frozenset({self.bound[pod]})
        if known.volume == "proxmox":
            host = self.lab.machines[self.bound[pod]].host
            return frozenset(n for n in known.nodes if self.lab.machines[n].host == host)
        return known.nodes

    def _schedule(self) -> None:
        self.queued = False
        if not self.control.api:
            return
        open_ = [self.up(n) and not self.notready[n] and not self.cordoned[n] for n in range(len(self.outages))]
        order = sorted(self.pending, key=lambda pod: (-self.lab.pods[pod].priority, self.chance.random()))
        for pod in order:
            if self.freed[pod] > self.now:
                if self.freed[pod] < float("inf"):
                    self.after(self.freed[pod] - self.now, self.want_schedule)
                continue
            node = self.scheduler.choose(pod, self.where, self.used, open_, self.among(pod), self.chance)
            if node < 0 and self.lab.pods[pod].priority > 0:
                node = self._preempt(pod, open_)
            if node >= 0:
                self.pending.discard(pod)
                self.place(pod, node)
                self.begin(pod)

    def place(self, pod: int, node: int) -> None:
        """The pod belongs to a node."""
        self.where[pod] = node
        self.used[node][0] += self.lab.pods[pod].cpu
        self.used[node][1] += self.lab.pods[pod].memory
        if self.bound[pod] < 0 and (self.lab.pods[pod].pinned or self.lab.pods[pod].volume in ("local", "proxmox")):
            self.bound[pod] = node

    def _preempt(self, pod: int, open_: Sequence[bool]) -> int:
        """Room by ending pods that matter less, on the node where that ends fewest."""
        rank = self.lab.pods[pod].priority
        best: tuple[int, int, list[int]] | None = None
        for node in self.among(pod):
            if not open_[node]:
                continue
            lesser = sorted(
                (p for p, on in enumerate(self.where) if on == node and self.lab.pods[p].priority < rank),
                key=lambda p: self.lab.pods[p].memory,
                reverse=True,
            )
            gone: list[int] = []
            used = [list(each) for each in self.used]
            while lesser and not self.scheduler.fits(pod, node, self.where, used):
                victim = lesser.pop(0)
                gone.append(victim)
                used[node][0] -= self.lab.pods[victim].cpu
                used[node][1] -= self.lab.pods[victim].memory
            if self.scheduler.fits(pod, node, self.where, used) and (best is None or len(gone) < best[0]):
                best = (len(gone), node, gone)
        if best is None:
            return -1
        for victim in best[2]:
            self.evict(victim)
        return best[1]

    # --- snapshots --------------------------------------------------------------------------------------------------

    def settled(self) -> tuple[Any, ...]:
        """What a quiet moment leaves behind: who is where, who leads, which data is where."""
        return (
            list(self.where), list(self.bound), list(self.attached), [list(u) for u in self.used], set(self.pending),
            self.control.settled(), self.leases.settled(), self.teams.settled(),
        )  # fmt: skip

    def restore(self, moment: tuple[Any, ...]) -> None:
        """Begin from a quiet moment: everything that has a place runs."""
        where, bound, attached, used, pending, control, leases, teams = moment
        nodes = len(self.outages)
        self.now, self.events, self.queued = 0.0, [], False
        self.where, self.bound, self.attached = list(where), list(bound), list(attached)
        self.used, self.pending = [list(u) for u in used], set(pending)
        self.alive = [on >= 0 for on in where]
        self.listed = list(self.alive)
        self.stuck, self.freed = [False] * len(where), [0.0] * len(where)
        self.outages, self.notready, self.cordoned = [0] * nodes, [False] * nodes, [False] * nodes
        self.unstarted, self.taint_next, self.withheld, self.helped = set(), {}, set(), set()
        self.site, self.changed = True, True
        self.control.restore(control)
        self.leases.restore(leases)
        self.teams.restore(teams)
        self.ceph.restore()
