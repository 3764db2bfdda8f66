"""Argo CD: the servers whose SSH host keys it is given, and the one that it would refuse."""

from __future__ import annotations

from homelab.catalog.component import Values, because
from homelab.catalog.plan import Plan
from homelab.software.argo_cd.known_hosts import KNOWN_HOSTS
from homelab.spec.endpoint import Endpoint
from homelab.spec.homelab import Git
from homelab.spec.host_keys import known_as, names, server_of


def known_hosts(plan: Plan) -> Values | None:
    """Lines that follow the chart's own in `ssh_known_hosts`, which Argo CD's own client and its git read."""
    keys = plan.homelab.git.host_keys
    return {"extraHosts": because("\n".join(keys), "a server without a key is refused")} if keys else None


def stranger(git: Git) -> Endpoint | None:
    """The server that the repository is read from, where Argo CD has no host key of it; None where all is well."""
    server = server_of(git.repository)
    given = {name for line in git.host_keys for name in names(line)}
    return server if server and known_as(server) not in {*KNOWN_HOSTS, *given} else None
