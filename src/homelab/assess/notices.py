"""Notices: findings that no check yields, as they are about the file and not about what is deployed; each has its page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from homelab.findings import Severity

PAGES = Path(__file__).parent / "pages"


@dataclass(frozen=True)
class Notice:
    """What a finding of this id says, as `Check` says it of a check."""

    id: str
    severity: Severity
    summary: str
    aliases: tuple[str, ...] = ()

    @property
    def page(self) -> Path:
        """What it finds, why it matters, how to mend it."""
        return PAGES / f"{self.id.replace('-', '_')}.md"


EXPIRED = Notice(
    "exception-expired", Severity.LOW, "The day is over until which a finding was accepted: it is told again."
)
UNUSED = Notice("exception-unused", Severity.INFO, "A finding is accepted that there is not, or not any more.")
WITHOUT_EFFECT = Notice(
    "option-without-effect", Severity.LOW, "An option is written that nothing which is rendered asks for."
)
STEP = Notice(
    "version-step-too-large",
    Severity.HIGH,
    "A version is asked for that cannot follow at once on the one that is rendered.",
)
HOST_KEY = Notice(
    "host-key-missing",
    Severity.HIGH,
    "The repository is read by SSH from a server whose host key Argo CD does not have, and so refuses.",
)
SOURCE_FAILS = Notice("rehearsal-source-fails", Severity.HIGH, "Argo CD cannot make out what an Application deploys.")
OBJECT_REFUSED = Notice("rehearsal-object-refused", Severity.HIGH, "The API server does not take an object.")
KIND_MISSING = Notice(
    "rehearsal-kind-missing", Severity.HIGH, "Objects wait for a kind that nobody has defined in the cluster."
)
POD_REFUSED = Notice("rehearsal-pod-refused", Severity.HIGH, "The pods of a workload may not be made.")
POD_UNSCHEDULED = Notice("rehearsal-pod-unscheduled", Severity.HIGH, "The scheduler finds no node for a pod.")
WAVE_WAITS = Notice(
    "rehearsal-wave-waits", Severity.HIGH, "A sync goes no further: what it has made does not become healthy."
)
DRAIN_BLOCKED = Notice("rehearsal-drain-blocked", Severity.HIGH, "A disruption budget lets no pod leave its node.")
NOTICES: tuple[Notice, ...] = (
    EXPIRED,
    UNUSED,
    WITHOUT_EFFECT,
    STEP,
    HOST_KEY,
    SOURCE_FAILS,
    OBJECT_REFUSED,
    KIND_MISSING,
    POD_REFUSED,
    POD_UNSCHEDULED,
    WAVE_WAITS,
    DRAIN_BLOCKED,
)
