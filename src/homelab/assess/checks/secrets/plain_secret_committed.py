"""A secret for everybody: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Command, Severity, Subject
from homelab.kube.inventory import Inventory
from homelab.kube.leaked import in_git
from homelab.kube.leaks.files import FILE, SECRET, VALUES, Leaked

HISTORY = "change it where it is used, and clean the history or accept that it is known"


@check(severity=Severity.CRITICAL, aliases=("CKV_SECRET_6",))
def plain_secret_committed(inventory: Inventory) -> Iterator[Accusation]:
    """A secret stands readable in Git: everybody who ever reads the repository has it."""
    for subject, leaked in in_git(inventory, SECRET, FILE, VALUES):
        yield Accusation(
            subject,
            f"{_holder(leaked, subject)} carries {_what(leaked)} in Git; it counts as known to others",
            place=leaked.place,
            hint=f"seal it, {HISTORY}" if leaked.leak.where == SECRET else f"refer to a Secret, {HISTORY}",
            fix=_seal(subject) if leaked.leak.where == SECRET else None,
            severity=Severity.HIGH if leaked.leak.where == VALUES else None,
        )


def _holder(leaked: Leaked, subject: Subject) -> str:
    return leaked.file.rpartition("/")[2] if subject.kind == "File" else f"{subject.kind} {subject.name}"


def _what(leaked: Leaked) -> str:
    key, what = leaked.leak.key, leaked.leak.what
    if not key:
        return what
    return f"the value of {key}" if what == "its value" else f"{what} ({key})"


def _seal(subject: Subject) -> Command:
    return Command(("homelab", "secrets", "seal", subject.name, "--namespace", subject.namespace), "seal it")
