"""Small repositories for tests: Applications, ApplicationSets and ConfigMaps as text, and how their Inventory is asked."""

from __future__ import annotations

from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.kube.inventory import Inventory

HERE = "https://git.example.org/lab.git"


def application(name: str, source: str, *, space: str | None = None) -> str:
    """An Application with a source in flow style: `path: x, directory: {recurse: true}`."""
    return f"""
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  project: default
  source: {{repoURL: {HERE}, {source}}}
  destination: {{namespace: {space or name}}}
"""


def applicationset(generators: str, template: str, more: str = "") -> str:
    """An ApplicationSet; generators and template in flow style."""
    return f"""
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {{name: set, namespace: argocd}}
spec:
  {more}
  generators: {generators}
  template: {template}
"""


def config(name: str, space: str = "") -> str:
    """A ConfigMap."""
    where = f", namespace: {space}" if space else ""
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}{where}}}\n"


def reading(**files: str) -> Inventory:
    """The Inventory of files; in names, `__` stands for `/` and the ending is .yaml."""
    return read(of_texts({f"{name.replace('__', '/')}.yaml": text for name, text in files.items()}))


def names(inventory: Inventory, kind: str = "ConfigMap") -> list[str]:
    """`namespace/name` of every object of a kind, sorted."""
    return sorted(f"{r.namespace}/{r.name}" for r in inventory.of(kind))


def applications(inventory: Inventory) -> list[str]:
    """The names of the Applications that were walked, in order."""
    return [found.name for found in inventory.applications]


def gaps(inventory: Inventory) -> str:
    """All that is said to be unknown, in one text."""
    return "\n".join(f"{gap.what}: {gap.why}" for gap in inventory.unknown)
