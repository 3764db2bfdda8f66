"""Vaults: operators that bring secrets from a store outside, and which Secret each of their custom resources becomes.

Sources: each project's own definition of the kind, at the version named beside it.
"""

from __future__ import annotations

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Keyed, Produces
from homelab.kube.resource import Manifest, dig
from homelab.software.made import made
from homelab.software.software import KindTruth, Software

ESO = "external-secrets.io"


def external_secret(body: Manifest, _lookup: object) -> Expansion:
    """An ExternalSecret makes the Secret of its target, of its own name where it says none.

    Its keys are those of `data`; a template replaces them unless it merges, and `dataFrom` brings any
    (external-secrets v1 ExternalSecretTarget, ExternalSecretTemplate.mergePolicy).
    """
    meta, spec = body["metadata"], body.get("spec") or {}
    owner = Subject("ExternalSecret", str(meta["name"]), str(meta.get("namespace") or ""))
    target = spec.get("target") or {}
    secret = Subject("Secret", str(target.get("name") or owner.name), owner.namespace)
    template = target.get("template") or {}
    keys = [str(entry.get("secretKey")) for entry in spec.get("data") or ()]
    open_ended = bool(spec.get("dataFrom") or template.get("templateFrom"))
    if template.get("data"):
        merged = template.get("mergePolicy") == "Merge"
        keys = [*(keys if merged else ()), *map(str, template["data"])]
        open_ended = bool(template.get("templateFrom") or (merged and spec.get("dataFrom")))
    told = (
        ()
        if open_ended or target.get("creationPolicy") in {"Merge", "Orphan"}
        else (Keyed(owner, secret, tuple(keys)),)
    )
    return Expansion(facts=(Produces(owner, (secret,)), *told))


def cluster_external_secret(body: Manifest, _lookup: object) -> Expansion:
    """An ExternalSecret in each namespace that is named; selectors may fit any, so that all count.

    Source: external-secrets v1 `ClusterExternalSecretSpec` (namespaces, namespaceSelector, namespaceSelectors).
    """
    name = str(dig(body, ["metadata", "name"], ""))
    outer = str(dig(body, ["spec", "externalSecretName"], name))
    inner = str(dig(body, ["spec", "externalSecretSpec", "target", "name"], outer))
    named = [str(space) for space in dig(body, ["spec", "namespaces"], [])]
    selecting = any(dig(body, ["spec", key]) is not None for key in ("namespaceSelector", "namespaceSelectors"))
    made_in = ["*"] if selecting else named
    objects = tuple(Subject("Secret", inner, space) for space in made_in)
    return Expansion(facts=(Produces(Subject("ClusterExternalSecret", name), objects),))


VAULTS = Software(
    name="vaults",
    kinds=(
        KindTruth(ESO, "ExternalSecret", external_secret),
        KindTruth(ESO, "ClusterExternalSecret", cluster_external_secret),
        *made(ESO, "SecretStore ClusterSecretStore PushSecret ClusterPushSecret"),
        # 1Password connect-operator: a Secret of the item's name
        *made("onepassword.com", "OnePasswordItem", "Secret {name}"),
        # bitwarden sm-operator, BitwardenSecretSpec.secretName
        *made("k8s.bitwarden.com", "BitwardenSecret", "Secret {spec.secretName}"),
        # Infisical kubernetes-operator, InfisicalSecretSpec; the namespace is its own where none is said
        *made(
            "secrets.infisical.com",
            "InfisicalSecret InfisicalDynamicSecret",
            "Secret {spec.managedSecretReference.secretName} in {spec.managedSecretReference.secretNamespace|own}",
            "Secret {spec.managedKubeSecretReferences.*.secretName} in {spec.managedKubeSecretReferences.*.secretNamespace|own}",
            "ConfigMap {spec.managedKubeConfigMapReferences.*.configMapName}"
            " in {spec.managedKubeConfigMapReferences.*.configMapNamespace|own}",
        ),
        # vault-secrets-operator, Destination.name
        *made(
            "secrets.hashicorp.com",
            "VaultStaticSecret VaultDynamicSecret VaultPKISecret HCPVaultSecretsApp",
            "Secret {spec.destination.name}",
        ),
        *made("secrets.hashicorp.com", "VaultAuth VaultConnection VaultAuthGlobal SecretTransformation HCPAuth"),
        # ricoberger/vault-secrets-operator: a Secret of the same name
        *made("ricoberger.de", "VaultSecret", "Secret {name}"),
        # Doppler kubernetes-operator, ManagedSecretRef
        *made(
            "secrets.doppler.com",
            "DopplerSecret",
            "Secret {spec.managedSecret.name} in {spec.managedSecret.namespace|own}",
        ),
        # isindir/sops-secrets-operator, SopsSecretSpec.secretTemplates
        *made("isindir.github.com", "SopsSecret", "Secret {spec.secretTemplates.*.name}"),
        # mittwald/kubernetes-secret-generator
        *made("secretgenerator.mittwald.de", "StringSecret BasicAuth SSHKeyPair", "Secret {name}"),
        # zakkg3/ClusterSecret: a Secret of its name in the namespaces that match, all by default
        *made("clustersecret.io", "ClusterSecret", "Secret {name} in *"),
        # secrets-store-csi-driver, SecretProviderClassSpec.secretObjects
        *made("secrets-store.csi.x-k8s.io", "SecretProviderClass", "Secret {spec.secretObjects.*.secretName}"),
    ),
)
