"""Host key: the server of the repository that Argo CD would refuse, as nothing says which key is the server's own.

A finding, and no mistake: the lab can be rendered before its Git server stands.
"""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.notices import HOST_KEY
from homelab.catalog.infrastructure.controllers.argo_cd.known_hosts import stranger
from homelab.catalog.plan import Plan
from homelab.errors import pasted
from homelab.findings import Finding, Subject
from homelab.spec.host_keys import known_as, names, scan


def missing_host_key(plan: Plan) -> Iterator[Finding]:
    """A finding where the repository is read by SSH from a server that Argo CD has no key of."""
    git = plan.homelab.git
    server = stranger(git)
    if server is None:
        return
    given = sorted({name for line in git.host_keys for name in names(line)})
    of = f"git.host_keys has those of {', '.join(given)} only" if given else "git.host_keys is empty"
    message = (
        f"Argo CD does not know the SSH host key of {known_as(server)}, and reads no repository from there: "
        f"it brings those of public forges, and {of}"
    )
    hint = (
        f"`{pasted(*scan(server))}` prints the keys of whoever answers: compare them with what the server itself says, and write "
        "the lines to git.host_keys"
    )
    yield Finding(
        HOST_KEY.id,
        HOST_KEY.severity,
        Subject("Homelab", plan.homelab.name),
        message,
        option="git.repository",
        hint=hint,
    )
