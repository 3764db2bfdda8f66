"""What has to be installed: every program that a page names."""

from __future__ import annotations

from collections.abc import Iterable

from homelab.catalog.infrastructure.network import cloudflared
from homelab.catalog.plan import Plan
from homelab.render.guide import markdown as md

ALWAYS = {
    "homelab": "this tool",
    "git": "",
    "openssl": "",
    "curl": "",
    "tofu": "OpenTofu 1.8 or newer",
    "helm": "Helm 3.14 or newer",
    "kubectl": "1.31 or newer",
}
SOMETIMES = {
    "velero": "backups now, and restores",
    "kubectl-cnpg": "`kubectl cnpg`: state, backups and restores of databases",
    "cmctl": "renews a certificate before its time",
    "just": "calls the blocks that begin with its name, if you do not like to paste",
    "ssh-keygen": "the key with which Argo CD reads the repository",
}
"""Program to what it is for; listed where a page names it."""


def named(plan: Plan, pages: Iterable[str]) -> dict[str, str]:
    """Program to what it is for: what every lab takes, and what the pages of this one name."""
    text = "\n".join(pages).replace("kubectl cnpg", "kubectl-cnpg")
    found = {**ALWAYS, "talosctl": f"{plan.homelab.versions.talos}, as Talos itself"}
    if cloudflared.CLOUDFLARED.name in plan.by_name:
        found["cloudflared"] = "makes the tunnel"
    return found | {name: what for name, what in SOMETIMES.items() if f"{name} " in text}


def tools(plan: Plan, pages: Iterable[str]) -> str:
    """The list."""
    return md.bullets(f"`{name}`" + (f": {what}" if what else "") for name, what in named(plan, pages).items())
