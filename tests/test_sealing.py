"""Sealing: what kubeseal makes we open, what we make kubeseal opens, and nothing opens where it should not."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from homelab.errors import UsageError
from homelab.sealing import (
    Key,
    Origin,
    Pending,
    Scope,
    Secret,
    identity_of,
    kept,
    pending,
    read_certificate,
    read_private_keys,
    seal,
    sealed_secret,
    unseal,
    unseal_secret,
)
from homelab.tools.process import Programs
from homelab.tools.run import Call

NOW = datetime(2026, 11, 24, tzinfo=UTC)
PEM = serialization.Encoding.PEM


def private_pem(key) -> bytes:
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def certificate_pem(key, begins=NOW - timedelta(days=1), days=3650) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sealed-secret")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(begins).not_valid_after(begins + timedelta(days=days))
    return builder.sign(key, hashes.SHA256()).public_bytes(PEM)


@pytest.fixture(scope="module")
def key():
    """The controller's private key."""
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def certificate(key):
    """The controller's certificate."""
    return read_certificate(certificate_pem(key), now=NOW)


@pytest.mark.parametrize("scope", Scope)
def test_a_sealed_value_opens_again(key, certificate, scope):
    """What is sealed for a Secret opens as that Secret, in each scope; twice sealed it is never the same bytes."""
    secret = Secret("token", "home", scope)

    @given(st.binary(max_size=300))
    def round_trip(value):
        assert unseal(seal(value, certificate, secret), [key], secret) == value

    round_trip()
    assert seal(b"x", certificate, secret) != seal(b"x", certificate, secret)


@pytest.mark.parametrize(
    ("scope", "name", "namespace", "opens"),
    [
        (Scope.STRICT, "other", "home", False),
        (Scope.STRICT, "token", "away", False),
        (Scope.NAMESPACE_WIDE, "other", "home", True),
        (Scope.NAMESPACE_WIDE, "token", "away", False),
        (Scope.CLUSTER_WIDE, "other", "away", True),
    ],
)
def test_a_sealed_value_opens_nowhere_else(key, certificate, scope, name, namespace, opens):
    """A copy under another name or in another namespace opens only where the scope allows it."""
    item = seal(b"hunter2", certificate, Secret("token", "home", scope))
    if opens:
        assert unseal(item, [key], Secret(name, namespace, scope)) == b"hunter2"
    else:
        with pytest.raises(UsageError, match=f"no key opens this item as {namespace}/{name} with scope {scope.value}"):
            unseal(item, [key], Secret(name, namespace, scope))


@pytest.mark.parametrize("item", ["", "AAAA", base64.b64encode(b"\xff\xff" + bytes(400)).decode(), "not base64!"])
def test_what_is_no_sealed_item_is_a_sentence(key, item):
    """Cut, damaged and invented items are errors, not tracebacks."""
    with pytest.raises(UsageError, match=r"no key opens this item|not a sealed item"):
        unseal(item, [key], Secret("a", "b"))


def test_the_manifest_is_what_kubeseal_writes(certificate):
    """Identity, scope and labels are on the SealedSecret and on the Secret it becomes; keys are in order."""
    secret = Secret("token", "home", Scope.NAMESPACE_WIDE, labels={"b": "2", "a": "1"})
    manifest = sealed_secret(secret, {"z": b"1", "y": b"2"}, certificate)
    metadata = {
        "name": "token",
        "namespace": "home",
        "annotations": {"sealedsecrets.bitnami.com/namespace-wide": "true"},
        "labels": {"a": "1", "b": "2"},
    }
    assert list(manifest["spec"].pop("encryptedData")) == ["y", "z"]
    assert manifest == {
        "apiVersion": "bitnami.com/v1alpha1",
        "kind": "SealedSecret",
        "metadata": metadata,
        "spec": {"template": {"metadata": metadata, "type": "Opaque"}},
    }
    assert identity_of(manifest) == secret


def test_sealing_one_key_changes_no_other(key, certificate):
    """Items for which no new value is given are kept byte for byte, so that a repository changes only where it must."""
    secret = Secret("token", "home")
    before = sealed_secret(secret, {"a": b"1", "b": b"2"}, certificate)
    after = sealed_secret(secret, {"b": b"3", "c": b"4"}, certificate, existing=before)
    assert after["spec"]["encryptedData"]["a"] == before["spec"]["encryptedData"]["a"]
    assert unseal_secret(after, [key]) == {"a": b"1", "b": b"3", "c": b"4"}
    assert sealed_secret(secret, {}, certificate, existing=before) == before


def test_an_item_that_would_not_open_is_not_kept(certificate):
    """Items sealed for another name or scope are left out instead of carried along dead."""
    before = sealed_secret(Secret("token", "home"), {"a": b"1"}, certificate)
    assert kept(before, Secret("renamed", "home")) == {}
    assert kept(before, Secret("token", "home", Scope.CLUSTER_WIDE)) == {}
    assert kept({"kind": "Secret", "spec": {"encryptedData": {"a": "x"}}}, Secret("", "")) == {}
    wide = sealed_secret(Secret("token", "home", Scope.NAMESPACE_WIDE), {"a": b"1"}, certificate)
    assert list(kept(wide, Secret("renamed", "home", Scope.NAMESPACE_WIDE))) == ["a"]


def test_the_item_that_does_not_open_is_named(certificate):
    """Recovery with the wrong key says which item it could not open."""
    manifest = sealed_secret(Secret("token", "home"), {"password": b"1"}, certificate)
    with pytest.raises(UsageError, match="password: no key opens this item"):
        unseal_secret(manifest, [rsa.generate_private_key(65537, 2048)])


@pytest.mark.parametrize(
    ("pem", "message"),
    [
        (lambda _: b"", "not a certificate in PEM form"),
        (
            lambda _: b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "not a certificate in PEM form",
        ),
        (private_pem, "holds a private key; sealing needs the certificate only"),
        (lambda _: certificate_pem(ec.generate_private_key(ec.SECP256R1())), "not one of an RSA key"),
        (lambda key: certificate_pem(key, NOW - timedelta(days=40), 30), "expired on 2026-11-14"),
        (
            lambda key: certificate_pem(key, NOW + timedelta(days=2), 30),
            "valid from 2026-11-26, which is later than now",
        ),
    ],
)
def test_a_certificate_that_cannot_seal_is_refused(key, pem, message):
    """Each reason has its own sentence, with the file and the way out."""
    with pytest.raises(UsageError, match=message) as caught:
        read_certificate(pem(key), now=NOW, file="sealing.pem")
    assert str(caught.value).startswith("sealing.pem: ")
    assert caught.value.hint


def test_all_keys_of_a_backup_are_read(key):
    """A backup with certificates, several keys and a broken one opens what any of its keys opens."""
    old = rsa.generate_private_key(65537, 2048)
    broken = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    keys = read_private_keys(private_pem(old) + certificate_pem(key) + broken + private_pem(key))
    secret = Secret("a", "b")
    assert [found.private_numbers() for found in keys] == [old.private_numbers(), key.private_numbers()]
    assert unseal(seal(b"x", read_certificate(certificate_pem(key), now=NOW), secret), keys, secret) == b"x"
    with pytest.raises(UsageError, match=r"backup\.pem: this holds no RSA private key"):
        read_private_keys(broken, file="backup.pem")


def test_pending_is_what_no_manifest_holds(certificate):
    """A Secret is pending with exactly the keys that are not sealed for it, in any scope."""
    keys = (Key("password"), Key("token", Origin.ASK, "the provider's page"))
    first = Pending(Secret("db", "home"), keys, "the database", "cloudnative-pg")
    second = Pending(Secret("dns", "home"), keys[1:], "DNS-01", "cert-manager")
    sealed = sealed_secret(Secret("db", "home", Scope.CLUSTER_WIDE), {"password": b"x"}, certificate)
    left = pending([first, second], [sealed, {"kind": "ConfigMap"}])
    assert [(want.secret.name, [key.name for key in want.keys]) for want in left] == [
        ("db", ["token"]),
        ("dns", ["token"]),
    ]
    assert left[0].asks == keys[1:]
    assert left[0].command == "homelab secrets seal home/db"
    assert pending([first], []) == (first,)
    assert pending([], [sealed]) == ()
    assert pending([Pending(Secret("db", "home"), keys[:1], "the database", "cloudnative-pg")], [sealed]) == ()


def test_generated_values_are_long_random_and_plain():
    """A generated value has the length asked for, needs no quoting, and is another one each time."""
    values = {Key("a", length=40).generate() for _ in range(20)}
    assert len(values) == 20
    assert {len(value) for value in values} == {40}
    assert all(value.decode().replace("-", "").replace("_", "").isalnum() for value in values)


@pytest.mark.slow
@pytest.mark.parametrize("scope", Scope)
def test_the_real_kubeseal_opens_ours_and_we_open_its(key, certificate, scope, oracle, tmp_path):
    """Both directions, in each scope, with the real program: manifests are interchangeable."""
    oracle("kubeseal")
    secret, values = Secret("token", "home", scope), {"a": b"hunter2", "b": "größe\n".encode()}
    private, public = tmp_path / "key.pem", tmp_path / "cert.pem"
    private.write_bytes(private_pem(key))
    public.write_bytes(certificate_pem(key, datetime.now(UTC) - timedelta(days=1)))
    plain = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "token", "namespace": "home"},
        "data": {name: base64.b64encode(value).decode() for name, value in values.items()},
    }
    ours = sealed_secret(secret, values, certificate)
    argv = ("kubeseal", "--recovery-unseal", "--recovery-private-key", str(private), "--format", "json")
    opened = json.loads(Programs().run(Call(argv, stdin=json.dumps(ours).encode())).text)
    assert opened["data"] == plain["data"]
    argv = ("kubeseal", "--cert", str(public), "--scope", scope.value, "--format", "json")
    theirs = json.loads(Programs().run(Call(argv, stdin=json.dumps(plain).encode())).text)
    assert identity_of(theirs) == secret
    assert unseal_secret(theirs, [key]) == values
    theirs["spec"].pop("encryptedData")
    ours["spec"].pop("encryptedData")
    assert _without_null(theirs) == {**ours, "spec": {"template": _template(ours, theirs)}}


def _without_null(value):
    """A manifest without the empty fields that Go writes."""
    if isinstance(value, dict):
        return {name: _without_null(part) for name, part in value.items() if part is not None}
    return value


def _template(ours, theirs):
    """Our template; kubeseal says a Secret's type only where it was given."""
    template = ours["spec"]["template"]
    return template if "type" in theirs["spec"]["template"] else {"metadata": template["metadata"]}
