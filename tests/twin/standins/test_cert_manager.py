"""Certificates that hold: by whom they are signed, when they are made, and when anew."""

from __future__ import annotations

import ssl

from cryptography import x509

from homelab.twin.keys import Keys
from homelab.twin.standins.authority import Authority
from homelab.twin.standins.cert_manager import CERT_MANAGER
from homelab.twin.standins.world import decoded, has
from twin.standins.scenes import Cluster, thing

API = "cert-manager.io/v1"


def issuer(name, kind="ClusterIssuer", namespace="", **spec):
    """An issuer."""
    return thing(kind, name, namespace, API, spec=spec)


def certificate(name, by, namespace="shop", **spec):
    """A certificate by an issuer of the whole cluster."""
    whole = {"secretName": f"{name}-tls", "issuerRef": {"name": by, "kind": "ClusterIssuer"}, **spec}
    return thing("Certificate", name, namespace, API, spec=whole)


def chain(*more):
    """An authority that signs itself, an issuer that signs with it, and a site's certificate."""
    root = certificate("root", "own", "cert-manager", isCA=True, commonName="the lab")
    site = certificate("site", "lab", dnsNames=["shop.example.org"], privateKey={"algorithm": "ECDSA", "size": 256})
    return issuer("own", selfSigned={}), issuer("lab", ca={"secretName": "root-tls"}), root, site, *more


def test_a_chain_of_the_lab_holds(tmp_path):
    """A site's certificate by an authority of the lab is trusted by whoever trusts that authority, for its names."""
    sign = Authority(Keys(tmp_path / "keys").folder)
    cluster = Cluster(*chain(), sign=sign).settle(CERT_MANAGER)
    secret = cluster.get("Secret", "site-tls", "shop")
    site, root = (x509.load_pem_x509_certificate(decoded(secret, key)) for key in ("tls.crt", "ca.crt"))
    site.verify_directly_issued_by(root)
    names = site.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["shop.example.org"]
    assert decoded(secret, "ca.crt") == decoded(cluster.get("Secret", "root-tls", "cert-manager"), "tls.crt")
    pair = tmp_path / "pair.pem"
    pair.write_bytes(decoded(secret, "tls.crt") + decoded(secret, "tls.key"))
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(pair)  # refuses a key that does not fit


def test_from_outside_means_from_the_twin(tmp_path):
    """A certificate of an ACME issuer is signed by the twin's own authority, which is its ca.crt."""
    keys = Keys(tmp_path / "keys")
    bodies = issuer("acme", acme={"server": "https://acme.example.org"}), certificate("site", "acme", dnsNames=["a.example.org"])  # fmt: skip
    cluster = Cluster(*bodies, sign=Authority(keys.folder)).settle(CERT_MANAGER)
    secret = cluster.get("Secret", "site-tls", "shop")
    assert decoded(secret, "ca.crt") == keys.authority.read_bytes()
    made = x509.load_pem_x509_certificate(decoded(secret, "tls.crt"))
    made.verify_directly_issued_by(x509.load_pem_x509_certificate(keys.authority.read_bytes()))


def test_it_says_until_when_it_holds(tmp_path):
    """A ready certificate says from when to when it holds, as its Secret has it."""
    cluster = Cluster(*chain(), sign=Authority(Keys(tmp_path / "keys").folder)).settle(CERT_MANAGER)
    found = cluster.get("Certificate", "site", "shop")
    made = x509.load_pem_x509_certificate(decoded(cluster.get("Secret", "site-tls", "shop"), "tls.crt"))
    assert has(found, "Ready")
    assert found["status"]["notAfter"] == made.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_an_issuer_without_its_pair_is_not_ready():
    """An issuer whose pair is not there is not ready, and its certificates wait."""
    cluster = Cluster(issuer("lab", ca={"secretName": "gone"}), certificate("site", "lab", dnsNames=["a"])).settle(
        CERT_MANAGER
    )
    assert has(cluster.get("ClusterIssuer", "lab"), "Ready", "False")
    assert has(cluster.get("Certificate", "site", "shop"), "Issuing")
    assert cluster.get("Secret", "site-tls", "shop") is None


def test_other_names_mean_another_certificate(tmp_path):
    """A certificate whose names change is made anew; one that does not change is kept."""
    cluster = Cluster(*chain(), sign=Authority(Keys(tmp_path / "keys").folder)).settle(CERT_MANAGER)
    before = decoded(cluster.get("Secret", "site-tls", "shop"), "tls.crt")
    cluster.settle(CERT_MANAGER)
    assert decoded(cluster.get("Secret", "site-tls", "shop"), "tls.crt") == before
    cluster.get("Certificate", "site", "shop")["spec"]["dnsNames"] = ["other.example.org"]
    cluster.settle(CERT_MANAGER)
    assert decoded(cluster.get("Secret", "site-tls", "shop"), "tls.crt") != before
