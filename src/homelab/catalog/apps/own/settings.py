"""The options of an application of your own, below `apps.<name>`: an image or a chart, and what it needs around it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from homelab.catalog.offers import egress
from homelab.spec.forms import (
    ChartName,
    ChartRepository,
    ChartVersion,
    Folder,
    HttpPath,
    Image,
    LabelKey,
    LabelValue,
    PortName,
    Sentence,
    Variable,
    VariableText,
    Word,
)
from homelab.spec.section import Section
from homelab.spec.units import LARGEST_VOLUME, Bytes, Cores, Label, Seconds

Name = Literal["production", "staging", "dev"]
PortNumber = Annotated[int, Field(ge=1, le=65535)]
GIB, MIB = 1 << 30, 1 << 20


class Chart(Section):
    """A published Helm chart."""

    repository: ChartRepository
    """Where it is published: `https://charts.example.org`, or `oci://ghcr.io/example/charts`."""
    name: ChartName
    """Its name there."""
    version: ChartVersion
    """Its version; Renovate raises it in the produced repository."""


class Volume(Section):
    """A volume that outlives its pods."""

    path: Folder | None = None
    """Where an image finds it. A chart mounts it itself: it is the claim `<application>-<volume>`."""
    size: Bytes = Field(ge=MIB, le=LARGEST_VOLUME)
    """How large it is."""
    shared: bool = False
    """Whether several pods may write it at once; takes `storage.file`. Otherwise one pod has it, and there is only one."""
    backup: bool = True
    """Whether it is copied to the backup targets; off for what can be made again, as a cache."""


class Route(Section):
    """The hostname: `<host>.<domain>` in production, `<host>-<environment>.<domain>` elsewhere."""

    host: Label | None = None
    """Its first label; derived: the application's name."""
    port: PortName | None = None
    """Which of `ports` it leads to; derived where there is one."""
    service: Label | None = None
    """For a chart: the Service behind it; derived: the application's name."""
    service_port: int | None = Field(default=None, ge=1, le=65535)
    """For a chart: the port of that Service; derived: that of the container."""


class Metrics(Section):
    """Figures in the format of Prometheus."""

    port: PortName
    """Which of `ports` answers; for a chart, the container's port has this name."""
    path: HttpPath = "/metrics"
    """Where."""


class Postgres(Section):
    """A PostgreSQL of its own in each environment, archived to the backup target."""

    instances: int | None = Field(default=None, ge=1, le=9)
    """Instances; derived: two in production (one on a lab of one node), else one."""
    storage: Bytes = Field(default=10 * GIB, ge=GIB, le=LARGEST_VOLUME)
    """Volume of each instance."""
    variables: dict[Variable, Literal["host", "port", "user", "password", "database", "uri"]] = Field(
        default_factory=dict
    )
    """Variable of the program to what it holds: `{DATABASE_URL: uri}`. A chart is given the Secret `<application>-postgres-app` in its values."""


class Redis(Section):
    """A Redis of its own in each environment; what is in it is not archived."""

    replicas: int | None = Field(default=None, ge=1, le=9)
    """Pods; derived: two in production (one on a lab of one node), else one. From two on, Sentinels promote another."""
    storage: Bytes = Field(default=GIB, ge=MIB, le=LARGEST_VOLUME)
    """Volume of each pod."""
    variables: dict[Variable, Literal["host", "port", "password", "uri"]] = Field(default_factory=dict)
    """Variable of the program to what it holds. A chart is given the Secret `<application>-redis-password` in its values."""


class Databases(Section):
    """Databases of its own."""

    postgres: Postgres | None = None
    """A PostgreSQL; `{}` takes all as derived."""
    redis: Redis | None = None
    """A Redis; `{}` takes all as derived."""


class Environment(Section):
    """What one environment has otherwise."""

    replicas: int | None = Field(default=None, ge=1, le=50)
    """As `replicas`, for this environment."""
    image: Image | None = None
    """As `image`, for this environment: a newer version is tried here first."""
    version: ChartVersion | None = None
    """As `chart.version`, for this environment."""
    variables: dict[Variable, VariableText] = Field(default_factory=dict)
    """Laid over `variables`."""
    values: dict[Sentence, Any] = Field(default_factory=dict)
    """Laid over `values`: mappings key by key, all else whole."""


def _production() -> dict[Name, Environment]:
    return {"production": Environment()}


class Settings(egress.Settings):
    """An application of your own: one image, or one chart."""

    image: Image | None = None
    """The image with its version: `docker.io/jellyfin/jellyfin:10.11.3`. Renovate raises it in the produced repository."""
    chart: Chart | None = None
    """The chart, instead of an image."""
    values: dict[Sentence, Any] = Field(default_factory=dict)
    """For a chart: its values. Secrets have no place in them: name the Secrets that homelab makes."""
    labels: dict[LabelKey, LabelValue] = Field(default_factory=dict)
    """For a chart: labels that all its pods have; derived: `app.kubernetes.io/instance: <application>`."""
    security: Literal["restricted", "baseline", "privileged"] | None = None
    """Pod Security level of its namespaces; derived: `restricted`, and `baseline` where `user` is 0."""
    ports: dict[PortName, PortNumber] = Field(default_factory=dict)
    """TCP ports on which its containers listen, by name: `{http: 8096}`."""
    route: Route | None = None
    """A hostname; without it only its own namespace reaches it. `{}` takes all as derived."""
    login: Literal["own", "none", "sso"] | None = None
    """Who asks for a login: the application itself (`own`) or nobody (`none`: the hostname is routed only where `access.without_login` names it). `sso` is refused until a component provides an identity provider. Must be said with a `route`."""
    volumes: dict[Label, Volume] = Field(default_factory=dict)
    """Volumes by name."""
    databases: Databases = Field(default_factory=Databases)
    """Databases of its own."""
    variables: dict[Variable, VariableText] = Field(default_factory=dict)
    """For an image: variables of its environment. Secrets have no place here: see `secrets`."""
    secrets: dict[Variable, Sentence] = Field(default_factory=dict)
    """Variable that holds a secret to what it is, as you will be asked for it: `{SMTP_PASSWORD: the password of the mailbox}`; `generate` for one that is made up. A chart is given the Secret `<application>-secrets` in its values."""
    arguments: tuple[Word, ...] = Field(default=(), max_length=256)
    """For an image: arguments of its program, instead of the image's own."""
    user: int = Field(default=1000, ge=0, le=2**31 - 2)
    """For an image: the user and group it runs as, who own its volumes; 0 is root, which lowers `security`."""
    read_only: bool = True
    """For an image: whether its root file system is read-only; `/tmp` and `scratch` can be written."""
    scratch: tuple[Folder, ...] = Field(default=(), max_length=64)
    """For an image: folders beside `/tmp` that it writes and can lose with the pod."""
    replicas: int | None = Field(default=None, ge=1, le=50)
    """For an image: pods in production; derived: two (one on a lab of one node), one where a volume or `alone` asks for it, and one in the other environments."""
    alone: Sentence | None = None
    """For an image: why only one pod may run at a time; derived where a volume is not shared. Two never run at once then, not even during a rollout."""
    health: HttpPath | None = None
    """For an image: the path that says whether requests may come (readiness); derived: the port accepts a connection. Whether it still lives is always asked by a connection."""
    starts_in: Seconds = Field(default=300.0, ge=10, le=3600)
    """For an image: how long it may take to listen after it was started, migrations included, before it is started again."""
    cpu: Cores = Field(default=0.1, ge=0.01, le=256)
    """Processor requested for a container, scaled by `profile`; for those of a chart that request none themselves."""
    memory: Bytes = Field(default=256 * MIB, ge=8 * MIB, le=1 << 44)
    """Memory requested for a container, scaled by `profile`, and half of its limit; for those of a chart that request none themselves."""
    metrics: Metrics | None = None
    """Figures that Prometheus reads."""
    environments: dict[Name, Environment] = Field(default_factory=_production)
    """Environments by name, each with a namespace, volumes and databases of its own; only those named here exist."""

    @model_validator(mode="after")
    def _image_or_chart(self) -> Settings:
        if self.image is None and self.chart is None:
            raise ValueError("has neither an image nor a chart")
        if self.image is not None and self.chart is not None:
            raise ValueError("has an image and a chart, and is one of them")
        return self


OF_IMAGES = (
    "variables", "arguments", "user", "read_only", "scratch", "replicas", "alone", "health", "starts_in",
)  # fmt: skip
"""Options that a chart says in its values."""
OF_CHARTS = ("values", "labels")
"""Options that mean nothing to an image."""
