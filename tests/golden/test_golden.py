"""The rendered examples, pinned: a change of the product is seen in review as the change of files that it is.

`HOMELAB_REPIN=1` (`make golden`) writes the pins anew. `<example>/FILES` lists every file with a short hash of its text;
the files that tell most of a lab stand beside it in full, and of one lab everything: a policy's port, an alert's severity, what
outlives its manifest and each word of the guide are read in review.
"""

from __future__ import annotations

import os
from difflib import unified_diff
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

from conftest import REPOSITORY
from homelab import render
from homelab.lab.pipeline import Lab

HERE = Path(__file__).resolve().parent
REPIN = os.environ.get("HOMELAB_REPIN") == "1"
EXAMPLES = ("two-boxes", "guide", "enterprise", "starter", "own-app", "own-chart")
SKIPPED = (".homelab/pins.json", "docs/resilience.md")
"""Not pinned: what the sets say already, and figures that are computed and have tests of their own."""
WHOLE = {
    "enterprise": ("docs/", "kubernetes/", "renovate.json", "justfile", ".mise.toml", ".github/"),
    "starter": ("docs/build.md", "tofu/", "README.md", ".gitignore"),
    "own-app": ("kubernetes/apps/", "kubernetes/sets/apps/", "kubernetes/security/foundation/"),
    "own-chart": ("kubernetes/apps/", "kubernetes/sets/apps/", "kubernetes/security/foundation/"),
}
"""Example to the beginnings of paths whose texts are pinned in full: everything that one lab deploys and says."""
NETWORK, STORAGE = "kubernetes/infrastructure/network", "kubernetes/infrastructure/storage"
TELLING = (
    ".homelab/lab.yaml",
    "kubernetes/sets/root-applicationset.yaml",
    "kubernetes/sets/apps/n8n.yaml",
    "kubernetes/apps/base/n8n/environments/production/values.yaml",
    "kubernetes/apps/base/n8n/environments/production/data/databases.yaml",
    f"{NETWORK}/cilium/values.yaml",
    f"{NETWORK}/envoy-gateway/gateway/gateway.yaml",
    f"{STORAGE}/rook-ceph/cluster/values.yaml",
    f"{STORAGE}/local-path/storage.yaml",
    f"{STORAGE}/velero/backups.yaml",
    "kubernetes/security/foundation/network-policies/n8n-prod.yaml",
    "tofu/talos/homelab.auto.tfvars.json",
    "tofu/talos/patches/all.yaml",
)
"""Pinned in full, where an example has them."""
SHIPPED = frozenset(
    file.read_text(encoding="utf-8") for file in (Path(render.__file__).parent / "modules").rglob("*.tf")
)
"""Files that are copied as they are: their text stands in the package, and is pinned there."""
COMMAND = "HOMELAB_REPIN=1 pytest tests/golden"


@cache
def rendered(name: str) -> dict[str, str]:
    """The files of an example that are pinned."""
    files = Lab.load(str(REPOSITORY / "examples" / name / "homelab.yaml")).tree.files
    return {path: files[path].text for path in sorted(files) if path not in SKIPPED}


def listed(texts: dict[str, str]) -> str:
    """One line a file: short hash, path."""
    return "".join(f"{sha256(text.encode()).hexdigest()[:12]}  {path}\n" for path, text in texts.items())


def told(name: str) -> dict[str, str]:
    """Path below the folder of pins to the text that belongs there."""
    texts = rendered(name)
    chosen = [path for path in texts if path in TELLING or path.startswith(WHOLE.get(name, ("\0",)))]
    full = [path for path in chosen if texts[path] not in SHIPPED]
    return {"FILES": listed(texts), **{f"tree/{path}": texts[path] for path in full}}


def pinned(name: str) -> dict[str, str]:
    """Path below the folder of pins to the text that stands there."""
    folder = HERE / name
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def repin(name: str) -> None:
    """Write the pins of an example anew, and remove those that it has no more."""
    wanted = told(name)
    for path in pinned(name).keys() - wanted.keys():
        (HERE / name / path).unlink()
    for path, text in wanted.items():
        file = HERE / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_renders_as_pinned(name):
    """Every file of an example has the bytes that were reviewed."""
    if REPIN:
        repin(name)
    before, now = pinned(name), told(name)
    differences = [
        line
        for path in sorted({*before, *now})
        if before.get(path) != now.get(path)
        for line in unified_diff(
            before.get(path, "").splitlines(),
            now.get(path, "").splitlines(),
            f"pinned/{path}",
            f"now/{path}",
            n=1,
            lineterm="",
        )
    ]
    assert not differences, "\n".join([*differences[:200], f"if this is meant: {COMMAND}, and review the difference"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_enough_is_pinned_in_full(name):
    """At least nine files of each example can be read in review; every telling file is one of some example."""
    assert len(told(name)) >= 10
    assert set(TELLING) <= {path for each in EXAMPLES for path in rendered(each)}
