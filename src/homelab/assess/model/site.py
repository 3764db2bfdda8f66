"""The site: power, switch, uplink, router, edge. Everything stands on it, and it is the ceiling."""

from __future__ import annotations

from homelab.assess.model.frame import SITE, Frame, Source
from homelab.availability.rates import with_ups
from homelab.availability.system import ALWAYS, Any_, Gate, Up
from homelab.findings import Subject


def build(frame: Frame) -> None:
    """Name the gates `site/lan` (power and switch) and `site/internet` (power and the way out)."""
    power = _power(frame)
    switch = _switch(frame)
    frame.every("site/lan", (power, switch))
    lines: list[Gate | str] = []
    for number in range(frame.ground.site.uplinks):
        provider = _part(frame, f"site/provider-{number + 1}", "isp", "Internet provider")
        router = _part(frame, f"site/router-{number + 1}", "router", "home router")
        lines.append(frame.every(f"site/uplink-{number + 1}", (Up(provider), Up(router))))
    edge = _part(frame, "site/edge", "edge", "edge network")
    frame.every("site/internet", (power, Any_(tuple(lines)), Up(edge)))


def _part(frame: Frame, name: str, rate: str, component: str) -> str:
    subject = Subject("Site", component)
    return frame.part(name, frame.rate(rate), Source(component, (subject,), option="site"), SITE)


def _power(frame: Frame) -> Gate:
    grid = frame.ground.site.grid
    if grid == "none":
        return ALWAYS
    rate = with_ups(frame.rate(f"power.grid.{grid}"), frame.ground.site.ups / 60.0)
    why = f"{frame.ground.site.ups / 60:g} min of UPS" if frame.ground.site.ups else "no UPS"
    source = Source("utility power", (Subject("Site", "utility power"),), why, option="site.power")
    return Up(frame.part("site/power", rate, source, SITE))


def _switch(frame: Frame) -> Gate:
    names = [
        frame.part(
            f"site/switch-{n + 1}",
            frame.rate("switch"),
            Source("LAN switch", (Subject("Site", "LAN switch"),), option="site.switches"),
            SITE,
        )
        for n in range(frame.ground.site.switches)
    ]
    return Up(names[0]) if len(names) == 1 else Any_(tuple(Up(name) for name in names))
