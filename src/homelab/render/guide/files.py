"""The pages of the produced repository, by path: computed from the plan and from the files that it made."""

from __future__ import annotations

from collections.abc import Mapping

from homelab.catalog.plan import Plan
from homelab.kube.tree import File, TextFile
from homelab.render import layout
from homelab.render.guide.runbooks import runbooks
from homelab.render.guide.secrets import secrets_page


def guide_files(plan: Plan, made: Mapping[str, File]) -> dict[str, File]:
    """Path to page; `made` are all other files of the repository, of which the pages speak."""
    pages = {
        layout.RUNBOOKS: runbooks(made),
        layout.SECRETS_PAGE: secrets_page(plan),
    }
    return {path: TextFile(text) for path, text in pages.items()}
