"""Pins: versions of charts, images and providers that somebody bumped in the repository: an input of rendering, no edit.

`.homelab/pins.json` holds what the catalog chose. Whatever pins another version was changed by a person or by Renovate, and
keeps it. Charts are known by the name of their Application, images by their repository, providers of OpenTofu by their
source; the last two have a `/`, which names of Applications have not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from homelab.catalog.machines.talos import CONTRACT
from homelab.catalog.plan import Plan, parts_of
from homelab.documents.read import load
from homelab.errors import UnreadableDocument
from homelab.kube.tree import File, TextFile, YamlFile
from homelab.render import layout, owned

FORM = re.compile(r"1\.\d+\.\d+")
KEYS = ("image", "imageName")
"""Keys whose value is an image with its tag, in manifests and in chart values of ours."""
IMAGE = re.compile(r"^([a-z0-9.-]+\.[a-z0-9.-]+/[^\s:@]+):([^\s]+)$")
"""A whole image: registry and repository, and the tag, with or without a digest."""
LINE = re.compile(r"^[ -]+image(?:Name)?: [\"']?([^\s:\"']+/[^\s:\"']+):([^\s\"']+)", re.MULTILINE)

PROVIDER = re.compile(r'(source +?= "([a-z0-9-]+/[a-z0-9-]+)"\n +version = ")([^"]+)(?=")')
"""A provider in `required_providers`."""


def pins(existing: Mapping[str, str], asked: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """What the repository pins otherwise than the catalog had chosen: Application or image repository to version; and its contract.

    `asked` are versions that stand in homelab.yaml: one that was changed there since is the newer word.
    """
    chosen = owned.mapping(existing.get(layout.PINS))
    found: dict[str, str] = {}
    for path, text in existing.items():
        if path.endswith(f"/{layout.PROVIDERS}"):
            found |= _providers(text)
        if not path.startswith("kubernetes/") or not path.endswith(".yaml"):
            continue
        if path.startswith(f"{layout.SETS}/"):
            found |= _charts(path, text)
        elif "image" in text:
            found |= {name: tag for name, tag in LINE.findall(text) if name in chosen}
    found |= _contract(existing)
    newer = {name for name, version in asked.items() if chosen.get(name, version) != version}
    return {
        name: version for name, version in sorted(found.items()) if chosen.get(name) != version and name not in newer
    }


def _contract(existing: Mapping[str, str]) -> dict[str, str]:
    """The Talos for which the configurations of the repository are generated: a release that wrote no contract took the version."""
    cluster = owned.mapping(existing.get(layout.VARIABLES)).get("cluster")
    said = cluster.get("contract", cluster.get("talos")) if isinstance(cluster, dict) else None
    return {CONTRACT: said} if isinstance(said, str) and FORM.fullmatch(said) else {}


def pins_file(plan: Plan, files: Mapping[str, File]) -> TextFile:
    """The versions that the catalog chose, whatever the repository pins."""
    kubernetes = plan.homelab.versions.kubernetes
    parts = (part for choice in plan.choices for part in parts_of(plan, choice))
    chosen = {part.name: part.chart.pin(kubernetes) for part in parts if part.chart}
    providers: dict[str, str] = {}
    for path, file in files.items():
        if path.endswith(f"/{layout.PROVIDERS}"):
            providers |= _providers(file.text)
    return TextFile(json.dumps(dict(sorted((chosen | images(files) | providers).items())), indent=1) + "\n")


def images(files: Mapping[str, File]) -> dict[str, str]:
    """Image repository to tag; a repository that stands there with several tags is left out: nobody could say which."""
    found: dict[str, set[str]] = {}
    for file in files.values():
        if isinstance(file, YamlFile):
            for name, tag in _images(file.documents):
                found.setdefault(name, set()).add(tag)
    return {name: tags.pop() for name, tags in found.items() if len(tags) == 1}


def pinned(files: Mapping[str, File], wanted: Mapping[str, str]) -> dict[str, File]:
    """The files with the image tags and provider versions that the repository had pinned."""
    tags = {name: tag for name, tag in wanted.items() if "/" in name}
    if not tags:
        return dict(files)
    return {path: _pinned(path, file, tags) for path, file in files.items()}


def _pinned(path: str, file: File, tags: Mapping[str, str]) -> File:
    if isinstance(file, YamlFile):
        return YamlFile(tuple(_put(file.documents, tags)), file.header, file.comments)
    if path.endswith(f"/{layout.PROVIDERS}"):
        return TextFile(PROVIDER.sub(lambda match: match[1] + tags.get(match[2], match[3]), file.text))
    return file


def _providers(text: str) -> dict[str, str]:
    return {source: version for _, source, version in PROVIDER.findall(text)}


def _images(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key in KEYS and isinstance(item, str):
                if match := IMAGE.match(item):
                    yield match[1], match[2]
            elif isinstance(item, Mapping | list):
                yield from _images(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _images(item)


def _put(value: Any, tags: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _tagged(item, tags) if key in KEYS else _put(item, tags) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_put(item, tags) for item in value]
    return value


def _tagged(value: Any, tags: Mapping[str, str]) -> Any:
    match = IMAGE.match(value) if isinstance(value, str) else None
    if match is None:
        return _put(value, tags)
    return f"{match[1]}:{tags.get(match[1], match[2])}"


def _charts(path: str, text: str) -> dict[str, str]:
    try:
        bodies = load(text, path)
    except UnreadableDocument:
        return {}
    found = {}
    for body in bodies:
        if not isinstance(body, Mapping) or body.get("kind") != "Application":
            continue
        spec, meta = body.get("spec"), body.get("metadata")
        sources = spec.get("sources") if isinstance(spec, Mapping) else None
        for source in sources if isinstance(sources, list) else ():
            if isinstance(source, Mapping) and source.get("chart") and isinstance(source.get("targetRevision"), str):
                found[str(meta.get("name") if isinstance(meta, Mapping) else "")] = source["targetRevision"]
    return found
