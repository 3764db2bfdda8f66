"""Computed pages: those of the repository whose figures take the availability model to know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from homelab.assess.uptime import Computed, uptime
from homelab.documents.duration import format_duration
from homelab.errors import Undecidable
from homelab.kube import facts
from homelab.kube.copies import Distance, distance
from homelab.kube.inventory import Inventory
from homelab.kube.spread import keys
from homelab.kube.tree import File, TextFile
from homelab.lab.pipeline import Lab
from homelab.lab.roadmap import roadmap
from homelab.lab.told import Told, silent
from homelab.render import layout
from homelab.render.guide.resilience import Backup, Copies, Standing, resilience, undecided

WORDS = {
    Distance.UNKNOWN: "nobody said",
    Distance.CLUSTER: "on the cluster that they protect",
    Distance.SITE: "elsewhere in the house",
    Distance.AWAY: "outside the house",
}
OVER = {"topology.kubernetes.io/zone": "machines", "kubernetes.io/hostname": "nodes"}
BEGINNING = date.min
"""The page is a function of the file, not of the day: every acceptance holds as written."""


def computed_pages(lab: Lab, told: Told = silent) -> dict[str, File]:
    """Path to page; a lab that cannot be computed has a page that says why. `told` hears what is being computed."""
    try:
        # Options by path, not by line: a comment in homelab.yaml changes no page.
        told("computing what fails")
        found = uptime(lab.inventory, computed=lab.computed)
        text = resilience(found, lab.assessment(BEGINNING), roadmap(lab, told), standing(lab.inventory, lab.computed))
    except Undecidable as error:
        text = undecided(str(error))
    return {layout.RESILIENCE: TextFile(text)}


def standing(inventory: Inventory, computed: Computed) -> Standing:
    """The lab as it is: machines, planned work, copies, backups."""
    planned = tuple(_planned(inventory, computed))
    return Standing(tuple(_health(inventory)), planned, tuple(_copies(inventory)), tuple(_backups(inventory)))


def _planned(inventory: Inventory, computed: Computed) -> Iterator[tuple[str, str, float]]:
    """Node or machine, service that stops while it is upgraded, minutes; sorted. The only node takes everything down."""
    found = sorted(
        (place, service.name, minutes)
        for service in computed.model.services
        for place, minutes in computed.planned(f"lan:{service.name}")
    )
    nodes = inventory.ground.nodes if inventory.ground else ()
    if len(nodes) == 1 and found:
        yield nodes[0].name, "everything", max(minutes for _, _, minutes in found)
    else:
        yield from found


def _health(inventory: Inventory) -> Iterator[tuple[str, str]]:
    ground = inventory.ground
    if ground is None:
        return
    planes = [node for node in ground.nodes if node.control_plane]
    under = {node.host for node in planes}
    survives = f"{len(planes)} on {_machines(len(under))}"
    yield "Control planes", survives + ("" if len(planes) > 1 else ": one stops everything")
    workers = [node for node in ground.nodes if node.schedulable]
    yield "Nodes for pods", f"{len(workers)} on {_machines(len({node.host for node in workers}))}"
    if disks := [node for node in ground.nodes if node.ceph]:
        by_host = {host: sum(len(node.ceph) for node in disks if node.host == host) for host in {n.host for n in disks}}
        counted = ", ".join(f"{host}: {by_host[host]}" for host in sorted(by_host, key=str))
        yield "Ceph disks by physical machine", counted
    yield "Kubernetes and Talos", f"v{ground.kubernetes}, v{ground.talos}"


def _machines(count: int) -> str:
    return f"{count} physical machine{'s' * (count != 1)}"


def _copies(inventory: Inventory) -> Iterator[Copies]:
    guarded = {
        workload.subject
        for budget in inventory.of("PodDisruptionBudget")
        for workload in inventory.workloads_of_budget(budget)
    }
    for workload in sorted(inventory.workloads, key=lambda each: (each.namespace, each.name)):
        count = inventory.least_replicas(workload)
        if workload.long_running and not workload.daemon and count is not None and count > 1:
            over = ", ".join(OVER.get(key, key) for key in sorted(keys(workload), reverse=True))
            yield Copies(f"{workload.namespace}/{workload.name}", count, over, workload.subject in guarded)


def _backups(inventory: Inventory) -> Iterator[Backup]:
    for entry in sorted(inventory.facts_of(facts.Backup), key=lambda each: each.subject):
        what = f"database {entry.database.name}" if entry.database else "namespaces " + ", ".join(entry.namespaces)
        kept = format_duration(entry.retention) if entry.retention else ""
        name = f"{entry.subject.namespace}/{entry.subject.name}"
        yield Backup(name, what, entry.schedule, kept, WORDS[distance(inventory, entry)])
