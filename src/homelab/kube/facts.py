"""Facts: what only a system's truth can say about the objects it makes. `software` states them, checks and model read.

Each fact names its subject, and in `source` why it is believed (a documentation page, a chart template).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from homelab.errors import Place
from homelab.findings import Subject


@dataclass(frozen=True, slots=True)
class Singleton:
    """A workload that must stay at one replica: advice to scale it would break it, or do nothing."""

    subject: Subject
    reason: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Standby:
    """A workload whose further replicas only wait for a leader's lease: takeover in `seconds`, no gain in throughput."""

    subject: Subject
    seconds: float
    source: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """When a workload is missed: `run` (its callers stop), `change` (nothing new, running things run on), `start`."""

    subject: Subject
    phase: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Quorum:
    """A set of pods of which `need` must be up; `members` are workloads whose pods together are the members."""

    subject: Subject
    members: tuple[Subject, ...]
    need: int
    size: int
    what: str


@dataclass(frozen=True, slots=True)
class Failover:
    """A leader among `subject`'s pods is replaced after `seconds` while the service is away.

    `api` says that whoever promotes does it through the Kubernetes API (an operator, a label that a Service follows):
    while the API is away, nobody is promoted. `switchover` is how long a planned change of the leader takes, `seconds`
    where it is not known; `crash` how long it takes when the leader's own container ends. `knob`, `planned` and `crashed`
    are the names of the three in the table of delays. `by` are workloads that must be there to act, `operator` a part of
    the image of one that must.
    """

    subject: Subject
    seconds: float
    source: str = ""
    api: bool = True
    knob: str = ""
    switchover: float | None = None
    planned: str = ""
    crash: float | None = None
    crashed: str = ""
    by: tuple[Subject, ...] = ()
    operator: str = ""

    @property
    def by_hand(self) -> bool:
        """Whether nobody is promoted, so that a person has to bring the leader back."""
        return self.knob == "person.frees"


@dataclass(frozen=True, slots=True)
class Pool:
    """A replicated storage pool: `classes` are the StorageClasses on it, `nodes` those that carry its disks.

    Empty `nodes` means every schedulable node with raw disks. `domain` is `osd`, `host` (a Kubernetes node) or a node label.
    """

    subject: Subject
    classes: tuple[str, ...]
    size: int
    min_size: int
    domain: str
    nodes: tuple[str, ...] = ()
    kind: str = "block"
    cluster: Subject | None = None


@dataclass(frozen=True, slots=True)
class Destination:
    """Where copies go: an in-cluster Service, or an address outside."""

    endpoint: str
    bucket: str = ""
    target: str = ""
    """The name of the declared backup target, where known."""


@dataclass(frozen=True, slots=True)
class Marked:
    """Volumes of one provisioner that are copied by their marks: labels of the claim, else those of its class.

    `default` says that volumes without any mark are copied as well; `prefixes` tell what is a mark.
    """

    provisioner: str
    marks: tuple[str, ...]
    prefixes: tuple[str, ...]
    default: bool = False


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks that a StorageClass gives to volumes whose claims have none."""

    subject: Subject
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Saves:
    """A workload that runs a program which copies files elsewhere; what it copies its configuration says."""

    subject: Subject
    program: str


@dataclass(frozen=True, slots=True)
class Backup:
    """A schedule that copies something somewhere.

    `covers` are namespaces (`*` for all), or one database subject; `retention` in seconds; `cron` as written, and
    `fields` the number of fields its kind expects. `archive` is a continuous log archive with its worst gap in seconds.
    """

    subject: Subject
    schedule: str
    fields: int
    destination: Destination
    namespaces: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    database: Subject | None = None
    retention: float | None = None
    volumes: bool = True
    archive: float | None = None
    claims: tuple[str, ...] = ()
    """The claims that it copies, by name; empty for whatever its namespaces hold."""
    selectors: tuple[str, ...] = ()
    """Label selectors as JSON, any of which a pod or claim has to fit; empty for all."""
    asked_by: str = ""
    """Annotation by which a pod names the volumes to copy, where others are not copied: an agent on the nodes reads files."""
    spared_by: str = ""
    """Annotation by which a pod names the volumes that are left out."""
    kept_out: tuple[str, str] = ("", "")
    """Annotation of a claim and its value that leave it out."""
    marked: Marked | None = None


@dataclass(frozen=True, slots=True)
class Database:
    """A database cluster that an operator runs: what must be backed up by its own means."""

    subject: Subject
    instances: int
    synchronous: bool
    storage_class: str
    archive: bool


@dataclass(frozen=True, slots=True)
class Produces:
    """Objects that appear at run time and that others may refer to: Secrets, ConfigMaps, Services, StorageClasses, CRDs.

    The namespace `*` stands for every one: what is copied everywhere.
    """

    subject: Subject
    objects: tuple[Subject, ...]


@dataclass(frozen=True, slots=True)
class Keyed:
    """All the keys that an object has which appears at run time; one whose keys are not told so may have any."""

    subject: Subject
    made: Subject
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opens:
    """A Secret with the credentials of a database that answers at the Service `host` of its namespace: who has it calls there."""

    subject: Subject
    secret: Subject
    host: str


@dataclass(frozen=True, slots=True)
class Perhaps:
    """Objects that may be there although nobody here declares them, and why: K3s brings the class `local-path`."""

    subject: Subject
    objects: tuple[Subject, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Runs:
    """Pods with these labels in a namespace that nobody here declares; `why` says why they only may be there."""

    subject: Subject
    namespace: str
    labels: tuple[tuple[str, str], ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Obscure:
    """A custom resource of which nobody here knows what all its operator makes of it."""

    subject: Subject


@dataclass(frozen=True, slots=True)
class Hides:
    """Something that deploys what was not read: into a namespace, or anywhere where that is empty."""

    subject: Subject
    namespace: str
    why: str


@dataclass(frozen=True, slots=True)
class Calls:
    """Pods of `subject` call `host:port` (a Service's name as the pods write it, or an outside host) in `phase`.

    `phase` is `run` (without it they fail), `start` or `change`.
    `patience` is for how many seconds they wait for it before they end themselves, by the setting `knob`; None for ever.
    """

    subject: Subject
    host: str
    port: int
    phase: str
    why: str = ""
    patience: float | None = None
    knob: str = ""


@dataclass(frozen=True, slots=True)
class Relies:
    """Pods of `subject` need pods of the workload `on`, without calling a Service: a queue between them, a shared lease.

    `phase` as in `Calls`.
    """

    subject: Subject
    on: Subject
    phase: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class HostPaths:
    """A StorageClass that makes volumes of the type `hostPath`; `mend` is the annotation under which it makes others.

    A claim may ask for the other type itself, by its annotation `volumeType: local`.
    """

    subject: Subject
    mend: tuple[str, str]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Machines:
    """How many control planes a file that builds the machines declares; `subject` is the file."""

    subject: Subject
    control_planes: int
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Installed:
    """A chart that an Application installs through a kustomization; `place` is where its version is written."""

    subject: Subject
    chart: str
    repository: str
    version: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Routed:
    """Whom the Alertmanager of a release tells, where its values say so; `subject` is the release by name and namespace.

    `receivers` are those with an address to which an ordinary alert may go; None where the values do not say it.
    """

    subject: Subject
    receivers: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Announces:
    """Whether the values of a release let a load balancer's addresses be announced on the LAN; `subject` is the release."""

    subject: Subject
    on: bool


Fact = (
    Singleton
    | Standby
    | Role
    | Quorum
    | Failover
    | Pool
    | Backup
    | Marks
    | Saves
    | Database
    | Produces
    | Keyed
    | Opens
    | Perhaps
    | Runs
    | Obscure
    | Hides
    | Calls
    | Relies
    | HostPaths
    | Machines
    | Installed
    | Routed
    | Announces
)


@dataclass(frozen=True, slots=True)
class Expansion:
    """What a chart or a custom resource makes: objects in Kubernetes' own form, and the facts about them.

    Objects hold what judgement needs: identity, labels, replicas, pod template (containers with images, ports,
    resources, probes, security, environment, volumes), spread and affinity, budgets, Services, claims, monitors, rules.
    `keys` gives, beside each object, the values path or field that governs it. `unknown` says what is not known.
    """

    objects: tuple[dict[str, object], ...] = ()
    keys: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    unknown: tuple[str, ...] = field(default=())
    assumed: str = ""
    """Whose shape was taken, where the chart's own version is not known."""
    refused: bool = False
    """Whether helm ends with an error, whose words are what is unknown."""
