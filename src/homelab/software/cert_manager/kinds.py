"""What cert-manager and trust-manager make: Secrets of certificates, asked for by name or by an annotation, and bundles.

Sources: cert-manager v1.20 `pkg/controller/certificate-shim/sync.go` (annotations of Ingresses, Gateways and ListenerSets),
`pkg/apis/acme/v1` (the account's key); trust-manager v0.20 `pkg/apis/trust/v1alpha1` (a target has the Bundle's name).
"""

from __future__ import annotations

from collections.abc import Iterable

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Fact, Keyed, Produces
from homelab.kube.resource import Manifest, dig
from homelab.software.made import made, subjects
from homelab.software.software import KindTruth

ASKS = ("cert-manager.io/issuer", "cert-manager.io/cluster-issuer", "kubernetes.io/tls-acme")
SHIMMED = {
    "Ingress": "Secret {spec.tls.*.secretName}",
    "Gateway": "Secret {spec.listeners.*.tls.certificateRefs.*.name}",
    "ListenerSet": "Secret {spec.listeners.*.tls.certificateRefs.*.name}",
    "XListenerSet": "Secret {spec.listeners.*.tls.certificateRefs.*.name}",
}
"""Kinds for which cert-manager makes the certificates that they name, where an annotation asks for it."""
ACCOUNT = "{spec.acme.privateKeySecretRef.name}"

STORES = {"jks": ("keystore.jks", "truststore.jks"), "pkcs12": ("keystore.p12", "truststore.p12")}
FORMATS = {"CombinedPEM": "tls-combined.pem", "DER": "key.der"}


def certificate(body: Manifest, _lookup: object) -> Expansion:
    """A Certificate's Secret, with the certificate, its key, its authority and the other forms that are asked for.

    Source: cert-manager v1.20 `pkg/controller/certificates/issuing/internal/secret.go`.
    """
    meta, spec = body["metadata"], body.get("spec") or {}
    owner = Subject("Certificate", str(meta["name"]), str(meta.get("namespace") or ""))
    secret = Subject("Secret", str(spec.get("secretName") or ""), owner.namespace)
    keys = ["tls.crt", "tls.key", "ca.crt"]
    for store in spec.get("keystores") or ():
        keys += STORES.get(store, ())
    keys += [FORMATS[f["type"]] for f in spec.get("additionalOutputFormats") or () if f.get("type") in FORMATS]
    return Expansion(facts=(Produces(owner, (secret,)), Keyed(owner, secret, tuple(keys))))


KINDS: tuple[KindTruth, ...] = (
    KindTruth("cert-manager.io", "Certificate", certificate),
    *made("cert-manager.io", "Issuer", f"Secret {ACCOUNT}"),
    *made("cert-manager.io", "ClusterIssuer", f"Secret {ACCOUNT} in cert-manager"),
    *made("cert-manager.io", "CertificateRequest"),
)


def annotated(body: Manifest) -> Iterable[Fact]:
    """The Secrets that an annotation has made; of a Bundle, those of its targets in every namespace."""
    kind, meta = str(body.get("kind")), body.get("metadata") or {}
    line = SHIMMED.get(kind)
    notes = dig(meta, ["annotations"], {})
    if line and any(notes.get(key) not in (None, "", "false") for key in ASKS):
        found = tuple(subjects(line, body))
        yield Produces(Subject(kind, str(meta.get("name")), str(meta.get("namespace") or "")), found)
    if kind in {"Bundle", "ClusterBundle"} and str(body.get("apiVersion")).startswith("trust.cert-manager.io/"):
        target = dig(body, ["spec", "target"], {})
        kinds = [made_kind for key, made_kind in (("configMap", "ConfigMap"), ("secret", "Secret")) if target.get(key)]
        name = str(meta.get("name"))
        yield Produces(Subject(kind, name), tuple(Subject(each, name, "*") for each in kinds))
