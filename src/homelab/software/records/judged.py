"""What judgement looks at in the objects that a chart makes, as facts: object → path → value.

Figures and names are kept; texts (configuration, rules, scripts, certificates) are not. Lists whose items have names are
kept by name, so that a change of one item is a change of that item's facts and of nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from homelab.kube.resource import Manifest, dig

Path = tuple[str, ...]
"""Steps from an object to a value; a step in brackets names an item of a list: `("containers", "[main]", "image")`."""
Facts = dict[str, dict[Path, Any]]
"""An object's identity, as `Kind namespace/name`, to its leaves."""

NAMES_ONLY = frozenset(
    {"ConfigMap", "Secret", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "ServiceAccount"}
)
"""Kinds of which the name, the labels and the keys of the data are kept."""
TEMPLATES = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"})
WORDS = frozenset({"args", "command"})
"""Lists of words: a flag's value is part of the flag, also as a word of its own."""
LONGEST = 160
"""Characters of a text that is kept: names, images, addresses, flags; what is longer is prose, script or key."""
STAMPS = frozenset({"helm.sh/chart", "app.kubernetes.io/version"})
"""Labels that say which version made an object; nothing may depend on them but a selector that names them."""
NOISE = STAMPS | {"chart", "heritage", "app.kubernetes.io/managed-by"}
"""Labels of objects that say who made them, and nothing else."""
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]+")
"""Names of environment variables: `DB_HOST`."""
HASHES = re.compile(r"checksum|hash|sha256|rollme|timestamp|restartedAt|controller-gen", re.IGNORECASE)
"""Annotations that change with every configuration or with the tool that wrote an object, and tell nothing."""
PROSE = frozenset({"description", "message", "caBundle", "expr", "matchConditions", "validations", "runbook_url"})
HASHED = re.compile(r"-[0-9a-f]{8,64}$")
DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
"""A text that was made of others, and tells nothing."""
ITEM = "["
"""How a step that names an item of a list begins."""
OTHER = ":"
"""How the name of an item begins that is not its `name`: a port's number, an argument's flag, a claim's own metadata."""
LOST = "…"
"""Stands for a text that is not kept."""


def identity(body: Mapping[str, Any]) -> str:
    """`Kind namespace/name`, the namespace as it is written; the hash that a Job's name ends in is left out."""
    meta = body.get("metadata") or {}
    name = str(meta.get("name", ""))
    if body.get("kind") == "Job":
        name = HASHED.sub("", name)
    return f"{body.get('kind')} {meta.get('namespace') or ''}/{name}"


def facts_of(objects: Iterable[Manifest]) -> Facts:
    """The facts of objects, without test hooks, which no deployment runs."""
    return {
        identity(body): {("apiVersion",): body.get("apiVersion"), **dict(flat(_kept(body)))}
        for body in objects
        if not any(hook.startswith("test") for hook in hooks(body))
    }


def hooks(body: Mapping[str, Any]) -> list[str]:
    """The Helm hooks that an object is."""
    notes = (body.get("metadata") or {}).get("annotations") or {}
    return [hook.strip() for hook in str(notes.get("helm.sh/hook", "")).split(",")]


def bodies(facts: Mapping[str, Mapping[Path, Any]]) -> list[Manifest]:
    """The objects that these facts say, in Kubernetes' own form."""
    return [_object(who, leaves) for who, leaves in facts.items()]


def nested(leaves: Mapping[Path, Any]) -> dict[str, Any]:
    """Leaves as a tree of maps; steps in brackets are keys as any other."""
    tree: dict[str, Any] = {}
    for path, value in leaves.items():
        node = tree
        for step in path[:-1]:
            below = node.get(step)
            if not isinstance(below, dict):
                below = node[step] = {}
            node = below
        if value != {} or not isinstance(node.get(path[-1]), dict):
            node[path[-1]] = value
    return tree


def _object(who: str, leaves: Mapping[Path, Any]) -> Manifest:
    tree = nested(leaves)
    kind, _, rest = who.partition(" ")
    namespace, _, name = rest.partition("/")
    meta = {"name": name, **({"namespace": namespace} if namespace else {}), **_listed(tree.get("metadata", {}))}
    body = {"apiVersion": tree.get("apiVersion"), "kind": kind, "metadata": meta}
    return {**body, **{key: _listed(value) for key, value in tree.items() if key not in body}}


def _listed(tree: Any) -> Any:
    """A tree whose steps in brackets have become lists again."""
    if not isinstance(tree, dict):
        return tree
    if tree and next(iter(tree))[:1] == ITEM:
        return [_item(step, item) for step, item in tree.items()]
    return {key: _listed(value) for key, value in tree.items()}


def _item(step: str, item: Any) -> Any:
    """An item of a list with the name that its step says."""
    found = _listed(item)
    named = isinstance(found, dict) and step[1] != OTHER
    return {"name": step[1:-1], **found} if named else found


def _kept(body: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(body.get("kind"))
    meta = body.get("metadata") or {}
    kept: dict[str, Any] = {"metadata": _metadata(meta)}
    if kind in NAMES_ONLY:
        return {**kept, **_data(body)}
    if kind == "CustomResourceDefinition":
        return {**kept, "spec": _definition(body.get("spec") or {})}
    if kind == "PrometheusRule":
        return kept
    rest = {k: v for k, v in body.items() if k not in {"apiVersion", "kind", "metadata", "status"}}
    kept.update({key: pruned(value, key) for key, value in rest.items()})
    chosen = dig(body, ["spec", "selector", "matchLabels"], {})
    if stamps := {k: v for k, v in chosen.items() if k in STAMPS} if isinstance(chosen, Mapping) else {}:
        kept["spec"]["template"]["metadata"]["labels"].update(stamps)
    return kept


def _data(body: Mapping[str, Any]) -> dict[str, Any]:
    every = {key: item for name in ("binaryData", "stringData", "data") for key, item in (body.get(name) or {}).items()}
    return {"data": kept_data(str(body.get("kind")), every)} if every else {}


def kept_data(kind: str, data: Mapping[str, Any]) -> dict[str, str]:
    """The keys of what is kept there; of a ConfigMap also the values that are meant for the environment of pods."""
    shown = {key: data[key] if kind == "ConfigMap" and VARIABLE.fullmatch(key) else "" for key in sorted(data)}
    return {key: value if isinstance(value, str) and _short(value) else "" for key, value in shown.items()}


def _metadata(meta: Mapping[str, Any]) -> dict[str, Any]:
    labels = {k: v for k, v in (meta.get("labels") or {}).items() if k not in NOISE}
    notes = _annotations(meta.get("annotations") or {})
    return {**({"labels": labels} if labels else {}), **({"annotations": notes} if notes else {})}


def _annotations(notes: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in notes.items() if not HASHES.search(k) and isinstance(v, str) and _short(v)}


def _short(text: str) -> bool:
    return len(text) <= LONGEST and "\n" not in text


def _definition(spec: Mapping[str, Any]) -> dict[str, Any]:
    versions = [
        {key: version.get(key) for key in ("name", "served", "storage")}
        for version in spec.get("versions") or ()
        if isinstance(version, Mapping)
    ]
    names = {key: (spec.get("names") or {}).get(key) for key in ("kind", "plural")}
    return {"group": spec.get("group"), "scope": spec.get("scope"), "names": names, "versions": versions}


def pruned(value: Any, key: str) -> Any:
    """A value without prose, stamps and references that may be missing, however deep they are."""
    if isinstance(value, Mapping):
        kept = {
            str(name): _annotations(item) if _noted(name, item) else pruned(item, str(name))
            for name, item in _unstamped(value, key).items()
            if item is not None and name not in PROSE
        }
        return {name: item for name, item in kept.items() if item or not _noted(name, item)}
    if isinstance(value, list):
        return [pruned(item, key) for item in value if not (key == "env" and _optional(item))]
    return LOST if isinstance(value, str) and (not _short(value) or DIGEST.fullmatch(value)) else value


def _noted(name: str, item: Any) -> bool:
    return name == "annotations" and isinstance(item, Mapping)


def _unstamped(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    if key != "labels":
        return value
    return {name: item for name, item in value.items() if name not in STAMPS}


def _optional(item: Any) -> bool:
    """Whether an environment variable comes from where it may be missing: nothing can go wrong with it."""
    source = item.get("valueFrom") if isinstance(item, Mapping) else None
    return isinstance(source, Mapping) and any(
        isinstance(ref, Mapping) and ref.get("optional") is True for ref in source.values()
    )


def flat(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every leaf with its path; empty maps and lists are leaves, and the name of a named item stands in its step alone."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from flat(item, (*path, str(key)))
    elif isinstance(value, list) and (named := keyed(value, path[-1] if path else "")):
        for name, item in named.items():
            rest = (
                {k: v for k, v in item.items() if k != "name"}
                if isinstance(item, Mapping) and name[:1] != OTHER
                else item
            )
            yield from flat(rest, (*path, f"{ITEM}{name}]"))
    else:
        yield path, value


def keyed(items: list[Any], field: str) -> dict[str, Any] | None:
    """The items of a list by their names; None where they have none, or two have the same."""
    if not items:
        return None
    names: list[str] = []
    for before, item in zip([None, *items], items, strict=False):
        name = _name(item, field)
        if name is None:
            return None
        if field in WORDS and _awaits(before) and not item.startswith("-"):
            name = f"{OTHER}{before}+"
        names.append(name)
    return dict(zip(names, items, strict=True)) if len(set(names)) == len(names) else None


def _awaits(word: Any) -> bool:
    """Whether a word is a flag whose value may be the next word."""
    return isinstance(word, str) and word.startswith("-") and "=" not in word


def _name(item: Any, field: str) -> str | None:
    if isinstance(item, str):
        return OTHER + item.partition("=")[0] if field in WORDS else None
    if not isinstance(item, Mapping):
        return None
    if isinstance(item.get("name"), str) and item["name"][:1] != OTHER:
        return str(item["name"])
    for key in ("containerPort", "mountPath"):
        if key in item:
            return f"{OTHER}{item[key]}"
    meta = item.get("metadata")
    return f"{OTHER}{meta['name']}" if isinstance(meta, Mapping) and "name" in meta else None
