"""renovate.json: pins stay current by pull requests, with what belongs together in one and what must wait held back.

Charts are pinned in the Applications, images in manifests and values; a bump there is an input of the next render, not a
hand edit. Source: https://docs.renovatebot.com/configuration-options/ and .../modules/manager/.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
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
    "gateway": ("gateway-crds-helm", "gateway-helm"),
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
RENDERED = (
    "This moves a version in `homelab.yaml`: run `homelab check` and `homelab render` on this branch, commit and push. Until then "
    "the workflow says what differs. Nodes take it by the steps of docs/upgrade.md, and not by the merge."
)
"""What stands in the text of a pull request that moves Talos or Kubernetes (`prBodyNotes`)."""
VERSIONS = {
    "talos": ("siderolabs/talos", r"talos:\s*[\"']?(?<currentValue>\d+\.\d+\.\d+)"),
    "kubernetes": ("kubernetes/kubernetes", r"kubernetes:\s*[\"']?(?<currentValue>\d+\.\d+\.\d+)"),
}
"""Versions in homelab.yaml, with the releases they follow."""


def renovate_files(plan: Plan) -> dict[str, File]:
    """renovate.json for the charts of this lab."""
    return {layout.RENOVATE: TextFile(json.dumps(_configuration(plan), indent=2, ensure_ascii=False) + "\n")}


def _configuration(plan: Plan) -> dict[str, Any]:
    charts = _packages(plan)
    return {
        "$schema": "https://docs.renovatebot.com/renovate-schema.json",
        "extends": ["config:recommended", ":semanticCommitsDisabled"],
        "dependencyDashboard": True,
        "enabledManagers": ["argocd", "custom.regex", "terraform"],
        "argocd": {"managerFilePatterns": [SETS]},
        "customManagers": [_images(), *(_custom(name, *found) for name, found in VERSIONS.items())],
        "packageRules": [_own(), *_groups(charts), *_held(charts), *_limits(plan, charts)],
    }


def _packages(plan: Plan) -> dict[str, str]:
    """Chart to the name by which Renovate knows it: one out of a registry has its whole path there.

    Source: github.com/renovatebot/renovate lib/modules/manager/argocd/extract.ts, and what Renovate 41 itself finds.
    """
    charts = (part.chart for choice in plan.choices for part in parts_of(plan, choice) if part.chart)
    return {
        chart.name: f"{chart.repository.removeprefix('oci://')}/{chart.name}"
        if chart.repository.startswith("oci://")
        else chart.name
        for chart in charts
    }


def _own() -> dict[str, Any]:
    return {
        "description": "The repository itself, which every Application names: a branch is no version",
        "matchManagers": ["argocd"],
        "matchDatasources": ["git-tags"],
        "enabled": False,
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


def _groups(charts: Mapping[str, str]) -> list[dict[str, Any]]:
    rules = [
        {"description": f"{group} moves as one", "groupName": group, "matchPackageNames": found}
        for group, names in GROUPS.items()
        if (found := _named(charts, names))
    ]
    packages = [package for package, _ in VERSIONS.values()]
    talos = {
        "description": "Talos and Kubernetes fit together or not at all",
        "groupName": "talos",
        "prBodyNotes": [RENDERED],
        "matchPackageNames": packages,
    }
    return [*rules, talos]


def _named(charts: Mapping[str, str], names: Iterable[str]) -> list[str]:
    """The packages of those of these charts that the lab has."""
    return sorted(charts[name] for name in names if name in charts)


def _held(charts: Mapping[str, str]) -> list[dict[str, Any]]:
    careful = _named(charts, CAREFUL)
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


def _limits(plan: Plan, charts: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Lines that do not run on this lab's Kubernetes are not offered, nor a Kubernetes that Talos does not run."""
    kubernetes = plan.homelab.versions.kubernetes
    minor = ".".join(kubernetes.split(".")[:2])
    for system in systems():
        lines = [row.chart or row.line for row in system.support if row.runs and minor not in row.runs]
        for name in _named(charts, {truth.chart for truth in system.charts}) if lines else ():
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
