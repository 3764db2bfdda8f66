"""The memory that a twin takes, from the shape of its lab: stated before it starts, and the bound that each program is given.

Measured on twins of the examples (resident, Kubernetes 1.35.4, Argo CD 3.2.6): the API server keeps the schema of each custom
kind, Argo CD's controller every object of the cluster. The bound is Go's own (GOMEMLIMIT, https://go.dev/doc/gc-guide):
a program that comes near it tidies more often instead of growing; each may use two processors (GOMAXPROCS).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from homelab.documents.quantity import rounded_bytes
from homelab.errors import ToolError

MIB = 1 << 20
KIND = 16
"""Mebibytes for each custom kind in the API server, and a third of that in Argo CD's controller."""
OBJECT = 0.8
"""Mebibytes for each object in Argo CD's controller, and a quarter of that in etcd and the API server."""
PROGRAMS = {
    "kube-apiserver": 600,
    "kube-controller-manager": 140,
    "kube-scheduler": 90,
    "kwok": 90,
    "argocd-application-controller": 320,
    "argocd-repo-server": 150,
    "argocd-applicationset-controller": 140,
    "redis-server": 30,
    "stand-ins": 90,
    "callbacks": 60,
    "charts": 25,
}
"""Mebibytes of each program beside an empty lab."""
ETCD, OPERATOR = 90, 150
"""Mebibytes of a member of etcd, and of a real operator."""
BOUND = 1.4
"""How far above that a program may go, and goes: Go frees late."""
GARBAGE = "400"
"""Per cent by which a program grows before Go tidies. With every kind that arrives the API server makes its description anew and Argo
CD reads all of it (gitops-engine pkg/cache/cluster.go, watchEvents): tidying four times less often saves a third of the seconds."""
MEMINFO, CGROUP = Path("/proc/meminfo"), Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Room:
    """The mebibytes that each program of a twin takes."""

    shares: Mapping[str, int]

    @property
    def bytes(self) -> int:
        """All of it, at most."""
        return sum(round(share * BOUND) for share in self.shares.values()) * MIB

    def bounds(self, program: str) -> dict[str, str]:
        """The variables by which a program is bounded."""
        share = self.shares.get(program)
        memory = {"GOMEMLIMIT": f"{round(share * BOUND)}MiB"} if share else {}
        return {"GOMAXPROCS": "2", "GOGC": GARBAGE, **memory}

    def check(self, free: int) -> None:
        """Refuse to start where the machine has too little.

        Raises:
            ToolError: it has.
        """
        if free < self.bytes:
            raise ToolError(
                f"this twin takes up to {rounded_bytes(self.bytes)} of memory, and the machine has {rounded_bytes(free)} left",
                hint="end other programs, or rehearse on a larger machine",
            )


def room(members: int, kinds: int, objects: int, operators: int) -> Room:
    """What a lab takes: members of etcd, custom kinds, objects that Argo CD looks after, operators that are real."""
    grown = {
        "kube-apiserver": KIND * kinds + OBJECT / 4 * objects,
        "argocd-application-controller": KIND / 3 * kinds + OBJECT * objects,
    }
    shares = {name: round(base + grown.get(name, 0)) for name, base in PROGRAMS.items()}
    shares |= {f"etcd-{number}": round(ETCD + OBJECT / 4 * objects) for number in range(members)}
    return Room(shares | ({"operators": OPERATOR * operators + 40} if operators else {}))


def free(meminfo: Path = MEMINFO, cgroup: Path = CGROUP) -> int:
    """Bytes that programs can still have: of the machine, or of the group of processes that this one is bounded by."""
    said = dict(line.split(":", 1) for line in meminfo.read_text(encoding="utf-8").splitlines() if ":" in line)
    left = int(said["MemAvailable"].split()[0]) << 10
    try:
        most = (cgroup / "memory.max").read_text(encoding="utf-8").strip()
        used = int((cgroup / "memory.current").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return left
    return left if most == "max" else min(left, int(most) - used)
