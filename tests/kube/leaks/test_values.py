"""Whether a text is a secret: by its key, by what it is, and by what may stand there instead."""

from __future__ import annotations

import pytest

from homelab.kube.leaks.values import form_of, harmless, random, strong, telling

BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7"


@pytest.mark.parametrize(
    "key",
    ["password", "DB_PASSWORD", "adminPassword", "smtp-pass", "redis.password", "PASSWD", "apiKey", "API_KEY", "clientSecret",
     "client_secret", "N8N_ENCRYPTION_KEY", "aws_secret_access_key", "botToken", "TOKEN", "sshPrivateKey", "tls.key",
     "client-key-data", "password2", "passwordValue", "cookie-secret", "bearerToken", "JWT_SECRET"],
)  # fmt: skip
def test_a_key_promises_a_secret(key):
    """Keys end in a word for a secret, whatever their case."""
    assert telling(key)


@pytest.mark.parametrize(
    "key",
    ["password_min_length", "secret_name", "tokenPath", "DB_PASSWORD_FILE", "TOKEN_TTL", "PASSWORD_LOGIN", "auth", "existingSecret",
     "imagePullSecret", "passwordSecretRef", "secretKeyRef", "publicKey", "key", "keyName", "automountServiceAccountToken",
     "enablePassword", "maxTokens", "compass", "bypass", "tokenizer", "username", "ca.crt", "resetPassword"],
)  # fmt: skip
def test_a_key_is_about_secrets_and_holds_none(key):
    """Names, paths, lengths, switches and words that only end alike promise nothing."""
    assert not telling(key)


@pytest.mark.parametrize(
    "text",
    ["", "true", "24h", "12", "change-me", "ChangeMe123", "<password>", "your-token-here", "REPLACE_WITH_TOKEN", "${PASSWORD}",
     "$PASSWORD", "$(PASSWORD)", "{{ .Values.password }}", "<path:kv/shop#password>", "op://lab/shop/password",
     "vault:secret/shop#password", "ref+sops://secrets.yaml#password", "ENC[AES256_GCM,data:x]", "/run/secrets/password",
     "./secrets/token.txt", "admin@example.org", "s3.example.org:9000", "https://example.org/a", "$2a$10$abcdefghijklmnopqrstuv",
     "xxxxxxxx", "********", "AgBy3i4OJSWKPiTySYZZA9rO43cGDEqAgBy3i4OJSWKPiTySYZZA9rO43cGDEqAAAA", "example-password", "n/a",
     "ssh-ed25519 AAAAC3Nza", "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"],
)  # fmt: skip
def test_what_stands_for_a_secret_is_none(text):
    """References, placeholders, what is filled in or sealed, paths, hosts, amounts, hashes and public keys are harmless."""
    assert harmless(text)
    assert not strong(text)


@pytest.mark.parametrize(
    "text",
    [
        "hunter2hunter2",
        "aB<3xK9!qZ7mW",
        "correct-horse-battery",
        "Ieph8ooJah2u",
        "p@ss/w0rd",
        "$ecret123!",
        "!Ahxi1eeN",
        "output-Ahxi1",
        "s3cr3t-token",
    ],
)
def test_a_password_is_a_password(text):
    """An angle bracket, a stroke or words make no placeholder of it."""
    assert not harmless(text)


def test_names_are_not_strong():
    """What a person calls a thing does not look like a secret: words with hyphens, and a number behind them."""
    assert [
        text for text in ("shop-db-password", "shop-tls2", "default", "admin", "my-secret-v2") if strong(text)
    ] == []
    assert strong("hunter2hunter2")
    assert random("q7Zk2Lr9Xw4Tb6Nd8Vm1")
    assert not random("hunter2hunter2")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("-----BEGIN " + "PRIVATE KEY-----\n" + BODY, "a private key"),
        ("-----BEGIN " + "OPENSSH PRIVATE KEY-----\\n" + BODY, "a private key"),
        ("AGE-SECRET-KEY-1" + "Q" * 58, "an age key"),
        ("token: ghp_" + "a1B2c3" * 6, "a token of GitHub"),
        ("postgres://shop:hunter2hunter2@db/shop", "a login in a URL"),
        ("--db=redis://:hunter2hunter2@redis:6379/0", "a login in a URL"),
        ("123456789:AA" + "b1C2d3E4f5G" * 3, "a token of Telegram"),
    ],
)
def test_known_forms_are_told_wherever_they_stand(text, what):
    """A form that somebody gives out is a secret under any key."""
    assert form_of(text) == what


@pytest.mark.parametrize(
    "text",
    ["-----BEGIN " + "PRIVATE KEY-----\n...\n", "-----BEGIN CERTIFICATE-----\n" + BODY, "postgres://shop:$(PASSWORD)@db/shop",
     "postgres://shop:${PASSWORD}@db", "https://user:password@example.org", "https://<user>:<password>@example.org", "http://a.b:80/c@d",
     "docker.io/library/redis@sha256:abc", "redis://redis:6379", "^redis://(?:[a-z]+(?::[^@]+)?@)?host", "https://example.org"],
)  # fmt: skip
def test_what_only_looks_like_a_form_is_none(text):
    """Certificates, cut keys, logins that are filled in later, ports and expressions are left alone."""
    assert form_of(text) is None
