"""Flux beside Argo CD: what its Kustomizations apply, so that nothing of it is taken for dead or missing.

Source: spec of kustomize.toolkit.fluxcd.io/v1 Kustomization; a folder without a kustomization is one of every manifest below it.
What Flux substitutes stays as it is written, and what its HelmReleases make is not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from homelab.gitops import kustomize
from homelab.gitops.built import ODD, Build, Built, join
from homelab.gitops.repository import NOT_DEPLOYED, Repository
from homelab.kube.inventory import Unknown
from homelab.kube.resource import dig

GROUP = ".fluxcd.io/"
APPLIES = "kustomize.toolkit.fluxcd.io/"
CHARTS = "helm.toolkit.fluxcd.io/"


def reached(repository: Repository) -> Build:
    """What every Flux Kustomization of the repository applies, each folder once; files of its own kinds took part as well."""
    result, queue, seen = Build(), list(_declared(repository)), set[tuple[str, str]]()
    result.used |= {item.file for item in queue}
    while queue:
        item = queue.pop(0)
        version, kind = str(item.body.get("apiVersion")), str(item.body.get("kind"))
        if version.startswith(CHARTS) and kind == "HelmRelease":
            _say(repository, result, item, "what Flux makes of a chart is not read offline")
        if not version.startswith(APPLIES) or kind != "Kustomization":
            continue
        folder, space = (str(dig(item.body, ["spec", key], "")) for key in ("path", "targetNamespace"))
        folder = join(folder.lstrip("/"), ".")
        if (folder, space) in seen:
            continue
        seen.add((folder, space))
        if not repository.is_folder(folder):
            _say(repository, result, item, "the path is not in this repository")
            continue
        try:
            built = _built(repository, folder, dig(item.body, ["spec"], {}))
        except ODD as error:
            _say(repository, result, item, f"a field of it is not of the type that Flux reads: {error}")
            continue
        result.objects += built.objects
        result.used |= built.used
        result.unknown += built.unknown
        queue += [found for found in built.objects if GROUP in str(found.body.get("apiVersion"))]
        for chart in built.charts:
            result.unknown.append(Unknown(chart.file, "what Flux makes of helmCharts is not read offline"))
    return result


def _built(repository: Repository, folder: str, spec: Mapping[str, Any]) -> Build:
    """A folder as Flux builds it, with the fields that it writes into the kustomization."""
    fields = {key: spec[key] for key in ("patches", "components") if spec.get(key)}
    if spec.get("targetNamespace"):
        fields["namespace"] = spec["targetNamespace"]
    if kustomize.kustomization(repository, folder) is not None:
        return kustomize.build(repository, folder, options=(fields, {}))
    built = kustomize.plain(repository, folder, recurse=True)
    kustomize.shape(repository, folder, fields, built)
    return built


def _declared(repository: Repository) -> Iterator[Built]:
    for path in repository.paths:
        if not path.endswith((".yaml", ".yml")) or path.startswith(NOT_DEPLOYED):
            continue
        if path not in repository.raw and GROUP not in repository.texts[path]:
            continue
        for index, body in enumerate(repository.documents(path)):
            if isinstance(body, Mapping) and GROUP in str(body.get("apiVersion")):
                yield Built(dict(body), path, index)


def _say(repository: Repository, result: Build, item: Built, why: str) -> None:
    name = dig(item.body, ["metadata", "name"], "")
    place = repository.locate(item.file, item.index, ("spec",))
    result.unknown.append(Unknown(f"{item.body.get('kind')} {name}", why, place))
