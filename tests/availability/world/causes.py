"""What begins an outage: each cause with its rate, and how it strikes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from availability.world.life import World
from availability.world.planned import Campaign
from availability.world.times import MINUTE, Calendar, Rate


@dataclass(frozen=True)
class Cause:
    """So often a year this happens; `strike` is given the world and for how many times its mean it lasts."""

    name: str
    kind: str
    yearly: float
    strike: Callable[[World, float], None]
    shares: tuple[float, ...] = (1.0,)
    """For how many times its mean it lasts, one for each stratum of equal chance."""
    pod: int | None = None
    """The pod that it is about, where it is about one."""
    long: bool = False
    """Whether it lasts so long that something else may well happen meanwhile."""

    @property
    def planned(self) -> bool:
        """Whether somebody means it to happen."""
        return self.kind == "plan"


def strata(count: int) -> tuple[float, ...]:
    """The means of an exponential of mean 1 within its quantiles: what lasts long is played for how long it lasts."""
    edges = [-math.log(1 - step / count) for step in range(count)]
    upper = [*((edge + 1) * math.exp(-edge) for edge in edges[1:]), 0.0]
    return tuple(count * ((low + 1) * math.exp(-low) - high) for low, high in zip(edges, upper, strict=True))


EXPONENTIAL = strata(8)


def human_strata(world: World, count: int = 12, size: int = 400) -> tuple[float, ...]:
    """Seconds until somebody comes, as means of equally likely strata."""
    drawn = sorted(world.human() for _ in range(count * size))
    return tuple(sum(drawn[step * size : (step + 1) * size]) / size for step in range(count))


def _host_stops(world: World, host: int, lasts: float) -> None:
    for node, machine in enumerate(world.lab.machines):
        if machine.host == host:
            world.lose(node)
            world.after(lasts, world.regain, node)


def _power(world: World, lasts: float) -> None:
    world.site = False
    world.changed = True
    for host in range(len(world.lab.hosts)):
        _host_stops(world, host, lasts + world.delays.host_boot)
    world.after(lasts, _restored, world)


def _restored(world: World) -> None:
    world.site = True
    world.changed = True


def _switch(world: World, lasts: float) -> None:
    world.site = False
    world.changed = True
    world.after(lasts, _restored, world)


def _node_stops(world: World, node: int, lasts: float) -> None:
    world.lose(node)
    world.after(lasts, world.regain, node)


def causes(world: World, rates: Mapping[str, Rate], calendar: Calendar) -> list[Cause]:
    """Every cause of this lab that simulation can tell more about than arithmetic."""
    return [*_site(world, rates), *_machines(world, rates), *_processes(world, rates), *_plan(world, calendar)]


def _site(world: World, rates: Mapping[str, Rate]) -> list[Cause]:
    site = world.lab.ground.site
    grid = rates.get(f"power.grid.{site.grid}", Rate(0.0, 0.0))
    found = []
    if grid.yearly and grid.lasts:
        outlives = math.exp(-site.ups / grid.lasts)
        found.append(
            Cause(
                "utility power",
                "site",
                grid.yearly * outlives,
                lambda w, q: _power(w, q * grid.lasts),
                EXPONENTIAL,
                long=True,
            )
        )
    switch = rates["switch"]
    if site.switches == 1:
        found.append(
            Cause(
                "LAN switch", "site", switch.yearly, lambda w, q: _switch(w, q * switch.lasts), EXPONENTIAL, long=True
            )
        )
    return found


def _machines(world: World, rates: Mapping[str, Rate]) -> list[Cause]:
    lab = world.lab
    broken = rates["host.spare" if lab.ground.site.spare_host else "host"]
    panic, guest, agent, disk = rates["host.software"], rates["vm"], rates["node.kubelet"], rates["disk.ssd"]
    found = []
    for host, name in enumerate(lab.hosts):
        label = f"Host {name}"
        found.append(
            Cause(
                label,
                "host",
                broken.yearly,
                lambda w, q, h=host: _host_stops(w, h, q * broken.lasts),
                EXPONENTIAL,
                long=True,
            )
        )
        found.append(
            Cause(label, "panic", panic.yearly, lambda w, _q, h=host: _host_stops(w, h, panic.lasts), long=True)
        )
    for node, machine in enumerate(lab.machines):
        label = f"Node {machine.name}"
        if machine.virtual:
            found.append(Cause(label, "vm", guest.yearly, lambda w, _q, n=node: _node_stops(w, n, guest.lasts)))
        found.append(Cause(label, "kubelet", agent.yearly, lambda w, _q, n=node: w.hang_kubelet(n, agent.lasts)))
        if machine.control_plane:
            twice = 2 * rates["container"].yearly
            found.append(Cause(label, "static", twice, lambda w, _q, n=node: w.control.crash(n)))
    found += [
        Cause(
            lab.pods[osd].owner,
            "disk",
            disk.yearly,
            lambda w, q, o=osd: w.ceph.disk(o, q * disk.lasts),
            EXPONENTIAL,
            long=True,
        )
        for osd in lab.osds
    ]
    return found


def _processes(world: World, rates: Mapping[str, Rate]) -> list[Cause]:
    crash, hang, squeezed = rates["container"], rates["container.hang"], rates["container.evicted"]
    found, coming = [], human_strata(world)
    for pod, known in enumerate(world.lab.pods):
        found.append(Cause(known.owner, "crash", crash.yearly, lambda w, _q, p=pod: w.crash(p), pod=pod))
        if known.watched:
            found.append(Cause(known.owner, "hang", hang.yearly, lambda w, _q, p=pod: w.hang(p, hang.lasts), pod=pod))
        else:
            lone = Cause(
                known.owner, "unseen", hang.yearly, lambda w, q, p=pod: w.hang(p, q), coming, pod=pod, long=True
            )
            found.append(lone)
        if not known.asked:
            found.append(
                Cause(
                    known.owner, "squeezed", squeezed.yearly, lambda w, _q, p=pod: w.crash(p, squeezed.lasts), pod=pod
                )
            )
    return found


def _plan(world: World, calendar: Calendar) -> list[Cause]:
    lab = world.lab
    nodes = [[node] for node in range(len(lab.machines))]
    hosts = [
        [node for node, machine in enumerate(lab.machines) if machine.host == host and machine.virtual]
        for host in range(len(lab.hosts))
    ]
    hosts = [group for group in hosts if group]
    found = [
        Cause(
            "planned upgrades",
            "plan",
            calendar.node_upgrades,
            lambda w, _q: Campaign(w, nodes, calendar.node_reboot).start(),
        )
    ]
    if hosts:
        found.append(
            Cause(
                "planned host updates",
                "plan",
                calendar.host_updates,
                lambda w, _q: Campaign(w, hosts, calendar.host_reboot).start(),
            )
        )
    return found


def outside(rates: Mapping[str, Rate], uplinks: int) -> dict[str, float]:
    """Unavailability of what lies between the lab and its callers on the Internet, by cause: arithmetic is enough.

    Each line has its own router, and all lines have to be down.
    """

    def share(name: str) -> float:
        return rates[name].yearly * rates[name].lasts / (365 * 24 * 60 * MINUTE)

    line, router = share("isp"), share("router")
    together = (1 - (1 - line) * (1 - router)) ** uplinks
    return {
        "isp": together * line / (line + router),
        "router": together * router / (line + router),
        "edge": share("edge"),
    }
