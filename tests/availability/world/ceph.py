"""Ceph: monitors that must agree, copies that must suffice, and how both come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from availability.world.lab import ZONE

if TYPE_CHECKING:
    from availability.world.life import World


class Ceph:
    """What of the pools answers.

    An OSD that ends alone is called down within seconds, for its connections are refused: a slow answer, not an outage.
    """

    def __init__(self, world: World) -> None:
        """Where each OSD stands, in each sense of standing."""
        self.world = world
        lab = world.lab
        self.node = {osd: next(iter(lab.pods[osd].nodes), -1) for osd in lab.osds}
        self.pools = {pool.kind: pool for pool in lab.pools}
        self.operator = lab.by_owner.get("rook-ceph/Deployment/rook-ceph-operator", ())
        self.mine = frozenset(lab.osds)
        self.domains = {kind: {osd: self._domain(osd, p.domain) for osd in lab.osds} for kind, p in self.pools.items()}
        self.restore()

    def restore(self) -> None:
        """All copies whole."""
        self.moved: set[int] = set()
        self.broken: set[int] = set()
        self.stalls = 0

    def quorum(self) -> bool:
        """Whether the monitors are a majority."""
        mons = self.world.lab.mons
        return sum(self.world.alive[mon] for mon in mons) > len(mons) // 2

    def _domain(self, osd: int, domain: str) -> str:
        machine = self.world.lab.machines[self.node[osd]]
        if domain == "osd":
            return str(osd)
        return (
            machine.name if domain in ("host", "kubernetes.io/hostname") else machine.labels.get(domain, machine.name)
        )

    def serves(self, kind: str) -> bool:
        """Whether every placement group of a pool has the copies that it needs, and somebody says where they are.

        Groups are many: each choice of domains, and of an OSD in each, is some group's.
        """
        if kind not in self.pools:
            return True
        if self.stalls or not self.quorum():
            return False
        alive, moved = self.world.alive, self.moved
        gone = {osd for osd in self.mine if not alive[osd] and osd not in moved}
        if not gone:
            return True
        pool, domains = self.pools[kind], self.domains[kind]
        down = len({domains[osd] for osd in gone})
        copies = min(pool.size, len(set(domains.values())))
        return copies - min(down, copies) >= pool.least

    def lost(self, pods: list[int], *, gently: bool) -> None:
        """The pods of a node that stopped: reads and writes stall until its OSDs are called down."""
        gone = [pod for pod in pods if pod in self.mine]
        d, world = self.world.delays, self.world
        if gone and not gently:
            self.stalls += 1
            world.after(world.between(d.osd_low, d.osd_high), self._peered)
        for osd in gone:
            world.after(d.osd_out, self._out, osd, world.turn[osd])
        for pod in pods:
            if pod in world.lab.mons:
                world.after(d.mon_out, self._replace, pod)

    def _peered(self) -> None:
        self.stalls -= 1
        self.world.changed = True

    def disk(self, osd: int, lasts: float) -> None:
        """A disk dies: its OSD is away until another disk is in its place, or until its copies are elsewhere."""
        world = self.world
        world._dies(osd)
        world.after(world.delays.osd_out, self._out, osd, world.turn[osd])
        world.after(lasts, world._started, osd, world.turn[osd])

    def _out(self, osd: int, turn: int) -> None:
        """Down for too long: marked out, and copied anew, unless a whole zone is down or too few would be in."""
        world = self.world
        if world.alive[osd] or osd in self.moved or (world.turn[osd] != turn and world.where[osd] >= 0):
            return
        zone = world.lab.machines[self.node[osd]].labels.get(ZONE)
        same = [o for o in world.lab.osds if world.lab.machines[self.node[o]].labels.get(ZONE) == zone]
        if zone is not None and len(same) < len(world.lab.osds) and not any(world.alive[o] for o in same):
            return
        if len(world.lab.osds) - len(self.moved) - 1 < 0.75 * len(world.lab.osds):
            return
        pool = next(iter(self.pools.values()), None)
        if pool is None or not self.quorum():
            return
        left = {self._domain(o, pool.domain) for o in world.lab.osds if world.alive[o]}
        if len(left) < pool.size:
            return
        world.after(world.delays.osd_recover, self._recovered, osd)

    def _recovered(self, osd: int) -> None:
        if not self.world.alive[osd]:
            self.moved.add(osd)
            self.world.changed = True

    def _replace(self, mon: int) -> None:
        """A monitor that is away for too long gets a successor on another node."""
        world = self.world
        if world.alive[mon] or not self.quorum() or not world.leases.acting(self.operator):
            return
        if world.where[mon] >= 0 and world.up(world.where[mon]):
            return
        world.bound[mon] = -1
        if world.where[mon] >= 0:
            world.unplace(mon)
        world.want_schedule()
