"""A secret in a pod's own text: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.leaked import in_git
from homelab.kube.leaks.files import ENVIRONMENT


@check(severity=Severity.HIGH)
def secret_in_env_literal(inventory: Inventory) -> Iterator[Accusation]:
    """A password or key stands in a container's environment or arguments, and so in Git and in every list of pods."""
    for subject, leaked in in_git(inventory, ENVIRONMENT):
        key, what = leaked.leak.key, leaked.leak.what
        yield Accusation(
            subject,
            f"{subject.kind} {subject.name} carries {what if what != 'its value' else f'the value of {key}'} readable in Git",
            place=leaked.place,
            hint="keep it in a Secret, refer to that, and change it: the old one counts as known",
        )
