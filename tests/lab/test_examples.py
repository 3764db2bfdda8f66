"""Every example as a whole: what it deploys passes its real schema, builds, renders, and is read back as it was meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml

from conftest import REPOSITORY, missing
from homelab.catalog.plan import parts_of, secrets
from homelab.documents.read import load
from homelab.gitops import argocd, repository
from homelab.kube.references import references
from homelab.kube.schemas.validate import Schemas
from homelab.lab.pipeline import Lab
from homelab.lab.pipeline import Repository as Folder
from homelab.lab.reading import read
from homelab.render.write import existing, write
from homelab.software import lookup
from homelab.software.software import Release
from homelab.tools.kubectl import kustomize
from homelab.tools.process import Programs
from software.compare import assert_same, real

pytestmark = pytest.mark.slow

EXAMPLES = ("two-boxes", "guide", "enterprise", "starter")
TODAY = date(2026, 11, 1)


@cache
def lab(name):
    return Lab.load(str(REPOSITORY / "examples" / name / "homelab.yaml"))


@pytest.fixture(params=EXAMPLES)
def example(request):
    return lab(request.param)


@pytest.fixture
def written(example, tmp_path):
    """The repository of an example, on disk."""
    write(tmp_path, example.tree.texts())
    return tmp_path


@cache
def schemas(data: Path, kubernetes: str) -> Schemas:
    """Every kind that the test data knows, over those of one Kubernetes version."""
    found = [crd for file in sorted((data / "crds").glob("*.yaml")) for crd in load(file.read_bytes(), file.name)]
    return Schemas(kubernetes).with_crds(crd for crd in found if isinstance(crd, dict)).with_folder(data / "schemas")


@cache
def charts(data: Path) -> dict[tuple[str, str], Path]:
    """Name and version of every chart of the test data to its folder."""
    found = {}
    for file in sorted((data / "charts").glob("*/Chart.yaml")):
        facts = yaml.safe_load(file.read_text(encoding="utf-8"))
        found[facts["name"], str(facts["version"]).removeprefix("v")] = file.parent
    return found


def releases(example: Lab) -> dict[str, Release]:
    """Application to the chart it installs, with the values that Argo CD would give it."""
    version = ".".join(example.homelab.versions.kubernetes.split(".")[:2])
    walk = argocd.walk(repository.of_tree(example.tree))
    return {
        walked.name: Release(s.chart, s.repository, s.version, s.release, s.namespace, s.values, version)
        for walked in walk.applications
        for s in walked.releases
    }


def at_hand(example: Lab, data: Path) -> tuple[dict[str, tuple[Release, Path]], list[str]]:
    """Application to release and real chart, and the charts whose version the test data does not have."""
    found, absent = {}, []
    for name, release in releases(example).items():
        folder = charts(data).get((release.chart, release.version.removeprefix("v")))
        if folder is None:
            absent.append(f"{release.chart} {release.version}")
        else:
            found[name] = release, folder
    return found, absent


def judged(example: Lab, data: Path, bodies) -> list[str]:
    """One line for every object that does not fit its schema, or whose kind nobody knows."""
    kinds, lines = schemas(data, example.homelab.versions.kubernetes), []
    for where, body in bodies:
        subject = f"{where}: {body.get('apiVersion')} {body.get('kind')} {body.get('metadata', {}).get('name')}"
        errors = kinds.validate(body)
        lines += [f"{subject}: the kind is not known"] if errors is None else [f"{subject}: {e}" for e in errors]
    return lines


def test_every_chart_part_is_installed(example):
    """Each chart of the plan is what one Application installs, at its version."""
    wanted = {
        part.name: (part.chart.name, part.chart.version)
        for choice in example.plan.choices
        for part in parts_of(example.plan, choice)
        if part.chart
    }
    assert {name: (r.chart, r.version) for name, r in releases(example).items()} == wanted


def test_our_manifests_pass_their_schemas(example, test_data):
    """Every document below kubernetes/ that is an object is what its kind allows, those of environments as they are built; all kinds are known."""
    ours = [
        (path, body)
        for path, text in example.tree.texts().items()
        if path.startswith("kubernetes/") and path.endswith(".yaml") and "/environments/" not in path
        for body in load(text, path)
        if isinstance(body, dict) and "kind" in body
    ]
    built = [r for r in example.inventory.resources if r.origin.maker == "file" and "/environments/" in r.origin.file]
    assert built
    ours += [(r.origin.file, r.body) for r in built]
    assert len(ours) > 100
    assert judged(example, test_data, ours) == []


def test_real_charts_render_to_objects_that_pass_their_schemas(example, test_data, oracle):
    """Real Helm takes the values of every chart, and what it makes of them is what the kinds allow."""
    found, absent = at_hand(example, test_data)
    helm = oracle("helm")
    lines = [
        line
        for name, (release, folder) in found.items()
        for line in judged(example, test_data, [(name, body) for body in real(helm, folder, release)])
    ]
    assert lines == []
    if absent:
        missing("chart", ", ".join(absent))


def test_software_says_what_real_charts_make(example, test_data, oracle):
    """What is expanded without Helm equals what Helm renders, for every chart with the values of this lab."""
    found, absent = at_hand(example, test_data)
    helm, wrong = oracle("helm"), []
    for name, (release, folder) in found.items():
        expansion = lookup.expand(release)
        assert expansion.unknown == (), name
        try:
            assert_same(helm, folder, release, expansion)
        except AssertionError as error:
            wrong.append(f"{name}: {error}")
    assert not wrong, "\n".join(wrong)
    if absent:
        missing("chart", ", ".join(absent))


def test_every_kustomization_builds(example, written, oracle):
    """`kubectl kustomize` makes as many objects of every folder as its files and bases hold."""

    def held(folder):
        names = load((folder / "kustomization.yaml").read_text(encoding="utf-8"), "")[0]["resources"]
        paths = [folder / name for name in names]
        return sum(held(p) if p.is_dir() else len(load(p.read_text(encoding="utf-8"), p.name)) for p in paths)

    programs = Programs({"PATH": str(oracle("kubectl").parent)})
    found = sorted(written.rglob("kustomization.yaml"))
    assert len(found) > 10
    for file in found:
        assert len(kustomize(programs, file.parent)) == held(file.parent), file


def test_a_second_render_changes_nothing(example, written):
    """With the written repository as input, the same bytes come out, and writing them is no change."""
    before = existing(written)
    texts = Lab.load(example.source.file, before).tree.texts()
    changes = write(written, texts, before=before)
    touched = (changes.added, changes.changed, changes.edited, changes.foreign, changes.orphans)
    assert touched == ((),) * 5
    assert existing(written) == before


def test_a_comment_changes_no_byte(example, tmp_path):
    """A comment in homelab.yaml, above and within, leaves every file as it was."""
    text = Path(example.source.file).read_text(encoding="utf-8")
    head, _, rest = text.partition("\n")
    file = tmp_path / "homelab.yaml"
    file.write_text(f"# mine\n{head}  # and mine\n\n{rest}\n# the end\n", encoding="utf-8")
    assert Lab.load(str(file)).tree.texts() == example.tree.texts()


def test_a_tree_is_read_as_its_folder_is(example, written, monkeypatch):
    """What is deployed, and where each thing stands, is the same from memory and from disk; nothing is dead or unread."""
    monkeypatch.chdir(written)
    tree, folder = example.inventory, read(Path())
    assert folder.resources == tree.resources
    assert folder.ground == tree.ground
    assert folder.facts == tree.facts
    assert folder.applications == tree.applications
    assert (folder.dead, folder.unknown, folder.clashes) == (tree.dead, tree.unknown, tree.clashes) == ((), (), ())


def test_findings_of_a_tree_are_those_of_its_folder(example, written, monkeypatch):
    """Judging homelab.yaml and judging the repository it became say the same, to the line."""
    monkeypatch.chdir(written)
    there, here = Folder(Path()).assessment(TODAY), example.assessment(TODAY)
    assert there.findings == tuple(replace(finding, option_place=None) for finding in here.findings)
    assert there.pending == here.pending
    assert there.accepted == here.accepted


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_secret_that_is_asked_for_waits_to_be_supplied(name):
    """What the pages and `secrets list` name is what render and assess count: no program's stand-in passes for ours."""
    wanted = {(item.namespace, item.name) for _, item in secrets(lab(name).plan)}
    assert {(item.namespace, item.name) for item in lab(name).pending} == wanted
    assert wanted


@pytest.mark.parametrize("name", EXAMPLES)
def test_something_waits_for_every_secret_that_is_asked_for(name):
    """Each Secret is named by a pod or a custom resource of its namespace, so that nothing starts with a made-up one instead.

    Credentials of repositories are found by their label, and the token of an issuer by cert-manager's own namespace.
    """
    used = {(r.workload.namespace, r.name) for r in references(lab(name).inventory, "Secret")}
    for resource in lab(name).inventory.resources:
        space = resource.namespace or "cert-manager"
        used |= {(space, value) for value in texts(resource.get("spec", {}))}
    asked = {(item.namespace, item.name) for _, item in secrets(lab(name).plan) if not item.labels}
    assert asked - used == set()


def texts(value):
    """Every text somewhere in a value."""
    if isinstance(value, dict):
        return {text for item in value.values() for text in texts(item)}
    if isinstance(value, list):
        return {text for item in value for text in texts(item)}
    return {value} if isinstance(value, str) else set()
