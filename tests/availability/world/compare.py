"""Two answers to one question: the minutes that `homelab uptime` computes, and those of a world lived through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from availability.world.estimate import Figure
from availability.world.lab import Lab

TENTH = 0.1
RENAMED = {"kube-system/Deployment/coredns": "cluster DNS"}
REASONS = {
    "meaning": "A capability is what its sentence promises, kept by those who keep it; the model takes all Deployments "
    "of its component, and no API where one is needed to act (faults.md F7).",
    "api": "While the API is away nobody moves what died, a dead endpoint stays in its Service, and nobody renews the "
    "lease by which an address is announced (faults.md F1; cilium#40735: announcements end after 1 to 10 minutes).",
    "processes": "etcd and the API server are processes that end and hang like others, two a month by the table's own "
    "rate; the model's control planes fail with their nodes alone.",
    "planned": "Planned work: pods are made anew where a drain leaves them and stay there, a sole worker's have "
    "nowhere to go, copies are away from the drain on, the address of a Gateway goes with the node that announced it (F2; kubectl drain).",
    "leaders": "A leader's own end costs a takeover, and a drained leader a switch (F3; CloudNativePG failover.md; "
    "redis-operator: down-after 5 s and a label every 10 s).",
    "unwatched": "A process that hangs unseen waits for a person: awake in two hours by median, a third of the time "
    "asleep, sometimes away: six hours on average (availability.md, section 8); the model has the two hours.",
    "machines": "A pod is ready some half a minute after its node is back, a silent kubelet's pods are counted out after "
    "its grace, and dead endpoints answer nobody until then (kubernetes.io, Nodes).",
    "kernel": "A machine without a hypervisor has a kernel that panics as well, once a year for ten minutes by the table's "
    "`host.software`; the model counts that for hypervisors alone.",
    "restart": "After a power cut machines boot before pods start; the model ends the outage with the power.",
    "dns": "Talos runs two pods of CoreDNS, on one node as well (siderolabs/talos#11877, siderolabs/docs#781).",
    "routes": "A hostname is up when each of its routes is answered; the model follows one of them, and what stands behind "
    "n8n's second one (its webhooks) ends for nothing (Gateway API: the most specific match of all routes decides).",
    "second": "A second pod behind a Service leaves a second until its dead neighbour is out of the endpoints; crashes of "
    "many pods add up.",
}
"""Why the model is expected to disagree, by where most of the difference lies."""


def rows(answer: Mapping[str, Any]) -> dict[tuple[str, str], tuple[float, dict[str, float]]]:
    """Minutes a year by service and audience, with its causes, from the command's JSON."""
    found = {}
    for service in answer["services"]:
        causes = {each["cause"]: each["minutes_per_year"] for each in service["causes"]}
        for audience in ("lan", "internet"):
            if service.get(audience):
                found[service["name"], audience] = (service[audience]["minutes_per_year"], causes)
    return found


def agrees(minutes: float, figure: Figure) -> bool:
    """Within the interval, or within a tenth."""
    return abs(minutes - figure.minutes) <= max(figure.half, TENTH * figure.minutes)


def unlike(causes: Mapping[str, float], figure: Figure) -> dict[str, float]:
    """By cause, how many minutes more the model books on it."""
    lived: dict[str, float] = {}
    for name, minutes in figure.by_cause.items():
        known = RENAMED.get(name, name)
        lived[known] = lived.get(known, 0.0) + minutes
    return {name: causes.get(name, 0.0) - lived.get(name, 0.0) for name in {*causes, *lived}}


def disagreements(lab: Lab, answer: Mapping[str, Any], figures: Mapping[tuple[str, str], Figure]) -> dict[str, str]:
    """The rows in which the model says something else, in minutes or in one cause, and where most of that lies."""
    found = {}
    kinds = {service["name"]: service["kind"] for service in answer["services"]}
    for key, (minutes, causes) in rows(answer).items():
        figure = figures[key]
        differences = unlike(causes, figure) if key[1] == "lan" else {}
        allowed = max(figure.half, TENTH * figure.minutes)
        widest = sorted(differences, key=lambda name: (-abs(differences[name]), name))
        causes_fit = not widest or abs(differences[widest[0]]) <= allowed
        if agrees(minutes, figure) and causes_fit:
            continue
        if key[1] == "internet":
            widest = sorted(unlike(rows(answer)[key[0], "lan"][1], figures[key[0], "lan"]).items(), key=_wide)
            widest = [name for name, _ in widest]
        found[f"{key[0]} ({key[1]})"] = reason(lab, kinds[key[0]], widest)
    return found


def _wide(item: tuple[str, float]) -> tuple[float, str]:
    return -abs(item[1]), item[0]


def reason(lab: Lab, kind: str, widest: Sequence[str]) -> str:
    """The name of a reason, from the cause in which the two differ most."""
    if kind == "capability":
        return "meaning"
    name = widest[0] if widest else ""
    host = name.removeprefix("Host ")
    carries = host in lab.hosts and any(m.control_plane and lab.hosts[m.host] == host for m in lab.machines)
    bare = {lab.hosts[m.host] for m in lab.machines if not m.virtual}
    control = any(name == f"Node {m.name}" for m in lab.machines if m.control_plane)
    team = any(lab.pods[pod].owner == name for t in lab.teams for pod in t.pods)
    known = [
        (name.startswith("planned"), "planned"),
        (name == "utility power", "restart"),
        (name == "cluster DNS", "dns"),
        (control and kind == "api", "processes"),
        (carries and kind != "api", "api"),
        (host in bare, "kernel"),
        (name.startswith(("Host ", "Node ")), "machines"),
        (team, "leaders"),
        (any(not lab.pods[pod].watched for pod in lab.by_owner.get(name, ())), "unwatched"),
        (len(lab.by_owner.get(name, ())) == 1, "routes"),
        (name in lab.by_owner, "second"),
    ]
    return next((word for holds, word in known if holds), "machines")
