"""The certificate that a stand-in shows as a Service: one that whoever calls it trusts.

Mostly the twin's authority signs it. Where a chart rendered a bundle together with the Secret of its key, as at home the pod
would mount it, that Secret's pair is shown: the bundle in Git stays as it is.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
import ssl
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from homelab.cluster.api import Object
from homelab.twin.keys import Signer

NOBODY = "nobody"
"""Whom a caller means who names nobody: it does not look at the name either."""


class Certificates:
    """TLS as any Service.

    Attributes:
        folder: where certificates and keys are written.
        signer: the authority of the twin.
        authority: its certificate.
        bundles: what those who call a Service trust.
        secrets: the Secrets of a namespace.
    """

    def __init__(
        self,
        folder: Path,
        signer: Signer,
        authority: bytes,
        bundles: Callable[[str], frozenset[bytes]],
        secrets: Callable[[str], Iterable[Object]],
    ) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder, self._signer, self._authority = folder, signer, authority
        self._bundles, self._secrets = bundles, secrets
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()

    def context(self, name: str) -> ssl.SSLContext:
        """TLS as a Service of this name. What the twin signs is made once; what lies in a Secret is looked up each time."""
        foreign = self._bundles(name) - {self._authority}
        if foreign and (pair := self._pair(name, foreign)):
            return _context(*pair)
        with self._lock:
            if name not in self._contexts:
                self._contexts[name] = _context(*self._signer.files(self._folder, name or NOBODY))
            return self._contexts[name]

    def _pair(self, name: str, bundles: Iterable[bytes]) -> tuple[Path, Path] | None:
        """The files of the pair of a Secret beside the Service that one of the bundles accepts."""
        for secret in self._secrets(name.split(".")[1]):
            certificate, key = (_decoded(secret, part) for part in ("tls.crt", "tls.key"))
            if key and any(accepted(certificate, bundle, name) for bundle in bundles):
                stem = hashlib.sha256(certificate).hexdigest()[:16]
                files = self._folder / f"{stem}.crt", self._folder / f"{stem}.key"
                for file, text in zip(files, (certificate, key), strict=True):
                    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
                        opened.write(text)
                return files
        return None


def accepted(certificate: bytes, bundle: bytes, host: str) -> bool:
    """Whether a caller who trusts a bundle takes a certificate for a host's: it is of the bundle, or signed by one of it."""
    try:
        leaf, *_ = x509.load_pem_x509_certificates(certificate)
        authorities = x509.load_pem_x509_certificates(bundle)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    wildcard = f"*.{host.partition('.')[2]}"
    if not {host, wildcard} & set(names.get_values_for_type(x509.DNSName)):
        return False
    return any(leaf == each or _signed(leaf, each) for each in authorities)


def _signed(leaf: x509.Certificate, authority: x509.Certificate) -> bool:
    with contextlib.suppress(ValueError, TypeError, InvalidSignature):
        leaf.verify_directly_issued_by(authority)
        return True
    return False


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate, key)
    return made


def _decoded(secret: Object, part: str) -> bytes:
    with contextlib.suppress(binascii.Error):
        return base64.b64decode((secret.get("data") or {}).get(part) or "")
    return b""
