"""Patches of a kustomization: which objects each one means, and what it does to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from homelab.documents.read import load
from homelab.errors import Place, UnreadableDocument
from homelab.gitops.built import Build, Built, join
from homelab.gitops.fields import copied
from homelab.gitops.json_patch import apply
from homelab.gitops.repository import Repository
from homelab.gitops.strategic import merge
from homelab.kube.inventory import Effect, Unknown
from homelab.kube.resource import Manifest, dig
from homelab.kube.scope import CLUSTER_KINDS

BUILT_IN = re.compile(
    r"^(v1|(apps|batch|policy|autoscaling|(networking|rbac\.authorization|storage|admissionregistration)\.k8s\.io)/v\d)$"
)
"""API versions whose lists merge by key; in custom resources every list is replaced."""
_TERM = re.compile(
    r"(?P<not>!?)\s*(?P<key>[\w./-]+)\s*(?:(?P<op>==?|!=|\bin\b|\bnotin\b)\s*(?P<values>\([^)]*\)|[\w.-]*))?"
)


@dataclass(frozen=True)
class Entry:
    """One patch (`path` or `patch`, perhaps with `target`), and where it stands in which kustomization of which folder."""

    folder: str
    file: str
    keys: tuple[str, ...]
    fields: Mapping[str, Any]

    @property
    def shown(self) -> str:
        """What it is called."""
        return str(self.fields.get("path") or f"an inline patch in {self.folder}")

    def place(self, repository: Repository) -> Place | None:
        """Where it stands."""
        return repository.locate(self.file, 0, self.keys)


def apply_all(repository: Repository, at: tuple[str, str], spec: Mapping[str, Any], result: Build) -> None:
    """Apply the patches that come before names and labels; one that matches nothing is said. `at` is folder and file."""
    for number, text in enumerate(spec.get("patchesStrategicMerge") or ()):
        fields = {"patch": text} if "\n" in text else {"path": text}
        apply_one(repository, Entry(*at, ("patchesStrategicMerge", str(number)), fields), result)
    for number, fields in enumerate(spec.get("patches") or ()):
        apply_one(repository, Entry(*at, ("patches", str(number)), fields), result)


def apply_one(repository: Repository, entry: Entry, result: Build) -> None:
    """Apply one patch."""
    target = entry.fields.get("target")
    for body in _bodies(repository, entry, result):
        try:
            matched = [item for item in result.objects if (matches(target, item) if target else _meant(body, item))]
        except re.error as error:
            result.unknown.append(Unknown(entry.shown, f"its target is no regular expression: {error}"))
            continue
        for item in matched:
            for why in _patch(item, body):
                # what is patched may be a chart's guessed shape, and then nothing fails
                effect = Effect.FAILS if result.whole and not result.charts else Effect.OPEN
                result.unknown.append(Unknown(entry.shown, why, entry.place(repository), effect=effect))
        if not matched:
            gaps = result.unmatched if result.charts else result.unknown
            gaps.append(_missed(repository, entry, body, whole=result.whole))
        result.objects = [item for item in result.objects if item.body]


def _missed(repository: Repository, entry: Entry, body: Any, *, whole: bool) -> Unknown:
    """A patch that matches nothing: without a target kustomize 5 ends with an error, with one it goes on.

    Source: PatchTransformer of kustomize 5; the one asks for the object by its id, the other selects what there is.
    """
    target = entry.fields.get("target")
    named = target or {"kind": body.get("kind"), "name": dig(body, ("metadata", "name"))}
    said = " ".join(str(part) for part in (named.get("kind") or "anything", named.get("name")) if part)
    why = f"the patch for {said} matches nothing" if target else f"no resource matches strategic merge patch {said!r}"
    effect = Effect.OPEN if not whole else Effect.IDLE if target else Effect.FAILS
    return Unknown(entry.shown, why, entry.place(repository), effect=effect)


def _bodies(repository: Repository, entry: Entry, result: Build) -> Iterator[Any]:
    if entry.fields.get("path"):
        path = join(entry.folder, entry.fields["path"])
        if path not in repository:
            if repository.lacks(path) and "://" not in entry.fields["path"]:
                result.fails(path, "unable to load the patch: no such file or directory", entry.place(repository))
            else:
                result.unknown.append(Unknown(path, "a patch that is not there", entry.place(repository)))
            return
        result.used.add(path)
        found = repository.documents(path)
        if path in repository.skipped and not repository.foreign(path):
            why, place = repository.skipped[path]
            result.fails(path, f"unable to parse the patch: {why}", place)
    else:
        try:
            found = load(str(entry.fields.get("patch") or ""), entry.file)
        except UnreadableDocument as error:
            result.fails(entry.folder, f"a patch that is not YAML: {error.message}", entry.place(repository))
            return
    if found and all(isinstance(body, Mapping) and "op" in body for body in found):
        found = [found]  # one operation a document
    for body in found:
        if (isinstance(body, list) and entry.fields.get("target")) or isinstance(body, Mapping):
            yield body
        else:
            why = "a patch that is neither an object nor operations with a target"
            result.unknown.append(Unknown(entry.folder, why, entry.place(repository)))


def _meant(body: Mapping[str, Any], item: Built) -> bool:
    """Whether a patch without a target means an object: by kind, version, name and namespace, as they are or were.

    Source: ResId.Equals and EffectiveNamespace of kyaml; no namespace is `default`, and built-in kinds of the cluster have none.
    """
    kind = str(body.get("kind", ""))
    if (body.get("apiVersion"), kind) != (item.body.get("apiVersion"), str(item.body.get("kind", ""))):
        return False
    space, name = (str(dig(body, ("metadata", key), "")) for key in ("namespace", "name"))
    names = (item.name, *item.before)
    # of what a chart makes, only a record may be known, which says nothing of namespaces
    if kind in CLUSTER_KINDS or not item.file:
        return any(name == other for _, other in names)
    return any((space or "default", name) == (where or "default", other) for where, other in names)


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
