"""Practices: good practice, on by default, once for the lab and overridable for each component.

Switching one off exists to describe a lab as it is; audits run with everything on.
"""

from __future__ import annotations

from homelab.spec.section import Section


class Practices(Section):
    """What every workload gets unless it is switched off."""

    budgets: bool = True
    """A PodDisruptionBudget for every workload of two or more replicas, loose enough for a drain."""
    spread: bool = True
    """Replicas spread over hosts, then over nodes."""
    probes: bool = True
    """Liveness, readiness and startup probes on every container of ours."""
    requests: bool = True
    """CPU and memory requests and limits on every container."""
    security_contexts: bool = True
    """Non-root, read-only root, no privilege escalation, no capabilities, RuntimeDefault seccomp."""
    network_policies: bool = True
    """Default deny in every namespace, and the declared flows."""
    backup_schedules: bool = True
    """Velero schedules: daily, weekly and monthly, to every target."""
    database_backups: bool = True
    """Continuous log archive and daily base backups of every database."""
    alerts: bool = True
    """Alert rules for every component."""
    monitors: bool = True
    """ServiceMonitors and PodMonitors for every component."""


class PracticeOverrides(Section):
    """Exceptions of one component from the practices of the lab; not given, the lab's practice holds."""

    budgets: bool | None = None
    """As `practices.budgets`, for this component only."""
    spread: bool | None = None
    """As `practices.spread`, for this component only."""
    probes: bool | None = None
    """As `practices.probes`, for this component only."""
    requests: bool | None = None
    """As `practices.requests`, for this component only."""
    security_contexts: bool | None = None
    """As `practices.security_contexts`, for this component only."""
    network_policies: bool | None = None
    """As `practices.network_policies`, for this component only."""
    backup_schedules: bool | None = None
    """As `practices.backup_schedules`, for this component only."""
    database_backups: bool | None = None
    """As `practices.database_backups`, for this component only."""
    alerts: bool | None = None
    """As `practices.alerts`, for this component only."""
    monitors: bool | None = None
    """As `practices.monitors`, for this component only."""
