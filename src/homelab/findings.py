"""Finding, Severity and Fix: the one thing anybody reports, whoever found it and whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from homelab.errors import Place


class Severity(IntEnum):
    """How bad it is in this lab; ordered, so that `>=` reads as "at least"."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """The lower-case word of reports and flags."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What is accused: a Kubernetes object, or a thing of the Ground (kind `Host`, `Node`, `Site`, no namespace)."""

    kind: str
    name: str
    namespace: str = ""

    def __str__(self) -> str:
        """`namespace/kind/name` as people write it: `n8n-prod/Deployment/n8n`, `Host/pve-1`."""
        return "/".join(part for part in (self.namespace, self.kind, self.name) if part)


@dataclass(frozen=True, slots=True)
class Patch:
    """A fix in the words of the object: set `field` of `subject` to `value` (a path as in `spec.replicas`)."""

    subject: Subject
    field: str
    value: Any


@dataclass(frozen=True, slots=True)
class SpecEdit:
    """A fix in the words of homelab.yaml: set the option `path` (`nodes.ctrl-1`, `components.argo-cd.server_replicas`).

    `value` is plain data; None removes the option so that its default holds.
    """

    path: str
    value: Any

    def __str__(self) -> str:
        """`path: value`, as one reads it in the file."""
        return f"{self.path}: {self.value}"


@dataclass(frozen=True, slots=True)
class Command:
    """A fix that is an action of a person: a copyable command line, and what it is for."""

    argv: tuple[str, ...]
    purpose: str


Fix = Patch | SpecEdit | tuple[SpecEdit, ...] | Command


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that could be better.

    `message` says what is, what should be, and who else is involved; `hint` is the mend in a sentence and `fix` the
    mend as data. `place` is the offending key in the repository, `option` the path in homelab.yaml that made it.
    `group` is the common cause under which a report folds equal findings (a chart, an operator, a practice).
    """

    check: str
    severity: Severity
    subject: Subject
    message: str
    place: Place | None = None
    option: str | None = None
    option_place: Place | None = None
    hint: str | None = None
    fix: Fix | None = None
    group: str | None = None
    evidence: tuple[tuple[str, Place | None], ...] = field(default=())
    assumed: str = ""
    """Whose shape the accused object has, where its own was not read: the finding is then no more than likely."""
