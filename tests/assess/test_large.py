"""Large objects: measured where they are read, known by name where a chart brings them, and left to the server where it applies."""

from __future__ import annotations

import pytest

from gitops.labs import application, config, reading
from homelab.assess.checks.gitops.crd_too_large_for_client_apply import LIMIT, crd_too_large_for_client_apply
from homelab.software.large import LARGE

OWN = ', annotations: {argocd.argoproj.io/sync-options: "OPTIONS"}'
SYNC = [
    ("", "", True),
    ("ServerSideApply=true", "", False),
    ("ServerSideApply=false", "", True),
    ("Replace=true", "", False),
    ("", "ServerSideApply=true, Prune=false", False),
    ("", "Replace=true", False),
    ("ServerSideApply=true", "ServerSideApply=false", True),
]


def said(size: int, options: str = "", own: str = "") -> list[str]:
    """What is said of a ConfigMap with so many letters in an Application with these options."""
    body = config("big").replace("name: big", "name: big" + (OWN.replace("OPTIONS", own) if own else ""))
    app = application("web", "path: web") + f"  syncPolicy: {{syncOptions: [{options}]}}\n"
    lab = reading(app=app, web__a=f"{body}data: {{text: {'x' * size}}}\n")
    return [finding.message for finding in crd_too_large_for_client_apply(lab)]  # type: ignore[union-attr]


@pytest.mark.parametrize(("options", "own", "accused"), SYNC)
def test_the_server_keeps_no_copy(options: str, own: str, accused: bool) -> None:
    """Options of the Application count, and the object's own before them: syncOptions of gitops-engine."""
    assert bool(said(LIMIT, options, own)) is accused


def test_the_bound_is_that_of_annotations() -> None:
    """What is smaller than all annotations may be together is applied."""
    assert said(LIMIT - 1000) == []
    assert "Too long" in said(LIMIT)[0]


def test_the_table_holds_only_what_is_too_large() -> None:
    """Each definition of the table is larger than the bound by more than releases differ."""
    assert min(size for size, _ in LARGE.values()) > 1.2 * LIMIT
