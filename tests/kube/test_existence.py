"""Whether something is there: yes, no, or not to be known because of what was not read or nobody knows."""

from __future__ import annotations

import pytest

from homelab.findings import Subject
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory

YES, NO = "yes", "no"
REMOTE = "https://git.example.org/other//deploy"


def app(name: str, source: str, destination: str = "") -> str:
    return f"""
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec: {{project: default, source: {{{source}}}, destination: {{{destination}}}}}
"""


def own(name: str, destination: str = "") -> str:
    return app(name, f'repoURL: "https://git.example.org/lab.git", path: {name}, targetRevision: HEAD', destination)


def chart(name: str, destination: str) -> str:
    return app(name, f'repoURL: "https://charts.example.org", chart: {name}, targetRevision: 1.0.0', destination)


def lab(**files: str) -> Inventory:
    return read(of_texts({path.replace("__", "/") + ".yaml": text for path, text in files.items()}))


def said(answer: ask.Answer) -> str:
    return YES if answer.there else NO if answer.missing else answer.why


def thing(kind: str, name: str, spec: str = "{}", space: str = "shop", group: str = "widgets.example.org/v1") -> str:
    return f"""
apiVersion: {group}
kind: {kind}
metadata: {{name: {name}, namespace: {space}}}
spec: {spec}
"""


JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: seed, namespace: shop}
spec: {template: {spec: {containers: [{name: seed, image: "seed:1", command: [kubectl, create, secret, generic, %s]}]}}}
"""
ROLE = """
apiVersion: rbac.authorization.k8s.io/v1
kind: %s
metadata: {name: seed, namespace: shop}
rules: [{apiGroups: [""], resources: [%s], verbs: [%s]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: seed, namespace: shop}
roleRef: {kind: %s, name: seed}
subjects: [{kind: ServiceAccount, name: default, namespace: shop}]
"""


@pytest.mark.parametrize(("files", "answer"), [
    ({"all": thing("Secret", "login", group="v1")}, YES),
    ({"all": thing("Secret", "login", group="v1", space="elsewhere")}, NO),
    ({"all": ""}, NO),
    # an operator that nobody knows
    ({"all": thing("Widget", "shop", "{out: login}")}, "Widget shop names it"),
    ({"all": thing("Widget", "shop", "{out: [{name: login}]}")}, "Widget shop names it"),
    ({"all": thing("Widget", "shop", "{out: login}", "elsewhere")}, NO),
    ({"all": thing("Widget", "shop", "{out: login, into: shop}", "elsewhere")}, "Widget shop names it"),
    ({"all": thing("Widget", "shop", "{out: other}")}, NO),
    ({"all": thing("Widget", "log")}, NO),
    # one that is known to make nothing of the kind
    ({"all": thing("PrometheusRule", "login", group="monitoring.coreos.com/v1")}, NO),
    ({"all": thing("KafkaUser", "login", group="kafka.strimzi.io/v1beta2")}, YES),
    ({"all": thing("KafkaTopic", "login", group="kafka.strimzi.io/v1beta2")}, NO),
    # sources
    ({"apps__a": chart("strange", "namespace: shop")}, "chart strange"),
    ({"apps__a": chart("strange", "namespace: elsewhere")}, NO),
    ({"apps__a": app("b", 'repoURL: "https://git.example.org/b.git", path: b')}, "is not in this repository"),
    ({"apps__a": own("b"), "b__kustomization": f"resources: [{REMOTE}]"}, "needs the network"),
    ({"apps__a": own("b"), "b__kustomization": f"namespace: shop\nresources: [{REMOTE}]"}, "needs the network"),
    ({"apps__a": own("b"), "b__kustomization": f"namespace: elsewhere\nresources: [{REMOTE}]"}, NO),
    ({"apps__a": own("b"), "b__kustomization": "generators: [g.yaml]"}, "generators is not read"),
    ({"apps__a": own("b"), "b__all": "a: [", "b__good": thing("Widget", "w")}, "b/all.yaml"),
    ({"apps__a": own("b"), "c__all": "a: [", "b__good": thing("Widget", "w")}, NO),
    # where a source that was not read may act
    ({"apps__a": own("b", "namespace: shop"), "b__kustomization": f"resources: [{REMOTE}]"}, "needs the network"),
    ({"apps__a": own("b", "namespace: elsewhere"), "b__kustomization": f"resources: [{REMOTE}]"}, NO),
    ({"apps__a": own("b", "namespace: argocd"), "b__kustomization": f"resources: [{REMOTE}]"}, "needs the network"),
    ({"apps__a": own("b", "namespace: elsewhere"), "b__kustomization": f"resources: [{REMOTE}, all.yaml]", "b__all": thing("Widget", "w")}, "needs the network"),
    ({"apps__a": app("b", 'repoURL: "https://git.example.org/b.git", path: b', "namespace: shop")}, "is not in this repository"),
    ({"apps__a": app("b", 'repoURL: "https://git.example.org/b.git", path: b', "namespace: elsewhere")}, NO),
    ({"apps__a": own("b", "namespace: shop"), "b__all": "a: [", "b__good": thing("Widget", "w", space="")}, "b/all.yaml"),
    ({"apps__a": own("b", "namespace: elsewhere"), "b__all": "a: [", "b__good": thing("Widget", "w", space="")}, NO),
    ({"all": thing("HelmRelease", "release", group="helm.toolkit.fluxcd.io/v2")}, "what HelmRelease release installs"),
    ({"all": thing("HelmRelease", "r", "{targetNamespace: other}", group="helm.toolkit.fluxcd.io/v2")}, NO),
    # jobs
    ({"all": JOB % "login"}, "makes such objects and says its name"),
    ({"all": JOB % "other"}, NO),
    ({"all": JOB % "other" + "---" + ROLE % ("Role", "secrets", "create", "Role")}, "its account may create secrets"),
    ({"all": JOB % "other" + "---" + ROLE % ("ClusterRole", "'*'", "'*'", "ClusterRole")}, NO),
    ({"all": JOB % "other" + "---" + ROLE % ("Role", "secrets", "get", "Role")}, NO),
    ({"all": JOB % "other" + "---" + ROLE % ("Role", "configmaps", "create", "Role")}, NO),
])  # fmt: skip
def test_a_secret_is_there_missing_or_not_to_be_known(files, answer):
    """What was not read, what nobody knows and what a job may make hide a Secret where they act, and nowhere else."""
    found = said(ask.thing(lab(**files), "Secret", "shop", "login"))
    assert found == answer if answer in {YES, NO} else answer in found


SET = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store, namespace: shop}
spec:
  selector: {matchLabels: {app: store}}
  template: {metadata: {labels: {app: store}}, spec: {containers: [{name: s, image: "s:1"}]}}
  volumeClaimTemplates: [{metadata: {name: data}}]
"""


@pytest.mark.parametrize(("name", "answer"), [
    ("data-store-0", YES), ("data-store-12", YES), ("data-store", NO), ("data-other-0", NO), ("store-data-0", NO),
])  # fmt: skip
def test_a_statefulset_has_the_claims_of_its_pods(name, answer):
    """A claim is named by template, set and ordinal."""
    assert said(ask.thing(lab(all=SET), "PersistentVolumeClaim", "shop", name)) == answer


@pytest.mark.parametrize(("body", "labels", "answer"), [
    (SET, {"app": "store"}, YES),
    (SET, {"app": "other"}, NO),
    (thing("Rollout", "web", "{template: {metadata: {labels: {app: web}}}}", group="argoproj.io/v1alpha1"), {"app": "web"}, YES),
    (thing("Database", "store"), {"app.kubernetes.io/instance": "store"}, "the operator of Database store may run them"),
    (thing("Database", "store"), {"app": "rfr-store"}, "the operator of Database store may run them"),
    (thing("Database", "store"), {"app": "restore"}, NO),
    (thing("Database", "a"), {"widgets.example.org/cluster": "b"}, "the operator of Database a may run them"),
    (thing("Fn", "f", "{pods: {metadata: {labels: {app: web}}, spec: {containers: [{name: a}]}}}"), {"app": "web"}, "describes such pods"),
    (thing("Database", "store", space="elsewhere"), {"app": "store"}, NO),
])  # fmt: skip
def test_pods_are_there_missing_or_not_to_be_known(body, labels, answer):
    """Pods of workloads are known, those of strange operators are guessed by templates, names, kinds and groups."""
    found = said(ask.pods(lab(all=body), "shop", {"matchLabels": labels}))
    assert found == answer if answer in {YES, NO} else answer in found


@pytest.mark.parametrize(("labels", "answer"), [
    ({"k8s-app": "kube-dns"}, YES),
    ({"component": "kube-scheduler"}, YES),
    ({"app": "local-path-provisioner"}, "K3s runs it"),
    ({"k8s-app": "kube-dns", "app.kubernetes.io/name": "coredns"}, "the distribution runs such pods"),
    ({"app": "nobody"}, NO),
])  # fmt: skip
def test_the_distribution_runs_pods_of_its_own(labels, answer):
    """Cluster DNS and the control plane run everywhere, others only in some distributions."""
    assert said(ask.pods(lab(all=""), "kube-system", {"matchLabels": labels})) == answer
    assert said(ask.pods(lab(all=""), "shop", {"matchLabels": labels})) == NO


@pytest.mark.parametrize(("ground", "there"), [
    ("talos: 1.12.0", [NO, NO]), ("kubernetes: v1.35.2+k3s1", [YES, YES]), ("kubernetes: 1.35.2", ["K3s brings it", "K3s brings it"]),
])  # fmt: skip
def test_what_runs_the_nodes_says_what_it_brings(ground, there):
    """Talos brings no class and no Traefik, K3s both; where only Kubernetes is known, either may be so."""
    inventory = read(of_texts({"all.yaml": thing("Widget", "w"), ".homelab/lab.yaml": ground + "\n"}))
    crds = thing("CustomResourceDefinition", "a.other.example.org", group="apiextensions.k8s.io/v1")
    known = read(of_texts({"all.yaml": crds, ".homelab/lab.yaml": ground + "\n"}))
    route = ask.definition(known, "traefik.io", "IngressRoute")
    assert [said(ask.volume_class(inventory, "local-path")), said(route)] == there


@pytest.mark.parametrize(("name", "answer"), [
    ("local-path", "K3s brings it"), ("microk8s-hostpath", "MicroK8s brings it"), ("fast", NO),
])  # fmt: skip
def test_the_distribution_may_bring_a_class(name, answer):
    """A class that a distribution brings may be there where nothing says which one runs."""
    assert said(ask.volume_class(lab(all=""), name)) == answer


@pytest.mark.parametrize(("text", "answer"), [
    ("group: widgets.example.org, names: {kind: Widget, plural: odd-name}", YES),
    ("group: widgets.example.org, names: {kind: Other, plural: widgets}", NO),
])  # fmt: skip
def test_a_definition_says_its_kind_itself(text, answer):
    """A plural is no English grammar: the kind that a definition states counts."""
    crd = f"""
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: odd-name.widgets.example.org}}
spec: {{{text}}}
"""
    assert said(ask.definition(lab(all=crd), "widgets.example.org", "Widget")) == answer


KEYED = {
    "secret": ("Secret", thing("Secret", "x", group="v1").replace("spec: {}", "data: {a: YQ==}\nstringData: {b: b}"), "ab"),
    "empty": ("Secret", thing("Secret", "x", group="v1").replace("spec: {}", ""), None),
    "config": ("ConfigMap", thing("ConfigMap", "x", group="v1").replace("spec: {}", "data: {a: a}\nbinaryData: {b: YQ==}"), "ab"),
    "reflected": ("Secret", """
apiVersion: v1
kind: Secret
metadata: {name: x, namespace: shop, annotations: {reflector.v1.k8s.emberstack.com/reflects: edge/x}}
data: {a: YQ==}
""", None),
    "sealed": ("Secret", thing("SealedSecret", "x", "{encryptedData: {a: Ag==}, template: {data: {b: b}}}", group="bitnami.com/v1alpha1"), "ab"),
    "external": ("Secret", thing("ExternalSecret", "x", "{data: [{secretKey: a}, {secretKey: b}]}", group="external-secrets.io/v1"), "ab"),
    "external, all": ("Secret", thing("ExternalSecret", "x", "{data: [{secretKey: a}], dataFrom: [{extract: {key: k}}]}", group="external-secrets.io/v1"), None),
    "external, template": ("Secret", thing("ExternalSecret", "x", "{data: [{secretKey: c}], target: {template: {data: {a: '', b: ''}}}}", group="external-secrets.io/v1"), "ab"),
    "external, merged": ("Secret", thing("ExternalSecret", "x", "{data: [{secretKey: b}], target: {template: {mergePolicy: Merge, data: {a: ''}}}}", group="external-secrets.io/v1"), "ab"),
    "operator": ("Secret", thing("KafkaUser", "x", group="kafka.strimzi.io/v1beta2"), None),
}  # fmt: skip


@pytest.mark.parametrize("case", KEYED)
def test_keys_are_known_where_all_of_them_are_written(case):
    """A key is there or missing only where nobody else writes into the object; else nobody can know."""
    kind, body, written = KEYED[case]
    inventory = lab(all=body)
    asked = Subject(kind, "x", "shop")
    answers = {key: said(ask.key(inventory, asked, key)) for key in "abc"}
    if written is None:
        assert answers["c"] == "its keys are made at run time"
    else:
        assert {key for key, answer in answers.items() if answer == YES} == set(written)
        assert answers["c"] == NO


def test_a_key_of_nothing_is_what_the_thing_itself_is():
    """Where the object is missing, so is its key."""
    assert said(ask.key(lab(all=""), Subject("Secret", "x", "shop"), "a")) == NO
