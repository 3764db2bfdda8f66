"""What an operator does by plan: nodes are drained and rebooted one after another, hosts emptied and updated."""

from __future__ import annotations

from collections.abc import Callable

from availability.world.life import World


class Campaign:
    """One round of planned work over nodes, or over hosts."""

    def __init__(self, world: World, groups: list[list[int]], reboot: float) -> None:
        """Groups are taken down together, one group after another; no order is told, and each round has its own."""
        self.world, self.reboot, self.step = world, reboot, 0
        self.groups = list(groups)
        world.chance.shuffle(self.groups)

    def start(self) -> None:
        """The first group."""
        self._next()

    def _next(self) -> None:
        """The next group: closed and drained at once, taken down when the last of it is empty or given up."""
        if self.step >= len(self.groups):
            return
        group = self.groups[self.step]
        self.step += 1
        busy = set(group)

        def empty(node: int) -> None:
            busy.discard(node)
            if not busy:
                self._down(group)

        for node in group:
            Drain(self.world, node, empty).start()

    def _down(self, group: list[int]) -> None:
        """Workers first, control planes when those are down."""
        for node in group:
            last = self.world.lab.machines[node].control_plane and len(group) > 1
            self.world.after(self.world.delays.drain_step if last else 0.0, self._off, node)
        self.world.after(self.reboot, self._up, group)

    def _off(self, node: int) -> None:
        self.world.lose(node, gently=True)

    def _up(self, group: list[int]) -> None:
        for node in group:
            self.world.regain(node)
            self.world.cordoned[node] = False
        self.world.after(self.world.delays.kubelet_start + 1, self._healthy, self.world.now)

    def _healthy(self, since: float) -> None:
        """Wait for everything to run again, and then no longer."""
        world = self.world
        world.want_schedule()
        runs = all(alive or on < 0 for alive, on in zip(world.alive, world.where, strict=True))
        well = runs and all(world.control.running.values()) and not world.queued
        if well or world.now - since > world.delays.settle:
            self._next()
        else:
            world.after(10.0, self._healthy, since)


class Drain:
    """`kubectl drain`: no new pods, and the old ones asked to leave as their budgets allow."""

    def __init__(self, world: World, node: int, then: Callable[[int], None]) -> None:
        """`then` follows when the node is empty, or when nobody waits any longer."""
        self.world, self.node, self.then, self.began = world, node, then, 0.0

    def start(self) -> None:
        """Close the node."""
        world = self.world
        world.cordoned[self.node] = True
        self.began = world.now
        world.after(1.0, world.teams.switch, self.node)
        world.after(2.0, self._ask)

    def _ask(self) -> None:
        world = self.world
        if not world.control.api and world.now - self.began < world.delays.drain_gives_up:
            world.after(world.delays.drain_step, self._ask)
            return
        here = [pod for pod, on in enumerate(world.where) if on == self.node]
        for pod in here:
            if self._allowed(pod):
                world.evict(pod)
        left = [pod for pod in here if world.where[pod] == self.node]
        if left and world.now - self.began < world.delays.drain_gives_up:
            world.after(world.delays.drain_step, self._ask)
            return
        for pod in left:
            world.evict(pod)
        self.then(self.node)

    def _allowed(self, pod: int) -> bool:
        """The eviction API: as many may be away as the budgets say; a leader that is to move goes after that."""
        world = self.world
        index = world.teams.of.get(pod)
        if index is not None and world.teams.all[index].how == "cnpg":
            return self._of_a_cluster(pod, index)
        if not world.alive[pod]:
            return True
        for budget in world.lab.budgets:
            if pod in budget.pods and sum(not world.alive[p] for p in budget.pods) >= budget.away:
                return False
        return True

    def _of_a_cluster(self, pod: int, index: int) -> bool:
        """CloudNativePG guards its primary, and leaves one replica at a time; a single instance may be unguarded."""
        world, team = self.world, self.world.teams.all[index]
        if not team.guarded:
            return not world.teams.moving[index]
        if world.teams.moving[index] or world.teams.leader[index] == pod:
            return False
        return not world.alive[pod] or sum(not world.alive[p] for p in team.pods) < 1
