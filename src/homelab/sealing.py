"""Secrets that may lie in git: kubeseal's format, and the list of what is still to be supplied.

A sealed item is `length of the RSA part (2 bytes, big endian) || RSA-OAEP(SHA-256, label) of a random key || AES-256-GCM` of the
value, in base64. The label binds it to its Secret's namespace and name, to its namespace alone, or to nothing (`Scope`).
Sealing needs the controller's certificate only, no cluster; the values themselves appear in no result, error or log.

The same value sealed twice gives different bytes, and without the controller's private key nobody can tell what an item holds.
So nothing here compares values: an item in an existing manifest is kept as it is until a new value is given for it.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from homelab.errors import Place, UsageError, pasted

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

API_VERSION, KIND = "bitnami.com/v1alpha1", "SealedSecret"
_NONCE = bytes(12)  # the key is used once, so the nonce may be constant; kubeseal's is zero
_FETCH = "fetch it with `kubeseal --fetch-cert > sealing.pem`"


class Scope(StrEnum):
    """Where a sealed item opens."""

    STRICT = "strict"
    """In the Secret of this namespace and name only: the default."""
    NAMESPACE_WIDE = "namespace-wide"
    """Under any name in this namespace."""
    CLUSTER_WIDE = "cluster-wide"
    """Everywhere in the cluster."""

    def label(self, namespace: str, name: str) -> bytes:
        """What an item is bound to; kubeseal calls it the label."""
        return {Scope.STRICT: f"{namespace}/{name}", Scope.NAMESPACE_WIDE: namespace, Scope.CLUSTER_WIDE: ""}[
            self
        ].encode()

    @property
    def annotations(self) -> dict[str, str]:
        """How a manifest says its scope; strict says nothing."""
        return {} if self is Scope.STRICT else {f"sealedsecrets.bitnami.com/{self.value}": "true"}


@dataclass(frozen=True, slots=True)
class Secret:
    """The Secret that the controller will make: its identity, its type, its labels; never its values."""

    name: str
    namespace: str
    scope: Scope = Scope.STRICT
    type: str = "Opaque"
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Certificate:
    """The controller's public half: what seals, who it is, until when it may be used (UTC)."""

    key: RSAPublicKey = field(repr=False)
    fingerprint: str
    expires: datetime


def read_certificate(pem: bytes, *, now: datetime, file: str = "certificate") -> Certificate:
    """The first certificate of a PEM file.

    Args:
        pem: the file's bytes.
        now: the time at which it must be valid, with a time zone.
        file: the file's name, for errors.

    Raises:
        UsageError: it is no certificate, not one of RSA, or not valid now.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256

    place = Place(file)
    if b"PRIVATE KEY" in pem:
        raise UsageError("this holds a private key; sealing needs the certificate only", where=place, hint=_FETCH)
    try:
        found = x509.load_pem_x509_certificate(pem)
        key = found.public_key()
    except Exception:  # noqa: BLE001 - whatever the parser says, the sentence is the same
        raise UsageError("this is not a certificate in PEM form", where=place, hint=_FETCH) from None
    if not isinstance(key, RSAPublicKey):
        raise UsageError("the certificate is not one of an RSA key: it cannot seal", where=place, hint=_FETCH)
    begins, expires = found.not_valid_before_utc, found.not_valid_after_utc
    if now > expires:
        raise UsageError(
            f"the certificate expired on {expires:%Y-%m-%d}",
            where=place,
            hint=f"the controller has made a newer one: {_FETCH}",
        )
    if now < begins:
        early = f"the certificate is valid from {begins:%Y-%m-%d}, which is later than now"
        raise UsageError(early, where=place, hint="look at this machine's clock")
    return Certificate(key, found.fingerprint(SHA256()).hex(), expires)


def seal(value: bytes, certificate: Certificate, secret: Secret) -> str:
    """One value, sealed for one Secret; other bytes each time."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    session = AESGCM.generate_key(256)
    wrapped = certificate.key.encrypt(session, _oaep(secret.scope.label(secret.namespace, secret.name)))
    sealed = len(wrapped).to_bytes(2, "big") + wrapped + AESGCM(session).encrypt(_NONCE, value, None)
    return base64.b64encode(sealed).decode()


def sealed_secret(
    secret: Secret, items: Mapping[str, bytes], certificate: Certificate, *, existing: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The SealedSecret manifest with `items` sealed anew and, of `existing`, all other items kept byte for byte.

    Items of an existing manifest that was sealed for another namespace, name or scope would not open here: they are left out,
    and `pending` then tells that they are missing.
    """
    data = {**kept(existing or {}, secret), **{key: seal(value, certificate, secret) for key, value in items.items()}}
    notes, labels = secret.scope.annotations, dict(sorted(secret.labels.items()))
    metadata: dict[str, Any] = {"name": secret.name, "namespace": secret.namespace}
    metadata |= ({"annotations": notes} if notes else {}) | ({"labels": labels} if labels else {})
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": metadata,
        "spec": {
            "encryptedData": dict(sorted(data.items())),
            "template": {"metadata": dict(metadata), "type": secret.type},
        },
    }


def kept(manifest: Mapping[str, Any], secret: Secret) -> dict[str, str]:
    """The sealed items of a manifest that will open as this Secret; none if they were sealed for another label."""
    if manifest.get("kind") != KIND:
        return {}
    there = identity_of(manifest)
    bound = secret.scope.label(secret.namespace, secret.name)
    if there.scope is not secret.scope or there.scope.label(there.namespace, there.name) != bound:
        return {}
    return dict((manifest.get("spec") or {}).get("encryptedData") or {})


def identity_of(manifest: Mapping[str, Any]) -> Secret:
    """For which Secret a SealedSecret manifest was sealed."""
    metadata = manifest.get("metadata") or {}
    notes = metadata.get("annotations") or {}
    scopes = (
        scope for scope in (Scope.CLUSTER_WIDE, Scope.NAMESPACE_WIDE) if scope.annotations.items() <= notes.items()
    )
    template = (manifest.get("spec") or {}).get("template") or {}
    return Secret(
        name=str(metadata.get("name", "")),
        namespace=str(metadata.get("namespace", "")),
        scope=next(scopes, Scope.STRICT),
        type=str(template.get("type") or "Opaque"),
        labels=MappingProxyType(dict((template.get("metadata") or {}).get("labels") or {})),
    )


def read_private_keys(pem: bytes, *, file: str = "private key") -> tuple[RSAPrivateKey, ...]:
    """All RSA private keys of a PEM file, such as the backup of the controller's keys, newest last.

    Raises:
        UsageError: there is none.
    """
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    found: list[RSAPrivateKey] = []
    for block in pem.split(b"-----BEGIN ")[1:]:
        with contextlib.suppress(Exception):  # a certificate, or a key that cannot be read, hides no key that can
            key = load_pem_private_key(b"-----BEGIN " + block, None)
            found += [key] if isinstance(key, RSAPrivateKey) else []
    if not found:
        raise UsageError("this holds no RSA private key in PEM form without a passphrase", where=Place(file))
    return tuple(found)


def unseal(item: str, keys: Iterable[RSAPrivateKey], secret: Secret) -> bytes:
    """The value of one sealed item, opened by whichever key fits: for recovery without a cluster.

    Raises:
        UsageError: it is no sealed item, or none of the keys opens it as this Secret.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        sealed = base64.b64decode(item, validate=True)
    except (binascii.Error, ValueError):
        raise UsageError("this is not a sealed item: it is not base64") from None
    end = 2 + int.from_bytes(sealed[:2], "big")
    wrapped, rest = sealed[2:end], sealed[end:]
    for key in keys:
        try:
            session = key.decrypt(wrapped, _oaep(secret.scope.label(secret.namespace, secret.name)))
            return AESGCM(session).decrypt(_NONCE, rest, None)
        except (ValueError, InvalidTag):
            continue
    raise UsageError(
        f"no key opens this item as {secret.namespace}/{secret.name} with scope {secret.scope.value}",
        hint="it was sealed for another name, namespace or scope, or by a key that is not among these",
    )


def unseal_secret(manifest: Mapping[str, Any], keys: Iterable[RSAPrivateKey]) -> dict[str, bytes]:
    """All values of a SealedSecret manifest.

    Raises:
        UsageError: an item that no key opens; the message names it.
    """
    secret, known, values = identity_of(manifest), tuple(keys), {}
    for name, item in kept(manifest, secret).items():
        try:
            values[name] = unseal(item, known, secret)
        except UsageError as error:
            raise UsageError(f"{name}: {error.message}", hint=error.hint) from None
    return values


class Origin(StrEnum):
    """Where the value of a key comes from."""

    RANDOM = "random"
    """Nobody needs to know it: it is generated."""
    ASK = "ask"
    """It comes from outside, such as an account's token: a person supplies it."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a pending Secret: its name, where its value comes from, and for a person where to find it."""

    name: str
    origin: Origin = Origin.RANDOM
    where: str = ""
    length: int = 32
    form: str = "ask"
    """What a supplied value looks like: the word in the request."""

    def generate(self, token: Callable[[int], str] = secrets.token_urlsafe) -> bytes:
        """A new random value of `length` characters, each of 6 bits, that needs quoting nowhere."""
        return token(self.length)[: self.length].encode()


@dataclass(frozen=True, slots=True)
class Pending:
    """A Secret that must be supplied before what needs it can run: what for, which keys, by which component."""

    secret: Secret
    keys: tuple[Key, ...]
    purpose: str
    component: str

    @property
    def command(self) -> str:
        """What a person types to supply it."""
        return pasted("homelab", "secrets", "seal", f"{self.secret.namespace}/{self.secret.name}")

    @property
    def asks(self) -> tuple[Key, ...]:
        """The keys a person must supply; all others can be generated."""
        return tuple(key for key in self.keys if key.origin is Origin.ASK)


def pending(wanted: Iterable[Pending], manifests: Iterable[Mapping[str, Any]]) -> tuple[Pending, ...]:
    """What is still to be sealed: each wanted Secret with the keys that no SealedSecret holds for it, in order of need."""
    held: dict[tuple[str, str], set[str]] = {}
    for manifest in manifests:
        there = identity_of(manifest)
        held.setdefault((there.namespace, there.name), set()).update(kept(manifest, there))
    missing = []
    for want in wanted:
        there_are = held.get((want.secret.namespace, want.secret.name), set())
        if left := tuple(key for key in want.keys if key.name not in there_are):
            missing.append(replace(want, keys=left))
    return tuple(missing)


def _oaep(label: bytes) -> Any:
    from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
    from cryptography.hazmat.primitives.hashes import SHA256

    return OAEP(MGF1(SHA256()), SHA256(), label)
