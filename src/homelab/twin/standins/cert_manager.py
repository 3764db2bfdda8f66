"""cert-manager: issuers that are ready, and certificates that really hold.

An ACME issuer is signed by the twin's own authority; one that signs with a pair of its own, and one whose certificates
sign themselves, do what they say. Words of the conditions: cert-manager 1.21.1, pkg/issuer/{acme,ca,selfsigned}/setup.go,
pkg/controller/certificates/readiness/readiness_controller.go, internal/controller/certificates/policies/checks.go.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from homelab.cluster.api import Object
from homelab.kube.resource import dig
from homelab.twin.standins.acts import Act, Keep, Say
from homelab.twin.standins.authority import span
from homelab.twin.standins.standin import Program, StandIn
from homelab.twin.standins.world import Pair, Wanted, World, b64, condition, decoded, has

GROUP = "cert-manager.io"
HOME = "cert-manager"
"""Where a ClusterIssuer's pair lies: `--cluster-resource-namespace`, by default the controller's own."""
DAYS = 90.0
"""How long a certificate holds when nobody says otherwise."""
READY = {
    "acme": ("ACMEAccountRegistered", "The ACME account was registered with the ACME server"),
    "ca": ("KeyPairVerified", "Signing CA verified"),
    "selfSigned": ("IsReady", ""),
    "vault": ("VaultVerified", "Vault verified"),
    "venafi": ("VenafiAccountVerified", "Venafi issuer started"),
}
ALTERNATIVES, COMMON = "cert-manager.io/alt-names", "cert-manager.io/common-name"
SPAN = re.compile(r"([0-9.]+)(h|m|s)")
HOURS = {"h": 1.0, "m": 1 / 60, "s": 1 / 3600}


def issuer(body: Object, world: World) -> Iterator[Act]:
    """An Issuer or ClusterIssuer: ready, unless the pair that it signs with is not there yet."""
    kind = next((each for each in READY if each in body["spec"]), "acme")
    reason, message = READY[kind]
    mood = world.mood(body)
    if mood == "progressing":
        return
    if mood == "degraded":
        said = condition(body, world, "Ready", False, "ErrRegisterACMEAccount", "held back by a drill")
    elif kind == "ca" and _pair(body, world) is None:
        name = dig(body, ["spec", "ca", "secretName"], "")
        said = condition(body, world, "Ready", False, "GetKeyPairFailed", f'Error getting keypair for CA issuer: secret "{name}" not found')  # fmt: skip
    else:
        said = condition(body, world, "Ready", True, reason, message)
    account = {"acme": {"uri": "https://acme.invalid/acct/1"}} if kind == "acme" and mood != "degraded" else {}
    yield Say(body, {"conditions": [said], **account})


def _pair(issuer_body: Object, world: World) -> Pair | None:
    """What a CA issuer signs with."""
    space = issuer_body["metadata"].get("namespace") or HOME
    secret = world.get("", "Secret", space, str(dig(issuer_body, ["spec", "ca", "secretName"], "")))
    if not decoded(secret, "tls.key"):
        return None
    certificate = decoded(secret, "tls.crt")
    return Pair(certificate, decoded(secret, "tls.key"), decoded(secret, "ca.crt") or certificate)


def certificate(body: Object, world: World) -> Iterator[Act]:
    """A Certificate: its Secret, once its issuer is ready, and what is said of it."""
    space, mood = body["metadata"].get("namespace", ""), world.mood(body)
    name = body["spec"]["secretName"]
    reason, message = "DoesNotExist", "Issuing certificate as Secret does not exist"
    if mood == "degraded":
        yield Say(body, {"conditions": [condition(body, world, "Ready", False, "Failed", "the issuer refused")]})
        return
    secret = world.get("", "Secret", space, name)
    asked = _asked(body)
    if not decoded(secret, "tls.crt") or _asked_before(secret) != asked:
        if mood != "progressing" and (made := _issued(body, world, asked)):
            yield made
        yield Say(
            body,
            {
                "conditions": [
                    condition(body, world, "Issuing", True, reason, message),
                    condition(body, world, "Ready", False, reason, message),
                ]
            },
        )
        return
    begin, ends = span(decoded(secret, "tls.crt"))
    renewal = ends - (ends - begin) / 3
    said = condition(body, world, "Ready", True, "Ready", "Certificate is up to date and has not expired")
    times = {"notBefore": _stamp(begin), "notAfter": _stamp(ends), "renewalTime": _stamp(renewal)}
    yield Say(body, {"conditions": [said], "revision": 1, **times})


def _asked(body: Object) -> dict[str, str]:
    """What a certificate's Secret says that it was made for."""
    spec, by = body["spec"], body["spec"]["issuerRef"]
    hosts = [*(spec.get("dnsNames") or ()), *(spec.get("ipAddresses") or ())]
    return {
        ALTERNATIVES: ",".join(hosts),
        COMMON: str(spec.get("commonName", "")),
        "cert-manager.io/certificate-name": body["metadata"]["name"],
        "cert-manager.io/issuer-group": str(by.get("group", GROUP)),
        "cert-manager.io/issuer-kind": str(by.get("kind", "Issuer")),
        "cert-manager.io/issuer-name": str(by["name"]),
    }


def _asked_before(secret: Object | None) -> dict[str, str]:
    found = dig(secret or {}, ["metadata", "annotations"], {})
    return {key: value for key, value in found.items() if key.startswith("cert-manager.io/")}


def _issued(body: Object, world: World, asked: dict[str, str]) -> Act | None:
    """The Secret of a certificate, made by its issuer; None where that cannot sign yet."""
    space, spec = body["metadata"].get("namespace", ""), body["spec"]
    kind = asked["cert-manager.io/issuer-kind"]
    found = world.get(GROUP, kind, space if kind == "Issuer" else "", asked["cert-manager.io/issuer-name"])
    if found is None or not has(found, "Ready"):
        return None
    by = _pair(found, world) if "ca" in found["spec"] else None
    pair = world.sign(_wanted(body), by, itself="selfSigned" in found["spec"])
    data = {"tls.crt": b64(pair.certificate), "tls.key": b64(pair.key), "ca.crt": b64(pair.authority)}
    # no owner: certificates outlive their request unless --enable-certificate-owner-ref is set
    own = dig(spec, ["secretTemplate", "labels"], {})
    labels = {**own, "controller.cert-manager.io/fao": "true"}
    annotations = {**dig(spec, ["secretTemplate", "annotations"], {}), **asked}
    meta = {"name": spec["secretName"], "namespace": space, "labels": labels, "annotations": annotations}
    return Keep({"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "kubernetes.io/tls", "data": data})


def _wanted(body: Object) -> Wanted:
    spec = body["spec"]
    key = spec.get("privateKey") or {}
    hosts = (*(spec.get("dnsNames") or ()), *(spec.get("ipAddresses") or ()))
    return Wanted(
        str(spec.get("commonName", "")),
        hosts,
        _hours(str(spec["duration"])) / 24 if spec.get("duration") else DAYS,
        bool(spec.get("isCA")),
        str(key.get("algorithm", "RSA")),
        int(key.get("size", 0)),
    )


def _hours(span_of: str) -> float:
    return sum(float(number) * HOURS[unit] for number, unit in SPAN.findall(span_of))


def _stamp(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


CERT_MANAGER = StandIn(
    "cert-manager",
    {(GROUP, "Issuer"): issuer, (GROUP, "ClusterIssuer"): issuer, (GROUP, "Certificate"): certificate},
    sees=(("", "Secret"),),
    operator=Program("cert-manager-controller"),
)
