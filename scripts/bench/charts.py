"""How fast the largest example is read through real Helm: cold by the library and by the command, and from kept renders."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from unittest.mock import patch

from measure import Measure, median_of

from homelab.lab.charts import Charts, Options
from homelab.lab.pipeline import Lab
from homelab.software import lookup
from homelab.software.records import store
from homelab.tools.find import find
from homelab.tools.helm import HelmCommand, HelmLibrary
from homelab.tools.process import Programs

ROOT = Path(__file__).resolve().parents[2]
FILE = str(ROOT / "examples" / "enterprise" / "homelab.yaml")
BESIDE = ROOT.parent / "shared"


def measures() -> list[Measure]:
    """Reading alone: the lab is rendered before. Nothing without real charts."""
    charts = Path(os.environ.get("HOMELAB_TEST_DATA") or BESIDE, "charts")
    if not charts.is_dir():
        return []
    lab = Lab.load(FILE)
    _ = lab.tree
    record = median_of(lambda: read(lab, None), 3)
    figures = [Measure("charts of enterprise from records, none read before", 0.5, median_of(lambda: fresh(lab), 3))]
    if HelmLibrary.available():
        figures.append(Measure("charts of enterprise through helm, cold: library", 2.5, cold(lab, charts, HelmLibrary)))
    if find("helm"):
        figures.append(Measure("charts of enterprise through helm, cold: command", 3.0, cold(lab, charts, command)))
    if len(figures) > 1:
        figures.append(Measure("charts of enterprise from kept renders", record + 0.3, kept(lab, charts), "without helm", record))  # fmt: skip
    return figures


def command() -> HelmCommand:
    """Helm as a command, also where the library is installed."""
    return HelmCommand(Programs())


def fresh(lab: Lab) -> object:
    """What the lab deploys, from the files of the records."""
    store.load.cache_clear()
    lookup.forget()
    return read(lab, None)


def read(lab: Lab, charts: Charts | None) -> object:
    """What the lab deploys, read anew."""
    other = Lab(lab.homelab, lab.source, lab.data, helm=charts)
    other.__dict__["tree"] = lab.tree
    return other.inventory


@contextmanager
def rendering(charts: Path, way: type[HelmLibrary] | object) -> Iterator[Charts]:
    """Charts with an empty cache of their own, rendered by one kind of helm."""
    with tempfile.TemporaryDirectory() as folder, patch("homelab.lab.charts.cache_folder", lambda: Path(folder)):
        found = Charts(Options((charts,)))
        found.__dict__["helm"] = way()  # type: ignore[operator] # a class or a function without parameters
        with closing(found):
            yield found


def cold(lab: Lab, charts: Path, way: type[HelmLibrary] | object) -> float:
    """Seconds until everything was rendered for the first time, the start of helm included."""

    def once() -> None:
        with rendering(charts, way) as found:
            read(lab, found)

    return median_of(once, 3)


def kept(lab: Lab, charts: Path) -> float:
    """Seconds where everything was rendered before, by another process."""
    with rendering(charts, HelmLibrary if HelmLibrary.available() else command) as first:
        read(lab, first)
        return median_of(lambda: read(lab, Charts(Options((charts,)))), 3)
