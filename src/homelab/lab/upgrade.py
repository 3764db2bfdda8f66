"""Upgrade: what of a repository breaks on another Kubernetes, judged as if the lab ran it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from homelab.assess.run import assess
from homelab.errors import UsageError
from homelab.gitops.read import read
from homelab.ground import Ground
from homelab.lab.pipeline import Lab, Repository
from homelab.report import Assessment

FORM = re.compile(r"v?1\.(\d{1,3})(\.\d{1,3})?")
ABOUT = ("api-version-removed", "render-fails", "schema-invalid", "version-combination-unsupported")
"""Checks whose answer follows from the version; charts that refuse it are among what fails to render."""


def on_kubernetes(lab: Lab | Repository, version: str, today: date, only: Sequence[str] = ()) -> Assessment:
    """The judgement of a lab on a Kubernetes: by the checks that follow from its version, unless others are named.

    Raises:
        UsageError: this is no version of Kubernetes.
    """
    found = FORM.fullmatch(version)
    if not found:
        raise UsageError(f"{version} is no version of Kubernetes", hint="a version is written as 1.37 or 1.37.2")
    plain = version.removeprefix("v") + ("" if found[2] else ".0")
    ground = replace(lab.inventory.ground or Ground(), kubernetes=plain)
    inventory = read(lab.repository, helm=lab.helm, ground=ground)
    return assess(inventory, today=today, only=only or ABOUT, settings=lab.settings)
