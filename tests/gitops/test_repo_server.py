"""What Applications deploy: our reading through real Helm, against Argo CD's own repo-server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conftest import REPOSITORY
from gitops.argocd_cases import CASES, CHARTS, FILES, KUBERNETES, REGISTRY, SHOP, UNREAD
from gitops.argocd_oracle import (
    Manifest,
    RepoServer,
    World,
    committed,
    differences,
    known,
    ours,
    publish,
    registered,
    scoped,
    serving,
    written,
)
from gitops.labs import HERE
from homelab.gitops import argocd, releases
from homelab.gitops.read import read
from homelab.gitops.repository import of_folder
from homelab.kube.inventory import Inventory
from homelab.lab.charts import Charts, Options
from homelab.lab.pipeline import Lab
from homelab.render.write import write
from tools.charts import making
from tools.charts.tls import certificate

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
def server(oracle, twin_program, tmp_path: Path) -> Iterator[RepoServer]:
    """Argo CD's repo-server with its programs."""
    oracle("helm")
    with closing(RepoServer(oracle("repo-server"), twin_program("kustomize"), tmp_path / "server")) as running:
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


@pytest.fixture(scope="module")
def counter(oracle, twin_program, tmp_path_factory) -> Iterator[Counter]:
    """Shop, registry and repo-server of the cases."""
    folder = tmp_path_factory.mktemp("counter")
    charts = [making.folder(folder / "charts" / f"{n}", made) for n, made in enumerate(CHARTS)]
    publish(charts, folder / "web")
    pem, _ = pair = certificate(folder)
    held = registered("charts/probe", {v: folder / "web" / f"probe-{v}.tgz" for v in ("1.0.0", "1.1.0")})
    with (
        serving(folder / "web") as shop,
        serving(held, pair) as registry,
        closing(RepoServer(oracle("repo-server"), twin_program("kustomize"), folder / "server", pem)) as server,
    ):
        served = {SHOP: shop, REGISTRY: registry.replace("https", "oci") + "/charts"}
        served[f"{REGISTRY}/probe"] = f"{served[REGISTRY]}/probe"
        yield Counter(folder / "charts", served, server)


@dataclass
class Counter:
    """Where the cases' charts lie, where their repositories are served, and who answers."""

    charts: Path
    served: dict[str, str]
    server: RepoServer


@pytest.mark.parametrize("case", CASES)
def test_an_application_deploys_what_argo_cd_makes_of_it(case, tmp_path, counter):
    """In whatever way an Application names its sources, the same objects come out; what Argo CD refuses is unknown."""
    application, more = CASES[case]
    folder = tmp_path / "lab"
    address = written(folder, FILES | more | {"apps/app.yaml": application})
    with closing(Charts(Options((counter.charts,)), folder)) as charts:
        inventory = read(of_folder(folder), helm=charts)
    walked = argocd.walk(of_folder(folder)).applications
    assert walked
    world = World(counter.served | {HERE: address}, KUBERNETES, *kinds(inventory, []))
    for app in walked:
        theirs, error = counter.server.ask(app.body, world)
        if error or case in UNREAD:
            assert inventory.unknown
        else:
            assert inventory.unknown == ()
            assert theirs
            assert differences(ours(inventory, app.name), theirs) == []
