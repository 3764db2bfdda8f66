"""renovate.json: pins stay current by pull requests, with what belongs together in one and what must wait held back.

Charts are pinned in the Applications, images in manifests and values; a bump there is an input of the next render, not a
hand edit. Source: https://docs.renovatebot.com/configuration-options/ and .../modules/manager/.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from homelab.catalog.plan import Plan, parts_of
from homelab.catalog.versions import support_row
from homelab.kube.tree import File, TextFile
from homelab.render import layout
from homelab.render.tofu import talos_provider
from homelab.software.lookup import systems

SETS = r"/^kubernetes/sets/.+\.yaml$/"
MANIFESTS = r"/^kubernetes/.+\.yaml$/"
IMAGES = r"(?:^|\n)[ -]+image(?:Name)?: [\"']?(?<depName>[^\s:\"']+/[^\s:\"']+):(?<currentValue>[^\s@\"']+)(?:@(?<currentDigest>sha256:[a-f0-9]+))?"
"""An image with its tag, in manifests and in chart values: one manager for all, so that none is found twice or not at all."""
HOMELAB = r"/(^|/)homelab\.yaml$/"
GROUPS = {
    "rook-ceph": ("rook-ceph", "ceph-csi-drivers", "rook-ceph-cluster"),
    "gateway": ("gateway-helm", "gateway-crds-helm"),
    "cloudnative-pg": ("cloudnative-pg", "plugin-barman-cloud"),
}
"""Charts that move together, or not at all."""
CAREFUL = (
    "cilium",
    "rook-ceph",
    "ceph-csi-drivers",
    "rook-ceph-cluster",
    "cloudnative-pg",
    "plugin-barman-cloud",
    "argo-cd",
    "kube-prometheus-stack",
)
"""What nobody should merge unread: network, storage, databases, the engine itself."""
VERSIONS = {
    "talos": ("siderolabs/talos", r"talos:\s*[\"']?(?<currentValue>\d+\.\d+\.\d+)"),
    "kubernetes": ("kubernetes/kubernetes", r"kubernetes:\s*[\"']?(?<currentValue>\d+\.\d+\.\d+)"),
}
"""Versions in homelab.yaml, with the releases they follow."""


def renovate_files(plan: Plan) -> dict[str, File]:
    """renovate.json for the charts of this lab."""
    return {layout.RENOVATE: TextFile(json.dumps(_configuration(plan), indent=2, ensure_ascii=False) + "\n")}


def _configuration(plan: Plan) -> dict[str, Any]:
    charts = {part.chart.name for choice in plan.choices for part in parts_of(plan, choice) if part.chart}
    return {
        "$schema": "https://docs.renovatebot.com/renovate-schema.json",
        "extends": ["config:recommended", ":semanticCommitsDisabled"],
        "dependencyDashboard": True,
        "enabledManagers": ["argocd", "custom.regex", "terraform"],
        "argocd": {"managerFilePatterns": [SETS]},
        "customManagers": [_images(), *(_custom(name, *found) for name, found in VERSIONS.items())],
        "packageRules": [*_groups(charts), *_held(charts), *_limits(plan)],
    }


def _images() -> dict[str, Any]:
    return {
        "customType": "regex",
        "description": "Images in manifests and chart values",
        "managerFilePatterns": [MANIFESTS],
        "matchStrings": [IMAGES],
        "datasourceTemplate": "docker",
    }


def _custom(name: str, package: str, pattern: str) -> dict[str, Any]:
    return {
        "customType": "regex",
        "description": f"The {name} version of homelab.yaml",
        "managerFilePatterns": [HOMELAB],
        "matchStrings": [pattern],
        "depNameTemplate": package,
        "datasourceTemplate": "github-releases",
        "extractVersionTemplate": "^v(?<version>.*)$",
    }


def _groups(charts: set[str]) -> list[dict[str, Any]]:
    rules = [
        {"description": f"{group} moves as one", "groupName": group, "matchPackageNames": sorted(charts & set(names))}
        for group, names in GROUPS.items()
        if charts & set(names)
    ]
    packages = [package for package, _ in VERSIONS.values()]
    talos = {
        "description": "Talos and Kubernetes fit together or not at all",
        "groupName": "talos",
        "matchPackageNames": packages,
    }
    return [*rules, talos]


def _held(charts: set[str]) -> list[dict[str, Any]]:
    careful = sorted(charts & set(CAREFUL))
    if not careful:
        return []
    return [
        {
            "description": "Read before merging: network, storage, databases and the engine itself",
            "matchPackageNames": careful,
            "automerge": False,
            "minimumReleaseAge": "7 days",
        }
    ]


def _limits(plan: Plan) -> Iterator[dict[str, Any]]:
    """Lines that do not run on this lab's Kubernetes are not offered, nor a Kubernetes that Talos does not run."""
    kubernetes = plan.homelab.versions.kubernetes
    minor = ".".join(kubernetes.split(".")[:2])
    charts = {part.chart.name for choice in plan.choices for part in parts_of(plan, choice) if part.chart}
    for system in systems():
        lines = [row.chart or row.line for row in system.support if row.runs and minor not in row.runs]
        for name in sorted({truth.chart for truth in system.charts} & charts if lines else ()):
            yield {
                "description": f"Lines of {system.name} that do not run on Kubernetes {minor}",
                "matchPackageNames": [name],
                "allowedVersions": f"!/^v?({_either(lines)})\\./",
            }
        row = support_row(system, plan.homelab.versions.talos, chart=False) if system.name == "talos" else None
        if row and row.runs:
            yield {
                "description": f"Talos {row.line} runs these",
                "matchPackageNames": [VERSIONS["kubernetes"][0]],
                "allowedVersions": f"/^v?({_either(row.runs)})\\./",
            }
    if version := talos_provider(plan):
        line = version.removeprefix("~> ").rpartition(".")[0]
        yield {
            "description": "The provider that fits this Talos",
            "matchDatasources": ["terraform-provider"],
            "matchPackageNames": ["siderolabs/talos"],
            "allowedVersions": f"/^{_either([line])}\\./",
        }
    yield {
        "description": "A major version of PostgreSQL is a migration, not a bump",
        "matchPackageNames": ["ghcr.io/cloudnative-pg/postgresql"],
        "matchUpdateTypes": ["major"],
        "enabled": False,
    }


def _either(lines: Iterable[str]) -> str:
    return "|".join(line.replace(".", r"\.") for line in lines)
