"""Certificates that really hold: made with the twin's own authority, or with a pair that was made before."""

from __future__ import annotations

import datetime as dt
import ipaddress
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from homelab.twin.standins.world import Pair, Wanted

Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
CURVES: dict[int, type[ec.EllipticCurve]] = {256: ec.SECP256R1, 384: ec.SECP384R1, 521: ec.SECP521R1}
RSA = 2048
"""Bits of an RSA key when nobody says otherwise, as cert-manager has it."""


class Authority:
    """Signs as `Signs` promises; `folder` holds `authority.crt` and `authority.key` of a control plane."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, wanted: Wanted, by: Pair | None = None, *, itself: bool = False) -> Pair:
        """As `Signs` promises."""
        key = _key(wanted)
        if itself:
            made = _certificate(wanted, key, None, key)
            return Pair(made, _pem(key), made)
        signer = by or self._own()
        above = x509.load_pem_x509_certificate(signer.certificate)
        signed = _certificate(wanted, key, above, _loaded(signer.key))
        chain = signer.certificate if by else b""
        return Pair(signed + chain, _pem(key), signer.authority if by else signer.certificate)

    def _own(self) -> Pair:
        certificate = (self._folder / "authority.crt").read_bytes()
        return Pair(certificate, (self._folder / "authority.key").read_bytes(), certificate)


def _loaded(text: bytes) -> Key:
    key = serialization.load_pem_private_key(text, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
        raise TypeError(f"a key of type {type(key).__name__} signs nothing here")
    return key


def _key(wanted: Wanted) -> Key:
    if wanted.algorithm == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if wanted.algorithm == "ECDSA":
        return ec.generate_private_key(CURVES.get(wanted.size, ec.SECP256R1)())
    return rsa.generate_private_key(65537, wanted.size or RSA)


def _pem(key: Key) -> bytes:
    form = serialization.PrivateFormat
    made = form.PKCS8 if isinstance(key, ed25519.Ed25519PrivateKey) else form.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, made, serialization.NoEncryption())


def _certificate(wanted: Wanted, key: Key, above: x509.Certificate | None, signer: Key) -> bytes:
    begin = dt.datetime.now(dt.UTC).replace(microsecond=0)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, wanted.name)] if wanted.name else [])
    ends = begin + dt.timedelta(days=wanted.days)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above.subject if above else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=wanted.authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if wanted.hosts:
        names = x509.SubjectAlternativeName([_name(host) for host in wanted.hosts])
        made = made.add_extension(names, critical=not wanted.name)
    how = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return made.sign(signer, how).public_bytes(serialization.Encoding.PEM)


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def span(certificate: bytes) -> tuple[dt.datetime, dt.datetime]:
    """From when to when the first certificate of a PEM text holds."""
    found = x509.load_pem_x509_certificate(certificate)
    return found.not_valid_before_utc, found.not_valid_after_utc
