"""The chart repository of a twin: archives and an index for each address from which the lab takes charts.

Published as Helm's own format (https://helm.sh/docs/topics/chart_repository/), served on the loopback.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from homelab.documents.emit import emit
from homelab.tools.charts.content import RELEASED, Content
from homelab.tools.helm import merged


def slug(address: str) -> str:
    """The folder for what an address publishes."""
    return re.sub(r"[^a-z0-9.]+", "-", address.lower().partition("://")[2] or address.lower()).strip("-")


def publish(folder: Path, charts: Mapping[str, Iterable[tuple[str, Content]]]) -> None:
    """Write archives and indexes; `charts` are by address, each with the name under which it is asked for."""
    for address, contents in charts.items():
        home = folder / slug(address)
        entries: dict[str, list[dict[str, object]]] = {}
        for name, chart in contents:
            file = f"{name.replace('/', '-')}-{chart.version}.tgz"
            home.mkdir(parents=True, exist_ok=True)
            (home / file).write_bytes(_archive(chart))
            entry: dict[str, object] = {"apiVersion": "v2", "name": name, "version": chart.version, "urls": [file]}
            entries.setdefault(name, []).append(entry)
        index = {"apiVersion": "v1", "entries": entries, "generated": "2020-01-01T00:00:00Z"}
        (home / "index.yaml").write_text(json.dumps(index, indent=1), encoding="utf-8")


def _archive(chart: Content) -> bytes:
    """A chart packed; what its publisher's release puts in place of placeholders is part of its values."""
    files = dict(chart.files)
    if RELEASED in files:
        files["values.yaml"] = emit(merged([chart.values("values.yaml"), chart.values(RELEASED)])).encode()
    packed = io.BytesIO()
    zipped = gzip.GzipFile(fileobj=packed, mode="wb", mtime=0, compresslevel=1)
    with zipped, tarfile.open(fileobj=zipped, mode="w") as archive:
        for name in sorted(files):
            member = tarfile.TarInfo(f"{chart.name}/{name}")
            member.size = len(files[name])
            archive.addfile(member, io.BytesIO(files[name]))
    return packed.getvalue()
