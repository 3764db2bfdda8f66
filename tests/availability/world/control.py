"""The control plane: members of etcd, the API, its address, and the leases by which addresses are announced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from availability.world.life import World


class Control:
    """Whether the API answers, inside and by its address, and who holds what."""

    def __init__(self, world: World) -> None:
        """Every member up."""
        self.world = world
        self.members = [n for n, m in enumerate(world.lab.machines) if m.control_plane]
        self.running = dict.fromkeys(self.members, True)
        self.api = True
        self.vip_up = True
        self.vip = self.manager = self.members[0] if self.members else -1
        self.fixed = next((n for n, m in enumerate(world.lab.ground.nodes) if m.address == world.lab.ground.api), -1)
        self.announced = True
        self.announcer = min(world.lab.announcers) if world.lab.announcers else -1
        self.announcing = 0
        self.vip_turn = 0
        self.down_since = 0
        self.hung = [False] * len(world.lab.machines)
        self.waiting_nodes: set[int] = set()
        self.evictions: list[tuple[int, int, float]] = []

    @property
    def reachable(self) -> bool:
        """Whether somebody on the LAN gets an answer at the API's address."""
        if not self.api:
            return False
        if not self.world.lab.vip:
            return self.fixed < 0 or self.running.get(self.fixed, False)
        return self.vip_up and self.running.get(self.vip, False)

    def _quorum(self) -> bool:
        return sum(self.running.values()) > len(self.members) // 2

    def _judge(self) -> None:
        was, self.api = self.api, self._quorum()
        if was == self.api:
            return
        self.world.changed = True
        d = self.world.delays
        self.down_since += 1
        if not self.api:
            if self.world.lab.announcers:
                silence = self.world.between(d.l2_silent_low, d.l2_silent_high)
                self.world.after(silence, self._silent, self.down_since)
            return
        self.world.after(d.resync, self._returned, self.down_since)

    def _silent(self, since: int) -> None:
        if self.down_since == since and not self.api:
            self.announced = False
            self.world.changed = True

    def _returned(self, since: int) -> None:
        """The API has been back for a moment: everybody who waited for it goes on."""
        if self.down_since != since or not self.api:
            return
        world = self.world
        world.resync()
        world.notice_later()
        waiting, self.waiting_nodes = self.waiting_nodes, set()
        for node in waiting:
            world.registers(node)
        evictions, self.evictions = self.evictions, []
        for node, age, patience in evictions:
            world._evict(node, age, patience)
        unstarted, world.unstarted = world.unstarted, set()
        for pod in unstarted:
            if world.where[pod] >= 0 and world.up(world.where[pod]):
                world.begin(pod)
        self._announce_anew(2.0)
        world.leases.returned()
        world.teams.reconsider()
        world.want_schedule()

    # --- members ----------------------------------------------------------------------------------------------------

    def lost(self, node: int, *, gently: bool) -> float:
        """A node is gone: its member, its address, its announcements. How much later silence is noticed for that."""
        late = 0.0
        world, d = self.world, self.world.delays
        if node in self.running:
            self.running[node] = False
            self._judge()
            if node == self.vip:
                self._move_vip(gently=gently)
            if node == self.manager:
                late = d.controller_lease
                left = [n for n in self.members if self.running[n]]
                self.manager = world.chance.choice(left) if left else self.manager
        if node == self.announcer:
            if gently and self.api:
                self._announce_anew(1.0)
            else:
                self.announced = False
                world.changed = True
                if self.api:
                    self._announce_anew(world.between(d.l2_low, d.l2_high))
        return late

    def crash(self, node: int) -> None:
        """A static pod of a control plane ends and is started again."""
        if self.running.get(node):
            self.running[node] = False
            self.world.changed = True
            self._judge()
            d = self.world.delays
            self.world.after(d.back_off + d.start, self._runs, node, self.world.age[node])

    def member_starts(self, node: int) -> None:
        """The static pods of a node that has booted."""
        if node in self.running:
            self.world.after(self.world.delays.start, self._runs, node, self.world.age[node])

    def _runs(self, node: int, age: int) -> None:
        if self.world.age[node] != age or not self.world.up(node):
            return
        self.running[node] = True
        self.world.changed = True
        was = self.api
        self._judge()
        if self.api and not was and not self.vip_up:
            self._vip_later(self.world.delays.vip_stale if self.stale else 1.0)

    # --- the address of the API -------------------------------------------------------------------------------------

    stale = False

    def _move_vip(self, *, gently: bool) -> None:
        self.vip_up = False
        self.stale = not gently
        d = self.world.delays
        if self.api:
            self._vip_later(1.0 if gently else self.world.between(d.vip_low, d.vip_high))

    def _vip_later(self, delay: float) -> None:
        self.vip_turn += 1
        self.world.after(delay, self._vip_taken, self.vip_turn)

    def _vip_taken(self, turn: int) -> None:
        if turn != self.vip_turn or self.vip_up or not self.api:
            return
        able = [n for n in self.members if self.running[n]]
        self.vip, self.vip_up = self.world.chance.choice(able), True
        self.world.changed = True

    # --- addresses of load balancers --------------------------------------------------------------------------------

    def _announce_anew(self, delay: float) -> None:
        if self.announcer < 0:
            return
        if self.announced and self.world.up(self.announcer):
            return
        self.announcing += 1
        self.world.after(delay, self._announce, self.announcing)

    def _announce(self, turn: int) -> None:
        if turn != self.announcing or not self.api:
            return
        able = [n for n in self.world.lab.announcers if self.world.up(n)]
        if able:
            self.announcer, self.announced = self.world.chance.choice(sorted(able)), True
            self.world.changed = True
        else:
            self.world.after(self.world.delays.l2_high, self._announce, turn)

    # --- snapshots --------------------------------------------------------------------------------------------------

    def settled(self) -> tuple[Any, ...]:
        """Who holds what."""
        return self.vip, self.manager, self.announcer

    def restore(self, moment: tuple[Any, ...]) -> None:
        """All members up, addresses held as then."""
        self.vip, self.manager, self.announcer = moment
        self.running = dict.fromkeys(self.members, True)
        self.api = self.vip_up = self.announced = True
        self.stale = False
        self.hung = [False] * len(self.hung)
        self.waiting_nodes, self.evictions = set(), []
