"""Argo CD: the alerts that say when the cluster no longer follows the repository."""

from __future__ import annotations

from typing import Any

from homelab.catalog.flows import Pods
from homelab.catalog.infrastructure.controllers.argo_cd.cache import NAMESPACE, labels
from homelab.catalog.offers.monitoring import absent, monitored
from homelab.catalog.plan import Plan
from homelab.catalog.upkeep import Alert

FAILED = 'argocd_app_sync_total{phase=~"Error|Failed"}'


def alerts(plan: Plan, settings: Any) -> tuple[Alert, ...]:
    """What is not as the repository says, and parts that are away; none where nothing is scraped."""
    if not monitored(plan, settings):
        return ()
    return (
        Alert(
            "ArgoCDApplicationOutOfSync",
            'sum by (name) (argocd_app_info{sync_status!="Synced"}) > 0',
            30,
            "critical",
            "Application {{ $labels.name }} differs from the repository",
            "Open it in Argo CD and look at its difference. Something changes the object in the cluster, or a sync waits "
            "for something that is missing; `kubectl describe application -n argocd <name>` says which.",
        ),
        Alert(
            # A counter is born at 1 with its first failure, which `increase` alone does not see.
            "ArgoCDSyncFailed",
            f"sum by (name) (increase({FAILED}[15m])) > 0 or "
            f"(sum by (name) ({FAILED}) unless sum by (name) ({FAILED} offset 15m)) > 0",
            0,
            "critical",
            "A sync of application {{ $labels.name }} failed",
            "`kubectl describe application -n argocd <name>` shows the failing object and its message. Mend it in the "
            "repository: the next commit is tried at once.",
        ),
        Alert(
            "ArgoCDApplicationUnhealthy",
            'sum by (name) (argocd_app_info{health_status=~"Degraded|Missing"}) > 0',
            15,
            "warning",
            "Application {{ $labels.name }} is not healthy",
            "Open it in Argo CD: the object with the broken heart is the one; look at its events and its pods' logs.",
        ),
        _absent("ArgoCDControllerAbsent", "the application controller", "application-controller"),
        _absent("ArgoCDRepoServerAbsent", "the repository server", "repo-server"),
    )


def _absent(name: str, what: str, part: str) -> Alert:
    return absent(name, what, Pods(NAMESPACE, labels(part)), f"argocd-{part}-metrics")
