"""How fast a chart is rendered: by Helm as a library in its worker, against the command."""

from __future__ import annotations

import tempfile
from pathlib import Path

from measure import Measure, median_of

from homelab.tools.find import find
from homelab.tools.helm import HelmCommand, HelmLibrary, Template
from homelab.tools.process import Programs


def measures() -> list[Measure]:
    """One small chart rendered again and again; nothing where Helm is not installed."""
    if not HelmLibrary.available():
        return []
    with tempfile.TemporaryDirectory() as folder, HelmLibrary() as library:
        chart = Path(folder)
        (chart / "templates").mkdir()
        (chart / "Chart.yaml").write_text("{apiVersion: v2, name: small, version: 1.0.0}", encoding="utf-8")
        (chart / "templates" / "a.yaml").write_text(
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}", encoding="utf-8"
        )
        question = Template(chart, "r", "x")
        peer = median_of(lambda: HelmCommand(Programs()).render(question)) if find("helm") else None
        return [
            Measure(
                "render a small chart",
                None,
                median_of(lambda: library.render(question), 20),
                "helm command" if peer else None,
                peer,
            )
        ]
