"""The contract of the machine configurations: where it is said, and what another one would change."""

from __future__ import annotations

import re
from dataclasses import dataclass

from homelab.catalog.machines import talos
from homelab.errors import UsageError, pasted
from homelab.findings import SpecEdit
from homelab.lab.pipeline import Lab
from homelab.render import layout
from homelab.software.talos.contracts import Change, between, known

OPTION = "versions.contract"
FORM = re.compile(r"1\.\d{1,4}\.\d{1,4}")


@dataclass(frozen=True)
class Move:
    """From one contract to another: what machine configurations have otherwise, and whether that is all."""

    old: str
    new: str
    changes: tuple[Change, ...]
    complete: bool

    @property
    def edit(self) -> SpecEdit:
        """The edit of homelab.yaml that makes the move."""
        return SpecEdit(OPTION, self.new)


def said_by(lab: Lab) -> str:
    """Where the contract of a lab comes from, to follow `as`."""
    if lab.homelab.versions.contract:
        return f"{OPTION} says"
    if talos.CONTRACT in lab.plan.pins:
        return f"{layout.VARIABLES} has it since its first day"
    return "versions.talos says, as nothing was rendered yet"


def move(lab: Lab, new: str) -> Move:
    """What moving the contract of a lab changes.

    Args:
        lab: with the repository that remembers the contract.
        new: a version of Talos, as `1.13.9`.

    Raises:
        UsageError: no version; one that is newer than what the nodes run; or an older one, for which there is no way.
    """
    runs, old = lab.homelab.versions.talos, talos.contract(lab.plan)
    if not FORM.fullmatch(new):
        raise UsageError(f"{new} is no version of Talos", hint=f"a version is written as {runs}")
    if talos.release(new) > talos.release(runs):
        raise UsageError(
            f"Talos {runs} refuses fields of a configuration for {new}",
            hint="upgrade every node first (docs/upgrade.md), with versions.talos; the contract follows",
        )
    if back := talos.taken_back(old, new):
        raise UsageError(back.message, hint=back.hint)
    lines = talos.line(old), talos.line(new)
    return Move(old, new, tuple(between(*lines)), known(*lines))


def command(file: str, new: str) -> str:
    """What is typed to move the contract."""
    return pasted("homelab", "contract", "--move-to", new, file)
