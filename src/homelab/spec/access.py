"""Who reaches what: public hostnames, VPN, single sign-on."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from homelab.spec.section import Section
from homelab.spec.units import Label


class Access(Section):
    """What has a login is reachable from the LAN; the rest is listed here."""

    public: tuple[Label, ...] = ()
    """Applications whose production hostname the tunnel publishes; nothing else is reachable from the Internet."""
    without_login: tuple[Label, ...] = ()
    """Hostnames without a login (`prometheus`, `alertmanager`, `hubble`) that everybody on the LAN may open; others have no route."""
    vpn: Literal["tailscale", "none"] = "none"
    """How the owner gets in from elsewhere. `tailscale` is refused until a component provides it."""
    sso: tuple[Label, ...] = ()
    """Applications behind single sign-on, once a component provides an identity provider; until then the wish is refused."""
    own_login: tuple[Label, ...] = Field(default=())
    """Public applications whose own login is deemed enough; the check `public-route-without-auth` then accepts them."""
