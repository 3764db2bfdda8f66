"""A chart of the repository made whole: what its Chart.yaml depends on and its `charts/` folder lacks is put beside it.

Argo CD runs `helm dependency build` there. The chart is copied, so that nothing in the repository changes, and each
dependency comes from the store like any other chart, in the version of Chart.lock where there is one.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from homelab.tools.charts.content import ARCHIVES, ChartUnusable, Content, content
from homelab.tools.charts.store import Store, Wanted
from homelab.tools.charts.versions import newest

DEEPEST = 4
"""Charts of the repository that depend on charts of the repository that …"""


def whole(folder: Path, store: Store, scratch: Path, depth: int = DEEPEST) -> Content:
    """The chart in a folder of the repository, with its dependencies.

    Args:
        folder: where it lies.
        store: where dependencies come from; links must not leave its root.
        scratch: an empty folder for a copy, where one is needed.
        depth: how many levels of such charts may still follow.

    Raises:
        Absent: a dependency is not at hand.
        ChartUnusable: it is no chart, or reaches out of the repository.
    """
    found = content(folder, store.root)
    lacking = list(_lacking(found))
    if not lacking:
        return found
    if not depth:
        raise ChartUnusable(f"the chart {folder} depends on itself")
    copy = scratch / "chart"
    for name, text in found.files.items():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes(text)
    for number, wanted in enumerate(lacking):
        _add(copy / "charts", number, _dependency(wanted, folder, store, (scratch / str(number), depth - 1)))
    (copy / "Chart.lock").unlink(missing_ok=True)  # it was obeyed; helm compares it with a digest of Chart.yaml
    return content(copy)


def _add(charts: Path, number: int, found: Content) -> None:
    charts.mkdir(exist_ok=True)
    if found.path.is_dir():
        shutil.copytree(found.path, charts / f"{found.name}-{number}", symlinks=False)
    else:
        shutil.copyfile(found.path, charts / f"{found.name}-{number}.tgz")


def _dependency(wanted: Wanted, folder: Path, store: Store, how: tuple[Path, int]) -> Content:
    if not wanted.repository.startswith("file://"):
        return store.find(wanted)
    scratch, depth = how
    beside = (folder / wanted.repository.removeprefix("file://")).resolve()
    if store.root is None or not beside.is_relative_to(store.root.resolve()):
        raise ChartUnusable(f"{folder.name} depends on {wanted.repository}, which is outside of the repository")
    scratch.mkdir(parents=True)
    return whole(beside, store, scratch, depth)


def _lacking(found: Content) -> Iterator[Wanted]:
    """The dependencies that `charts/` does not hold."""
    there = _vendored(found)
    locked = {
        str(entry.get("name")): str(entry.get("version") or "") for entry in _entries(found, "Chart.lock") if entry
    }
    declared = [*_entries(found, "Chart.yaml"), *_entries(found, "requirements.yaml")]
    for entry in declared:
        name, version = str(entry.get("name")), str(entry.get("version") or "")
        if newest(version, there.get(name, ())) is None:
            yield Wanted(str(entry.get("repository") or ""), name, locked.get(name, version))


def _entries(found: Content, file: str) -> list[Mapping[str, Any]]:
    if file not in found.files:
        return []
    listed = found.values(file).get("dependencies")
    return [entry for entry in listed if isinstance(entry, Mapping)] if isinstance(listed, list) else []


def _vendored(found: Content) -> dict[str, list[str]]:
    """Names and versions of the charts in `charts/`, folders and archives."""
    there = dict[str, list[str]]()
    for file in found.files:
        parts = file.split("/")
        folder = len(parts) == 3 and parts[0] == "charts" and parts[2] == "Chart.yaml"
        archive = len(parts) == 2 and parts[0] == "charts" and file.endswith(ARCHIVES)
        if folder or archive:
            inner = found.path / file if archive else found.path / "charts" / parts[1]
            chart = content(inner, found.path)
            there.setdefault(chart.name, []).append(chart.version)
    return there
