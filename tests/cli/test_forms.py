"""A secret's value is what is asked for, whole, before it is sealed; nothing of it is in any sentence."""

from __future__ import annotations

import configparser

import pytest

from conftest import REPOSITORY
from homelab.catalog.plan import secrets
from homelab.cli import supply
from homelab.cli.console import Console
from homelab.cli.forms import FORMS
from homelab.errors import UsageError
from homelab.lab.pipeline import Lab
from homelab.sealing import Key, Origin, Pending, Secret

CREDENTIALS = "[default]\naws_access_key_id=AKIA0\naws_secret_access_key=s3cr3t\n"
CLUSTERS = "clusters: [{url: 'https://pve:8006/api2/json', token_id: a@pve!csi, token_secret: s3cr3t, region: home}]\n"
PEM = "-----BEGIN OPENSSH PRIVATE KEY-----\ns3cr3t\n-----END OPENSSH PRIVATE KEY-----\n"
TUNNEL = '{"AccountTag": "a", "TunnelSecret": "s3cr3t", "TunnelID": "t"}'


def pending(form: str) -> Pending:
    return Pending(Secret("name", "space"), (Key("cloud", Origin.ASK, "the file", form=form),), "why", "velero")


def sealed(form: str, value: str) -> dict[str, bytes]:
    wanted = pending(form)
    return supply.items_for(Console(), list(wanted.keys), {"cloud": value}, wanted)


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("ask", "tok3n"),
        ("ask-credentials", CREDENTIALS),
        ("ask-clusters", CLUSTERS),
        ("ask-pem", PEM),
        ("ask-tunnel", TUNNEL),
    ],
)
def test_what_is_asked_for_is_taken_whole(form, value):
    """Every line of a file is sealed, and its size is told."""
    items = sealed(form, value)
    assert items == {"cloud": value.encode()}
    told = supply.measured(items)
    assert f"cloud ({len(value)} bytes" in told
    assert "s3cr3t" not in told


@pytest.mark.parametrize(
    ("form", "value", "said"),
    [
        ("ask-credentials", "[default]", "has no aws_access_key_id"),
        ("ask-credentials", "AKIA0", "no credentials file"),
        ("ask-credentials", CREDENTIALS.partition("aws_secret")[0], "has no aws_secret_access_key"),
        ("ask-clusters", "clusters:", "has no list"),
        ("ask-clusters", CLUSTERS.replace("token_secret: s3cr3t, ", ""), "has no token_secret"),
        ("ask-pem", "-----BEGIN OPENSSH PRIVATE KEY-----", "END line is missing"),
        ("ask-tunnel", "{", "not JSON"),
        ("ask-tunnel", '{"AccountTag": "s3cr3t"}', "has no TunnelSecret"),
        ("ask", "[default]", "first line of a file"),
        ("ask", "-----BEGIN CERTIFICATE-----", "first line of a file"),
        ("ask", "s3cr3t\nand more", "more than one line"),
        ("ask", "x", "too short"),
    ],
)
def test_the_first_line_of_a_file_is_refused(form, value, said):
    """Half a file, or a whole one where a line is wanted, is refused with what is missing, and never shown."""
    with pytest.raises(UsageError, match=said) as refused:
        sealed(form, value)
    assert "s3cr3t" not in f"{refused.value.message} {refused.value.hint}"


def test_credentials_are_made_of_their_parts(monkeypatch):
    """A person types two keys; the file that Amazon's tools read is made of them."""
    typed = iter(["AKIA0", "s3cr3t"])
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda _prompt: next(typed))
    wanted = pending("ask-credentials")
    made = supply.items_for(Console(), list(wanted.keys), {}, wanted)["cloud"].decode()
    parsed = configparser.ConfigParser(interpolation=None)
    parsed.read_string(made)
    assert dict(parsed["default"]) == {"aws_access_key_id": "AKIA0", "aws_secret_access_key": "s3cr3t"}


def test_a_file_is_read_by_its_path(monkeypatch, tmp_path):
    """A value of many lines comes from the file that a person names, whole."""
    (tmp_path / "key").write_text(PEM)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _prompt: str(tmp_path / "key"))
    wanted = pending("ask-pem")
    assert supply.items_for(Console(), list(wanted.keys), {}, wanted) == {"cloud": PEM.encode()}
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _prompt: str(tmp_path / "none"))
    with pytest.raises(UsageError, match="no text file"):
        supply.items_for(Console(), list(wanted.keys), {}, wanted)


@pytest.mark.parametrize("example", ["enterprise", "guide", "two-boxes", "starter"])
def test_every_request_has_a_known_form(example):
    """Whatever a component asks for is generated, public, or of a form that can be looked at."""
    plan = Lab.load(str(REPOSITORY / "examples" / example / "homelab.yaml")).plan
    words = {source.partition(":")[0] for _, item in secrets(plan) for source in item.keys.values()}
    assert words <= {"generate", "fixed", *FORMS}
