"""Machines: how many control planes the files that build the machines declare: OpenTofu variables, Talos configurations.

Expressions are not evaluated: a file whose count follows from one says nothing here. What is commented out is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from homelab.errors import Place
from homelab.findings import Subject
from homelab.gitops.repository import Repository
from homelab.kube.facts import Machines

PLANES = frozenset({"controlplane", "control-plane", "control_plane", "master", "server"})
ROLES = ("role", "type", "machine_type", "node_type")
_HCL = re.compile(rf'^\s*"?(?:{"|".join(ROLES)})"?\s*[=:]\s*"(?P<role>[\w-]+)"', re.MULTILINE)
_HCL_INLINE = re.compile(rf'[{{,]\s*"?(?:{"|".join(ROLES)})"?\s*[=:]\s*"(?P<role>[\w-]+)"')


def declared(repository: Repository) -> Iterator[Machines]:
    """What each file that declares machines with roles says."""
    for path in repository.paths:
        name = path.rpartition("/")[2]
        if name.endswith(".tfvars.json") or name in {"talconfig.yaml", "talconfig.yml"}:
            yield from _data(repository, path)
        elif name.endswith(".tfvars"):
            yield from _hcl(repository, path)


def _data(repository: Repository, path: str) -> Iterator[Machines]:
    for index, document in enumerate(repository.documents(path)):
        nodes = document.get("nodes") if isinstance(document, Mapping) else None
        entries = list(nodes.values()) if isinstance(nodes, Mapping) else nodes if isinstance(nodes, list) else []
        roles = [role for entry in entries if isinstance(entry, Mapping) and (role := _role(entry)) is not None]
        if roles:
            yield _machines(path, roles.count(True), repository.locate(path, index, ("nodes",)))


def _role(entry: Mapping[str, Any]) -> bool | None:
    """Whether an entry is a control plane; None where it says no role."""
    if isinstance(entry.get("controlPlane"), bool):
        return bool(entry["controlPlane"])
    return next((str(entry[key]).lower() in PLANES for key in ROLES if key in entry), None)


def _hcl(repository: Repository, path: str) -> Iterator[Machines]:
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m[0].count("\n"), repository.texts[path], flags=re.DOTALL)
    text = re.sub(r"(?m)(?:#|//).*$", "", text)
    found = sorted([*_HCL.finditer(text), *_HCL_INLINE.finditer(text)], key=lambda m: m.start("role"))
    roles = {m.start("role"): m["role"].lower() in PLANES for m in found}
    if roles:
        first = next((at for at, plane in roles.items() if plane), next(iter(roles)))
        line = text.count("\n", 0, first) + 1
        yield _machines(path, list(roles.values()).count(True), Place(repository.shown(path), line))


def _machines(path: str, planes: int, place: Place | None) -> Machines:
    return Machines(Subject("File", path), planes, place)
