"""A repository whose charts nobody recorded, read through real Helm; and our own examples, which judge alike both ways."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import REPOSITORY, missing
from homelab.lab.charts import Charts, Options
from homelab.lab.needed import needed
from homelab.lab.pipeline import Lab, Repository
from homelab.software.records.judged import facts_of, identity
from homelab.tools import helm as helms
from homelab.tools.charts.store import Store
from homelab.tools.helm import HelmCommand, HelmLibrary
from homelab.tools.process import Programs
from tools.charts.making import files, folder

TODAY = date(2026, 11, 1)

ODD = {
    "alertmanager": {"replicaCount": 3},
    "app-template": {
        "controllers": {"main": {"replicas": 2, "containers": {"main": {"image": {"repository": "r", "tag": "1"}}}}}
    },
    "cloudflare-tunnel-remote": {"replicaCount": 4},
    "fluent-bit": {"kind": "Deployment", "replicaCount": 2},
    "fluentd": {"kind": "StatefulSet"},
    "grafana": {"replicas": 2, "adminPassword": "x"},
    "influxdb": {"persistence": {"enabled": False}},
    "influxdb2": {"persistence": {"size": "1Gi"}, "adminUser": {"password": "some", "token": "other"}},
    "jaeger": {},
    "keycloakx": {"replicas": 2, "database": {"vendor": "postgres"}},
    "kyverno": {"admissionController": {"replicas": 3}},
    "ollama": {"replicaCount": 2},
    "opentelemetry-operator": {"replicaCount": 2},
    "reloader": {"reloader": {"deployment": {"replicas": 2}}},
    "strimzi-kafka-operator": {"replicas": 2},
    "tailscale-operator": {},
    "tempo": {"replicas": 2},
    "vector": {"role": "Agent"},
    "eck-operator": {"replicaCount": 2},
    "confluent-for-kubernetes": {"replicas": 2},
}
"""Charts of the test data that nothing here knows, with values that nobody would choose."""

APPLICATION = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  project: default
  destination: {{namespace: {name}, server: https://kubernetes.default.svc}}
  {source}
"""


@pytest.fixture
def helm(monkeypatch, tmp_path, oracle):
    """A helm of this machine, with a cache of its own."""
    if not HelmLibrary.available():
        oracle("helm")
    monkeypatch.setattr("homelab.lab.charts.cache_folder", lambda: tmp_path / "cache")


def application(name: str, source: str) -> str:
    return APPLICATION.format(name=name, source=source)


def versions(data: Path) -> dict[str, str]:
    """Name to version of every chart of the test data."""
    read = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in (data / "charts").glob("*/Chart.yaml"))
    return {facts["name"]: str(facts["version"]) for facts in read}


def written(root: Path, data: Path) -> Path:
    """The repository: twenty charts, and every other way in which a chart can be installed, or not."""
    known, texts = versions(data), dict[str, str]()
    for name, values in ODD.items():
        source = {"repoURL": "https://charts.example.org", "chart": name, "targetRevision": known[name]}
        texts[f"apps/{name}.yaml"] = application(name, "source: " + yaml.safe_dump(source | {"helm": {"valuesObject": values}}, default_flow_style=True, width=10_000))  # fmt: skip
    own = "{{ range until (int .Values.count) }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: own-{{ . }}}\n{{ end }}"
    texts |= {
        "apps/inflated.yaml": application("inflated", "source: {repoURL: https://git.example.org/lab.git, path: inflated}"),
        "inflated/kustomization.yaml": (
            f"helmCharts: [{{name: metrics-server, repo: https://x.example.org, version: {known['metrics-server']}, "
            "releaseName: ms, valuesInline: {replicas: 2}}]\nnamePrefix: our-\n"
        ),
        "apps/own.yaml": application("own", "source: {repoURL: https://git.example.org/lab.git, path: own}"),
        "own/Chart.yaml": "apiVersion: v2\nname: own\nversion: 0.1.0\n",
        "own/values.yaml": "count: 2\n",
        "own/templates/a.yaml": own,
        "apps/umbrella.yaml": application("umbrella", "source: {repoURL: https://git.example.org/lab.git, path: umbrella}"),
        "umbrella/Chart.yaml": (
            "apiVersion: v2\nname: umbrella\nversion: 0.1.0\ndependencies:\n"
            "- {name: influxdb, version: 4.x, repository: https://x.example.org}\n- {name: own, version: 0.1.0, repository: file://../own}\n"
        ),
        "umbrella/values.yaml": "own: {count: 1}\n",
        "apps/range.yaml": application("range", "source: {repoURL: https://x.example.org, chart: tempo, targetRevision: ^2}"),
        "apps/inside.yaml": application(
            "inside",
            "source: {repoURL: https://x.example.org, chart: ceph-csi-drivers, targetRevision: 1.x, helm: {valueFiles: [rook-values.yaml]}}",
        ),
        "apps/broken.yaml": application(
            "broken",
            f"source: {{repoURL: https://x.example.org, chart: opentelemetry-operator, targetRevision: {known['opentelemetry-operator']}, helm: {{valuesObject: {{replicaCount: many}}}}}}",
        ),
        "apps/gone.yaml": application("gone", "source: {repoURL: https://x.example.org, chart: tempo, targetRevision: 0.0.7}"),
    }  # fmt: skip
    for name, text in texts.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def made(inventory, kind: str, application: str) -> list[str]:
    return sorted(r.name for r in inventory.of(kind) if r.origin.application == application)


@pytest.mark.slow
def test_charts_that_nobody_knows_are_read_whole(tmp_path, test_data, helm):
    """Through helm every chart of the repository is there, shaped as its values say; what cannot be read is said by name."""
    root = written(tmp_path / "lab", test_data)
    with closing(Charts(Options((test_data / "charts",)), root)) as charts:
        inventory = Repository(root, charts).inventory
    assert sorted(gap.what.split(":")[0] for gap in inventory.unknown) == ["broken", "gone"], inventory.unknown
    broken, gone = sorted(inventory.unknown, key=lambda gap: gap.what)
    assert "helm refuses the chart" in broken.why
    assert "at hand: 2.2.4" in gone.why
    assert gone.place.file.endswith("apps/gone.yaml")
    for name in ODD:
        assert [r for r in inventory.resources if r.origin.application == name], name
    assert inventory.get("StatefulSet", "alertmanager", "alertmanager").get("spec.replicas") == 3
    assert made(inventory, "DaemonSet", "vector") == ["vector"]
    assert made(inventory, "Pod", "fluent-bit") == []
    assert made(inventory, "Deployment", "inflated") == ["our-ms-metrics-server"]
    assert made(inventory, "ConfigMap", "own") == ["own-0", "own-1"]
    assert made(inventory, "ConfigMap", "umbrella") == ["own-0", "umbrella-influxdb"]
    assert made(inventory, "StatefulSet", "umbrella") == ["umbrella-influxdb"]
    assert made(inventory, "StatefulSet", "range") == ["range-tempo"]
    assert inventory.of("CustomResourceDefinition")
    assert [str(one) for one in charts.unread] == ["tempo 0.0.7"]


@pytest.mark.slow
def test_without_helm_what_is_missing_is_said(tmp_path, test_data, helm, monkeypatch):
    """Without charts, or without helm, each chart that nothing knows is unknown with what to do, and the rest is read."""
    root = written(tmp_path / "lab", test_data)
    with closing(Charts(Options(), root)) as nothing:
        unknown = {gap.what.split(":")[0]: gap.why for gap in Repository(root, nothing).inventory.unknown}
    assert ODD.keys() <= unknown.keys()
    assert all("--pull fetches it" in unknown[name] for name in ODD)
    assert len(nothing.unread) >= len(ODD)
    monkeypatch.setattr(helms, "identity", lambda: None)
    unknown = Repository(root, Charts(Options((test_data / "charts",)), root)).inventory.unknown
    assert "helm is not: install it" in next(gap.why for gap in unknown if gap.what.startswith("vector"))


@pytest.mark.slow
def test_the_second_run_asks_helm_nothing(tmp_path, test_data, helm, monkeypatch):
    """What was rendered once comes from the cache, refusals among it, and is the same."""
    root = written(tmp_path / "lab", test_data)
    options = Options((test_data / "charts",))
    with closing(Charts(options, root)) as first:
        before = Repository(root, first).inventory

    def never(*_args):
        raise AssertionError("helm is asked")

    monkeypatch.setattr(HelmLibrary, "render", never)
    monkeypatch.setattr(HelmCommand, "render", never)
    after = Repository(root, Charts(options, root)).inventory
    assert (after.resources, after.unknown) == (before.resources, before.unknown)


@pytest.mark.slow
def test_needed_charts_are_listed_with_where_they_come_from(tmp_path, test_data, helm):
    """Every chart that is installed, where it was found, and why not where it was not."""
    root = written(tmp_path / "lab", test_data)
    rows = {
        (row.name, row.wanted): row
        for row in needed(Repository(root).repository, Charts(Options((test_data / "charts",)), root))
    }
    assert rows["tempo", "^2"].version == "2.2.4"
    assert rows["own", "0.1.0"].origin == "repository"
    assert (rows["tempo", "0.0.7"].origin, rows["tempo", "0.0.7"].version) == ("missing", "")
    assert {row.origin for row in rows.values()} == {"given", "repository", "missing"}
    assert all(row.why for row in rows.values() if row.origin == "missing")


def unhashed(things) -> set[str]:
    """As text, without the hash that the name of a Job of Cilium ends in: records have none."""
    return {re.sub(r"(hubble-generate-certs)-[0-9a-f]{10}", r"\1", repr(each)) for each in things}


def shapes(inventory) -> dict[tuple[str, str, str], dict[str, Any]]:
    """What judgement looks at of every object."""
    found = {}
    for each in inventory.resources:
        (facts,) = [*facts_of([each.body]).values()] or [{}]
        found[each.kind, each.namespace, identity(each.body)] = facts
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", ["two-boxes", "guide", "enterprise", "starter"])
def test_our_examples_judge_alike_both_ways(name, test_data, helm):
    """With the real charts at hand, an example has the same objects, facts, findings and places as without.

    The same means here: in every field that judgement looks at.
    """
    file = str(REPOSITORY / "examples" / name / "homelab.yaml")
    with closing(Charts(Options((test_data / "charts",)))) as charts:
        plain, real = Lab.load(file), Lab.load(file, helm=charts)
        assert shapes(real.inventory) == shapes(plain.inventory)
    assert unhashed(real.inventory.facts) == unhashed(plain.inventory.facts)
    assert real.inventory.unknown == plain.inventory.unknown == ()
    assert unhashed(real.assessment(TODAY).findings) == unhashed(plain.assessment(TODAY).findings)
    if charts.missing:
        missing("chart", ", ".join(map(str, sorted(charts.missing))))


@pytest.mark.slow
def test_release_values_count_where_the_user_gave_the_chart(tmp_path, helm):
    """What a release puts over the source lies below the user's values in a given chart, and is nothing in the repository."""
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: {{ .Values.a }}, b: {{ .Values.b }}}\n"
    chart = files(
        **{
            "values.yaml": "{a: source, b: source}",
            "release-values.yaml": "{a: released, b: released}",
            "templates/a.yaml": text,
        }
    )
    folder(tmp_path / "charts" / "small", chart)
    folder(tmp_path / "lab" / "own", chart)
    given = (
        "source: {repoURL: https://x.example.org, chart: small, targetRevision: 1.0.0, helm: {valuesObject: {b: mine}}}"
    )
    (tmp_path / "lab" / "given.yaml").write_text(application("given", given))
    (tmp_path / "lab" / "own.yaml").write_text(
        application("own", "source: {repoURL: https://git.example.org/lab.git, path: own}")
    )
    with closing(Charts(Options((tmp_path / "charts",)), tmp_path / "lab")) as charts:
        inventory = Repository(tmp_path / "lab", charts).inventory
    assert inventory.get("ConfigMap", "given", "a").body["data"] == {"a": "released", "b": "mine"}
    assert inventory.get("ConfigMap", "own", "a").body["data"] == {"a": "source", "b": "source"}


def test_without_a_chart_helm_is_never_looked_for(tmp_path, monkeypatch):
    """A lab whose charts are not at hand is read as if there were no helm on this machine, and no program is started."""
    monkeypatch.setattr("homelab.lab.charts.cache_folder", lambda: tmp_path)
    monkeypatch.setattr(Programs, "run", lambda *_: pytest.fail("a program is started"))
    charts = Charts(Options())
    lab = Lab.load(str(REPOSITORY / "examples" / "starter" / "homelab.yaml"), helm=charts)
    assert lab.inventory.unknown == ()
    assert charts.unread == {}
    assert isinstance(charts.store, Store)
    assert "helm" not in charts.__dict__
