"""kubectl without a cluster."""

from __future__ import annotations

import pytest

from homelab.errors import ToolError
from homelab.tools.fake import play, said
from homelab.tools.kubectl import kustomize, label_local
from homelab.tools.process import Programs

LABEL = (
    "kubectl",
    "label",
    "--local",
    "--overwrite",
    "--filename",
    "-",
    "homelab.invalid/read=yes",
    "--output",
    "json",
)


def test_the_label_of_ours_is_taken_off_again():
    """Objects come back as they were: several of them, Lists opened, without the label that made kubectl read them."""
    out = """{"kind":"A","metadata":{"labels":{"homelab.invalid/read":"yes"}}}
    {"kind":"List","items":[{"kind":"B","metadata":{"labels":{"homelab.invalid/read":"yes","a":"b"}}}]}
    """
    assert label_local(play(said(*LABEL, stdout=out)), "x") == [
        {"kind": "A", "metadata": {}},
        {"kind": "B", "metadata": {"labels": {"a": "b"}}},
    ]


def test_no_cluster_is_ever_asked(tmp_path):
    """Kubectl gets no kubeconfig, whatever the person has configured."""
    runner = play(said("kubectl", "kustomize", str(tmp_path), stdout="kind: A\n---\n"), said(*LABEL))
    assert kustomize(runner, tmp_path) == [{"kind": "A"}]
    assert label_local(runner, "") == []
    assert {call.env["KUBECONFIG"] for call in runner.calls} == {"/dev/null"}


@pytest.mark.slow
def test_real_kubectl_reads_as_kubernetes_does(oracle):
    """The oracle knows the scalars that YAML readers disagree about, and tells bad YAML."""
    oracle("kubectl")
    text = "apiVersion: x/v1\nkind: K\nmetadata: {name: a}\nspec: {a: on, b: 0755, c: 12:30, d: 1e3}\n"
    assert label_local(Programs(), text + "---\n" + text)[1]["spec"] == {"a": True, "b": 493, "c": "12:30", "d": 1000}
    with pytest.raises(ToolError, match="kubectl failed with code 1: error: error parsing STDIN"):
        label_local(Programs(), "a: [")


@pytest.mark.slow
def test_real_kustomizations_are_built(oracle, tmp_path):
    """A kustomization gives its objects; a broken one an error in kustomize's words."""
    oracle("kubectl")
    (tmp_path / "kustomization.yaml").write_text("resources: [a.yaml]\nnamespace: home\n")
    with pytest.raises(ToolError, match=r"accumulating resources from 'a\.yaml'"):
        kustomize(Programs(), tmp_path)
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
    assert kustomize(Programs(), tmp_path) == [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "home"}}
    ]
