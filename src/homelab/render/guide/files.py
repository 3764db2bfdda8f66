"""The pages of the produced repository, by path: computed from the plan and from the files that it made."""

from __future__ import annotations

from collections.abc import Mapping

from homelab.catalog.plan import Plan
from homelab.kube.tree import File, TextFile
from homelab.render import layout
from homelab.render.guide.build import build_page
from homelab.render.guide.network import network_page
from homelab.render.guide.readme import readme
from homelab.render.guide.rebuild import rebuild_page
from homelab.render.guide.replace import replace_page
from homelab.render.guide.restore import restore_page
from homelab.render.guide.runbooks import runbooks
from homelab.render.guide.secrets import secrets_page
from homelab.render.guide.storage import storage_page
from homelab.render.guide.upgrade import upgrade_page


def guide_files(plan: Plan, made: Mapping[str, File]) -> dict[str, File]:
    """Path to page; `made` are all other files of the repository, of which the pages speak."""
    pages = {
        layout.README: readme(plan, made),
        layout.NETWORK: network_page(plan, made),
        layout.RUNBOOKS: runbooks(made),
        layout.SECRETS_PAGE: secrets_page(plan),
        layout.STORAGE: storage_page(plan, made),
        layout.UPGRADE: upgrade_page(plan),
        layout.REPLACE: replace_page(plan),
        layout.REBUILD: rebuild_page(plan, made),
        layout.RESTORE: restore_page(plan, made),
    }
    pages[layout.BUILD] = build_page(plan, made, tuple(pages.values()))
    return {path: TextFile(text) for path, text in pages.items()}
