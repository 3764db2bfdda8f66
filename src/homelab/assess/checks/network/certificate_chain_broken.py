"""A certificate nobody issues: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource

ISSUES = ("cert-manager.io/cluster-issuer", "cert-manager.io/issuer")
"""Annotations by which cert-manager makes the Secrets that a Gateway or an Ingress names."""


@check(severity=Severity.HIGH)
def certificate_chain_broken(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A certificate names an issuer, or a listener a Secret, that does not exist: people see a warning, or nothing."""
    for certificate in inventory.of("Certificate"):
        if certificate.group == "cert-manager.io":
            yield from _issuer(inventory, certificate)
    for gateway in inventory.of("Gateway"):
        for i, listener in enumerate(gateway.get("spec.listeners", [])):
            for j, ref in enumerate((listener.get("tls") or {}).get("certificateRefs") or ()):
                space = str(ref.get("namespace") or gateway.namespace)
                yield from _secret(
                    inventory, gateway, space, str(ref.get("name")), f"spec.listeners.{i}.tls.certificateRefs.{j}"
                )
    for ingress in inventory.of("Ingress"):
        for i, entry in enumerate(ingress.get("spec.tls", [])):
            if entry.get("secretName"):
                yield from _secret(
                    inventory, ingress, ingress.namespace, str(entry["secretName"]), f"spec.tls.{i}.secretName"
                )


def _issuer(inventory: Inventory, certificate: Resource) -> Iterator[Accusation | Unjudged]:
    ref = certificate.get("spec.issuerRef", {})
    kind, name = str(ref.get("kind", "Issuer")), str(ref.get("name", ""))
    if str(ref.get("group", "cert-manager.io")) != "cert-manager.io":
        return
    space = "" if kind == "ClusterIssuer" else certificate.namespace
    answer = ask.thing(inventory, kind, space, name, asker=certificate)
    if answer.why:
        place = inventory.place(certificate, "spec.issuerRef")
        yield Unjudged(f"{certificate.subject} → {kind} {name}", answer.why, place)
    if not answer.missing:
        return
    yield Accusation(
        certificate,
        f"{certificate.name} is to be issued by {kind} {name}, which nothing declares",
        field="spec.issuerRef.name",
        hint="name an issuer that exists; without `kind` an Issuer of the same namespace is meant",
        absent=(space,),
    )


def _secret(
    inventory: Inventory, resource: Resource, space: str, name: str, field: str
) -> Iterator[Accusation | Unjudged]:
    if any(key in resource.annotations for key in ISSUES):
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
