"""Where helm may be sent: nowhere inside, nowhere with credentials, unless its own configuration names the host."""

from __future__ import annotations

import json

import pytest

from homelab.tools.charts.address import normal, refusal, trusted_hosts

INSIDE = {
    "loop.example.org": ["127.0.0.1"],
    "lan.example.org": ["192.168.1.7"],
    "half.example.org": ["93.184.215.14", "10.0.0.1"],
    "meta.example.org": ["169.254.169.254"],
    "six.example.org": ["::1"],
    "mapped.example.org": ["::ffff:127.0.0.1"],
    "unique.example.org": ["fd00::1"],
    "scoped.example.org": ["fe80::1%eth0"],
    "shared.example.org": ["100.64.0.1"],
    "zero.example.org": ["0.0.0.0"],
    "nothing.example.org": [],
}
PUBLIC = {"charts.example.org": ["93.184.215.14"], "both.example.org": ["93.184.215.14", "2606:2800:21f::1"]}


def resolve(host):
    """A resolver that knows the hosts above and plain addresses."""
    found = {**INSIDE, **PUBLIC}.get(host)
    if found is None and host.replace(".", "").replace(":", "").isalnum() and (host[0].isdigit() or ":" in host):
        return [host]
    if found is None:
        raise OSError("unknown")
    return found


@pytest.mark.parametrize(
    "address",
    [
        *(f"https://{host}/charts" for host in INSIDE), "https://127.0.0.1", "https://[::1]:8443/x", "oci://10.1.2.3/x",
        "http://charts.example.org", "file:///etc", "ssh://charts.example.org", "https://", "oci://", "ftp://a",
        "https://gone.example.org", "https://charts.example.org:port/x", "https://user:hunter2@charts.example.org",
        "https://charts.example.org\\@127.0.0.1", "https://-oProxyCommand/x y", "",
    ],
)  # fmt: skip
def test_helm_is_not_sent_inside(address):
    """No private, loopback or link-local address, no other scheme, no credentials, and none of them in the sentence."""
    why = refusal(address, resolve, environ={})
    assert why
    assert "hunter2" not in why


@pytest.mark.parametrize(
    "address", ["https://charts.example.org", "oci://both.example.org:5000/x", "charts.example.org/x"]
)
def test_helm_is_sent_to_the_public_internet(address):
    """Https and oci at public addresses; an address without a scheme is a registry, as Argo CD reads it."""
    assert refusal(address, resolve, environ={}) is None


def test_the_users_own_configuration_opens_a_host(tmp_path):
    """A host that helm's configuration names is asked though it is private; no other is."""
    (tmp_path / "repositories.yaml").write_text(
        "repositories: [{name: home, url: https://u:p@lan.example.org/charts}]\n"
    )
    (tmp_path / "registry").mkdir()
    (tmp_path / "registry" / "config.json").write_text(json.dumps({"auths": {"loop.example.org:5000": {"auth": "x"}}}))
    trusted = trusted_hosts({"HELM_CONFIG_HOME": str(tmp_path)})
    assert trusted == {"lan.example.org", "loop.example.org:5000"}
    assert refusal("https://lan.example.org/charts", resolve, trusted, {}) is None
    assert refusal("oci://loop.example.org:5000/x", resolve, trusted, {}) is None
    assert refusal("https://loop.example.org/x", resolve, trusted, {})
    assert trusted_hosts({"HOME": str(tmp_path / "nobody")}) == frozenset()


def test_behind_a_proxy_names_need_not_resolve():
    """Where only a proxy knows names, a name is let through and an address of digits is not."""
    proxied = {"HTTPS_PROXY": "http://proxy:3128"}
    assert refusal("https://gone.example.org", resolve, environ=proxied) is None
    assert refusal("https://localhost-like", resolve, environ=proxied)


def test_spellings_of_one_address_are_one():
    """Case of scheme and host, a slash at the end and a missing scheme make no difference."""
    assert normal("HTTPS://Charts.Example.org/Path/") == "https://charts.example.org/Path"
    assert normal("ghcr.io/Org") == normal("oci://ghcr.io/Org/") == "oci://ghcr.io/Org"
