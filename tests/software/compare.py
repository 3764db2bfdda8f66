"""What a chart really makes, beside what is said of it: both as the facts that judgement looks at."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from homelab.documents.read import load
from homelab.kube.facts import Expansion
from homelab.software.records.effects import difference
from homelab.software.records.judged import facts_of
from homelab.software.software import Release


def real(helm: Path, chart: Path, release: Release) -> list[dict[str, Any]]:
    """The objects that real helm renders."""
    argv = [str(helm), "template", release.name, str(chart), "--namespace", release.namespace, "--include-crds"]
    argv += ["--kube-version", f"{release.kubernetes}.0", "--values", "-"]
    if (chart / "release-values.yaml").is_file():
        argv[4:4] = ["--values", str(chart / "release-values.yaml")]
    for version in sorted(release.api_versions):
        argv += ["--api-versions", version]
    done = subprocess.run(argv, input=json.dumps(release.values).encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return [body for body in load(done.stdout, "helm") if body]


def assert_same(helm: Path, chart: Path, release: Release, expansion: Expansion) -> None:
    """The expansion and the real chart make the same, as far as judgement looks."""
    there = facts_of(json.loads(json.dumps(real(helm, chart, release))))
    here = facts_of(json.loads(json.dumps(expansion.objects)))
    assert list(difference(here, there)) == []
