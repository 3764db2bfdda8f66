"""Charts at hand: the folders in which real charts lie, by name and version."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from record.probe import yaml_file

LAYER = "release-values.yaml"
"""Beside a chart taken from its source: what the published chart has in place of the source's placeholders."""


def folders(*more: Path) -> dict[tuple[str, str], Path]:
    """(name, version without `v`) → folder, in these folders too."""
    roots = [*more] + [Path(each) for each in os.environ.get("HOMELAB_CHARTS", "").split(os.pathsep) if each]
    if data := os.environ.get("HOMELAB_TEST_DATA"):
        roots.append(Path(data) / "charts")
    found: dict[tuple[str, str], Path] = {}
    for root in roots:
        for path in sorted(root.glob("*/Chart.yaml")):
            facts = yaml_file(path)
            found.setdefault((str(facts.get("name")), str(facts.get("version")).removeprefix("v")), path.parent)
    return found


def layer_of(folder: Path) -> dict[str, Any]:
    """The values that lie below everybody's."""
    return yaml_file(folder / LAYER)
