"""Kinds that an operator installs itself when it starts, where no repository holds their definition.

Without the operator's own files the definitions made here take anything: the kind is served, its schema is not checked, and
the report says so. Only kinds of systems that are deployed are defined: one that nobody installs stays unknown, as at home.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from homelab.cluster.api import Object
from homelab.documents.read import load
from homelab.kube.inventory import Inventory
from homelab.kube.resource import dig
from homelab.kube.scope import cluster_kinds

INSTALLERS: Mapping[str, str] = {"cilium.io": "cilium/operator"}
"""API group to a part of the image that installs its kinds when it starts (cilium: operator/pkg/…, `RegisterCRDs`)."""
UNCHECKED = "twin.homelab.dev/schema"
"""The annotation of a definition that was made here: `not checked`."""
VOWELS = "aeiou"


@dataclass(frozen=True, slots=True)
class Defined:
    """What was found out: `bodies` are definitions, `unchecked` the kinds whose schema nobody checks."""

    bodies: tuple[Object, ...]
    unchecked: tuple[str, ...]


def missing(inventory: Inventory, folder: Path | None = None) -> Defined:
    """Definitions of the kinds that operators of this lab install at run time; real ones where a folder holds them."""
    groups = {group for group, image in INSTALLERS.items() if _deployed(inventory, image)}
    real = {_key(body): body for body in (_files(folder) if folder else ()) if body["spec"]["group"] in groups}
    known = {_key(each.body) for each in inventory.of("CustomResourceDefinition")}
    used = _used(inventory, groups)
    made = [_permissive(*key, versions) for key, versions in sorted(used.items()) if key not in known | set(real)]
    bodies = [body for key, body in sorted(real.items()) if key not in known]
    return Defined((*bodies, *made), tuple(each["spec"]["names"]["kind"] for each in made))


def _deployed(inventory: Inventory, image: str) -> bool:
    return any(image in container.image for workload in inventory.workloads for container in workload.containers)


def _key(body: Mapping[str, object]) -> tuple[str, str]:
    return str(dig(body, ["spec", "group"], "")), str(dig(body, ["spec", "names", "kind"], ""))


def _used(inventory: Inventory, groups: Collection[str]) -> dict[tuple[str, str], list[str]]:
    """Kinds of these groups that the lab uses, with the versions in which it writes them, those that are stable first."""
    found: dict[tuple[str, str], set[str]] = {}
    for each in inventory.resources:
        if each.group in groups:
            found.setdefault((each.group, each.kind), set()).add(str(each.body["apiVersion"]).rpartition("/")[2])
    return {key: sorted(versions, key=lambda v: ("alpha" in v, "beta" in v, v)) for key, versions in found.items()}


def _permissive(group: str, kind: str, versions: Iterable[str]) -> Object:
    """A definition that takes anything."""
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    # One whole: in a map whose fields nobody declares, an empty one is lost when Argo CD looks for differences.
    spec = {**free, "x-kubernetes-map-type": "atomic"}
    schema = {"openAPIV3Schema": {**free, "properties": {"spec": spec, "status": free}}}
    plural = plural_of(kind)
    served = [
        {"name": name, "served": True, "storage": not number, "schema": schema, "subresources": {"status": {}}}
        for number, name in enumerate(versions)
    ]
    names = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()}
    scope = "Cluster" if kind in cluster_kinds(()) else "Namespaced"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}", "annotations": {UNCHECKED: "not checked"}},
        "spec": {"group": group, "scope": scope, "names": names, "versions": served},
    }


def plural_of(kind: str) -> str:
    """The plural of a kind as its makers write it: policies, classes, pools."""
    word = kind.lower()
    if word.endswith("y") and word[-2] not in VOWELS:
        return word[:-1] + "ies"
    return word + ("es" if re.search(r"(s|x|ch|sh)$", word) else "s")


def _files(folder: Path) -> Iterator[Object]:
    """The definitions in the YAML files of a folder."""
    for file in sorted(folder.glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        if any(f"group: {group}" in text for group in INSTALLERS):
            for body in load(text, str(file)):
                if isinstance(body, dict) and body.get("kind") == "CustomResourceDefinition":
                    yield body
