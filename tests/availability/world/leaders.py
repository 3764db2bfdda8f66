"""Who leads: operators by leases of the API, databases and caches by whoever sees to a takeover."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from availability.world.lab import Team

if TYPE_CHECKING:
    from availability.world.life import World


class Leases:
    """Controllers of which one acts: when it ends, another one takes the lease once that has run out."""

    def __init__(self, world: World) -> None:
        """The lease of each workload that waits for one, by the facts about it."""
        self.world = world
        self.of: list[int] = [-1] * len(world.lab.pods)
        self.pods: list[tuple[int, ...]] = []
        self.seconds: list[float] = []
        self.holder: list[int] = []
        self.turn: list[int] = []
        standby = {f.subject: f.seconds for f in world.lab.inventory.facts if type(f).__name__ == "Standby"}  # type: ignore[union-attr]
        for subject, seconds in standby.items():
            members = world.lab.by_owner.get(f"{subject.namespace}/{subject.kind}/{subject.name}", ())
            if members:
                for pod in members:
                    self.of[pod] = len(self.pods)
                self.pods.append(members)
                self.seconds.append(float(seconds))
                self.holder.append(members[0])
                self.turn.append(0)

    def lost(self, pod: int) -> None:
        """A pod ended: if it led, its lease has to run out."""
        lease = self.of[pod]
        if lease >= 0 and self.holder[lease] == pod:
            self.holder[lease] = -1
            self._later(lease)

    def _later(self, lease: int) -> None:
        self.turn[lease] += 1
        self.world.after(self.seconds[lease], self._taken, lease, self.turn[lease])

    def _taken(self, lease: int, turn: int) -> None:
        world = self.world
        if self.turn[lease] != turn or self.holder[lease] >= 0 or not world.control.api:
            return
        able = [pod for pod in self.pods[lease] if world.alive[pod]]
        if able:
            self.holder[lease] = world.chance.choice(able)
            world.changed = True
            world.teams.reconsider()

    def started(self, pod: int) -> None:
        """A pod that comes up takes a lease that nobody holds."""
        lease = self.of[pod]
        if lease >= 0 and self.holder[lease] < 0:
            self.world.after(2.0, self._taken, lease, self.turn[lease])

    def returned(self) -> None:
        """With the API back, somebody takes what nobody holds."""
        for lease, holder in enumerate(self.holder):
            if holder < 0:
                self._later(lease)

    def acting(self, pods: tuple[int, ...]) -> bool:
        """Whether one of these pods acts: it runs, has its lease, and an API to act by."""
        if not pods or not self.world.control.api:
            return False
        lease = self.of[pods[0]]
        if lease >= 0:
            return self.holder[lease] >= 0
        return any(self.world.alive[pod] for pod in pods)

    def settled(self) -> Any:
        """Who acts."""
        return list(self.holder)

    def restore(self, moment: Any) -> None:
        """The same act again; who had nobody is led by the first that runs."""
        self.holder = [
            h if h >= 0 else next((p for p in self.pods[i] if self.world.alive[p]), -1) for i, h in enumerate(moment)
        ]


class Teams:
    """Databases and caches with one leader: who leads, and what a takeover waits for."""

    def __init__(self, world: World) -> None:
        """The first of each leads."""
        self.world = world
        self.all: tuple[Team, ...] = world.lab.teams
        self.leader = [team.pods[0] for team in self.all]
        self.named = list(self.leader)
        """Whom clients are sent to: by the label, the role, or the proxy."""
        self.moving = [False] * len(self.all)
        self.turn = [0] * len(self.all)
        self.wanting: set[tuple[int, str]] = set()
        self.of: dict[int, int] = {pod: index for index, team in enumerate(self.all) for pod in team.pods}

    def serves(self, index: int) -> bool:
        """Whether clients reach a leader that runs."""
        leader = self.leader[index]
        listed = self.world.listed[leader] or self.all[index].how in ("haproxy", "mds")
        return leader == self.named[index] and self.world.alive[leader] and listed and not self.moving[index]

    def lost(self, pod: int, crashed: bool = True) -> None:
        """A member ended; if it led, the takeover begins when somebody can know of it."""
        index = self.of.get(pod)
        if index is None or self.leader[index] != pod or self.world.alive[pod]:
            return
        team, d, world = self.all[index], self.world.delays, self.world
        self.turn[index] += 1
        turn = self.turn[index]
        if team.how == "cnpg" and crashed and len(team.pods) > 1:
            world.after(
                d.endpoints + world.between(d.pg_lease_low, d.pg_lease_high) + d.pg_promote, self._take, index, turn
            )
        elif team.how == "sentinel":
            world.after(d.sentinel_down + d.sentinel_promote, self._take, index, turn)
        elif team.how == "haproxy" and len(team.pods) > 1:
            world.after(d.haproxy_down + d.sentinel_promote, self._take, index, turn)
        elif team.how == "mds":
            world.after(d.mds_takeover, self._take, index, turn)

    def noticed(self, pod: int) -> None:
        """The API knows that a member's node is silent: an operator may promote another one."""
        index = self.of.get(pod)
        if (
            index is not None
            and self.leader[index] == pod
            and self.all[index].how == "cnpg"
            and len(self.all[index].pods) > 1
        ):
            self.turn[index] += 1
            self.world.after(self.world.delays.pg_promote, self._take, index, self.turn[index])

    def _able(self, index: int) -> list[int]:
        world = self.world
        return [
            pod
            for pod in self.all[index].pods
            if pod != self.leader[index] and world.alive[pod] and not world.notready[world.where[pod]]
        ]

    def _may(self, index: int) -> bool:
        team, world = self.all[index], self.world
        if team.how == "cnpg":
            return world.leases.acting(team.operator)
        if team.how in ("sentinel", "haproxy"):
            return sum(world.alive[pod] for pod in team.voters) > len(team.voters) // 2
        return team.how == "mds" and world.ceph.quorum()

    def _take(self, index: int, turn: int) -> None:
        world = self.world
        leader = self.leader[index]
        gone = not world.alive[leader] or (world.where[leader] >= 0 and world.notready[world.where[leader]])
        if self.turn[index] != turn or not gone:
            return
        able = self._able(index)
        if not able or not self._may(index):
            self.wanting.add((index, "take"))
            return
        self.leader[index] = world.chance.choice(able)
        world.changed = True
        if self.all[index].how == "sentinel":
            world.after(world.between(0, world.delays.label_every) + world.delays.endpoints, self._name, index)
        else:
            self.named[index] = self.leader[index]

    def _name(self, index: int) -> None:
        """The operator moves the label by which clients find the leader."""
        if self.named[index] == self.leader[index]:
            return
        if not self.world.leases.acting(self.all[index].operator):
            self.wanting.add((index, "name"))
            return
        self.named[index] = self.leader[index]
        self.world.changed = True

    def stronger(self) -> None:
        """Somebody came up: what waited for it may go on."""
        if self.wanting:
            self.world.after(1.0, self.reconsider)

    def reconsider(self) -> None:
        """Try again what could not be done."""
        wanting, self.wanting = self.wanting, set()
        for index, what in sorted(wanting):
            if what == "name":
                self._name(index)
            else:
                self._take(index, self.turn[index])

    def switch(self, node: int) -> None:
        """CloudNativePG moves a primary off a node that is to be drained."""
        world = self.world
        for index, team in enumerate(self.all):
            if team.how == "cnpg" and world.where[self.leader[index]] == node and world.leases.acting(team.operator):
                able = [p for p in self._able(index) if not world.cordoned[world.where[p]]]
                if able and not self.moving[index]:
                    self.moving[index] = True
                    world.changed = True
                    world.after(world.delays.pg_switchover, self._switched, index, world.chance.choice(able))

    def _switched(self, index: int, pod: int) -> None:
        self.moving[index] = False
        self.world.changed = True
        if self.world.alive[pod]:
            self.leader[index] = self.named[index] = pod

    def settled(self) -> Any:
        """Who leads."""
        return list(self.leader)

    def restore(self, moment: Any) -> None:
        """The same lead again."""
        self.leader, self.named = list(moment), list(moment)
        self.moving = [False] * len(self.all)
        self.wanting = set()
