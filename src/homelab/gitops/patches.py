"""Patches of a kustomization: which objects each one means, and what it does to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from homelab.documents.read import load
from homelab.errors import UnreadableDocument
from homelab.gitops.built import Build, Built, join
from homelab.gitops.fields import copied
from homelab.gitops.json_patch import apply
from homelab.gitops.repository import Repository
from homelab.gitops.strategic import merge
from homelab.kube.inventory import Unknown
from homelab.kube.resource import Manifest, dig

BUILT_IN = re.compile(
    r"^(v1|(apps|batch|policy|autoscaling|(networking|rbac\.authorization|storage|admissionregistration)\.k8s\.io)/v\d)$"
)
"""API versions whose lists merge by key; in custom resources every list is replaced."""
_TERM = re.compile(
    r"(?P<not>!?)\s*(?P<key>[\w./-]+)\s*(?:(?P<op>==?|!=|\bin\b|\bnotin\b)\s*(?P<values>\([^)]*\)|[\w.-]*))?"
)


def apply_all(repository: Repository, folder: str, spec: Mapping[str, Any], result: Build) -> None:
    """Apply the patches that come before names and labels; one that matches nothing is said as unknown."""
    merges = spec.get("patchesStrategicMerge") or ()
    entries: list[Mapping[str, Any]] = [{"patch": e} if "\n" in e else {"path": e} for e in merges]
    for entry in (*entries, *(spec.get("patches") or ())):
        apply_one(repository, folder, entry, result)


def apply_one(repository: Repository, folder: str, entry: Mapping[str, Any], result: Build) -> None:
    """Apply one patch entry (`path` or `patch`, perhaps with `target`)."""
    shown = str(entry.get("path") or f"an inline patch in {folder}")
    for body in _bodies(repository, folder, entry, result):
        try:
            target = dict(entry["target"]) if entry.get("target") else _identity(body)
            matched = [item for item in result.objects if matches(target, item)]
        except re.error as error:
            result.unknown.append(Unknown(shown, f"its target is no regular expression: {error}"))
            continue
        for item in matched:
            result.unknown += [Unknown(shown, why) for why in _patch(item, body)]
        if not matched:
            said = " ".join(filter(None, (str(target.get("kind") or "anything"), target.get("name"))))
            gaps = result.unmatched if result.charts else result.unknown
            gaps.append(Unknown(shown, f"the patch for {said} matches nothing"))
        result.objects = [item for item in result.objects if item.body]


def _bodies(repository: Repository, folder: str, entry: Mapping[str, Any], result: Build) -> Iterator[Any]:
    if entry.get("path"):
        path = join(folder, entry["path"])
        if path not in repository:
            result.unknown.append(Unknown(path, "a patch that is not there"))
            return
        result.used.add(path)
        found = repository.documents(path)
    else:
        try:
            found = load(str(entry.get("patch") or ""), join(folder, "kustomization.yaml"))
        except UnreadableDocument as error:
            result.unknown.append(Unknown(folder, f"a patch that is not YAML: {error.message}"))
            return
    if found and all(isinstance(body, Mapping) and "op" in body for body in found):
        found = [found]  # one operation a document
    for body in found:
        if (isinstance(body, list) and entry.get("target")) or isinstance(body, Mapping):
            yield body
        else:
            result.unknown.append(Unknown(folder, "a patch that is neither an object nor operations with a target"))


def _patch(item: Built, body: Any) -> list[str]:
    if isinstance(body, list):
        return [why for operation in body if (why := apply(item.body, operation))]
    if body.get("$patch") == "delete":
        item.body = {}
        return []
    patch = copied({k: v for k, v in body.items() if k not in {"apiVersion", "kind", "$patch"}})
    if isinstance(patch.get("metadata"), dict):
        patch["metadata"] = {k: v for k, v in patch["metadata"].items() if k not in {"name", "namespace"}}
    elif "metadata" in patch:
        del patch["metadata"]
    merge(item.body, patch, by_key=bool(BUILT_IN.match(str(item.body.get("apiVersion")))))
    return []


def _identity(body: Mapping[str, Any]) -> dict[str, Any]:
    group = str(body.get("apiVersion", "")).rpartition("/")[0]
    return {
        "group": re.escape(group),
        "kind": re.escape(str(body.get("kind", ""))),
        "name": re.escape(str(dig(body, ("metadata", "name"), ""))),
    }


def matches(target: Mapping[str, Any], item: Built) -> bool:
    """Whether a patch's target means an object, by a name it has or had.

    Raises:
        re.error: a field of the target is no regular expression.
    """
    group, _, version = str(item.body.get("apiVersion", "")).rpartition("/")
    for key, value in (("group", group), ("version", version), ("kind", str(item.body.get("kind")))):
        if target.get(key) and not re.fullmatch(target[key], value):
            return False
    names = (item.name, *item.before)
    if not any(_named(target, namespace, name) for namespace, name in names):
        return False
    return _selected(target.get("labelSelector"), item.body, "labels") and _selected(
        target.get("annotationSelector"), item.body, "annotations"
    )


def _named(target: Mapping[str, Any], namespace: str, name: str) -> bool:
    wanted = (target.get("namespace"), namespace or "default"), (target.get("name"), name)
    return all(not pattern or re.fullmatch(pattern, value) for pattern, value in wanted)


def _selected(wanted: str | None, body: Manifest, field: str) -> bool:
    """A selector as text: `a=b,c!=d,e,!f,g in (x,y)`."""
    pairs = dig(body, ("metadata", field), {})
    pairs = pairs if isinstance(pairs, Mapping) else {}
    return all(_term(match, pairs) for match in _TERM.finditer(wanted or ""))


def _term(match: re.Match[str], pairs: Mapping[str, Any]) -> bool:
    there, value = match["key"] in pairs, str(pairs.get(match["key"]))
    if not match["op"]:
        return there is not bool(match["not"])
    values = [part.strip() for part in match["values"].strip("()").split(",")]
    return (there and value in values) is (match["op"] in {"=", "==", "in"})
