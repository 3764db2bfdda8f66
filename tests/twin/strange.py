"""Somebody else's repository: roots of its own in a folder of its own, and nothing in it installs Argo CD."""

from __future__ import annotations

from twin import committed
from twin.committed import own, set_of

ROOT = "bootstrap/root.yaml"
WHERE = {"server": committed.SERVER, "namespace": "argocd"}
PROJECT = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: home}
spec:
  sourceRepos: ["*"]
  destinations: [{server: "*", namespace: "*"}]
  clusterResourceWhitelist: [{group: "*", kind: "*"}]
"""
TEXTS = {
    ".homelab/lab.yaml": committed.GROUND,
    ROOT: set_of("everything", {"project": "home", "source": own("apps"), "destination": WHERE}),
    "bootstrap/project.yaml": PROJECT,
    "apps/shop.yaml": committed.application("shop"),
    committed.SHOP: f"{committed.SPACE}---\n{committed.WEB}---\n{committed.SETTINGS}",
}
