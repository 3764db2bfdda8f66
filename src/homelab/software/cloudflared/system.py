"""cloudflared, the connector of Cloudflare Tunnel, as the community's chart makes it.

By default a DaemonSet whose liveness asks for a live edge connection: while the line is down, every pod restarts.
"""

from __future__ import annotations

from homelab.software.cloudflared.programs import PROGRAMS
from homelab.software.software import ChartSource, Software

CLOUDFLARED = Software(
    name="cloudflared",
    programs=PROGRAMS,
    charts=(ChartSource("cloudflared", ("community-charts.github.io",)),),
    images={"cloudflare/cloudflared": "cloudflared"},
)
