"""cert-manager: certificates that renew themselves.

From Let's Encrypt by DNS where a domain is public, else from an authority of the lab's own, which needs no account: its
root is made once in the cluster and trusted on one's devices. Controller, webhook and injector run twice; a second one
waits for the lease, so what it saves is minutes of not issuing, not certificates.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from homelab.capabilities import Capability
from homelab.catalog import component
from homelab.catalog.component import Area, Chart, Component, Namespace, Part, Values, because
from homelab.catalog.flows import Flow, Pods, Serves, Uses
from homelab.catalog.needs import Need, start
from homelab.catalog.offers.lab import copies, sized, spread_over_hosts
from homelab.catalog.offers.monitoring import absent, monitored
from homelab.catalog.offers.outside import calling, reaching
from homelab.catalog.plan import Plan, practice
from homelab.catalog.upkeep import Alert, Generated, SecretRequest
from homelab.kube.resource import Manifest
from homelab.spec.forms import Email, HttpsUrl
from homelab.spec.section import Section

NAMESPACE = "cert-manager"
LABELS = {"app.kubernetes.io/instance": "cert-manager"}
"""Labels of all its pods."""
ISSUER = "homelab"
"""The ClusterIssuer that every certificate of the lab asks, whatever stands behind it."""
STAGING = "letsencrypt-staging"
TOKEN = "cloudflare-api-token"  # noqa: S105 - the name of a Secret, not its value
CA = "homelab-ca"
DIRECTORY = "https://acme-v02.api.letsencrypt.org/directory"
STAGING_DIRECTORY = "https://acme-staging-v02.api.letsencrypt.org/directory"
CLOUDFLARE = "https://api.cloudflare.com/client/v4"
NAME_SERVERS = ("1.1.1.1", "9.9.9.9")


class Acme(Section):
    """Let's Encrypt by DNS-01, which works without an open port."""

    email: Email
    """Where Let's Encrypt writes when a certificate is about to end."""
    server: HttpsUrl = DIRECTORY
    """The ACME directory; another one for another authority."""


class Settings(component.Settings):
    """The three Deployments and the issuer."""

    replicas: int | None = Field(default=None, ge=1, le=5)
    """Controllers, webhooks and injectors, each; derived: two, one on a lab of one node."""
    acme: Acme | None = None
    """Let's Encrypt with DNS at Cloudflare; not given, the lab has an authority of its own and needs no account."""


def own_authority(plan: Plan) -> bool:
    """Whether certificates come from the lab's own authority, which nobody trusts who was not told to."""
    choice = plan.by_name.get("cert-manager")
    return choice is not None and choice.settings.acme is None


def replicas(plan: Plan, settings: Settings) -> int:
    """How many of each run."""
    return settings.replicas or copies(plan, 2)


def _each(plan: Plan, settings: Settings, name: str, memory: str) -> Values:
    labels = {"app.kubernetes.io/name": name, **LABELS}
    found: Values = {"replicaCount": replicas(plan, settings)}
    if practice(plan, settings, "budgets") and replicas(plan, settings) > 1:
        found["podDisruptionBudget"] = {"enabled": True, "maxUnavailable": 1}
    if replicas(plan, settings) > 1 and (spread := spread_over_hosts(plan, settings, labels)):
        found["topologySpreadConstraints"] = spread
    if bounds := sized(plan, settings, "20m", memory):
        found["resources"] = bounds
    return found


def _monitor(plan: Plan, settings: Settings) -> Values:
    if not monitored(plan, settings):
        return {"enabled": False}
    kept = because(
        value=True, reason="its metrics name a Certificate by `namespace`, which would be the controller's own"
    )
    return {"enabled": True, "honorLabels": kept}


def values(plan: Plan, settings: Settings) -> Values:
    """Values of the chart."""
    found: Values = {
        "crds": {
            "enabled": True,
            "keep": because(value=True, reason="certificates outlive a mistaken removal of the chart"),
        },
        **_each(plan, settings, "cert-manager", "64Mi"),
        "webhook": _each(plan, settings, "webhook", "32Mi"),
        "cainjector": _each(plan, settings, "cainjector", "96Mi"),
        "startupapicheck": {
            "enabled": because(value=False, reason="a hook of helm install; Argo CD waits and tries again")
        },
        "prometheus": {"servicemonitor": _monitor(plan, settings)},
    }
    if settings.acme:
        found["dns01RecursiveNameservers"] = because(
            ",".join(f"{server}:53" for server in NAME_SERVERS), "the router may answer for the domain itself"
        )
        found["dns01RecursiveNameserversOnly"] = True
    return found


def issuers(_plan: Plan, settings: Settings) -> Iterator[Manifest]:
    """The issuers; in an Application of their own, because cert-manager's webhook is asked about each of them."""
    if settings.acme:
        yield _issuer(ISSUER, {"acme": _acme(settings.acme, settings.acme.server, f"{ISSUER}-acme-account")})
        yield _issuer(STAGING, {"acme": _acme(settings.acme, STAGING_DIRECTORY, f"{STAGING}-account")})
        return
    yield _issuer("self-signed", {"selfSigned": {}})
    yield {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": {"name": CA, "namespace": NAMESPACE},
        "spec": {
            "isCA": True,
            "commonName": CA,
            "secretName": CA,
            "duration": "87600h",
            "renewBefore": "8760h",
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Never"},
            "issuerRef": {"name": "self-signed", "kind": "ClusterIssuer", "group": "cert-manager.io"},
        },
    }
    yield _issuer(ISSUER, {"ca": {"secretName": CA}})


def _issuer(name: str, spec: dict[str, Any]) -> Manifest:
    return {"apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": {"name": name}, "spec": spec}


def _acme(acme: Acme, server: str, account: str) -> dict[str, Any]:
    token = {"apiTokenSecretRef": {"name": TOKEN, "key": "api-token"}}
    return {
        "email": acme.email,
        "server": server,
        "privateKeySecretRef": {"name": account},
        "solvers": [{"dns01": {"cloudflare": token}}],
    }


def needs(_plan: Plan, settings: Settings) -> tuple[Need, ...]:
    """What issuing takes."""
    return (start(Capability.SECRETS_GIT, "the token that writes DNS records"),) if settings.acme else ()


def flows(plan: Plan, settings: Settings) -> tuple[Flow, ...]:
    """The API server asks the webhook; the controller asks the authority."""
    everything = Pods(NAMESPACE, LABELS)
    webhook = Pods(NAMESPACE, {"app.kubernetes.io/name": "webhook", **LABELS})
    found: tuple[Flow, ...] = (
        Serves(webhook, 10250, audience="api-server"),
        Serves(everything, 9402, audience="metrics"),
        Uses(everything, outside="api-server"),
    )
    if settings.acme:
        controller = Pods(NAMESPACE, {"app.kubernetes.io/name": "cert-manager"})
        found += reaching(plan, controller, settings.acme.server, STAGING_DIRECTORY, CLOUDFLARE)
        for server in NAME_SERVERS:
            found += tuple(calling(plan, controller, server, (53,), "ANY"))
    return found


def alerts(plan: Plan, settings: Settings) -> tuple[Alert, ...]:
    """A certificate that is not renewed, long before it ends; none where nothing is scraped."""
    if not monitored(plan, settings):
        return ()
    return (
        Alert(
            "CertificateNotReady",
            'max by (namespace, name) (certmanager_certificate_ready_status{condition!="True"}) == 1',
            60,
            "warning",
            "Certificate {{ $labels.namespace }}/{{ $labels.name }} has not been ready for an hour",
            "`kubectl describe certificate` and the newest CertificateRequest and Order name the reason: a DNS token "
            "without rights, a rate limit, a name server that answers for the domain itself. `cmctl renew` tries again.",
        ),
        Alert(
            "CertificateExpiresIn24Hours",
            # A certificate that was never issued ends at 0; CertificateNotReady tells of it.
            "(certmanager_certificate_expiration_timestamp_seconds > 0) - time() < 86400",
            10,
            "critical",
            "Certificate {{ $labels.namespace }}/{{ $labels.name }} ends within a day",
            "Renewal has failed for weeks by now. Look at the Orders and Challenges of the namespace, mend the token or "
            "the name servers, then `cmctl renew --namespace <namespace> <name>`; deleting the Certificate does not renew.",
        ),
        absent("CertManagerAbsent", "cert-manager", Pods(NAMESPACE, LABELS), "cert-manager", "cainjector", "webhook"),
    )


def secrets(_plan: Plan, settings: Settings) -> tuple[SecretRequest, ...]:
    """The token that writes DNS records."""
    if not settings.acme:
        return ()
    where = (
        "ask:an API token of Cloudflare with Zone:Read and DNS:Edit for the domain, made under My Profile, API Tokens"
    )
    return (SecretRequest(TOKEN, NAMESPACE, "proves to Let's Encrypt that the domain is yours", {"api-token": where}),)


def generated(plan: Plan, _settings: Settings) -> tuple[Generated, ...]:
    """The key of the lab's own authority."""
    what = "the key of the lab's own authority: made anew, whoever trusts the old one has to trust the new one"
    return (Generated(CA, NAMESPACE, what),) if own_authority(plan) else ()


CERT_MANAGER = Component(
    name="cert-manager",
    area=Area.INFRASTRUCTURE,
    group="controllers",
    summary="Certificates, issued and renewed.",
    homepage="https://cert-manager.io/",
    settings=Settings,
    parts=(
        Part(
            "cert-manager",
            NAMESPACE,
            chart=Chart("https://charts.jetstack.io", "cert-manager", "v1.21.1"),
            values=values,
            folder=".",
        ),
        Part("cert-manager-issuers", NAMESPACE, resources=issuers, folder="issuers"),
    ),
    namespaces=(Namespace(NAMESPACE),),
    provides=frozenset({Capability.TLS_ISSUER}),
    needs=needs,
    flows=flows,
    alerts=alerts,
    secrets=secrets,
    generated=generated,
    applies=lambda _homelab: True,
)
