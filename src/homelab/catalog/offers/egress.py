"""What an application may call beside what it declares itself: mail, a database on the LAN, anything its owner connects it to.

A word stands for ports to anywhere; a host is opened alone, on one port.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from homelab.capabilities import Capability
from homelab.catalog import component
from homelab.catalog.flows import Pods, Uses
from homelab.catalog.offers.outside import at_front_door, calling
from homelab.catalog.plan import Plan
from homelab.spec.endpoint import network
from homelab.spec.forms import Destination
from homelab.spec.section import Section
from homelab.spec.source import Problem

PORTS: dict[str, tuple[int, ...]] = {
    "http": (80,),
    "https": (443,),
    "smtp": (25, 465, 587),
    "imap": (143, 993),
    "pop3": (110, 995),
    "ldap": (389, 636),
    "ssh": (22,),
    "mqtt": (1883, 8883),
}
"""Word to the ports that it means, by IANA's registry of service names."""
GATEWAY = "gateway"
"""The word for the lab's own hostnames."""
FRONT_PORTS = (80, 443)
"""Where the Gateway listens."""

Word = Literal["gateway", "http", "https", "imap", "ldap", "mqtt", "pop3", "smtp", "ssh"]


class Outside(Section):
    """One host on one port."""

    host: Destination
    """A name, an address, or a network as `10.0.0.0/24`."""
    port: int = Field(ge=1, le=65535)
    """The port on which it listens."""
    protocol: Literal["tcp", "udp"] = "tcp"
    """How it is called."""


class Settings(component.Settings):
    """What every application's settings have."""

    egress: tuple[Word | Outside, ...] = Field(default=(), max_length=64)
    """What it may call beside what it needs itself: `http`, `https`, `smtp`, `imap`, `pop3`, `ldap`, `ssh` or `mqtt` anywhere, `gateway` for the lab's own hostnames, or one host as `{host: db.home.arpa, port: 5432}`."""


def egress(plan: Plan, settings: Settings, pods: Pods) -> Iterator[Uses]:
    """The flows of pods of an application that its owner added."""
    for wanted in settings.egress:
        if isinstance(wanted, Outside):
            yield from calling(plan, pods, wanted.host.lower(), (wanted.port,), wanted.protocol.upper())
        elif wanted == GATEWAY:
            yield Uses(pods, Capability.GATEWAY_HTTP)
        else:
            yield Uses(pods, outside="world", ports=PORTS[wanted])


def refused(plan: Plan, settings: Settings, option: str) -> Iterator[Problem]:
    """Hosts that no rule can open: those inside the cluster, and ports on which the Gateway does not listen."""
    for index, wanted in enumerate(settings.egress):
        if not isinstance(wanted, Outside):
            continue
        own = f"{option}.{index}"
        asked = network(wanted.host)
        for name in ("pods", "services"):
            inside = network(getattr(plan.homelab.network, name))
            if asked and inside and asked.version == inside.version and asked.overlaps(inside):
                message = f"{wanted.host} lies in the cluster, where addresses change with every pod:"
                yield Problem(f"{own}.host", message, "name its Service: name.namespace.svc", also=f"network.{name}")
        if at_front_door(plan, wanted.host.lower()) and (wanted.port not in FRONT_PORTS or wanted.protocol != "tcp"):
            message = f"is {wanted.port}, but {wanted.host} is the lab's own Gateway, which answers on 80 and 443"
            yield Problem(f"{own}.port", message, f"`{GATEWAY}` means all of the lab's hostnames")
