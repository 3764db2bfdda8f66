"""ApplicationSets: the Applications that generators and a template make, as far as that can be known offline."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from homelab.errors import Place
from homelab.findings import Subject
from homelab.gitops.built import Built
from homelab.gitops.charts import merged
from homelab.gitops.parameters import FAST, Asked, filled, generated
from homelab.gitops.repository import Repository
from homelab.kube.inventory import Effect, Unknown
from homelab.kube.resource import dig

_ANY = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def applications(
    repository: Repository, item: Built, unknown: list[Unknown], own: Callable[[object], bool] = lambda _address: True
) -> Iterator[Built]:
    """The Applications an object stands for: itself, or what an ApplicationSet makes; gaps are added to `unknown`.

    `own` says whether an address is that of this repository.
    """
    if item.body.get("kind") == "Application":
        yield item
        return
    go = bool(dig(item.body, ["spec", "goTemplate"], default=False))
    if dig(item.body, ["spec", "templatePatch"]):
        why = "templatePatch is not read: its Applications may differ from what is said here"
        unknown.append(Unknown(item.file, why, _place(repository, item, "templatePatch")))
    made: set[str] = set()
    for template, parameters in _generated(repository, item, unknown, own):
        body = filled(template, parameters, go=go)
        if left := _unresolved(body, _ANY if go else FAST):
            why = f"the template uses {left}, which the generator does not give"
            unknown.append(Unknown(item.file, why, _place(repository, item, "generators")))
            continue
        metadata = {"namespace": dig(item.body, ["metadata", "namespace"], "argocd"), **(body.get("metadata") or {})}
        name = str(metadata.get("name", ""))
        if name in made:
            why = f"the generators make {name} twice, and then Argo CD makes none"
            where = _place(repository, item, "generators")
            unknown.append(Unknown(item.file, why, where, subject(item.body), effect=Effect.FAILS))
            continue
        made.add(name)
        head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}
        yield Built({**head, **body, "metadata": metadata}, item.file, item.index)


def subject(body: Mapping[str, Any]) -> Subject:
    """An Application or ApplicationSet, as others name it."""
    name, space = (str(dig(body, ["metadata", key], "")) for key in ("name", "namespace"))
    return Subject(str(body.get("kind")), name, space)


def _place(repository: Repository, item: Built, key: str) -> Place | None:
    return repository.locate(item.file, item.index, ("spec", key))


def _generated(
    repository: Repository, item: Built, unknown: list[Unknown], own: Callable[[object], bool]
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Template and parameters of every Application to be."""
    template = dig(item.body, ["spec", "template"], {})
    for generator in dig(item.body, ["spec", "generators"], []):
        fields = next((value for key, value in generator.items() if key not in {"selector", "template"}), None) or {}
        special = merged(template, fields.get("template") or {})
        gaps: list[str] = []
        found = generated(Asked(repository, own, gaps, go=bool(dig(item.body, ["spec", "goTemplate"]))), generator)
        unknown += [Unknown(item.file, why, _place(repository, item, "generators")) for why in gaps]
        for parameters in found if not gaps else ():
            yield special, parameters


def _unresolved(value: Any, pattern: re.Pattern[str]) -> str | None:
    """What is left of a template; without Go templates, only names in braces are meant, all else is text."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        return next((left for item in value if (left := _unresolved(item, pattern))), None)
    match = pattern.search(value) if isinstance(value, str) else None
    return match[0] if match else None
