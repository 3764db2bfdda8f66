"""n8n: one main, and in queue mode webhook processors and workers beside it.

Main runs the editor, the API and every timer; without a licence there may be one only. In queue mode webhooks arrive at
their own pods, workers execute, and both need the database and Redis all the time.
Source: https://docs.n8n.io/hosting/scaling/queue-mode.
"""

from __future__ import annotations

from homelab.software.n8n.programs import PROGRAMS
from homelab.software.software import ChartSource, Software

N8N = Software(
    name="n8n",
    programs=PROGRAMS,
    charts=(ChartSource("n8n", ("community-charts.github.io",)),),
    images={"n8nio/n8n": "n8n"},
)
