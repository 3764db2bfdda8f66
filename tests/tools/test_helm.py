"""Helm, by command and as a library: the same question, the same answer."""

from __future__ import annotations

import contextlib
import json
import re
import sys
import time

import pytest

from conftest import missing
from homelab.errors import ToolError
from homelab.tools.fake import Absent, play, said
from homelab.tools.helm import HelmCommand, HelmLibrary, Template, helm, merged
from homelab.tools.process import Programs

TEMPLATE = """\
{{- if .Values.enabled }}
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-z, namespace: {{ .Release.Namespace }}}
data:
  kubernetes: {{ .Capabilities.KubeVersion.Version }}
  monitored: {{ .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" | quote }}
  number: {{ .Values.number | quote }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  text: |+
    kept

--- # helm parts documents here too
apiVersion: v1
kind: List
items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: listed}}]
{{- end }}
"""


@pytest.fixture
def chart(tmp_path):
    """A small chart with whatever Helm treats specially: CRDs, a switched-off subchart, notes, a List, a version range."""
    files = {
        "Chart.yaml": (
            "{apiVersion: v2, name: small, version: 1.0.0, kubeVersion: '>= 1.30.0-0',"
            " dependencies: [{name: sub, version: '*', condition: sub.enabled}]}"
        ),
        "values.yaml": "{enabled: true, number: 1, sub: {enabled: false}}",
        "values.schema.json": json.dumps({"properties": {"number": {"type": "integer"}}}),
        "crds/crd.yaml": "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: own}}",
        "templates/all.yaml": TEMPLATE,
        "templates/NOTES.txt": "thank you",
        "templates/_helpers.tpl": '{{ define "x" }}{{ end }}',
        "charts/sub/Chart.yaml": "{apiVersion: v2, name: sub, version: 1.0.0}",
        "charts/sub/crds/crd.yaml": "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: sub}}",
    }
    for name, text in files.items():
        file = tmp_path / "small" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "small"


@pytest.fixture(scope="module")
def library():
    """Helm as a library, or the reason why there is none."""
    if not HelmLibrary.available():
        missing("helm-python-sdk", "it is in requirements/dev.txt")
    with HelmLibrary() as helm:
        yield helm


def names(objects):
    return [(item["kind"], item["metadata"]["name"]) for item in objects]


def test_the_command_is_asked_for_exactly_one_chart(tmp_path):
    """Every part of the question reaches helm; the values go by standard input, not by a file that is left behind."""
    yaml = "kind: B\nmetadata: {name: b}\n---\nkind: A\nmetadata: {name: a}\n---\n# nothing\n"
    argv = ["helm", "template", "r", str(tmp_path), "--namespace", "n", "--values", "-", "--kube-version", "1.33.2"]
    runner = play(
        said(*argv, "--api-versions", "x/v1", "--api-versions", "y/v1", "--include-crds", stdout=yaml), said(*argv[:8])
    )
    question = Template(tmp_path, "r", "n", {"a": {"b": 1}}, kube_version="1.33.2", api_versions=("x/v1", "y/v1"))
    assert names(HelmCommand(runner).render(question)) == [("A", "a"), ("B", "b")]
    assert runner.calls[0].stdin == b'{"a": {"b": 1}}'
    assert HelmCommand(runner).render(Template(tmp_path, "r", "n", include_crds=False)) == []


def test_a_missing_helm_is_a_sentence(tmp_path):
    """Without helm there is an error that says so."""
    with pytest.raises(ToolError, match="helm is not installed"):
        HelmCommand(Absent()).render(Template(tmp_path, "r", "n"))


def test_values_are_laid_over_each_other_as_helm_does():
    """Maps are merged in depth; lists, scalars and null replace what was below."""
    below = {"a": {"b": 1, "c": [1, 2]}, "d": {"e": 1}}
    assert merged([below, {"a": {"c": [3]}, "d": None}, {"f": 1}]) == {"a": {"b": 1, "c": [3]}, "d": None, "f": 1}
    assert below == {"a": {"b": 1, "c": [1, 2]}, "d": {"e": 1}}


def test_the_fastest_helm_is_taken():
    """Where the library is installed it is used, and this process does not load it; elsewhere the command."""
    chosen = helm(Absent())
    assert isinstance(chosen, HelmLibrary if HelmLibrary.available() else HelmCommand)
    assert "helm_python" not in sys.modules


@pytest.mark.slow
@pytest.mark.parametrize("crds", [True, False])
def test_both_ways_give_the_same_objects(chart, library, oracle, crds):
    """What Helm treats specially comes out equal: CRDs, switched-off subcharts, notes, separators, lists, versions."""
    oracle("helm")
    question = Template(
        chart, "r", "n", {"number": 1234567}, "1.33.2", ("monitoring.coreos.com/v1",), include_crds=crds
    )
    objects = library.render(question)
    assert objects == HelmCommand(Programs()).render(question)
    config = [("ConfigMap", "a"), ("ConfigMap", "listed"), ("ConfigMap", "r-z")]
    assert sorted(names(objects)) == [*config, *([("CustomResourceDefinition", "own")] if crds else [])]
    assert next(item["data"] for item in objects if item["metadata"]["name"] == "r-z") == {
        "kubernetes": "v1.33.2",
        "monitored": "true",
        "number": "1.234567e+06",  # what Helm makes of a large number in a values file
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "version", "complaint"),
    [
        ({"number": "x"}, None, "got string, want integer"),
        ({}, "1.29.0", "chart requires kubeVersion: >= 1.30.0-0 which is incompatible with Kubernetes v1.29.0"),
    ],
)
def test_both_ways_refuse_alike(chart, library, oracle, values, version, complaint):
    """Values against the schema, and a Kubernetes the chart does not want, are errors in Helm's words."""
    oracle("helm")
    for way in (library, HelmCommand(Programs())):
        with pytest.raises(ToolError, match=complaint):
            way.render(Template(chart, "r", "n", values, kube_version=version))


@pytest.mark.slow
def test_a_chart_that_is_none_is_a_sentence(tmp_path, library):
    """A folder without a chart is an error, and the worker lives on."""
    with pytest.raises(ToolError, match="helm refuses the chart"):
        library.render(Template(tmp_path, "r", "n"))


RANDOM = {  # charts that make new secrets in each render, so that no two renders are equal
    "authelia", "bitnami-keycloak", "cilium", "grafana", "influxdb2", "kube-prometheus-stack", "n8n", "snapshot-controller",
}  # fmt: skip


@pytest.mark.slow
def test_both_ways_agree_on_every_real_chart(test_data, library, oracle):
    """All real charts with their default values give equal objects, or are refused by both; random secrets apart."""
    oracle("helm")
    command, seen = HelmCommand(Programs()), 0
    for chart in sorted((test_data / "charts").glob("*/Chart.yaml")):
        question = Template(chart.parent, "t", "x", kube_version="1.36.1", api_versions=("monitoring.coreos.com/v1",))
        answers = []
        for way in (library, command):
            try:
                objects = way.render(question)
            except ToolError:
                objects = None
            answers.append(names(objects) if objects and chart.parent.name in RANDOM else objects)
        assert answers[0] == answers[1], chart.parent.name
        seen += answers[0] is not None
    assert seen > 40


HOSTILE = {
    "loops": "{{ range $a := until 100000 }}{{ range $b := until 100000 }}{{ end }}{{ end }}",
    "eats-memory": '{{ $x := list (repeat 1000000 "x") }}{{ range until 60 }}{{ $x = concat $x $x }}{{ $y := join "" $x }}{{ end }}',
    "recurses": '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}',
}


COMPLAINTS = {
    "loops": "took longer than 5 s",
    "eats-memory": "helm crashed on the chart bad; a chart may take 4 GiB of memory",
    "recurses": "helm refuses the chart bad",
}


@pytest.mark.slow
@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("way", ["library", "command"])
def test_a_hostile_template_is_ended(chart, tmp_path, monkeypatch, hostile, way, oracle):
    """A template that loops, recurses or eats memory ends as a sentence within its bounds, and the next chart renders."""
    oracle("helm")
    if way == "library" and not HelmLibrary.available():
        missing("helm-python-sdk", "it is in requirements/dev.txt")
    monkeypatch.setattr("homelab.tools.helm.TIMEOUT", 5.0 if hostile == "loops" else 60.0)
    bad = tmp_path / "bad"
    (bad / "templates").mkdir(parents=True)
    (bad / "Chart.yaml").write_text("{apiVersion: v2, name: bad, version: 1.0.0}")
    (bad / "templates" / "a.yaml").write_text(HOSTILE[hostile])
    with HelmLibrary() if way == "library" else contextlib.nullcontext(HelmCommand(Programs())) as helm:
        began = time.monotonic()
        with pytest.raises(ToolError) as ended:
            helm.render(Template(bad, "r", "n"))
        assert re.search(COMPLAINTS[hostile], ended.value.message)
        assert len(ended.value.message) < 1500
        assert time.monotonic() - began < 50
        monkeypatch.setattr("homelab.tools.helm.TIMEOUT", 60.0)
        assert helm.render(Template(chart, "r", "n"))


@pytest.mark.slow
def test_each_render_loads_its_chart_anew(chart, library):
    """A subchart that was off in one render is there in the next, although a loaded chart forgets what was off."""
    off, on = (library.render(Template(chart, "r", "n", {"sub": {"enabled": enabled}})) for enabled in (False, True))
    assert {name for _, name in names(on)} - {name for _, name in names(off)} == {"sub"}


@pytest.mark.slow
def test_of_kinds_the_head_is_kept(chart, library):
    """Of a CRD there is what anybody asks: group, names, scope, and which versions are served; schemas are dropped, nothing else."""
    crd = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: as.x.io\nspec:\n  group: x.io\n"
        "  names: {kind: A, plural: as}\n  scope: Cluster\n  versions:\n    - schema:\n        openAPIV3Schema:\n          properties:\n"
        "            schema:\n              type: object\n      served: true\n      storage: false\n      name: v1beta1\n"
        "    - name: v1\n      additionalPrinterColumns: [{name: x}]\n      schema:\n        openAPIV3Schema: {}\n      served: true\n      storage: true\n"
    )
    (chart / "crds" / "crd.yaml").write_text(crd)
    found = next(item for item in library.render(Template(chart, "r", "n")) if item["metadata"]["name"] == "as.x.io")
    versions = [{"name": "v1beta1", "served": True, "storage": False}, {"name": "v1", "served": True, "storage": True}]
    assert found["spec"] == {
        "group": "x.io",
        "names": {"kind": "A", "plural": "as"},
        "scope": "Cluster",
        "versions": versions,
    }
