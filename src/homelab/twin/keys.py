"""The twin's own authority: of a week, for the loopback, in one folder that only its owner reads."""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from homelab.tools.services import LOOPBACK

LIFE = dt.timedelta(days=7)
"""How long its certificates hold; a twin is for hours."""


class Keys:
    """An authority in a folder, and what it signs; `ACCOUNTS` is the key of tokens of service accounts."""

    AUTHORITY, ACCOUNTS = "authority", "accounts"

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self._signer = self._key(self.AUTHORITY)
        self._issuer = _name("twin", "homelab")
        extensions: list[x509.ExtensionType] = [
            x509.BasicConstraints(ca=True, path_length=None),
            x509.SubjectKeyIdentifier.from_public_key(self._signer.public_key()),
        ]
        self._certificate(self.AUTHORITY, self._signer, self._issuer, extensions)
        self._key(self.ACCOUNTS)

    @property
    def authority(self) -> Path:
        """The authority's certificate."""
        return self.certificate(self.AUTHORITY)

    def certificate(self, name: str) -> Path:
        """Where a certificate lies."""
        return self.folder / f"{name}.crt"

    def key(self, name: str) -> Path:
        """Where a key lies."""
        return self.folder / f"{name}.key"

    def sign(self, name: str, *organizations: str, hosts: Sequence[str] = ()) -> None:
        """Make a key and a certificate of `name`, a member of `organizations`, for the loopback and for `hosts`."""
        names = [x509.DNSName(host) for host in ("localhost", *hosts)]
        here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK)), *names])
        signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._signer.public_key())
        self._certificate(name, self._key(name), _name(name, *organizations), [here, signer])

    def _key(self, name: str) -> ec.EllipticCurvePrivateKey:
        return write_key(self.key(name))

    def _certificate(
        self, name: str, key: ec.EllipticCurvePrivateKey, subject: x509.Name, extensions: Sequence[x509.ExtensionType]
    ) -> None:
        begin = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + LIFE)
        )
        for extension in extensions:
            made = made.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        pem = made.sign(self._signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        self.certificate(name).write_bytes(pem)


class Signer:
    """Signs for hosts with the key of an authority that lies in files."""

    def __init__(self, authority: Path, key: Path) -> None:
        self._authority = x509.load_pem_x509_certificate(authority.read_bytes())
        self._key = serialization.load_pem_private_key(key.read_bytes(), None)

    def files(self, folder: Path, host: str) -> tuple[Path, Path]:
        """A certificate and a key for a host, made in a folder: their files."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = hashlib.sha256(host.encode()).hexdigest()[:16]
        certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
        made = write_key(key)
        begin = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
        assert isinstance(self._key, ec.EllipticCurvePrivateKey)
        signed = (
            x509.CertificateBuilder()
            .subject_name(_name("callbacks"))
            .issuer_name(self._authority.subject)
            .public_key(made.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + LIFE)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        return certificate, key


def write_key(file: Path) -> ec.EllipticCurvePrivateKey:
    """Make a key, and write it into a file that only its owner reads."""
    made = ec.generate_private_key(ec.SECP256R1())
    text = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(text)
    return made


def _name(common: str, *organizations: str) -> x509.Name:
    members = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, each) for each in organizations]
    return x509.Name([*members, x509.NameAttribute(NameOID.COMMON_NAME, common)])
