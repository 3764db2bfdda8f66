"""secrets: what is asked for, sealing it, and values that are nowhere to be seen."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from cli.conftest import LAB, NOW
from homelab.catalog.upkeep import SecretRequest
from homelab.cli.secrets import _pending
from homelab.documents.read import load
from homelab.sealing import Origin, unseal_secret

ACME = LAB + "domain: example.org\ncomponents: {cert-manager: {acme: {email: me@example.org}}}\n"
VALUE = "very-secret-value"


@pytest.fixture(scope="module")
def key():
    """The controller's private key."""
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def lab(tmp_path, key):
    """A lab that asks for a token, beside the controller's certificate."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sealed-secret")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = (
        builder.serial_number(1).not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=9))
    )
    made = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (tmp_path / "sealing.pem").write_bytes(made)
    file = tmp_path / "homelab.yaml"
    file.write_text(ACME)
    return file


@pytest.fixture
def asked(homelab, lab):
    """The first secret that is asked for, and its file once sealed."""
    first = json.loads(homelab("secrets", "list", lab, "--json").out)["secrets"][0]
    name = f"{first['namespace']}/{first['name']}"
    path = lab.parent / "kubernetes/security/secrets" / f"{first['namespace']}-{first['name']}.yaml"
    return name, first["keys"][0]["name"], path


def test_the_list_says_what_for_and_how(homelab, lab, asked):
    """Each secret is listed with its purpose, where its value comes from, and the command that seals it."""
    done = homelab("secrets", "list", lab)
    assert done.code == 0
    assert asked[0] in done.out
    assert f"homelab secrets seal {asked[0]} --file {lab}" in done.out
    assert "1 secret to supply, 0 sealed" in done.out


@pytest.mark.slow
def test_sealing_writes_one_file_and_lists_it(homelab, lab, asked, key):
    """A value from standard input is sealed, opens with the controller's key, is listed, and is no longer pending."""
    name, field, path = asked
    done = homelab("secrets", "seal", name, "--file", lab, "--values", "-", stdin=f"{field}: {VALUE}\n".encode())
    assert done.code == 0, done.err
    assert VALUE not in done.out + done.err + path.read_text()
    assert unseal_secret(load(path.read_bytes(), "x")[0], [key]) == {field: VALUE.encode()}
    assert path.name in (path.parent / "kustomization.yaml").read_text()
    assert "no secrets to supply, 1 sealed" in homelab("secrets", "list", lab).out
    assert homelab("render", lab, "--to", lab.parent).code == 0
    assert "edited by hand" not in homelab("render", lab, "--to", lab.parent).out


def test_a_value_is_asked_for_without_echo(homelab, lab, asked, key, monkeypatch):
    """Without --values a person is asked, and what is typed is not shown."""
    name, field, path = asked
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda _prompt: VALUE)
    done = homelab("secrets", "seal", name, "--file", lab)
    assert done.code == 0, done.err
    assert VALUE not in done.out + done.err
    assert unseal_secret(load(path.read_bytes(), "x")[0], [key]) == {field: VALUE.encode()}


def test_what_is_sealed_stays_until_it_is_renewed(homelab, lab, asked):
    """Sealing again changes no byte; --renew seals the key anew."""
    name, field, path = asked
    value = f"{field}: {VALUE}\n".encode()
    homelab("secrets", "seal", name, "--file", lab, "--values", "-", stdin=value)
    before = path.read_bytes()
    again = homelab("secrets", "seal", name, "--file", lab, "--values", "-", stdin=value)
    assert "is sealed already" in again.out
    assert path.read_bytes() == before
    homelab("secrets", "seal", name, "--file", lab, "--values", "-", "--renew", field, stdin=value)
    assert path.read_bytes() != before


@pytest.mark.parametrize(
    ("words", "stdin", "said"),
    [
        (["nothing"], b"", "nothing in this lab asks for the secret nothing"),
        (["{name}", "--renew", "other"], b"", "has no key other"),
        (["{name}", "--values", "-"], b"other: x\n", "has no key other"),
        (["{name}", "--values", "-"], b"[1]\n", "expected one mapping of keys to values"),
        (["{name}", "--values", "-"], b"{very-secret-value\n", "this is not YAML"),
        (["{name}", "--values", "-"], b"{key}: 12345\n", "is not text"),
        (["{name}", "--certificate", "{lab}"], b"", "this is not a certificate in PEM form"),
        (["{name}", "--certificate", "nowhere.pem"], b"", "there is no certificate to seal with"),
    ],
)
def test_what_cannot_be_sealed_is_a_sentence(homelab, lab, asked, words, stdin, said):
    """A wrong name, key, value or certificate is told without the value, and nothing is written."""
    name, field, path = asked
    argv = [word.format(name=name, lab=lab) for word in words]
    done = homelab("secrets", "seal", *argv, "--file", lab, stdin=stdin.replace(b"{key}", field.encode()))
    assert done.code == 2
    assert said in done.err
    assert VALUE not in done.err
    assert "12345" not in done.err
    assert not path.exists()


def test_requests_become_keys():
    """What is generated, what is asked for and what is fixed each have their origin."""
    found = _pending(
        "n8n", SecretRequest("a", "b", "c", {"x": "generate:40", "y": "ask:the account", "z": "fixed:root"})
    )
    assert [(k.name, k.origin, k.where, k.length) for k in found.keys] == [
        ("x", Origin.RANDOM, "", 40),
        ("y", Origin.ASK, "the account", 32),
        ("z", Origin.RANDOM, "always root", 32),
    ]
