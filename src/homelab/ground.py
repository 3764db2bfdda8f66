"""Ground: what the lab stands on, which no Kubernetes object says.

Hosts, nodes on hosts, site, backup targets and their failure domains, goals and rate overrides. `render` writes it to
`.homelab/lab.yaml`, a stranger may write that file by hand, and the checks and the availability model read it.
Units: bytes, cores, seconds, availabilities as fractions of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from homelab.errors import Place

FILE = ".homelab/lab.yaml"


@dataclass(frozen=True, slots=True)
class Host:
    """A physical machine: the real failure domain."""

    name: str
    cpu: float
    """Cores (threads) that virtual machines share."""
    memory: int
    disks: Mapping[str, int] = field(default_factory=dict)
    """Disk name to size in bytes."""


@dataclass(frozen=True, slots=True)
class Node:
    """A virtual or real machine that runs Kubernetes. `host` is None when nobody said which machine carries it."""

    name: str
    control_plane: bool
    schedulable: bool
    host: str | None
    address: str
    cpu: float
    memory: int
    disk: int
    ceph: tuple[int, ...] = ()
    """Sizes of the raw disks that a storage system may take."""
    virtual: bool = True
    """A machine by address is its own host: losing one is losing the other."""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """Power, network and people around the hosts; names refer to the rate table of the availability room."""

    grid: str = "germany"
    """Utility power by country, a key of the rate table; `none` models a perfect grid."""
    ups: float = 0.0
    """Seconds of battery; 0 is no UPS."""
    uplinks: int = 1
    switches: int = 1
    spare_host: bool = False
    """A spare machine on the shelf shortens the repair of a host."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where backups go, and what it fails together with."""

    name: str
    kind: str
    """`ceph` (the lab's own object store), `nas`, `s3`."""
    endpoint: str = ""
    bucket: str = ""
    host: str | None = None
    """The host it stands on; None for the lab's own storage and for other sites."""
    off_site: bool = False


@dataclass(frozen=True, slots=True)
class Goals:
    """What the owner wants: availabilities as fractions, RTO and RPO in seconds; None is "no goal"."""

    lan: float | None = None
    internet: float | None = None
    rto: float | None = None
    rpo: float | None = None


@dataclass(frozen=True, slots=True)
class RateOverride:
    """Hours; None keeps the default of the rate table."""

    mttf: float | None = None
    mttr: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DeclaredSecret:
    """A Secret that a person supplies: until it is sealed it is pending, which is not a finding."""

    name: str
    namespace: str
    purpose: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A finding the owner accepts: `check` by id, `subject` as a glob over `namespace/kind/name`, with a reason."""

    check: str
    reason: str
    subject: str = "*"
    until: str = ""
    """ISO date after which it counts again; empty for no end."""
    file: str = "*"
    """A glob over the file of its place."""
    application: str = "*"
    """A glob over the Application that deploys it."""
    place: Place | None = None
    """Where the entry stands, where it is not the file of the lab."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything below Kubernetes, as declared; `file` is where it was read."""

    name: str = "homelab"
    domain: str = "home.arpa"
    kubernetes: str = ""
    talos: str = ""
    api: str = ""
    """Address of the Kubernetes API: a virtual address, or one node's."""
    hosts: tuple[Host, ...] = ()
    nodes: tuple[Node, ...] = ()
    site: Site = field(default_factory=Site)
    targets: tuple[Target, ...] = ()
    goals: Goals = field(default_factory=Goals)
    rates: Mapping[str, RateOverride] = field(default_factory=dict)
    public: tuple[str, ...] = ()
    """Hostnames that are meant to be reachable from the Internet."""
    authenticated: tuple[str, ...] = ()
    """Hostnames whose application brings a login of its own, said by the owner."""
    secrets: tuple[DeclaredSecret, ...] = ()
    accepted: tuple[Acceptance, ...] = ()
    file: str = FILE

    def host_of(self, node: str) -> str | None:
        """The host that carries a node, None when unknown."""
        return next((n.host for n in self.nodes if n.name == node), None)
