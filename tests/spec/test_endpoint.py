"""Endpoints: where an address leads, in each form that homelab.yaml takes."""

from __future__ import annotations

import pytest

from homelab.spec.endpoint import Endpoint, endpoint, literal, network

LEADS = {
    "https://git.example.org/x": Endpoint("git.example.org", 443),
    "http://NAS:9000": Endpoint("nas", 9000),
    "ssh://git@forge.lan:2222/x.git": Endpoint("forge.lan", 2222),
    "ssh://git@forge.lan/x.git": Endpoint("forge.lan", 22),
    "git@forge.lan:me/x.git": Endpoint("forge.lan", 22),
    "git@forge.lan:2222/x.git": Endpoint("forge.lan", 22),
    "https://[FD00::0:5]:3000/x": Endpoint("fd00::5", 3000),
    "https://[::ffff:10.0.0.5]/x": Endpoint("10.0.0.5", 443),
    "oci://ghcr.io/charts": Endpoint("ghcr.io", 443),
}


@pytest.mark.parametrize("address", LEADS)
def test_an_address_leads_to_one_host_and_port(address):
    """The port is the written one, else that of the scheme; what stands behind the colon of scp's form is a path."""
    assert endpoint(address) == LEADS[address]


@pytest.mark.parametrize("address", ["", "forge.lan/x", "ftp://forge.lan/x", "https://", "git@forge.lan"])
def test_what_names_no_host_is_refused(address):
    """Nothing is guessed of a text that is no address."""
    with pytest.raises(ValueError, match="names a host"):
        endpoint(address)


def test_names_are_no_addresses():
    """A name has neither an address nor a network; an address is a network of one."""
    assert literal("git.lan") is None
    assert network("git.lan") is None
    assert str(network("10.0.0.5")) == "10.0.0.5/32"
    assert str(network("fd00::/64")) == "fd00::/64"
