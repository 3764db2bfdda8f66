"""Homelab: what you want, typed. The model of homelab.yaml; no Kubernetes in it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from homelab.spec.access import Access
from homelab.spec.backup import Alerts, Backup
from homelab.spec.forms import Glob, Name, Repository, Revision, Sentence
from homelab.spec.host_keys import HostKey
from homelab.spec.hosts import Host, Node
from homelab.spec.network import Network
from homelab.spec.practices import Practices
from homelab.spec.section import Section
from homelab.spec.site import Goals, RateOverride, Site
from homelab.spec.units import Domain, Label


def _off(value: object) -> object:
    return "off" if value is False else value  # YAML reads `off` as false


Provider = Annotated[Name, BeforeValidator(_off), WithJsonSchema({"anyOf": [{"type": "string"}, {"const": False}]})]
"""Name of a component, or `off`."""


class Versions(Section):
    """Versions of the ground floor; every other pin belongs to its component."""

    kubernetes: Annotated[str, Field(pattern=r"^1\.\d+\.\d+$")] = "1.35.2"
    """Kubernetes, as `1.35.2`."""
    talos: Annotated[str, Field(pattern=r"^1\.\d+\.\d+$")] = "1.13.9"
    """Talos Linux, as `1.13.9`."""
    contract: Annotated[str, Field(pattern=r"^1\.\d+\.\d+$")] | None = None
    """The Talos for which machine configurations are generated, as `1.13.9`; the one of the first day, which the repository remembers.

    A new Talos takes an old contract, and an old one refuses the fields of a new contract: raise `talos` alone, upgrade
    every node, and then, if you want what is new, this: `homelab contract` says what changes, and writes it."""


class Git(Section):
    """The repository that Argo CD follows."""

    repository: Repository | None = None
    """Its URL; may wait until the build."""
    revision: Revision = "main"
    """Branch."""
    private: bool = False
    """Whether reading it takes credentials, which are then sealed for Argo CD."""
    host_keys: tuple[HostKey, ...] = ()
    """Host keys of servers that are read by SSH and that Argo CD does not know, as `ssh-keyscan` prints them; compared with what the server itself says."""


class Acceptance(Section):
    """A finding that is accepted, with the reason that makes it acceptable."""

    check: Name
    """Id of the check, as `homelab explain` knows it."""
    reason: Annotated[Sentence, Field(min_length=8)]
    """Why it is acceptable in this lab."""
    subject: Glob = "*"
    """Which objects: a glob over `namespace/kind/name`."""
    until: Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""
    """ISO date after which it counts again."""


class Homelab(Section):
    """A whole lab. Derive, don't ask: what follows from something else is not a field."""

    homelab: Literal["v1"]
    """Version of this format."""
    name: Label
    """Name of the lab and of the cluster."""
    domain: Domain = "home.arpa"
    """Domain of the hostnames; the default is the one reserved for homes (RFC 8375) and needs no registration."""
    profile: Literal["starter", "homelab", "enterprise"] = "homelab"
    """How generously workloads are sized and how many replicas components have by default."""
    goals: Goals = Field(default_factory=Goals)
    """What is promised."""
    site: Site = Field(default_factory=Site)
    """Power, uplinks, switches, spare parts."""
    hosts: dict[Label, Host] = Field(default_factory=dict)
    """Physical machines that carry virtual ones (Proxmox); empty when every node is a machine of its own."""
    network: Network
    """Addresses."""
    nodes: dict[Label, Node] = Field(min_length=1)
    """Machines that run Kubernetes."""
    versions: Versions = Field(default_factory=Versions)
    """Kubernetes and Talos."""
    git: Git = Field(default_factory=Git)
    """Where the repository lives."""
    use: dict[Name, Provider] = Field(default_factory=dict)
    """Capability to provider, where several can provide it: `{storage.block: rook-ceph}`; `off` to do without."""
    components: dict[Name, Any] = Field(default_factory=dict)
    """Component to its settings, or `off`; typed by the catalog."""
    practices: Practices = Field(default_factory=Practices)
    """Good practice, switchable to describe a lab as it is."""
    apps: dict[Name, Any] = Field(default_factory=dict)
    """Application to its settings; typed by the catalog."""
    access: Access = Field(default_factory=Access)
    """Who reaches what."""
    backup: Backup = Field(default_factory=Backup)
    """Where copies go and how long they stay."""
    alerts: Alerts = Field(default_factory=Alerts)
    """Whom alerts reach."""
    accept: tuple[Acceptance, ...] = ()
    """Findings that are accepted, each with its reason."""
    rates: dict[Name, RateOverride] = Field(default_factory=dict)
    """Failure and repair rates of your own, by the names of docs/availability.md."""
