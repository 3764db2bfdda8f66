"""What an Application may name by `$ARGOCD_APP_…` in values files, parameters and kustomize options (Argo CD's build environment)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from homelab.kube.resource import Manifest, dig

NAMED = re.compile(r"\$(?:\{([^}]*)\}|(\w+)|(\$))")
OFFLINE = ("ARGOCD_APP_REVISION", "ARGOCD_APP_REVISION_SHORT", "ARGOCD_APP_REVISION_SHORT_8")
"""A commit, which a folder of files does not tell: what names it stays as it is."""


def environment(app: Manifest, source: Mapping[str, Any]) -> dict[str, str]:
    """The variables of one source of an Application."""
    found = {name: f"${name}" for name in OFFLINE}
    return found | {
        "ARGOCD_APP_NAME": str(dig(app, ["metadata", "name"], "")),
        "ARGOCD_APP_NAMESPACE": str(dig(app, ["spec", "destination", "namespace"], "")),
        "ARGOCD_APP_PROJECT_NAME": str(dig(app, ["spec", "project"], "")),
        "ARGOCD_APP_SOURCE_REPO_URL": str(source.get("repoURL") or ""),
        "ARGOCD_APP_SOURCE_PATH": str(source.get("path") or ""),
        "ARGOCD_APP_SOURCE_TARGET_REVISION": str(source.get("targetRevision") or ""),
    }


def substituted(text: str, variables: Mapping[str, str]) -> str:
    """A text with variables in place of their names; those that are not there are nothing, `$$` is a dollar."""
    return NAMED.sub(lambda found: "$" if found[3] else variables.get(found[1] or found[2], ""), text)
