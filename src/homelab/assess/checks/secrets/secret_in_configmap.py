"""A secret among settings: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.leaked import in_git
from homelab.kube.leaks.files import CONFIG


@check(severity=Severity.HIGH, aliases=("secret-in-config-map",))
def secret_in_configmap(inventory: Inventory) -> Iterator[Accusation]:
    """A password or key stands in a ConfigMap: whoever may read settings has it, and so has everybody who reads Git."""
    for subject, leaked in in_git(inventory, CONFIG):
        key, what = leaked.leak.key, leaked.leak.what
        yield Accusation(
            subject,
            f"{subject.kind} {subject.name} carries {what if what != 'its value' else f'the value of {key}'} readable in Git",
            place=leaked.place,
            hint="keep it in a Secret, refer to that, and change it: the old one counts as known",
        )
