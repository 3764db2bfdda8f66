"""The versions of the programs that the pages name, as mise and its like read them: those of this lab, where it has one.

Names are those of mise's registry, looked up in `mise registry` 2026.9.15; a short version is the newest of its line.
`kubectl cnpg` is not in it, and comes by krew.
Source: https://mise.jdx.dev/configuration.html#mise-toml.
"""

from __future__ import annotations

from collections.abc import Mapping

from homelab.catalog.plan import Plan
from homelab.kube.tree import File, TextFile
from homelab.render.guide.tools import named
from homelab.render.pins import images
from homelab.report import number

REGISTRY = {"tofu": "opentofu"}
"""Program to its name in the registry, where that is another."""
LINES = {"tofu": "1.12", "helm": "4", "cmctl": "2", "just": "1", "velero": "1.18"}
"""Program to the line that homelab was proved with; Velero's is that of the chart."""
TUNNEL = "docker.io/cloudflare/cloudflared"


def versions(plan: Plan, made: Mapping[str, File], title: str) -> str:
    """The file, with the programs that the pages of this lab name and a registry has."""
    lab = plan.homelab.versions
    known = {**LINES, "kubectl": lab.kubernetes, "talosctl": lab.talos}
    if tag := images(made).get(TUNNEL):
        known["cloudflared"] = tag
    pages = [file.text for path, file in made.items() if path.endswith(".md") and isinstance(file, TextFile)]
    found = [f'{REGISTRY.get(name, name)} = "{known[name]}"' for name in named(plan, pages) if name in known]
    itself = "" if number().startswith("0+") else f'"pipx:provenlab" = "{number()}"\n'
    return f"# {title}\n[tools]\n" + itself + "\n".join(found) + "\n"
