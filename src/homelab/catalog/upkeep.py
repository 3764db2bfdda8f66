"""What keeps a component alive once it runs: alerts, secrets, and what backups leave out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert rule. `expression` is PromQL in the 2.42 subset; `minutes` is `for`."""

    name: str
    expression: str
    minutes: int
    severity: str
    summary: str
    runbook: str
    """What to do, in two or three sentences; becomes a runbook page."""


@dataclass(frozen=True, slots=True)
class SecretRequest:
    """A Secret that a person supplies or the tool generates; never its value.

    `keys` maps each key to `generate:<length>`, `fixed:<public value>` or `ask:<what it is and where it comes from>`;
    a value of many lines is asked for by its form: `ask-credentials:` (Amazon's file), `ask-tunnel:` (of cloudflared),
    `ask-clusters:` (of Proxmox CSI), `ask-pem:`.
    """

    name: str
    namespace: str
    purpose: str
    keys: Mapping[str, str]
    type: str = "Opaque"
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels by which whoever reads the Secret finds it."""


@dataclass(frozen=True, slots=True)
class Uncopied:
    """Volumes that backups leave out, by the labels of their claims: their owner saves them better, or can lose them."""

    namespace: str
    labels: Mapping[str, str]
    why: str
    """For whoever restores: how the contents come back."""


@dataclass(frozen=True, slots=True)
class Generated:
    """A Secret that a program makes in the cluster by itself, at random, and that is in no repository."""

    name: str
    namespace: str
    what: str
    """What it is, and what follows when it is made anew."""
