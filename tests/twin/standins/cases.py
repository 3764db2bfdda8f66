"""One object of each kind that Argo CD judges, brought by its stand-in into each state that the real operator brings it into."""

from __future__ import annotations

from homelab.software.envoy_gateway.proxies import CONTROLLER, hashed, labels_of
from homelab.twin.standins import cert_manager, cloudnative_pg, envoy_gateway, prometheus, sealed_secrets
from homelab.twin.standins.world import MOOD
from twin.standins.scenes import Cluster, thing

CERTS, CNPG, API = "cert-manager.io/v1", "postgresql.cnpg.io/v1", "gateway.networking.k8s.io/v1"
MONITORING = "monitoring.coreos.com/v1"
SERVICE = {"ports": [{"port": 80}]}


def _mooded(body, mood):
    if mood:
        body["metadata"]["annotations"] = {MOOD: mood}
    return body


def issuer(mood):
    """An Issuer whose certificates sign themselves."""
    return [_mooded(thing("Issuer", "own", "shop", CERTS, spec={"selfSigned": {}}), mood)]


def certificate(mood):
    """A Certificate of that Issuer."""
    spec = {"secretName": "shop-tls", "dnsNames": ["shop.example.org"], "issuerRef": {"name": "own"}}
    return [*issuer(""), _mooded(thing("Certificate", "shop", "shop", CERTS, spec=spec), mood)]


def database(mood):
    """A Cluster of two instances."""
    spec = {"instances": 2, "storage": {"size": "1Gi"}}
    return [_mooded(thing("Cluster", "db", "shop", CNPG, spec=spec), mood)]


def metrics(kind):
    """A Prometheus or an Alertmanager of two."""

    def made(mood):
        return [_mooded(thing(kind, "main", "shop", MONITORING, spec={"replicas": 2}), mood)]

    return made


def sealed(mood):
    """A SealedSecret."""
    spec = {"encryptedData": {"password": "AgB"}, "template": {"metadata": {"name": "login"}}}
    return [_mooded(thing("SealedSecret", "login", "shop", "bitnami.com/v1alpha1", spec=spec), mood)]


def gateway(mood):
    """A Gateway with one listener, and the Service of its proxies with an address."""
    spec = {"gatewayClassName": "envoy", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]}
    found = thing("GatewayClass", "envoy", "", API, spec={"controllerName": CONTROLLER})
    title = hashed("shop", "web")
    proxies = thing("Service", title, "envoy-gateway-system", spec={"type": "LoadBalancer"})
    proxies["metadata"]["labels"] = labels_of("shop", "web")
    proxies["status"] = {"loadBalancer": {"ingress": [{"ip": "192.0.2.9"}]}}
    return [found, proxies, _mooded(thing("Gateway", "web", "shop", API, spec=spec), mood)]


def route(mood):
    """An HTTPRoute to a Service that is there."""
    backend = thing("Service", "shop", "shop", spec=SERVICE)
    rules = [{"backendRefs": [{"name": "shop", "port": 80}]}]
    spec = {"parentRefs": [{"name": "web"}], "rules": rules}
    return [*gateway(""), backend, _mooded(thing("HTTPRoute", "shop", "shop", API, spec=spec), mood)]


HEALTHY, PROGRESSING, DEGRADED = "Healthy", "Progressing", "Degraded"
MOODS = {HEALTHY: "", PROGRESSING: "progressing", DEGRADED: "degraded"}
SCENES = {
    ("Issuer", "own"): (cert_manager.CERT_MANAGER, issuer),
    ("Certificate", "shop"): (cert_manager.CERT_MANAGER, certificate),
    ("Cluster", "db"): (cloudnative_pg.CLOUDNATIVE_PG, database),
    ("Prometheus", "main"): (prometheus.PROMETHEUS, metrics("Prometheus")),
    ("Alertmanager", "main"): (prometheus.PROMETHEUS, metrics("Alertmanager")),
    ("SealedSecret", "login"): (sealed_secrets.SEALED_SECRETS, sealed),
    ("Gateway", "web"): (envoy_gateway.ENVOY_GATEWAY, gateway),
    ("HTTPRoute", "shop"): (envoy_gateway.ENVOY_GATEWAY, route),
}
CASES = [(kind, name, state) for kind, name in SCENES for state in MOODS]


def brought(kind, name, state, **more):
    """The object, as its stand-in leaves it in a state."""
    standin, made = SCENES[kind, name]
    cluster = Cluster(*made(MOODS[state]), **more).settle(standin)
    return cluster.get(kind, name, "shop")
