"""Charts pulled by helm itself, the library or the command: we speak neither HTTP nor OCI, and hand over no credentials.

Helm sends credentials only to the host for which its own configuration has them; none are ever passed here.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from homelab.errors import ToolError
from homelab.tools.charts.address import Resolve, normal, refusal, resolved, trusted_hosts
from homelab.tools.charts.cache import Cache, Pulled
from homelab.tools.charts.content import PACKED
from homelab.tools.charts.store import Wanted
from homelab.tools.helm import MEMORY, WORKER
from homelab.tools.run import Call, Runner
from homelab.tools.worker import Worker

TIMEOUT = 120.0
"""Seconds for one chart; an index of a large publisher alone has 20 MB."""
CONFIGURATION = (
    "HELM_CACHE_HOME",
    "HELM_CONFIG_HOME",
    "HELM_REGISTRY_CONFIG",
    "HELM_REPOSITORY_CACHE",
    "HELM_REPOSITORY_CONFIG",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "DOCKER_CONFIG",
)
"""Variables that say where helm's own configuration is."""


class Fetch(Protocol):
    """One pull: the chart by its reference, from a repository or a registry, into a folder."""

    def __call__(self, reference: str, repository: str, version: str, folder: Path) -> None:
        """Fetch it. Raises ToolError in helm's words."""
        ...


@dataclass(frozen=True)
class FetchCommand:
    """By the `helm` command."""

    runner: Runner
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def __call__(self, reference: str, repository: str, version: str, folder: Path) -> None:
        """As `Fetch` promises."""
        argv = ["helm", "pull", reference, "--destination", str(folder)]
        argv += ["--repo", repository] if repository else []
        argv += ["--version", version] if version else []
        kept = {name: self.environ[name] for name in CONFIGURATION if name in self.environ}
        call = Call(tuple(argv), env=kept, timeout=TIMEOUT, memory=MEMORY, largest=PACKED)
        try:
            self.runner.run(call)
        except ToolError as error:
            # helm looks a chart's address up among all repositories added, and stumbles over one that was never updated
            if "no cached repo found" not in error.message:
                raise
            self.runner.run(replace(call, argv=(*argv, "--repository-config", str(folder / "none.yaml"))))


@dataclass(frozen=True)
class FetchLibrary:
    """By Helm as a library, in a process that ends with the pull."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def __call__(self, reference: str, repository: str, version: str, folder: Path) -> None:
        """As `Fetch` promises."""
        kept = {name: self.environ[name] for name in CONFIGURATION if name in self.environ}
        worker = Worker(WORKER, "helm", env=kept, memory=MEMORY, largest=PACKED)
        question = {"pull": reference, "repo_url": repository, "version": version, "destination": str(folder)}
        try:
            answer = worker.ask(question, TIMEOUT)
        finally:
            worker.close()
        if "error" in answer:
            raise ToolError(f"helm pull failed: {answer['error']}")


@dataclass(frozen=True)
class HelmPuller:
    """Pulls charts into the cache, from addresses that may be asked, and says what it does.

    Attributes:
        fetch: helm.
        told: hears what is being pulled.
        resolve: host names to addresses.
        environ: where helm's configuration and a proxy are named.
    """

    fetch: Fetch
    told: Callable[[str], None] = lambda _what: None
    resolve: Resolve = resolved
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def pull(self, wanted: Wanted, cache: Cache) -> Pulled:
        """As `Puller.pull` promises."""
        address = normal(wanted.repository)
        why = refusal(address, self.resolve, trusted_hosts(self.environ), self.environ)
        if why is not None:
            raise ToolError(f"the chart is not pulled: {why}")
        self.told(f"pulling {wanted} from {urlsplit(address).hostname}")
        oci, digest = address.startswith("oci://"), wanted.version.startswith("sha256:")
        reference = f"{address}/{wanted.name}" if oci else wanted.name
        with tempfile.TemporaryDirectory(prefix="homelab-pull-") as folder:
            self.fetch(
                f"{reference}@{wanted.version}" if digest else reference,
                "" if oci else address,
                "" if digest else wanted.version,
                Path(folder),
            )
            found = sorted(Path(folder).glob("*.tgz"))
            if len(found) != 1:
                raise ToolError(f"helm pulled {len(found)} archives where one was expected")
            return cache.keep(wanted.repository, found[0])
