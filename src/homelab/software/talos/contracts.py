"""What a contract of the machine configuration changes: the fields that Talos generates otherwise from a line on.

Source: siderolabs/talos `pkg/machinery/config/contract.go` and `config/generate/*.go` at v1.13.9; a slow test lets that Talos generate
the machines of every example under each contract and finds these differences, and no others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Line = tuple[int, int]
"""Major and minor of a Talos."""


@dataclass(frozen=True)
class Change:
    """A field of the machine configuration, what a contract writes there (None: it is no longer said), and what follows."""

    field: str
    value: str | None
    why: str
    planes: bool = False
    """Whether only control planes have it."""


FIRST: Line = (1, 10)
"""The oldest contract whose successor is known here."""
CHANGES: dict[Line, tuple[Change, ...]] = {
    (1, 11): (),
    (1, 12): (
        Change("machine.install.grubUseUKICmdline", "true", "GRUB takes the kernel's arguments from the image"),
        Change("machine.features.stableHostname", None, "a HostnameConfig names the machine"),
        Change("machine.features.rbac", None, "Talos has no such switch any more"),
        Change("machine.features.apidCheckExtKeyUsage", None, "Talos has no such switch any more"),
        Change("cluster.apiServer.certSANs", None, "the endpoint is no longer repeated here", planes=True),
        Change(
            "cluster.apiServer.disablePodSecurityPolicy", None, "Kubernetes has no such policies any more", planes=True
        ),
    ),
    (1, 13): (Change("machine.network", None, "documents of their own say it"),),
}


def between(old: Line, new: Line) -> Iterator[Change]:
    """What machine configurations of a newer contract have otherwise, oldest first."""
    for line, changes in sorted(CHANGES.items()):
        if old < line <= new:
            yield from changes


def known(old: Line, new: Line) -> bool:
    """Whether every line between two contracts is known here."""
    return old >= FIRST and new <= max(CHANGES)
