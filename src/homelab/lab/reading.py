"""Reading whatever holds a repository: a Tree, a folder, or texts by path. Equal contents give equal inventories."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from homelab.gitops import repository
from homelab.gitops.read import read as read_repository
from homelab.kube.inventory import Inventory
from homelab.kube.tree import Tree


def read(source: Tree | Mapping[str, str] | Path | str) -> Inventory:
    """What a repository deploys.

    Raises:
        UnreadableRepository: the folder does not exist or cannot be listed.
    """
    if isinstance(source, Tree):
        return read_repository(repository.of_tree(source))
    if not isinstance(source, Path | str):
        return read_repository(repository.of_texts(source))
    return read_repository(repository.of_folder(Path(source)))
