"""Secrets in homelab.yaml are found by their form or by their key, and names of secrets are not taken for them."""

from __future__ import annotations

import pytest

from homelab.spec.secrets import found, looks_secret
from homelab.spec.words import near, show

# Put together here, so that no scanner takes this file for a leak.
FORMS = [
    "xoxb-" + "123456789012",
    "ghp_" + "a" * 36,
    "github_pat_" + "b" * 30,
    "glpat-" + "c" * 20,
    "AKIA" + "D" * 16,
    "tskey-" + "auth-abcdefgh1234",
    "AGE-SECRET-KEY-1" + "Q" * 20,
    "https://hooks.slack.com/" + "services/T0/B0/x",
    "-----BEGIN " + "PRIVATE KEY-----",
    "postgres://me:pw@db/x",
]


@pytest.mark.parametrize("text", FORMS)
def test_known_forms_are_found_anywhere(text):
    """A token or key is found whatever it is called, and never shown."""
    (problem,) = found({"apps": {"x": [{"note": f"use {text}"}]}})
    assert problem.option == "apps.x.0.note"
    assert looks_secret(text)
    assert show(text) == "a value that looks like a secret"


@pytest.mark.parametrize("key", ["password", "api_key", "clientSecret", "token"])
def test_random_text_under_a_telling_key_is_found(key):
    """What nobody would write as a word, under a key that says what it is."""
    assert list(found({key: "f3Kq9ZpL2mXv7Tbn"}))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("existing_secret", "n8n-encryption-key-2024"),
        ("secret_name", "grafana-admin-42abcdef"),
        ("token", "short1"),
        ("password", "correct horse battery staple 4"),
        ("token", "/var/run/secrets/token1"),
        ("password", "aaaaaaaaaaaaaaaa1"),
        ("note", "f3Kq9ZpL2mXv7Tbn"),
        ("endpoint", "https://s3.example.net/bucket"),
        ("repository", "git@github.com:you/homelab.git"),
    ],
)
def test_names_and_words_are_no_secrets(key, value):
    """References, sentences, paths and addresses stay what they are."""
    assert list(found({key: value})) == []


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({}, "a mapping"), ([1], "a list"), (None, "empty"), (True, "true"), (1.5, "1.5"), ("plain", "plain"),
        ("", '""'), (" x", '" x"'), ("a\nb", '"a\\nb"'), ("y" * 80, "y" * 57 + "…"),
    ],
)  # fmt: skip
def test_values_are_shown_as_a_sentence_can_hold_them(value, said):
    """Long, empty and many-lined values do not break a sentence."""
    assert show(value) == said


def test_nearest_word_is_offered_or_all_of_them():
    """A typo gets the word that was meant, anything else the list."""
    assert near("gatway", ["gateway", "nodes"]) == "did you mean gateway?"
    assert near("server_replicas", ["server-replicas"]) == "did you mean server-replicas?"
    assert near("xyz", ["a", "b"], otherwise=lambda names: f"known: {', '.join(names)}") == "known: a, b"
    assert near("xyz", ["a"]) is None
    assert near("xyz", [], otherwise=lambda _names: "never") is None


@pytest.mark.slow
@pytest.mark.parametrize("text", ["a" * 1_000_000, "eyJ-" * 250_000, "a:" * 500_000, "x." * 500_000])
def test_long_text_is_read_once(text):
    """A text of a megabyte is no secret, and one behind it is found: neither takes longer than reading it."""
    assert not looks_secret(text)
    assert looks_secret(f"{text} postgres://me:pw@db/x")
