"""What operators make of a custom resource, in lines that are filled from it."""

from __future__ import annotations

import pytest

from homelab.findings import Subject
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.software.made import subjects

BODY = {
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"to": "login", "many": [{"n": "a"}, {"n": "b"}, {}], "space": "other", "port": 1},
}


@pytest.mark.parametrize(("line", "made"), [
    ("Secret {name}", ["shop/Secret/web"]),
    ("Secret {spec.to}-user", ["shop/Secret/login-user"]),
    ("Secret {spec.none|name}", ["shop/Secret/web"]),
    ("Secret {spec.none}", []),
    ("ConfigMap {spec.many.*.n}", ["shop/ConfigMap/a", "shop/ConfigMap/b"]),
    ("Secret {spec.to} in {spec.space}", ["other/Secret/login"]),
    ("Secret {spec.to} in {spec.none|own}", ["shop/Secret/login"]),
    ("Secret {spec.to} in *", ["*/Secret/login"]),
    ("Service {name}-{spec.port}", ["shop/Service/web-1"]),
    ("Secret {spec.many}", []),
])  # fmt: skip
def test_a_line_says_what_is_made(line, made):
    """Braces hold paths, `|` a second choice, `*` every item; what is absent makes nothing."""
    assert [str(subject) for subject in subjects(line, BODY)] == made


KINDS = {
    "onepassword.com/v1 OnePasswordItem": ("{}", "web"),
    "k8s.bitwarden.com/v1 BitwardenSecret": ("{secretName: x}", "x"),
    "secrets.infisical.com/v1alpha1 InfisicalSecret": ("{managedSecretReference: {secretName: x, secretNamespace: shop}}", "x"),
    "secrets.hashicorp.com/v1beta1 VaultStaticSecret": ("{destination: {name: x, create: true}}", "x"),
    "secrets.doppler.com/v1alpha1 DopplerSecret": ("{managedSecret: {name: x}}", "x"),
    "external-secrets.io/v1 ExternalSecret": ("{target: {name: x}}", "x"),
    "external-secrets.io/v1 ExternalSecret ": ("{}", "web"),
    "bitnami.com/v1alpha1 SealedSecret": ("{encryptedData: {a: Ag==}}", "web"),
    "isindir.github.com/v1alpha3 SopsSecret": ("{secretTemplates: [{name: x}]}", "x"),
    "secretgenerator.mittwald.de/v1alpha1 StringSecret": ("{}", "web"),
    "kafka.strimzi.io/v1beta2 KafkaUser": ("{}", "web"),
    "kafka.strimzi.io/v1beta2 Kafka": ("{}", "web-cluster-ca-cert"),
    "cert-manager.io/v1 Certificate": ("{secretName: x}", "x"),
    "cert-manager.io/v1 Issuer": ("{acme: {privateKeySecretRef: {name: x}}}", "x"),
    "ceph.rook.io/v1 CephCluster": ("{mon: {count: 3}}", "rook-ceph-admin-keyring"),
    "ceph.rook.io/v1 CephCluster ": ("{mon: {count: 3}}", "rook-ceph-config"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_custom_resource_becomes_its_secret(kind):
    """The Secret that each operator makes of its kind is there, in the namespace that the resource says."""
    spec, name = KINDS[kind]
    api, word = kind.split()
    body = f"apiVersion: {api}\nkind: {word}\nmetadata: {{name: web, namespace: shop}}\nspec: {spec}\n"
    inventory = read(of_texts({"all.yaml": body}))
    assert inventory.exists("Secret", "shop", name)
    assert not inventory.exists("Secret", "elsewhere", name)


COPIED = {
    "everywhere": ("Secret", "{reflector.v1.k8s.emberstack.com/reflection-auto-enabled: 'true'}", {"a", "b"}),
    "named": ("Secret", "{reflector.v1.k8s.emberstack.com/reflection-auto-enabled: 'true', reflector.v1.k8s.emberstack.com/reflection-auto-namespaces: a}", {"a"}),
    "allowed only": ("Secret", "{reflector.v1.k8s.emberstack.com/reflection-allowed: 'true'}", set()),
    "pattern": ("Secret", "{reflector.v1.k8s.emberstack.com/reflection-auto-enabled: 'true', reflector.v1.k8s.emberstack.com/reflection-auto-namespaces: 'a.*'}", {"a", "b"}),
    "replicated": ("ConfigMap", "{replicator.v1.mittwald.de/replicate-to: 'a,c'}", {"a"}),
    "synced": ("ConfigMap", "{kubed.appscode.com/sync: ''}", {"a", "b"}),
    "nothing": ("Secret", "{other: x}", set()),
}  # fmt: skip


@pytest.mark.parametrize("case", COPIED)
def test_annotations_copy_an_object_into_other_namespaces(case):
    """What a reflector copies is there in the namespaces that the annotation names; a pattern may fit any."""
    kind, annotations, spaces = COPIED[case]
    body = f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: x, namespace: edge, annotations: {annotations}}}\n"
    inventory = read(of_texts({"all.yaml": body}))
    assert {space for space in "ab" if inventory.exists(kind, space, "x")} == spaces


def test_each_kind_is_told_once():
    """No two systems speak of one kind: the later would silence the earlier."""
    from homelab.software.lookup import systems

    kinds = [(truth.group, truth.kind) for system in systems() for truth in system.kinds]
    assert sorted(kinds) == sorted(set(kinds))
    assert Subject("Secret", "a") != Subject("Secret", "b")
