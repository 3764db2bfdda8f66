"""Reground: a tree of which only what the lab stands on has changed is not read again; most what-ifs are of this kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from homelab.gitops import repository
from homelab.ground import FILE
from homelab.ground_file import parse
from homelab.kube.inventory import Inventory
from homelab.kube.tree import File, Tree, YamlFile

PAGES = ".md"
"""What people read, and nobody deploys."""


def reground(before: Inventory, was: Tree, now: Tree) -> Inventory | None:
    """The inventory of a tree by that of the tree it was; None where more than its ground differs.

    Args:
        before: the inventory of `was`.
        was: the tree that was read.
        now: the tree that is asked about.

    Raises:
        HomelabError: the ground of `now` is none.
    """
    ours = now.get(FILE)
    if before.ground is None or not isinstance(ours, YamlFile) or _read(was) != _read(now):
        return None
    ground = parse(ours.documents[0], FILE)
    if ground.kubernetes != before.ground.kubernetes:
        return None  # charts look at it
    return replace(before, ground=ground, locate=repository.of_tree(now).locate, _memo={})


def _read(tree: Tree) -> Mapping[str, File]:
    return {path: file for path, file in tree.files.items() if path != FILE and not path.endswith(PAGES)}
