"""A certificate nobody issues: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource
from homelab.kube.routing.listeners import granted
from homelab.kube.routing.routes import GROUP

ISSUERS = {"cert-manager.io/cluster-issuer": "ClusterIssuer", "cert-manager.io/issuer": "Issuer"}
"""Annotations by which cert-manager makes the Secrets that a Gateway or an Ingress names, and the kinds they name.

Source: cert-manager, gateway-shim and ingress-shim; a kind or group of another program stands in two more.
"""
BY_DEFAULT = "kubernetes.io/tls-acme"
"""Asks for the issuer that cert-manager was started with."""
OTHERS = ("cert-manager.io/issuer-kind", "cert-manager.io/issuer-group")


@check(severity=Severity.HIGH)
def certificate_chain_broken(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A certificate names an issuer, or a listener a Secret, that does not exist: people see a warning, or nothing."""
    for certificate in inventory.of("Certificate"):
        if certificate.group == "cert-manager.io":
            yield from _issuer(inventory, certificate)
    for gateway in inventory.of("Gateway"):
        yield from _annotated(inventory, gateway)
        for i, listener in enumerate(gateway.get("spec.listeners", [])):
            for j, ref in enumerate((listener.get("tls") or {}).get("certificateRefs") or ()):
                if str(ref.get("kind") or "Secret") != "Secret":
                    continue
                space, name = str(ref.get("namespace") or gateway.namespace), str(ref.get("name"))
                field = f"spec.listeners.{i}.tls.certificateRefs.{j}"
                yield from _secret(inventory, gateway, space, name, field)
                yield from _consent(inventory, gateway, space, name, field)
    for ingress in inventory.of("Ingress"):
        yield from _annotated(inventory, ingress)
        for i, entry in enumerate(ingress.get("spec.tls", [])):
            if entry.get("secretName"):
                yield from _secret(
                    inventory, ingress, ingress.namespace, str(entry["secretName"]), f"spec.tls.{i}.secretName"
                )


def _issuer(inventory: Inventory, certificate: Resource) -> Iterator[Accusation | Unjudged]:
    ref = certificate.get("spec.issuerRef", {})
    if str(ref.get("group") or "cert-manager.io") == "cert-manager.io":
        kind, name = str(ref.get("kind") or "Issuer"), str(ref.get("name", ""))
        yield from _named(inventory, certificate, kind, name, "spec.issuerRef.name")


def _annotated(inventory: Inventory, resource: Resource) -> Iterator[Accusation | Unjudged]:
    """The issuer that annotations name: that of another program is not looked for."""
    said = {str(resource.annotations.get(key) or "") for key in OTHERS} - {
        "",
        "Issuer",
        "ClusterIssuer",
        "cert-manager.io",
    }
    for annotation, kind in ISSUERS.items():
        if (name := resource.annotations.get(annotation)) and not said:
            yield from _named(inventory, resource, kind, str(name), "metadata.annotations")


def _named(
    inventory: Inventory, resource: Resource, kind: str, name: str, field: str
) -> Iterator[Accusation | Unjudged]:
    space = "" if kind == "ClusterIssuer" else resource.namespace
    answer = ask.thing(inventory, kind, space, name, asker=resource)
    if answer.why:
        yield Unjudged(f"{resource.subject} → {kind} {name}", answer.why, inventory.place(resource, field))
    if not answer.missing:
        return
    yield Accusation(
        resource,
        f"{resource.name} is to be issued by {kind} {name}, which nothing declares",
        field=field,
        hint="name an issuer that exists; without `kind` an Issuer of the same namespace is meant",
        absent=(space,),
    )


def _consent(
    inventory: Inventory, gateway: Resource, space: str, name: str, field: str
) -> Iterator[Accusation | Unjudged]:
    """A certificate of another namespace, where a ReferenceGrant has to let the Gateway take it."""
    if gateway.group != GROUP or granted(inventory, gateway, "Secret", space, name):
        return
    if why := ask.anything(inventory, space):
        yield Unjudged(f"{gateway.subject} → ReferenceGrant in {space}", why, inventory.place(gateway, field))
        return
    yield Accusation(
        gateway,
        f"{gateway.name} takes its certificate from Secret {space}/{name}, and no ReferenceGrant there lets a Gateway of"
        f" {gateway.namespace} do so",
        field=f"{field}.namespace",
        hint=f"declare a ReferenceGrant in {space}, or keep the certificate beside the Gateway",
        absent=(space,),
    )


def _secret(
    inventory: Inventory, resource: Resource, space: str, name: str, field: str
) -> Iterator[Accusation | Unjudged]:
    # cert-manager makes Secrets of other namespaces for nobody
    asked = any(key in resource.annotations for key in ISSUERS) or resource.annotations.get(BY_DEFAULT) == "true"
    if asked and space == resource.namespace:
        return
    answer = ask.thing(inventory, "Secret", space, name, asker=resource)
    if answer.why:
        yield Unjudged(f"{resource.subject} → Secret {name}", answer.why, inventory.place(resource, field))
    if not answer.missing:
        return
    yield Accusation(
        resource,
        f"{resource.name} takes its certificate from Secret {space}/{name}, which nothing issues or seals",
        field=field,
        hint="declare a Certificate with that secretName",
        absent=(space,),
    )
