"""What Applications deploy: our reading through real Helm, against Argo CD's own repo-server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from conftest import REPOSITORY
from gitops.argocd_oracle import (
    Manifest,
    RepoServer,
    World,
    committed,
    differences,
    known,
    ours,
    publish,
    scoped,
    serving,
)
from homelab.gitops import argocd, releases
from homelab.gitops.read import read
from homelab.gitops.repository import of_folder
from homelab.kube.inventory import Inventory
from homelab.lab.charts import Charts, Options
from homelab.lab.pipeline import Lab
from homelab.render.write import write

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def crds(test_data: Path) -> list[Manifest]:
    """Every CRD of the test data."""
    return known(test_data)


@pytest.fixture(scope="module")
def shop(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A chart repository with every chart of the test data; its address."""
    folder = tmp_path_factory.mktemp("shop")
    publish((test_data / "charts").glob("*/"), folder / "web")
    with serving(folder / "web") as address:
        yield address


@pytest.fixture
def server(oracle, tmp_path: Path) -> Iterator[RepoServer]:
    """Argo CD's repo-server with its programs."""
    for name in ("helm", "kustomize"):
        oracle(name)
    with closing(RepoServer(oracle("repo-server"), tmp_path / "server")) as running:
        yield running


def kinds(inventory: Inventory, crds: list[Manifest]) -> tuple[list[str], set[tuple[str, str]]]:
    """The API versions of a lab's own CRDs, and every kind outside of namespaces; those of operators are in the test data."""
    own = [resource.body for resource in inventory.of("CustomResourceDefinition")]
    return sorted(releases.apis(own)), scoped([*crds, *own])


def sources(app: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The sources of an Application."""
    return app["spec"].get("sources") or [app["spec"]["source"]]


def served(apps: Iterable[Mapping[str, Any]], folder: str, shop: str) -> dict[str, str]:
    """Where each repository of these Applications is served."""
    return {source["repoURL"]: shop if source.get("chart") else folder for app in apps for source in sources(app)}


@pytest.fixture(params=["two-boxes", "guide", "enterprise", "starter"])
def lab(request) -> Lab:
    """An example."""
    return Lab.load(str(REPOSITORY / "examples" / request.param / "homelab.yaml"))


@pytest.fixture(autouse=True)
def cold(tmp_path, monkeypatch) -> None:
    """A cache of rendered charts of its own."""
    monkeypatch.setattr("homelab.lab.charts.cache_folder", lambda: tmp_path / "cache")


def test_our_examples_deploy_what_argo_cd_makes_of_them(lab, tmp_path, test_data, crds, shop, server):
    """Each Application of an example deploys the objects that Argo CD makes of it, equal to the last field."""
    folder = tmp_path / "lab"
    write(folder, lab.tree.texts())
    with closing(Charts(Options((test_data / "charts",)), folder)) as charts:
        inventory = read(of_folder(folder), helm=charts)
    assert inventory.unknown == ()
    apps = {app.name: app.body for app in argocd.walk(of_folder(folder)).applications}
    kubernetes, (apis, cluster) = lab.homelab.versions.kubernetes, kinds(inventory, crds)
    world = World(served(apps.values(), committed(folder), shop), kubernetes, apis, cluster)
    wrong, count = {}, 0
    for name, app in apps.items():
        theirs, error = server.ask(app, world)
        assert error == ""
        count += len(theirs)
        wrong[name] = differences(ours(inventory, name), theirs)
    assert {name: lines for name, lines in wrong.items() if lines} == {}
    assert count > 200
