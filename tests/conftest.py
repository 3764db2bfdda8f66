"""Where tests find real charts, CRDs, schemas and programs; each that is missing is skipped with a reason, or fails in CI."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import hypothesis
import pytest

hypothesis.settings.register_profile("timings never fail", deadline=None)
hypothesis.settings.load_profile("timings never fail")
CACHE = Path(
    os.environ.get("HOMELAB_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "homelab")
)
REPOSITORY = Path(__file__).resolve().parent.parent


def missing(what: str, why: str) -> None:
    """Skip with the reason; in CI (HOMELAB_STRICT=1) fail, unless HOMELAB_SKIP names it."""
    if os.environ.get("HOMELAB_STRICT") == "1" and what not in os.environ.get("HOMELAB_SKIP", "").split(","):
        pytest.fail(f"{what} is missing: {why}", pytrace=False)
    pytest.skip(f"{what} is missing: {why}")


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder with real charts/, crds/ and schemas/, named by HOMELAB_TEST_DATA."""
    folder = os.environ.get("HOMELAB_TEST_DATA")
    if not folder:
        beside = REPOSITORY.parent / "shared"
        folder = str(beside) if (beside / "charts").is_dir() else None
    if not folder or not Path(folder, "charts").is_dir():
        missing("test-data", "HOMELAB_TEST_DATA names no folder with charts/, crds/ and schemas/")
    return Path(str(folder))


@pytest.fixture(scope="session")
def oracle() -> Callable[[str], Path]:
    """A real program by name: from the cache that `scripts/oracles.py` fills, else from PATH."""

    def find(name: str) -> Path:
        cached = CACHE / "bin" / name
        found = cached if cached.is_file() else shutil.which(name)
        if not found:
            missing(name, "`make oracles` installs it, or `make judges`")
        return Path(str(found))

    return find


@pytest.fixture(scope="session")
def twin_program() -> Callable[[str], Path]:
    """A program of a twin by name, for the Kubernetes of the example `enterprise`: where `homelab twin` would find it."""

    def find(name: str) -> Path:
        from homelab.spec import load
        from homelab.twin.install import found
        from homelab.twin.programs import BROUGHT, minor_of, programs

        lab = load.load(str(REPOSITORY / "examples" / "enterprise" / "homelab.yaml"))
        known = {each.name: each for each in (*programs(minor_of(lab.versions.kubernetes), operators=True), *BROUGHT)}
        path = found(known[name])
        if not path:
            missing("twin", f"there is no {name}; `make twin` builds it")
        return Path(str(path))

    return find


@pytest.fixture(scope="session")
def gitlab_schema() -> Any:
    """GitLab's own schema of its pipelines, out of the wheel that requirements/oracles.txt pins."""
    try:
        files = distribution("check-jsonschema").files or []
    except PackageNotFoundError:
        missing("check-jsonschema", "`make oracles` installs it")
    (found,) = [file for file in files if file.name == "gitlab-ci.json"]
    return json.loads(found.read_text(encoding="utf-8"))
